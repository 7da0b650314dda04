using Concordat.Core;

namespace Concordat.Server.Http;

/// <summary>A branch: an item of a transaction's <c>branches</c>, and the body of <c>POST …/branches</c>.</summary>
internal static class BranchRequests
{
    private const int Participant = 1, Operations = 2, BranchId = 4;
    private const int Type = 1, Resource = 2, Data = 4;

    public static BranchSpec Parse(ReadOnlyMemory<byte> body) => RequestJson.Parse(body, Read);

    public static BranchSpec Read(ref RequestJson json)
    {
        var seen = 0;
        string? participant = null, branchId = null;
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
            else
            {
                throw json.Unknown();
            }
        }

        return new BranchSpec(participant ?? throw json.Missing("participant"), operations, branchId);
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
