using System.Text;
using System.Text.Json;

namespace Concordat.Fuzz.Tests.Callbacks;

/// <summary>What the contract says that an answer to a prepare means, read from the contract and not from the code.</summary>
internal enum Meaning
{
    /// <summary>A yes or a read-only vote.</summary>
    Commits,

    /// <summary>A no, an error, or nonsense: nothing that could let the transaction commit.</summary>
    CannotCommit,

    /// <summary>The contract does not say, or whether it arrives depends on the moment.</summary>
    Open,
}

internal static class VoteOracle
{
    /// <summary>More of an answer is not read.</summary>
    private const int MaxAnswerBytes = 64 * 1024;

    public static Meaning Of(HostileAnswer answer)
    {
        if (answer.IsWhole is not { } whole)
        {
            var sent = string.Concat(answer.Acts.Select(act => Encoding.Latin1.GetString(act switch { Act.Send s => s.Bytes, Act.Drip d => d.Bytes, Act.Flood f => f.Bytes, _ => [] })));
            return MentionsYes(sent) ? Meaning.Open : Meaning.CannotCommit;
        }

        return whole.Status != 200 ? Meaning.CannotCommit
            : whole.Body.Length >= MaxAnswerBytes ? Meaning.Open
            : OfBody(whole.Body);
    }

    private static Meaning OfBody(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                return Meaning.CannotCommit;
            }

            var members = document.RootElement.EnumerateObject().ToList();
            var votes = members.Where(m => m.NameEquals("vote")).ToList();
            if (!votes.Exists(v => v.Value.ValueKind == JsonValueKind.String && v.Value.GetString() is "yes" or "readOnly"))
            {
                return Meaning.CannotCommit;
            }

            var isTwice = members.Count != members.DistinctBy(m => m.Name).Count();
            return isTwice ? Meaning.Open
                : IsText(members, "reason", int.MaxValue) && IsText(members, "evidence", 256) ? Meaning.Commits
                : Meaning.CannotCommit;
        }
        catch (JsonException)
        {
            return Meaning.CannotCommit;
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair somewhere: JSON, and no text.
            return Meaning.Open;
        }
    }

    private static bool IsText(List<JsonProperty> members, string name, int mostBytes) =>
        members.Find(m => m.NameEquals(name)) is var member
        && (member.Value.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null
            || (member.Value.ValueKind == JsonValueKind.String && Encoding.UTF8.GetByteCount(member.Value.GetString()!) <= mostBytes));

    private static bool MentionsYes(string text) =>
        text.Contains("yes", StringComparison.Ordinal) || text.Contains("readOnly", StringComparison.Ordinal) || text.Contains("\\u", StringComparison.Ordinal);
}
