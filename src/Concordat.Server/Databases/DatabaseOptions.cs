namespace Concordat.Server.Databases;

/// <summary>A database that the server sweeps by itself: <c>Concordat:Resources:NAME</c>, by the name that its resource has.</summary>
public sealed class DatabaseOptions
{
    /// <summary><c>postgres</c> or <c>mysql</c>, which is MariaDB as well.</summary>
    public string Kind { get; set; } = "";

    /// <summary>The file of the assembly with the driver's <c>DbProviderFactory</c>.</summary>
    public string Driver { get; set; } = "";

    /// <summary>The full name of that type; null where the assembly has only one.</summary>
    public string? Factory { get; set; }

    /// <summary>A secret, as a rule: never shown, never logged.</summary>
    public string ConnectionString { get; set; } = "";

    /// <summary>How long after one sweep the next begins.</summary>
    public double IntervalSeconds { get; set; } = 5;

    /// <summary>For how long the markers of ended branches are kept (MariaDB and MySQL).</summary>
    public double KeepMarkersSeconds { get; set; } = 3600;
}
