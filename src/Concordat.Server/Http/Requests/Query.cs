using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace Concordat.Server.Http;

/// <summary>The parameters of a request's query. Those of a call are known: any other is an error that names it.</summary>
internal static class Query
{
    public static void ExpectNone(HttpRequest request)
    {
        foreach (var pair in new QueryStringEnumerable(request.QueryString.Value))
        {
            throw Unknown(pair.DecodeName().ToString());
        }
    }

    /// <summary>The value of the only parameter that this call takes, or null.</summary>
    public static string? Only(HttpRequest request, string name) => Named(request, [name])[name];

    /// <summary>The values of the parameters that this call takes; null where one is not there.</summary>
    public static IReadOnlyDictionary<string, string?> Named(HttpRequest request, IReadOnlyList<string> names)
    {
        var values = names.ToDictionary(name => name, _ => (string?)null, StringComparer.Ordinal);
        foreach (var pair in new QueryStringEnumerable(request.QueryString.Value))
        {
            var name = pair.DecodeName().ToString();
            if (!values.TryGetValue(name, out var value))
            {
                throw Unknown(name);
            }

            values[name] = value is null ? pair.DecodeValue().ToString() : throw Twice(name);
        }

        return values;
    }

    public static ProblemException Unknown(string name) => ProblemTypes.UnknownMember.With($"{Shown.Name(name)} is not a query parameter of this call");

    public static ProblemException Twice(string name) => ProblemTypes.InvalidValue.With($"{Shown.Name(name)} is there twice in the query");

    public static ProblemException Invalid(string name, string value, string form) =>
        ProblemTypes.InvalidValue.With($"{name} is {Shown.Text(value)}; it must be {form}");

    public static double Seconds(string name, string value, double most) =>
        double.TryParse(value, NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var seconds)
            && seconds >= 0 && seconds <= most
            ? seconds
            : throw Invalid(name, value, $"a number of seconds from 0 to {most}");
}
