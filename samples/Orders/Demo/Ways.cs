using System.Globalization;
using System.Net;

namespace Concordat.Samples.Orders.Demo;

/// <summary>The two ways to place an order, and where such an order is then.</summary>
internal static class Ways
{
    public static readonly (string Way, string Places)[] All = [("in-scope", "orders, billing"), ("in-transaction", "orders, billing, stock")];

    public static string Text(HttpStatusCode? answer) => answer is { } code ? ((int)code).ToString(CultureInfo.InvariantCulture) : "nothing";

    public static string Text(string places) => places.Length > 0 ? places : "none";
}
