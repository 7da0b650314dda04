namespace Concordat.Databases.Branches;

/// <summary>Why a database must not be used as it is.</summary>
/// <param name="What">The setting, the version, the right.</param>
/// <param name="Found">Its value.</param>
/// <param name="Remedy">What to set, and why.</param>
internal sealed record Problem(string What, string Found, string Remedy)
{
    public override string ToString() => $"{What} is {Found}: {Remedy}";
}
