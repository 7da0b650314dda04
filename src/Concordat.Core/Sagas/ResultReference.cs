namespace Concordat.Core.Sagas;

/// <summary>
/// A place in a body that a step's result fills: <c>{"$result": "flight", "path": "/booking/id", "default": null}</c>, an object that stands where any value can stand.
/// </summary>
/// <param name="Step">Whose result.</param>
/// <param name="Path">A JSON pointer (RFC 6901) into it; empty means all of it.</param>
/// <param name="Default">What stands there where the result has nothing at that place, or is not known; null where that must not be.</param>
internal sealed record ResultReference(string Step, string Path, System.Text.Json.JsonElement? Default)
{
    internal const string Member = "$result";
}
