using System.Globalization;
using System.Text;
using Concordat.Core.Encoding;
using Concordat.Core.Records;
using Concordat.Core.Recovery;
using Concordat.Core.Tests.Simulation;

namespace Concordat.Core.Tests.Scenarios;

/// <summary>Carries out the commands of a scenario, one coordinator at a time, and prints everything that leaves it.</summary>
internal sealed partial class ScenarioRunner : IWorld
{
    private readonly StringBuilder _output = new();
    private readonly ProtocolWatch _watch = new();
    private readonly ScenarioPrinter _printer;
    private readonly Dictionary<string, TransactionId> _ids = [];
    private readonly List<int> _checkpoints = [];
    private readonly Harness _harness;
    private CoordinatorOptions _options = new();
    private bool _started;
    private bool _quickDisk;
    private long? _room;
    private int _copied;
    private string? _naming;
    private SweepTicket _ticket;
    private bool _quiet;

    internal ScenarioRunner()
    {
        _harness = new Harness(() => _options, this);
        _printer = new ScenarioPrinter(_harness.Now.Wall);
    }

    internal string Run(string command)
    {
        _output.Clear();
        if (command.StartsWith("given ", StringComparison.Ordinal))
        {
            // What every scenario needs and none is about: done, durable, and not printed.
            Quietly(() => Run(command["given ".Length..]));
            Quietly(() => _harness.MakeDurable(_harness.AppendedRecords));
            return "";
        }

        var words = new Words(command);
        if (words.Command != "options")
        {
            EnsureStarted();
        }

        try
        {
            Do(words);
            if (_quickDisk)
            {
                _harness.MakeForcedDurable();
            }
        }
        catch (Exception e) when (e is ImpossibleLogException or RecordFormatException)
        {
            Print($"refuses to start: {_printer.WithNames(e.Message)}");
        }

        return _output.Length == 0 ? "nothing\n" : _output.ToString();
    }

    private void EnsureStarted()
    {
        if (!_started)
        {
            _started = true;
            Quietly(() =>
            {
                _harness.Start();
                _harness.MakeForcedDurable();
            });
        }
    }

    private void Quietly(Action action)
    {
        var before = _quiet;
        _quiet = true;
        action();
        _quiet = before;
    }

    private void Print(string line)
    {
        if (!_quiet)
        {
            _output.Append(line).Append('\n');
        }
    }

    void IWorld.Appended(Append append)
    {
        if (append.Record is Begun or SagaBegun && _naming is { } name)
        {
            NameId(name, (append.Record as Begun)?.Id ?? ((SagaBegun)append.Record).Id);
            _naming = null;
        }
        else if (append.Record is StepStarted { Transaction: { } transaction } step)
        {
            // Named after its saga, and counted.
            var place = 1;
            while (_ids.ContainsKey($"{_printer.Id(step.Id)}.{place}"))
            {
                place++;
            }

            NameId($"{_printer.Id(step.Id)}.{place}", transaction);
        }

        Print($"append {append.Number} {_printer.Record(append.Record)}");
    }

    void IWorld.Reported(Effect effect)
    {
        switch (effect)
        {
            case DeadlockFound found:
                Print(_printer.Deadlock(found));
                break;
            case SagaStuck stuck:
                Print($"stuck: {_printer.Id(stuck.Saga)}/{stuck.Step} ({stuck.Error})");
                break;
        }
    }

    private void NameId(string name, TransactionId id)
    {
        _ids[name] = id;
        _printer.Name(id, name);
    }

    void IWorld.Forced() => Print("force");

    void IWorld.Held(ReleasedEffect effect) => Print(effect switch
    {
        Call call => $"held until {call.After}: {_printer.Call(call)}",
        CallStep call => $"held until {call.After}: {_printer.Call(call)}",
        Answer answer => $"held until {answer.After}: answer to {answer.Caller}",
        _ => throw new InvalidOperationException(effect.ToString()),
    });

    void IWorld.Sent(Call call)
    {
        _watch.Sent(call, _harness.Log, _harness.DurableCount);
        Print($"send {_printer.Call(call)}");
    }

    void IWorld.Sent(CallStep call) => Print($"send {_printer.Call(call)}");

    void IWorld.Cancelled(CallKey key, OutgoingCall? sent) => Print($"cancel {_printer.Key(key, (sent as Call)?.Target.BranchId ?? (sent as CallStep)?.Target.Step)}{(sent is null ? " (never sent)" : "")}");

    void IWorld.Answered(Answer answer)
    {
        var caller = (ScenarioCaller)answer.Caller;
        if (answer.Reply is SweepBegunReply { Ticket: var ticket })
        {
            _ticket = ticket;
        }

        _watch.Answered(answer, _harness.Coordinator.DocumentOf, caller.Asked, _harness.Log, _harness.DurableCount);
        if (caller.Whole && answer.Reply is TransactionReply { Transaction: var transaction })
        {
            Print(_printer.Whole(_harness.Coordinator.DocumentOf(transaction)).TrimEnd('\n'));
            return;
        }

        if (caller.Whole && answer.Reply is SagaReply { Saga: var saga })
        {
            Print(_printer.Whole(saga).TrimEnd('\n'));
            return;
        }

        Print($"answer to {caller}: {_printer.Reply(answer.Reply, _harness.Coordinator.DocumentOf, _harness.Coordinator.DocumentOf)}");
    }

    private sealed class ScenarioCaller(string text, TransactionId? asked, bool whole = false) : Caller
    {
        internal TransactionId? Asked { get; } = asked;

        /// <summary>Wants all of the document, not a line.</summary>
        internal bool Whole { get; } = whole;

        public override string ToString() => $"\"{text}\"";
    }

    /// <summary>A command line: its name, what it names, and its settings.</summary>
    private sealed class Words
    {
        private readonly Dictionary<string, string> _settings = [];

        internal Words(string line)
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            Line = string.Join(' ', words);
            Command = words[0];
            foreach (var word in words.Skip(1))
            {
                var equals = word.IndexOf('=', StringComparison.Ordinal);
                if (equals > 0)
                {
                    _settings.Add(word[..equals], word[(equals + 1)..]);
                }
                else
                {
                    Names.Add(word);
                }
            }
        }

        internal string Line { get; }
        internal string Command { get; }
        internal List<string> Names { get; } = [];
        internal IReadOnlyDictionary<string, string> Settings => _settings;

        internal string? this[string setting] => _settings.GetValueOrDefault(setting);

        internal bool Has(string name) => Names.Contains(name);

        internal static TimeSpan Span(string text)
        {
            var number = double.Parse(text.TrimEnd('m', 's', 'h', 'd'), CultureInfo.InvariantCulture);
            return text switch
            {
                _ when text.EndsWith("ms", StringComparison.Ordinal) => TimeSpan.FromMilliseconds(number),
                _ when text.EndsWith('s') => TimeSpan.FromSeconds(number),
                _ when text.EndsWith('m') => TimeSpan.FromMinutes(number),
                _ when text.EndsWith('h') => TimeSpan.FromHours(number),
                _ when text.EndsWith('d') => TimeSpan.FromDays(number),
                _ => throw new FormatException($"'{text}' has no unit"),
            };
        }
    }
}
