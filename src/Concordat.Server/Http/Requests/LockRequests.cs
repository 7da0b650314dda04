using Concordat.Core;

namespace Concordat.Server.Http;

/// <summary>The body of <c>POST …/locks</c>, and the <c>locks</c> of a transaction: one key and its mode, or several.</summary>
internal static class LockRequests
{
    private const int Key = 1, Mode = 2, Locks = 4, Wait = 8;
    private const double DefaultWaitSeconds = 30, MaxWaitSeconds = 3600;

    public static (IReadOnlyList<LockWant> Wants, TimeSpan Wait) Parse(ReadOnlyMemory<byte> body, RequestLimits limits) => RequestJson.Parse(body, (ref RequestJson json) =>
    {
        var seen = 0;
        string? key = null;
        LockMode? mode = null;
        IReadOnlyList<LockWant>? locks = null;
        var seconds = DefaultWaitSeconds;
        while (json.NextMember())
        {
            if (json.Is("key"u8, Key, ref seen))
            {
                key = KeyOf(ref json);
            }
            else if (json.Is("mode"u8, Mode, ref seen))
            {
                mode = ModeOf(ref json);
            }
            else if (json.Is("locks"u8, Locks, ref seen))
            {
                locks = ListOf(ref json, limits);
            }
            else if (json.Is("waitSeconds"u8, Wait, ref seen))
            {
                seconds = json.IsNull ? seconds : json.Number("waitSeconds");
                if (!(seconds is >= 0 and <= MaxWaitSeconds))
                {
                    throw json.Invalid("waitSeconds", $"is {seconds}; it must be from 0 to {MaxWaitSeconds}");
                }
            }
            else
            {
                throw json.Unknown();
            }
        }

        return (Wants(json, key, mode, locks), TimeSpan.FromSeconds(seconds));
    });

    private static IReadOnlyList<LockWant> Wants(in RequestJson json, string? key, LockMode? mode, IReadOnlyList<LockWant>? locks)
    {
        if (locks is not null)
        {
            return key is null && mode is null ? locks : throw json.Invalid("locks", "is there, and a key beside it: give one or the other");
        }

        return [new LockWant(key ?? throw json.Missing("key"), mode ?? throw json.Missing("mode"))];
    }

    public static IReadOnlyList<LockWant> ListOf(ref RequestJson json, RequestLimits limits)
    {
        json.ExpectArray("locks");
        var locks = new List<LockWant>();
        while (json.NextLock())
        {
            if (locks.Count == limits.MaxLocks)
            {
                throw ProblemTypes.TooManyLocks.With($"locks has more than {limits.MaxLocks} items, the most that are allowed");
            }

            locks.Add(Item(ref json));
        }

        return locks.Count > 0 ? locks : throw json.Invalid("locks", "is empty");
    }

    private static LockWant Item(ref RequestJson json)
    {
        var seen = 0;
        string? key = null;
        LockMode? mode = null;
        while (json.NextMember())
        {
            if (json.Is("key"u8, Key, ref seen))
            {
                key = KeyOf(ref json);
            }
            else if (json.Is("mode"u8, Mode, ref seen))
            {
                mode = ModeOf(ref json);
            }
            else
            {
                throw json.Unknown();
            }
        }

        return new LockWant(key ?? throw json.Missing("key"), mode ?? throw json.Missing("mode"));
    }

    private static string KeyOf(ref RequestJson json)
    {
        var key = json.Text("key");
        return Names.IsTransactionName(key)
            ? key
            : throw json.Invalid("key", $"is {Shown.Text(key)}; it must be 1 to 128 of A-Z a-z 0-9 . _ - : / and begin with a letter or a digit");
    }

    private static LockMode ModeOf(ref RequestJson json)
    {
        var text = json.Text("mode");
        return text switch
        {
            "shared" => LockMode.Shared,
            "exclusive" => LockMode.Exclusive,
            _ => throw json.Invalid("mode", $"is {Shown.Text(text)}; it must be shared or exclusive"),
        };
    }
}
