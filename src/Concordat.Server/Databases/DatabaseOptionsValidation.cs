namespace Concordat.Server.Databases;

/// <summary>What is wrong with one database of the settings. Whether its driver can be loaded is seen by whoever loads it.</summary>
internal static class DatabaseOptionsValidation
{
    internal static readonly string[] Kinds = ["postgres", "mysql"];

    internal static IEnumerable<(string Setting, string Problem)> Problems(string name, DatabaseOptions options)
    {
        if (!Names.IsParticipantName(name))
        {
            yield return ("", "is no name of a resource: those have 1 to 128 letters, digits and . _ -, and begin with a letter or a digit");
        }

        if (!Kinds.Contains(options.Kind, StringComparer.Ordinal))
        {
            yield return (":Kind", $"is '{options.Kind}'; it must be {string.Join(" or ", Kinds)}");
        }

        if (string.IsNullOrWhiteSpace(options.Driver) || options.Driver.Contains('\0', StringComparison.Ordinal))
        {
            yield return (":Driver", "must name the file of the driver's assembly, such as /opt/drivers/Npgsql.dll");
        }

        if (string.IsNullOrWhiteSpace(options.ConnectionString))
        {
            var variable = $"Concordat__Resources__{name}__ConnectionString";
            yield return (":ConnectionString", $"is missing; as a secret it goes into the environment: {variable}=…");
        }

        if (!(options.IntervalSeconds is >= 0.1 and <= 3600))
        {
            yield return (":IntervalSeconds", $"is {options.IntervalSeconds}; it must be from 0.1 to 3600");
        }

        if (!(options.KeepMarkersSeconds is >= 60 and <= 366 * 86_400.0))
        {
            yield return (":KeepMarkersSeconds", $"is {options.KeepMarkersSeconds}; it must be from 60 to {366 * 86_400}");
        }
    }
}
