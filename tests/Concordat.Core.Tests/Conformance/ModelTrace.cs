using System.Runtime.CompilerServices;

namespace Concordat.Core.Tests.Conformance;

/// <summary>
/// What the model in <c>eng/model</c> did in one run. Its form, as <c>eng/model/traces.sh</c> writes it:
/// <code>
/// trace fickle seed 3 -DN=2 …              the configuration, and how to run it again
/// votes yes no                             how each branch's resource manager votes
/// deliver 0 | 0 Preparing there Preparing -/0
/// └ event     └ a branch: the coordinator's view, its call, the participant's phase, its log (P, C, R) / how much of it is durable
/// rollback | = rollback aborted | c Aborting 1/1/2 EB
///            └ whom it told what  └ the coordinator: state, records durable / forced / appended, and which (E, B, O, C, A, X)
/// </code>
/// Only what changed is written. A call is none, held (for a record), sent, there (at the participant), or its answer, in
/// parentheses while that waits for a record of the participant.
/// </summary>
internal sealed record ModelTrace(string Title, string Configuration, IReadOnlyList<string> Votes, IReadOnlyList<ModelStep> Steps)
{
    internal int Branches => Votes.Count;

    internal bool Is(string parameter) => Title.Contains($"-D{parameter}=1", StringComparison.Ordinal);

    internal static IReadOnlyList<ModelTrace> ReadAll(string path)
    {
        var traces = new List<ModelTrace>();
        string? title = null;
        string[] votes = [];
        var steps = new List<ModelStep>();
        foreach (var line in File.ReadLines(path).Append("trace"))
        {
            if (line.StartsWith("trace", StringComparison.Ordinal))
            {
                if (title is not null)
                {
                    traces.Add(new ModelTrace(title, title.Split(' ')[1], votes, [.. steps]));
                }

                title = line;
                steps.Clear();
            }
            else if (line.StartsWith("votes ", StringComparison.Ordinal))
            {
                votes = line.Split(' ')[1..];
            }
            else if (line.Length > 0)
            {
                steps.Add(ModelStep.Read(line));
            }
        }

        return traces;
    }

    internal static string Folder([CallerFilePath] string thisFile = "") => Path.Combine(Path.GetDirectoryName(thisFile)!, "Traces");
}

/// <param name="Told">Whom the event told what, in alphabetical order.</param>
/// <param name="Changed">What is seen from then on, by "c" or the branch's number.</param>
internal sealed record ModelStep(string Event, IReadOnlyList<string> Words, string Told, IReadOnlyDictionary<string, string> Changed)
{
    internal int Number(int word) => int.Parse(Words[word], System.Globalization.CultureInfo.InvariantCulture);

    internal static ModelStep Read(string line)
    {
        var parts = line.Split(" | ");
        var told = parts.Skip(1).Where(p => p[0] == '=').Select(p => p[2..]).Order(StringComparer.Ordinal);
        var changed = parts.Skip(1).Where(p => p[0] != '=').ToDictionary(p => p[..1], p => p[2..]);
        return new ModelStep(parts[0], parts[0].Split(' '), string.Join(", ", told), changed);
    }
}
