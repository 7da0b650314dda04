using System.Collections.Concurrent;
using System.Reflection;
using System.Text.Json.Serialization;

namespace Concordat.Cli;

/// <summary>Values by the names that they have on the wire.</summary>
internal static class Wire
{
    private static readonly ConcurrentDictionary<Enum, string> Known = new();

    internal static string Name<T>(T value)
        where T : struct, Enum => Known.GetOrAdd(value, static v =>
            v.GetType().GetField(v.ToString())?.GetCustomAttribute<JsonStringEnumMemberNameAttribute>()?.Name ?? v.ToString());

    internal static string[] Names<T>()
        where T : struct, Enum => [.. Enum.GetValues<T>().Select(Name)];

    internal static T? Parse<T>(string name)
        where T : struct, Enum
    {
        foreach (var value in Enum.GetValues<T>())
        {
            if (Name(value) == name)
            {
                return value;
            }
        }

        return null;
    }
}
