using System.Text;

namespace Concordat.Core.Tests.Scenarios;

/// <summary>
/// A text of commands and what they do: blocks of command lines, a line <c>----</c>, the expected output, an empty line. Lines
/// that begin with <c>#</c> are comments; the first is the title and says what the scenario proves. (The form is that of
/// CockroachDB's datadriven, as in etcd-io/raft's interaction tests.)
/// </summary>
internal static class ScenarioFile
{
    internal const string Separator = "----";

    /// <summary>Runs the commands and gives the text back with the output that they had.</summary>
    internal static string Replay(string text, Func<string, string> run)
    {
        var result = new StringBuilder();
        var lines = text.Split('\n');
        var i = 0;
        while (i < lines.Length)
        {
            var line = lines[i++].TrimEnd();
            if (line.Length == 0 || line[0] == '#')
            {
                if (i < lines.Length || line.Length > 0)
                {
                    result.Append(line).Append('\n');
                }

                continue;
            }

            var commands = new List<string> { line };
            while (i < lines.Length && lines[i].TrimEnd() is var next && next != Separator && next.Length > 0)
            {
                commands.Add(next);
                i++;
            }

            var hasOutput = i < lines.Length && lines[i].TrimEnd() == Separator;
            while (hasOutput && i < lines.Length && lines[i].Trim().Length > 0)
            {
                i++;
            }

            foreach (var command in commands)
            {
                result.Append(command).Append('\n');
            }

            result.Append(Separator).Append('\n');
            foreach (var command in commands)
            {
                result.Append(run(command));
            }
        }

        return result.ToString();
    }
}
