using System.CommandLine;
using Concordat.Fuzz.Tests.Mutation;
using Concordat.Fuzz.Tests.Support;

namespace Concordat.Fuzz.Tests.Commands;

/// <summary>Makes argument vectors from the command tree itself: a new command or option is fuzzed without a word here.</summary>
internal sealed class VectorMaker(RootCommand root, string directory, string server)
{
    private const string Id = "5f0c2d1e-9a3b-8c4d-9e5f-000000000001";

    private static readonly string[] Hostile =
    [
        "", " ", "-", "--", "---", "@nosuchfile", "@", "[diagram]", "[suggest]", "[parse]", "--help", "-h", "-?", "/?", "--version", "\0", "a\nb", "a\rb", "\u00e9", "\ud83d\ude00", "\ud800", "\u202e", "%s%n", "$(id)", "../..", "/dev/null", "/proc/self/mem",
        "NaN", "Infinity", "-Infinity", "1e308", "1e309", "-1", "0", "2147483648", "9223372036854775808", "0x10", "1,5", "1e-400", "true", "null", "=", "a=", "=b", "a=b=c", "--no-such-option", "-x", "-o=json", "--output:json", "http://", "http://[", "http://x:99999", "https://127.0.0.1:1", "ftp://x",
        "http://user:pass@127.0.0.1:1/", "http://127.0.0.1:1/?q#f", "00000000-0000-0000-0000-000000000000", Id, new('x', 300), new('x', 70_000), new('-', 5000),
    ];

    /// <summary>Every command that does something, with its path.</summary>
    public IReadOnlyList<string[]> Leaves { get; } = [.. Find(root, [])];

    public string[] Make(Dice dice)
    {
        var path = dice.PickFrom(Leaves);
        while (path is ["serve"] or ["simulate"] && !dice.OneIn(4))
        {
            path = dice.PickFrom(Leaves);
        }

        var command = path.Aggregate((Command)root, (at, name) => at.Subcommands.Single(c => c.Name == name));
        var words = new List<string>(path);
        foreach (var argument in command.Arguments)
        {
            words.Add(dice.OneIn(6) ? dice.PickFrom(Hostile) : argument.Name == "id" ? Id : argument.Name == "url" ? "http://127.0.0.1:9/x" : "a-name");
        }

        // What writes where it is told would write wherever a hostile word says.
        foreach (var option in AllOptions(command, path).Where(o => o.Name != "--save"))
        {
            if (option.Required ? !dice.OneIn(12) : dice.OneIn(3))
            {
                words.Add(option.Name);
                if (option.ValueType != typeof(bool) || dice.OneIn(10))
                {
                    words.Add(dice.OneIn(3) ? dice.PickFrom(Hostile) : Value(dice, option.Name));
                }
            }
        }

        for (var left = dice.OneIn(2) ? dice.Few() : 0; left > 0; left--)
        {
            var at = dice.Below(words.Count);
            switch (dice.Below(5))
            {
                case 0:
                    words.RemoveAt(at);
                    break;
                case 1:
                    words.Insert(at, words[dice.Below(words.Count)]);
                    break;
                case 2:
                    words[at] = TextMutator.Change(dice, words[at]);
                    break;
                default:
                    words.Insert(at, dice.PickFrom(Hostile));
                    break;
            }

            if (words.Count == 0)
            {
                break;
            }
        }

        // Without this the present directory would be written to. A second one is an error of its own.
        return words is ["serve", ..] ? [.. words, "--data", Path.Combine(directory, "served")] : [.. words];
    }

    private string Value(Dice dice, string option) => option switch
    {
        "--data" or "--participant" or "-p" => Path.Combine(directory, dice.Pick<string>("log", "purse", "none", "empty", "file", "log/0000000000000000.seg")),
        "--urls" => dice.Pick<string>("http://127.0.0.1:0", "http://192.0.2.1:0", "http://127.0.0.1:0;http://127.0.0.1:0", "https://127.0.0.1:0", "http://localhost:0", "http://127.0.0.1:0/path"),
        "--config" => Path.Combine(directory, dice.Pick<string>("config.json", "config.json", "none.json", "empty")),
        "--server" => server,
        "--output" => dice.Pick<string>("json", "table", "yaml"),
        "--state" => dice.Pick<string>("active", "committing"),
        "--outcome" => "committed",
        "--as" => "rolled-back",
        "--label" => "a=b",
        "--seeds" or "--seed" or "--from" or "--participants" or "--clients" or "--transactions" or "--faults" or "--threads" => dice.Pick<string>("1", "2", "3"),
        "--send-probability" or "--success-probability" => dice.Pick<string>("0", "1", "0.9"),
        "--scenario" => Path.Combine(directory, dice.Pick<string>("config.json", "none.json", "file")),
        "--timeout" or "--older-than" or "--drain-seconds" or "--limit" => dice.Pick<string>("0", "1", "0.2"),
        _ => "text",
    };

    private IEnumerable<Option> AllOptions(Command command, string[] path)
    {
        var at = (Command)root;
        foreach (var name in path)
        {
            at = at.Subcommands.Single(c => c.Name == name);
            foreach (var option in at.Options.Where(o => at == command || o.Recursive))
            {
                yield return option;
            }
        }
    }

    private static IEnumerable<string[]> Find(Command command, string[] path) => command.Subcommands.Count == 0
        ? [path]
        : command.Subcommands.SelectMany(sub => Find(sub, [.. path, sub.Name]));
}
