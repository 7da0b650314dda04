using Concordat.Core;

namespace Concordat.Server.Http;

/// <summary>
/// The bodies of the calls that take several at once. Only the list itself is read together: each item is read by itself, as the body of a call of its own
/// would be, so that one that is wrong is answered alone.
/// </summary>
internal static class BatchRequests
{
    public const int MaxItems = 100;

    private const int Items = 1;
    private const int Id = 1, Branches = 2;
    private const int IdLength = 36;

    /// <param name="list">The only member.</param>
    public static IReadOnlyList<ReadOnlyMemory<byte>> Parse(ReadOnlyMemory<byte> body, string list) => RequestJson.Parse(body, (ref RequestJson json) =>
    {
        var seen = 0;
        List<ReadOnlyMemory<byte>>? items = null;
        var name = System.Text.Encoding.UTF8.GetBytes(list);
        while (json.NextMember())
        {
            if (!json.Is(name, Items, ref seen))
            {
                throw json.Unknown();
            }

            json.ExpectArray(list);
            items = [];
            while (json.NextItem())
            {
                if (items.Count == MaxItems)
                {
                    throw json.Invalid(list, $"has more than {MaxItems} items, the most that are allowed");
                }

                items.Add(json.Raw());
            }
        }

        return items ?? throw json.Missing(list);
    });

    /// <param name="traceParent">Of the call; an item's own goes before it.</param>
    public static TransactionSpec ParseBegin(ReadOnlyMemory<byte> item, RequestLimits limits, string? traceParent)
    {
        var spec = TransactionRequests.Parse(item, limits, traceParent, isOneOfMany: true);
        return spec.Branches.Count == 0
            ? spec
            : throw ProblemTypes.InvalidValue.With("branches is there: what runs in one call is answered at its outcome, and would hold up the others; send it by itself");
    }

    public static (TransactionId Id, IReadOnlyList<BranchSpec> Branches) ParseCommit(ReadOnlyMemory<byte> item, RequestLimits limits) => RequestJson.Parse(item, (ref RequestJson json) =>
    {
        var seen = 0;
        TransactionId? id = null;
        IReadOnlyList<BranchSpec> branches = [];
        while (json.NextMember())
        {
            if (json.Is("id"u8, Id, ref seen))
            {
                var text = json.Text("id");
                id = text.Length == IdLength && TransactionId.TryParse(text, out var parsed) ? parsed : throw PathValues.NoId(text);
            }
            else if (json.Is("branches"u8, Branches, ref seen))
            {
                branches = json.IsNull ? [] : TransactionRequests.BranchesOf(ref json, limits, MaySay.VoteOrOnePhase);
            }
            else
            {
                throw json.Unknown();
            }
        }

        return (id ?? throw json.Missing("id"), branches);
    });
}
