using Concordat.Core;

namespace Concordat.Server.Http;

/// <summary>A branch: an item of a transaction's <c>branches</c>, and the body of <c>POST …/branches</c>.</summary>
internal static class BranchRequests
{
    /// <summary>A yes carries at most so much, in bytes of UTF-8.</summary>
    private const int MaxEvidenceBytes = 256;

    private const int Participant = 1, Operations = 2, BranchId = 4, VoteOf = 8, Reason = 16, Evidence = 32, OnePhase = 64, Identity = 128;
    private const int Type = 1, Resource = 2, Data = 4;

    public static BranchSpec Parse(ReadOnlyMemory<byte> body) => RequestJson.Parse(body, static (ref RequestJson json) => Read(ref json, MaySay.Vote));

    public static BranchSpec Read(ref RequestJson json, MaySay maySay)
    {
        var seen = 0;
        string? participant = null, branchId = null, reason = null, evidence = null, identity = null;
        Vote? vote = null;
        var onePhase = false;
        var operations = ReadOnlyMemory<byte>.Empty;
        while (json.NextMember())
        {
            if (json.Is("participant"u8, Participant, ref seen))
            {
                participant = json.Text("participant");
                if (!Names.IsParticipantName(participant))
                {
                    throw json.Invalid("participant", $"is {Shown.Text(participant)}; {ParticipantRequests.NameForm}");
                }
            }
            else if (json.Is("operations"u8, Operations, ref seen))
            {
                operations = json.IsNull ? default : OperationsOf(ref json);
            }
            else if (json.Is("branchId"u8, BranchId, ref seen))
            {
                branchId = json.TextOrNull("branchId");
                if (branchId is not null && !Names.IsBranchId(branchId))
                {
                    throw json.Invalid("branchId", $"is {Shown.Text(branchId)}; {BranchIdForm}");
                }
            }
            else if (json.Is("vote"u8, VoteOf, ref seen))
            {
                vote = json.IsNull ? null : VoteIn(ref json);
            }
            else if (json.Is("reason"u8, Reason, ref seen))
            {
                reason = json.TextOrNull("reason");
            }
            else if (json.Is("evidence"u8, Evidence, ref seen))
            {
                evidence = json.TextOrNull("evidence");
                if (evidence is not null && (evidence.Length == 0 || System.Text.Encoding.UTF8.GetByteCount(evidence) > MaxEvidenceBytes))
                {
                    throw json.Invalid("evidence", $"must be 1 to {MaxEvidenceBytes} bytes of UTF-8");
                }
            }
            else if (json.Is("identity"u8, Identity, ref seen))
            {
                identity = json.IsNull ? null : ResourceRequests.ReadIdentity(ref json);
            }
            else if (json.Is("onePhase"u8, OnePhase, ref seen))
            {
                onePhase = json.Boolean("onePhase");
            }
            else
            {
                throw json.Unknown();
            }
        }

        if (vote is not null && maySay == MaySay.Nothing)
        {
            throw json.Invalid("vote", "is there, and the transaction has no id yet: nothing can have been prepared for it. Begin without branches, and send the vote with the commit");
        }

        participant = participant ?? throw json.Missing("participant");
        if (!onePhase)
        {
            return new BranchSpec(participant, operations, branchId, VoteOfBranch(json, branchId, vote, reason, evidence), Identity: identity);
        }

        CheckOnePhase(json, maySay, branchId, vote, reason, evidence);
        return new BranchSpec(participant, operations, branchId, OnePhase: evidence, Identity: identity);
    }

    private static void CheckOnePhase(in RequestJson json, MaySay maySay, string? branchId, Vote? vote, string? reason, string? evidence)
    {
        if (maySay != MaySay.VoteOrOnePhase)
        {
            throw json.Invalid("onePhase", "is true, and this is no commit: a branch commits by itself when the transaction is to be decided");
        }

        if (vote is not null || reason is not null)
        {
            throw json.Invalid("onePhase", "is true, and there is a vote: what has voted is committed in the second phase");
        }

        if (branchId is null || evidence is null)
        {
            throw json.Invalid(branchId is null ? "branchId" : "evidence", "is missing: a branch that commits by itself names itself, and says how its database tells afterwards whether it has");
        }
    }

    private static BranchVote? VoteOfBranch(in RequestJson json, string? branchId, Vote? vote, string? reason, string? evidence)
    {
        if (vote is null)
        {
            return reason is null && evidence is null ? null : throw json.Invalid(reason is null ? "evidence" : "reason", "is there without a vote");
        }

        if (evidence is not null && vote != Vote.Yes)
        {
            throw json.Invalid("evidence", "is there, and the vote is not yes: what holds nothing has nothing to be found again");
        }

        return branchId is not null
            ? new BranchVote(vote.Value, reason, evidence)
            : throw json.Invalid("branchId", "is missing: a branch that votes names itself, so that the same vote can be sent again");
    }

    private static Vote VoteIn(ref RequestJson json)
    {
        var text = json.Text("vote");
        return text switch
        {
            "yes" => Vote.Yes,
            "no" => Vote.No,
            "readOnly" => Vote.ReadOnly,
            _ => throw json.Invalid("vote", $"is {Shown.Text(text)}; it must be yes, no or readOnly"),
        };
    }

    public const string BranchIdForm = "it must be 1 to 64 of A-Z a-z 0-9 . _ - and begin with a letter or a digit";

    /// <summary>Checks the form of each and hands on the bytes as they came.</summary>
    private static ReadOnlyMemory<byte> OperationsOf(ref RequestJson json)
    {
        json.ExpectArray("operations");
        var start = json.Start;
        var any = false;
        while (json.NextOperation())
        {
            any = true;
            CheckOperation(ref json);
        }

        return any ? json.Since(start) : default;
    }

    private static void CheckOperation(ref RequestJson json)
    {
        var seen = 0;
        while (json.NextMember())
        {
            if (json.Is("type"u8, Type, ref seen))
            {
                json.CheckText("type");
            }
            else if (json.Is("resource"u8, Resource, ref seen))
            {
                if (!json.IsNull)
                {
                    json.CheckText("resource");
                }
            }
            else if (json.Is("data"u8, Data, ref seen))
            {
                json.Skip("data");
            }
            else
            {
                throw json.Unknown();
            }
        }

        if ((seen & Type) == 0)
        {
            throw json.Missing("type");
        }
    }
}

/// <summary>What a branch of a resource can say of itself. Before a transaction has an id nothing can be prepared for it.</summary>
internal enum MaySay
{
    Nothing,
    Vote,
    VoteOrOnePhase,
}
