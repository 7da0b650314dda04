using System.Text;
using Concordat.Fuzz.Tests.Support;

namespace Concordat.Fuzz.Tests.Mutation;

/// <summary>Changes JSON by its structure, and now and then by its bytes.</summary>
internal static class JsonMutator
{
    /// <summary>Tokens that are no JSON, are hard to read, or stand at an edge.</summary>
    private static readonly string[] Tokens =
    [
        "null", "true", "false", "0", "-0", "-0.0", "1", "-1", "0.0001", "1e-400", "1e400", "-1e400", "2147483648", "-2147483649", "9223372036854775808", "18446744073709551616",
        "86400", "86400.0000001", "1e5", "5e-324", "123456789012345678901234567890", "0.1e1", "NaN", "Infinity", "-Infinity", "01", "+1", "1.", ".5", "0x10", "1_000", "undefined",
        "\"\"", "\" \"", "\"\\u0000\"", "\"\\ud800\"", "\"\\udc00\\ud800\"", "\"\\ud83d\\ude00\"", "\"\\x41\"", "\"\\u12\"", "\"a\nb\"", "\"\\u202e\"", "\"../../etc/passwd\"", "\"%00\"", "'a'", "\"",
        "\"1\"", "\"true\"", "\"null\"", "\"NaN\"", "\"yes\"", "\"YES\"", "\"readonly\"", "\"committed\"", "\"Committed\"", "\"00000000-0000-0000-0000-000000000000\"", "\"9999-12-31T23:59:59.999Z\"",
        "\"9999-12-31T23:59:59.9999999-14:00\"", "\"0001-01-01T00:00:00Z\"", "\"1969-12-31T23:59:59.999Z\"", "\"2026-02-30T00:00:00Z\"", "\"2026-01-01\"", "{}", "[]", "[[]]", "[null]", "{\"\":null}", "//", "/*x*/1", "",
    ];

    public static byte[] Bytes(Dice dice, string valid)
    {
        var text = Text(dice, valid);
        var bytes = Encoding.UTF8.GetBytes(text);
        return dice.Below(12) switch
        {
            0 => [0xEF, 0xBB, 0xBF, .. bytes],
            1 => [.. bytes, .. Trailing(dice)],
            2 => bytes[..dice.Below(bytes.Length + 1)],
            3 => ByteMutator.Change(dice, bytes),
            4 => Encoding.Unicode.GetBytes(text),
            _ => bytes,
        };
    }

    public static string Text(Dice dice, string valid)
    {
        var tree = Json.Parse(valid);
        for (var left = dice.Few(); left > 0; left--)
        {
            tree = Change(dice, tree);
        }

        return tree.ToString();
    }

    private static byte[] Trailing(Dice dice) => dice.Pick<string>("x", "{}", ",", "\0", "]", "\r\n\r\n", "/**/", "\ufeff", "null").Select(c => (byte)c).ToArray();

    private static Json Change(Dice dice, Json tree)
    {
        var containers = tree.All().Where(one => one is Json.Object { Members.Count: > 0 } or Json.Array { Items.Count: > 0 }).ToList();
        if (containers.Count == 0 || dice.OneIn(40))
        {
            return Other(dice, tree);
        }

        switch (dice.PickFrom(containers))
        {
            case Json.Object o:
                ChangeMember(dice, o);
                break;
            case Json.Array a:
                ChangeItem(dice, a);
                break;
        }

        return tree;
    }

    private static void ChangeMember(Dice dice, Json.Object o)
    {
        var at = dice.Below(o.Members.Count);
        var (name, value) = o.Members[at];
        switch (dice.Below(9))
        {
            case 0:
                o.Members.RemoveAt(at);
                break;
            case 1:
                o.Members.Insert(dice.Below(o.Members.Count + 1), (name, dice.OneIn(2) ? value.Copy() : Other(dice, value)));
                break;
            case 2:
                o.Members[at] = (Name(dice, name), value);
                break;
            case 3:
                o.Members.Insert(dice.Below(o.Members.Count + 1), (Name(dice, "\"extra\""), Other(dice, value)));
                break;
            case 4:
                var other = dice.Below(o.Members.Count);
                (o.Members[at], o.Members[other]) = ((name, o.Members[other].Value), (o.Members[other].Name, value));
                break;
            default:
                o.Members[at] = (name, Other(dice, value));
                break;
        }
    }

    private static void ChangeItem(Dice dice, Json.Array a)
    {
        var at = dice.Below(a.Items.Count);
        switch (dice.Below(5))
        {
            case 0:
                a.Items.RemoveAt(at);
                break;
            case 1:
                a.Items.Insert(at, a.Items[at].Copy());
                break;
            case 2 when dice.OneIn(4):
                var item = a.Items[at];
                a.Items.AddRange(Enumerable.Repeat(item, dice.Pick(50, 101, 1000)));
                break;
            default:
                a.Items[at] = Other(dice, a.Items[at]);
                break;
        }
    }

    /// <summary>A value in the place of another.</summary>
    private static Json Other(Dice dice, Json value) => dice.Below(10) switch
    {
        0 => new Json.Array([value]),
        1 => new Json.Object([("\"value\"", value)]),
        2 => Deep(dice, value),
        3 => Json.Quoted(new string('x', dice.Pick(63, 64, 65, 128, 129, 255, 256, 257, 1001, 70_000))),
        4 when value is Json.Token token => new Json.Token(TextMutator.Change(dice, token.Text)),
        5 => new Json.Token(new string('9', dice.Pick(20, 400, 5000))),
        _ => new Json.Token(dice.PickFrom(Tokens)),
    };

    private static Json.Token Deep(Dice dice, Json value)
    {
        var depth = dice.Pick(10, 62, 64, 66, 500, 20_000);
        return dice.OneIn(2)
            ? new Json.Token(new string('[', depth) + value + new string(']', depth))
            : new Json.Token(string.Concat(Enumerable.Repeat("{\"d\":", depth)) + value + new string('}', depth));
    }

    private static string Name(Dice dice, string name) => dice.Below(7) switch
    {
        0 => name.ToUpperInvariant(),
        1 => "\"\"",
        2 => "\"\\ud800\"",
        3 => $"\"\\u{(int)name[1]:x4}{name[2..]}",
        4 => $"\"{new string('n', dice.Pick(65, 300, 70_000))}\"",
        5 => name.Trim('"'),
        _ => TextMutator.Change(dice, name),
    };
}
