using Concordat.Fuzz.Tests.Support;

namespace Concordat.Fuzz.Tests.Mutation;

/// <summary>Changes a short text so that it is nearly what it was.</summary>
internal static class TextMutator
{
    private const string Plain = "0123456789abcdefXYZ-_.:/ ~!*'()@&=+$,;?#[]{}<>|^`\"\\%";

    public static string Change(Dice dice, string text)
    {
        if (text.Length == 0)
        {
            return dice.Pick<string>("a", " ", "%", "0", "-");
        }

        var at = dice.Below(text.Length);
        return dice.Below(10) switch
        {
            0 => text.Remove(at, 1),
            1 => text.Insert(at, Plain[dice.Below(Plain.Length)].ToString()),
            2 => string.Concat(text.AsSpan(0, at), Plain[dice.Below(Plain.Length)].ToString(), text.AsSpan(at + 1)),
            3 => text[..at],
            4 => text + text,
            5 => text.ToUpperInvariant(),
            6 => string.Concat(Enumerable.Repeat(text, dice.Pick(2, 8, 40))),
            7 => text.Insert(at, dice.Pick<string>("\u00e9", "\u202e", "\ud83d\ude00", "\0", "\n", "\t", "\u00a0", "\u0130")),
            8 => string.Concat(text.AsSpan(at), text.AsSpan(0, at)),
            _ => dice.Pick<string>("", " ", "-", ".", "..", "0", "-1", "1e9", "NaN", "null", "00000000-0000-0000-0000-000000000000", "00000000-0000-8000-8000-000000000000", "ffffffff-ffff-8fff-bfff-ffffffffffff"),
        };
    }
}
