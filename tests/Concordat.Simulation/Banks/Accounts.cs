using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using Concordat.Core.Participation;

namespace Concordat.Simulation;

/// <summary>
/// The money of one participant. What a branch moves stands in its id, <c>transfer.leg.account.amount[.other account]</c>, so that the same
/// is read from a call, a log and a disk. Written to catch a caller that commits twice, or what was never prepared.
/// </summary>
internal sealed class Accounts(World world, Node owner)
{
    internal const int Count = 3;
    internal const int Opening = 1000;

    private readonly int[] _balances = [Opening, Opening, Opening];
    private readonly Dictionary<BranchKey, Leg> _held = [];

    /// <summary>Branches that are committed, each once.</summary>
    internal HashSet<BranchKey> Applied { get; } = [];

    internal int HeldBranches => _held.Count;

    internal int Balance(int account) => _balances[account];

    internal bool Holds(BranchKey key) => _held.ContainsKey(key);

    internal int Total
    {
        get
        {
            var total = 0;
            foreach (var balance in _balances)
            {
                total += balance;
            }

            return total;
        }
    }

    internal static Leg LegOf(string branchId)
    {
        Span<int> numbers = stackalloc int[5];
        numbers[4] = Leg.None;
        var text = branchId.AsSpan();
        var at = 0;
        foreach (var part in text.Split('.'))
        {
            numbers[at++] = int.Parse(text[part], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        }

        return new Leg(Participant: 0, numbers[2], numbers[3], numbers[4]);
    }

    /// <summary>What a yes gives to be brought back with the outcome; null where it gives nothing.</summary>
    internal static string? EvidenceOf(string branchId) => LegOf(branchId).Account == 1 ? "held for " + branchId : null;

    /// <summary>Sets the money aside. Nothing to move is read-only; no such account, or not enough in it, is no.</summary>
    internal Vote Prepare(BranchKey key)
    {
        var leg = LegOf(key.Branch);
        if (leg.Account == Leg.NoSuchAccount)
        {
            return Vote.No;
        }

        if (leg.Amount == 0)
        {
            return Vote.ReadOnly;
        }

        if (leg.Amount < 0 && _balances[leg.Account] - HeldFrom(leg.Account) < -leg.Amount)
        {
            return Vote.No;
        }

        return _held.TryAdd(key, leg) ? Vote.Yes : throw world.Break("I13", $"{owner} prepares {key} twice");
    }

    internal void Commit(BranchKey key)
    {
        if (!_held.Remove(key, out var leg))
        {
            throw world.Break("I7", $"{owner} is told to commit {key} and holds nothing for it");
        }

        if (!Applied.Add(key))
        {
            throw world.Break("AC2", $"{owner} commits {key} a second time: the money moves twice");
        }

        _balances[leg.Account] += leg.Amount;
        if (leg.OtherAccount != Leg.None)
        {
            _balances[leg.OtherAccount] -= leg.Amount;
        }
    }

    internal void Rollback(BranchKey key) => _held.Remove(key);

    internal void Save(IBufferWriter<byte> to)
    {
        foreach (var balance in _balances)
        {
            Write(to, balance);
        }

        foreach (var keys in (ReadOnlySpan<IReadOnlyCollection<BranchKey>>)[_held.Keys, Applied])
        {
            Write(to, keys.Count);
            foreach (var key in keys)
            {
                key.Transaction.WriteTo(to.GetSpan(16));
                to.Advance(16);
                Write(to, key.Branch.Length);
                System.Text.Encoding.ASCII.GetBytes(key.Branch, to.GetSpan(key.Branch.Length));
                to.Advance(key.Branch.Length);
            }
        }
    }

    internal void Load(ReadOnlySpan<byte> from)
    {
        for (var i = 0; i < Count; i++)
        {
            _balances[i] = Read(ref from);
        }

        _held.Clear();
        Applied.Clear();
        for (var left = Read(ref from); left > 0; left--)
        {
            var key = ReadKey(ref from);
            _held.Add(key, LegOf(key.Branch));
        }

        for (var left = Read(ref from); left > 0; left--)
        {
            Applied.Add(ReadKey(ref from));
        }
    }

    private int HeldFrom(int account)
    {
        var sum = 0;
        foreach (var leg in _held.Values)
        {
            sum += leg.Account == account && leg.Amount < 0 ? -leg.Amount : 0;
        }

        return sum;
    }

    private static void Write(IBufferWriter<byte> to, int number)
    {
        BinaryPrimitives.WriteInt32LittleEndian(to.GetSpan(4), number);
        to.Advance(4);
    }

    private static int Read(ref ReadOnlySpan<byte> from)
    {
        var number = BinaryPrimitives.ReadInt32LittleEndian(from);
        from = from[4..];
        return number;
    }

    private static BranchKey ReadKey(ref ReadOnlySpan<byte> from)
    {
        var id = TransactionId.ReadFrom(from);
        from = from[16..];
        var length = Read(ref from);
        var branch = System.Text.Encoding.ASCII.GetString(from[..length]);
        from = from[length..];
        return new BranchKey(id, branch);
    }
}
