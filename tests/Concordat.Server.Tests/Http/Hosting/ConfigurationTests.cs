using System.Reflection;
using System.Text.RegularExpressions;
using Concordat.Server.Configuration;
using Concordat.Server.Databases;
using Microsoft.Extensions.Configuration;

namespace Concordat.Server.Tests.Http;

public sealed partial class ConfigurationTests
{
    [Fact]
    public void The_documentation_has_a_row_with_the_default_for_exactly_the_settings_that_there_are()
    {
        var rows = Row().Matches(Repository.Read("docs/configuration.md")).ToDictionary(m => m.Groups["name"].Value, m => m.Groups["value"].Value, StringComparer.Ordinal);
        var settings = Settings(new ServerOptions(), "").ToDictionary(StringComparer.Ordinal);
        Assert.Equal(settings.Keys.Order(StringComparer.Ordinal), rows.Keys.Order(StringComparer.Ordinal));
        Assert.All(settings.Where(setting => setting.Value is not (null or "" or IList<string>)), setting =>
            Assert.Equal($"`{setting.Value}`", rows[setting.Key]));
    }

    [Fact]
    public void The_defaults_are_valid_and_the_core_s_own()
    {
        var options = ConfigurationLoading.Load(From());
        Assert.Equal(new Core.CoordinatorOptions(), options.ToCoordinatorOptions());
        options.ToCoordinatorOptions().Validate();
        options.ToLogOptions().Validate();
        Assert.Equal(new Log.LogOptions(), options.ToLogOptions());
    }

    [Fact]
    public void Settings_reach_the_core_and_the_log()
    {
        var options = ConfigurationLoading.Load(From(
            ("Limits:MaxBranches", "7"), ("Limits:MaxUndecided", "8"), ("Limits:MaxBacklogPerParticipant", "9"), ("Limits:MaxParticipants", "10"),
            ("Limits:CallsPerParticipant", "11"), ("Retry:InitialSeconds", "0.5"), ("Retry:MaxSeconds", "12"), ("Retry:ProbeInitialSeconds", "0.25"),
            ("Retry:ProbeMaxSeconds", "13"), ("Retry:HazardSeconds", "14"), ("Storage:RetentionSeconds", "15"), ("Storage:RetentionCount", "16"),
            ("Storage:MaxIdempotencyKeys", "17"), ("Storage:SegmentSizeBytes", "1048576"), ("Storage:SpareSegments", "3")));
        Assert.Equal(
            new Core.CoordinatorOptions
            {
                MaxBranches = 7, MaxUndecided = 8, MaxBacklogPerParticipant = 9, MaxParticipants = 10, CallsPerParticipant = 11,
                Retry = new(TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(12)), Probe = new(TimeSpan.FromSeconds(0.25), TimeSpan.FromSeconds(13)),
                HazardInterval = TimeSpan.FromSeconds(14), RetentionAge = TimeSpan.FromSeconds(15), RetentionCount = 16, MaxIdempotencyKeys = 17,
            },
            options.ToCoordinatorOptions());
        Assert.Equal((1_048_576, 3), (options.ToLogOptions().SegmentSizeBytes, options.ToLogOptions().SpareSegments));
    }

    [Theory]
    [InlineData("Storge:Path", "x", "Concordat:Storge is not a setting; Concordat has PublicUrl, Storage,")]
    [InlineData("Storage:Pth", "x", "Concordat:Storage:Pth is not a setting; Concordat:Storage has Path, RetentionSeconds,")]
    [InlineData("Storage", "x", "Concordat:Storage is a section")]
    [InlineData("Storage:Path:Sub", "x", "Concordat:Storage:Path is one value and cannot hold Sub")]
    [InlineData("Timeouts:DefaultSeconds", "soon", "Concordat:Timeouts:DefaultSeconds")]
    [InlineData("Limits:MaxBranches", "1.5", "Concordat:Limits:MaxBranches")]
    [InlineData("Limits:MaxBranches", "0", "Concordat:Limits:MaxBranches is 0; it must be from 1 to 10000")]
    [InlineData("Limits:MaxLabels", "-1", "Concordat:Limits:MaxLabels is -1; it must be from 0 to 256")]
    [InlineData("Timeouts:DefaultSeconds", "NaN", "Concordat:Timeouts:DefaultSeconds is NaN")]
    [InlineData("Timeouts:DefaultSeconds", "86401", "Concordat:Timeouts:DefaultSeconds is 86401")]
    [InlineData("Timeouts:MaxSeconds", "59", "Concordat:Timeouts:DefaultSeconds is 60; it must not be more than Timeouts:MaxSeconds, which is 59")]
    [InlineData("Retry:InitialSeconds", "31", "it must not be more than Retry:MaxSeconds, which is 30")]
    [InlineData("Retry:ProbeInitialSeconds", "6", "it must not be more than Retry:ProbeMaxSeconds, which is 5")]
    [InlineData("Storage:Path", " ", "Concordat:Storage:Path is empty")]
    [InlineData("Storage:SegmentSizeBytes", "1048577", "a multiple of 8")]
    [InlineData("Storage:SegmentSizeBytes", "65536", "it must be at least")]
    [InlineData("Shutdown:DrainSeconds", "-1", "Concordat:Shutdown:DrainSeconds is -1")]
    [InlineData("PublicUrl", "example.org", "Concordat:PublicUrl is 'example.org'")]
    [InlineData("PublicUrl", "ftp://example.org", "an absolute http or https address")]
    [InlineData("Auth:Tokens", "0123456789abcdef", "Concordat:Auth:Tokens is a list")]
    [InlineData("Auth:Tokens:x", "0123456789abcdef", "Concordat:Auth:Tokens:x is not an item")]
    [InlineData("Auth:Tokens:0", "short", "Concordat:Auth:Tokens:0 must be 16 to 1024 visible ASCII characters")]
    [InlineData("Auth:Tokens:0", "", "Concordat:Auth:Tokens:0 must be 16")]
    [InlineData("Auth:Tokens:0", "with blanks in it, it is no token", "Concordat:Auth:Tokens:0 must be 16")]
    [InlineData("Resources:orders:Knd", "postgres", "Concordat:Resources:orders:Knd is not a setting; Concordat:Resources:orders has Kind, Driver,")]
    [InlineData("Resources:orders", "x", "Concordat:Resources:orders is a section")]
    [InlineData("Resources", "x", "Concordat:Resources is a section")]
    [InlineData("Resources:orders:Kind", "oracle", "Concordat:Resources:orders:Kind is 'oracle'; it must be postgres or mysql")]
    [InlineData("Resources:orders:Kind", "postgres", "Concordat:Resources:orders:Driver must name the file")]
    [InlineData("Resources:orders:Kind", "mysql", "Concordat__Resources__orders__ConnectionString=")]
    [InlineData("Resources:orders:IntervalSeconds", "0", "Concordat:Resources:orders:IntervalSeconds is 0; it must be from 0.1 to 3600")]
    [InlineData("Resources:orders:KeepMarkersSeconds", "59", "Concordat:Resources:orders:KeepMarkersSeconds is 59; it must be from 60 to")]
    [InlineData("Resources:a b:Kind", "mysql", "Concordat:Resources:a b is no name of a resource")]
    public void A_wrong_setting_is_named(string name, string value, string message)
    {
        var error = Assert.Throws<ConfigurationException>(() => ConfigurationLoading.Load(From((name, value))));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void All_that_is_wrong_is_named_at_once()
    {
        var error = Assert.Throws<ConfigurationException>(() => ConfigurationLoading.Load(From(("Limits:MaxBranches", "0"), ("Retry:MaxSeconds", "0"))));
        Assert.Contains("Limits:MaxBranches", error.Message, StringComparison.Ordinal);
        Assert.Contains("Retry:MaxSeconds", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_connection_string_is_never_shown()
    {
        foreach (var setting in (string[])["Resources:orders:ConnectionString", "Resources:orders:ConnectionString:Password", "Resources:orders", "Resources"])
        {
            var error = Assert.Throws<ConfigurationException>(() => ConfigurationLoading.Load(From((setting, "Password=my secret"))));
            Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_token_is_never_shown()
    {
        var error = Assert.Throws<ConfigurationException>(() => ConfigurationLoading.Load(From(("Auth:Tokens:0", "my secret"))));
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"Concordat\":{\"Limits\":{\"MaxBranches\":5}},\"Logging\":{\"LogLevel\":{\"Default\":\"Debug\"}}}", null)]
    [InlineData("{\"Concordat:Limits:MaxBranches\":5}", null)]
    [InlineData("{ // why\n \"concordat\":{\"limits\":{\"maxBranches\":5,}} }", null)]
    [InlineData("{\"Storage\":{\"Path\":\"x\"}}", "'Storage' is not a setting; put settings into the section \"Concordat\"")]
    [InlineData("{\"Concordat\":{\"Limits\":{\"MaxBranchs\":5}}}", "Concordat:Limits:MaxBranchs is not a setting")]
    [InlineData("{\"Concordat\":", "is not valid JSON")]
    [InlineData("[]", "must hold a JSON object")]
    public void A_file_is_read_strictly(string json, string? message)
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("concordat-configuration-").FullName, "settings.json");
        try
        {
            File.WriteAllText(file, json);
            if (message is null)
            {
                Assert.Equal(5, ConfigurationLoading.Load(ConfigurationLoading.Read(file)).Limits.MaxBranches);
            }
            else
            {
                var error = Assert.Throws<ConfigurationException>(() => ConfigurationLoading.Load(ConfigurationLoading.Read(file)));
                Assert.Contains(message, error.Message, StringComparison.Ordinal);
            }
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
        }
    }

    [Fact]
    public void A_file_that_is_not_there_is_named()
    {
        var error = Assert.Throws<ConfigurationException>(() => ConfigurationLoading.Read("/nowhere/settings.json"));
        Assert.Contains("/nowhere/settings.json", error.Message, StringComparison.Ordinal);
    }

    private static IConfigurationRoot From(params (string Name, string Value)[] settings) => new ConfigurationBuilder()
        .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create<string, string?>($"Concordat:{setting.Name}", setting.Value))).Build();

    private static IEnumerable<KeyValuePair<string, object?>> Settings(object options, string prefix) => options.GetType()
        .GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .SelectMany(property => property.PropertyType.Assembly == typeof(ServerOptions).Assembly
            ? Settings(property.GetValue(options)!, $"{prefix}{property.Name}:")
            : property.PropertyType == typeof(IDictionary<string, DatabaseOptions>)
            ? Settings(new DatabaseOptions(), $"{prefix}{property.Name}:NAME:")
            : [new(prefix + property.Name, property.GetValue(options))]);

    [GeneratedRegex("^\\| `(?<name>[A-Za-z:]+)` \\| (?<value>[^|]*) \\|", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 5000)]
    private static partial Regex Row();
}
