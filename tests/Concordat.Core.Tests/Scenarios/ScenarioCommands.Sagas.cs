using System.Globalization;
using System.Security.Cryptography;
using Concordat.Core.Sagas;
using static System.Text.Encoding;

namespace Concordat.Core.Tests.Scenarios;

/// <summary>What each command about sagas does.</summary>
internal sealed partial class ScenarioRunner
{
    private void DoSaga(Words w)
    {
        switch (w.Command)
        {
            case "saga":
                BeginSaga(w);
                break;
            case "saga-get":
                _harness.Step(new GetSagaInput(Caller(w), Id(w), w["wait"] is { } limit ? Words.Span(limit) : null));
                break;
            case "saga-show":
                _harness.Step(new GetSagaInput(new ScenarioCaller(w.Line, Id(w), whole: true), Id(w)));
                break;
            case "sagas":
                _harness.Step(new ListSagasInput(Caller(w), new SagaFilter
                {
                    State = w["state"] is { } state ? Enum.Parse<SagaState>(state, ignoreCase: true) : null,
                    Name = w["name"],
                    Participant = w["participant"],
                    Limit = int.Parse(w["limit"] ?? "50", CultureInfo.InvariantCulture),
                    Cursor = w["cursor"],
                }));
                break;
            case "saga-cancel":
                _harness.Step(new CancelSagaInput(Caller(w), Id(w)));
                break;
            case "saga-resume":
                _harness.Step(new ResumeSagaInput(Caller(w), Id(w)));
                break;
            case "saga-retry":
                _harness.Step(new RetryStepInput(Caller(w), Id(w), w.Names[1]));
                break;
            case "saga-resolve":
                _harness.Step(new ResolveStepInput(Caller(w), Id(w), w.Names[1], w["who"] ?? "olga", w["why"] ?? "done by phone"));
                break;
            default:
                throw new FormatException($"'{w.Command}' is no command");
        }
    }

    /// <summary>
    /// Steps as <c>name@participant</c>: with <c>-</c> behind it there is nothing to undo, with <c>&lt;a,b</c> it follows these (<c>&lt;</c>: none), and
    /// <c>name@x+y</c> is a transaction of two. <c>body.name</c> and <c>undo.name</c> are what is sent.
    /// </summary>
    private void BeginSaga(Words w)
    {
        SagaDefinition definition;
        try
        {
            definition = SagaDefinition.Of(new SagaSpec { Name = w["name"], Timeout = Words.Span(w["timeout"] ?? "1h"), Steps = [.. w.Names.Skip(1).Select(step => Step(step, w))] });
        }
        catch (FormatException e)
        {
            Print($"cannot be: {e.Message}");
            return;
        }

        var key = w["key"] is { } value ? new IdempotencyKey(value, SHA256.HashData(UTF8.GetBytes(w["body"] ?? ""))) : null;
        _naming = w.Names[0];
        _harness.Step(new BeginSagaInput(Caller(w, asked: null), definition, key, w["wait"] is { } wait ? Words.Span(wait) : null));
        _naming = null;
    }

    private static StepSpec Step(string text, Words w)
    {
        var parts = text.Split('<');
        var (name, at) = parts[0].Split('@') is [var n, var p] ? (n, p) : throw new FormatException($"'{text}' is no step");
        var undoes = !at.EndsWith('-');
        at = at.TrimEnd('-');
        return new StepSpec(
            name,
            Work(at, "/do", w["body." + name]),
            undoes ? Work(at, "/undo", w["undo." + name]) : null,
            parts.Length == 1 ? null : parts[1].Split(',', StringSplitOptions.RemoveEmptyEntries),
            int.Parse(w["attempts"] ?? "3", CultureInfo.InvariantCulture),
            new Backoff(Words.Span(w["retry"] ?? "1s"), TimeSpan.FromSeconds(30)));
    }

    private static StepWork Work(string at, string path, string? body) => at.Split('+') switch
    {
        [var only] => new StepCall(only, path, body is null ? default : UTF8.GetBytes(body)),
        var several => new StepTransaction([.. several.Select(participant => new BranchSpec(participant, body is null ? default : UTF8.GetBytes(body)))]),
    };

    private static CallResult StepResult(CallStep call, string word, Words w) => word switch
    {
        "done" when call.Target.Phase == StepPhase.Compensation => Done.Instance,
        "done" => new StepDone(w["result"] is { } result ? UTF8.GetBytes(result) : default),
        "refused" => new StepRefused(w["reason"] ?? "no room"),
        _ => Result(word, w),
    };
}
