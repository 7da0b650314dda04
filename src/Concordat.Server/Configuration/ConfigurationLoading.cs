using System.Reflection;
using System.Text.Json;
using Concordat.Server.Databases;
using Microsoft.Extensions.Configuration;

namespace Concordat.Server.Configuration;

/// <summary>Reads settings so that a misspelled one is an error and not a default.</summary>
public static class ConfigurationLoading
{
    /// <summary>A file, then the environment, which wins.</summary>
    /// <exception cref="ConfigurationException">The file is not there, is no JSON, or holds something beside the sections <c>Concordat</c> and <c>Logging</c>.</exception>
    public static IConfigurationRoot Read(string? file)
    {
        var builder = new ConfigurationBuilder();
        if (file is not null)
        {
            if (file.Length == 0 || file.Contains('\0', StringComparison.Ordinal))
            {
                throw new ConfigurationException("the settings' file has no name that a file can have");
            }

            RefuseOtherSections(file);
            builder.AddJsonFile(Path.GetFullPath(file), optional: false, reloadOnChange: false);
        }

        try
        {
            return builder.AddEnvironmentVariables().Build();
        }
        catch (Exception e) when (e is InvalidDataException or FormatException or InvalidOperationException)
        {
            // A setting that is there twice, in another spelling, for one.
            throw new ConfigurationException($"{file} cannot be taken as settings: {e.InnerException?.Message ?? e.Message}", e);
        }
    }

    /// <exception cref="ConfigurationException">Names every setting that is not one, is of a wrong type, or out of range.</exception>
    public static ServerOptions Load(IConfiguration configuration, Action<ServerOptions>? configure = null)
    {
        var options = new ServerOptions();
        Bind(configuration, options);
        configure?.Invoke(options);
        var problems = ServerOptionsValidation.Problems(options);
        return problems.Count == 0 ? options : throw new ConfigurationException(string.Join(Environment.NewLine, problems));
    }

    internal static void Bind(IConfiguration configuration, ServerOptions options)
    {
        var section = configuration.GetSection(ServerOptions.Section);
        var unknown = new List<string>();
        FindUnknown(section, typeof(ServerOptions), unknown);
        if (unknown.Count > 0)
        {
            throw new ConfigurationException(string.Join(Environment.NewLine, unknown));
        }

        try
        {
            section.Bind(options);
        }
        catch (InvalidOperationException e)
        {
            // Its message names the key and the value; the inner one says why.
            throw new ConfigurationException(e.InnerException is null ? e.Message : $"{e.Message} {e.InnerException.Message}", e);
        }
    }

    private static void FindUnknown(IConfigurationSection section, Type type, List<string> unknown)
    {
        foreach (var child in section.GetChildren())
        {
            var property = type.GetProperty(child.Key, BindingFlags.Public | BindingFlags.Instance | BindingFlags.IgnoreCase);
            if (property is null)
            {
                var known = string.Join(", ", type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Select(p => p.Name));
                unknown.Add($"{child.Path} is not a setting; {section.Path} has {known}");
            }
            else if (property.PropertyType.Assembly == typeof(ServerOptions).Assembly)
            {
                FindUnknownInSection(child, property.PropertyType, unknown);
            }
            else if (property.PropertyType == typeof(IDictionary<string, DatabaseOptions>))
            {
                RefuseValue(child, unknown);
                foreach (var database in child.GetChildren())
                {
                    FindUnknownInSection(database, typeof(DatabaseOptions), unknown);
                }
            }
            else if (property.PropertyType == typeof(IList<string>))
            {
                RefuseWrongList(child, unknown);
            }
            else if (child.GetChildren().Any())
            {
                unknown.Add($"{child.Path} is one value and cannot hold {string.Join(", ", child.GetChildren().Select(c => c.Key))}");
            }
        }
    }

    private static void FindUnknownInSection(IConfigurationSection section, Type type, List<string> unknown)
    {
        RefuseValue(section, unknown);
        FindUnknown(section, type, unknown);
    }

    /// <summary>Without the value, which may be a secret that was put a level too high.</summary>
    private static void RefuseValue(IConfigurationSection section, List<string> unknown)
    {
        if (section.Value is { Length: > 0 })
        {
            unknown.Add($"{section.Path} is a section and cannot be set to a value");
        }
    }

    /// <summary>One value where a list belongs would be read as an empty list: of tokens, that would let everybody in.</summary>
    private static void RefuseWrongList(IConfigurationSection list, List<string> unknown)
    {
        if (list.Value is { Length: > 0 })
        {
            unknown.Add($"{list.Path} is a list: in a file [\"…\"], in the environment {list.Path.Replace(":", "__", StringComparison.Ordinal)}__0=…");
        }

        foreach (var item in list.GetChildren())
        {
            if (!int.TryParse(item.Key, out _) || item.GetChildren().Any() || item.Value is null)
            {
                unknown.Add($"{item.Path} is not an item of a list of texts");
            }
        }
    }

    private static void RefuseOtherSections(string file)
    {
        try
        {
            using var stream = File.OpenRead(file);
            using var json = JsonDocument.Parse(stream, new JsonDocumentOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip });
            if (json.RootElement.ValueKind != JsonValueKind.Object)
            {
                throw new ConfigurationException($"{file} must hold a JSON object with a section \"{ServerOptions.Section}\"");
            }

            foreach (var member in json.RootElement.EnumerateObject())
            {
                var section = member.Name.AsSpan();
                var colon = section.IndexOf(':');
                section = colon < 0 ? section : section[..colon];
                if (!section.Equals(ServerOptions.Section, StringComparison.OrdinalIgnoreCase) && !section.Equals("Logging", StringComparison.OrdinalIgnoreCase))
                {
                    throw new ConfigurationException($"{file}: '{member.Name}' is not a setting; put settings into the section \"{ServerOptions.Section}\"");
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"cannot read the configuration file {file}: {e.Message}", e);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Or a name that holds half of a surrogate pair, which is JSON and is no text.
            throw new ConfigurationException($"{file} is not valid JSON: {e.Message}", e);
        }
    }
}
