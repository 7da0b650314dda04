using Concordat.Core.Encoding;
using Concordat.Core.Sagas;

namespace Concordat.Core.Records;

/// <summary>The bytes of what an application asks of a saga.</summary>
internal static class SagaCodec
{
    private const byte NoWork = 0, Call = 1, Transaction = 2;

    internal static void Write(SagaBegun record, RecordWriter writer)
    {
        writer.Time(record.Deadline);
        FieldCodec.WriteKey(record.Key, writer);
        var spec = record.Spec;
        writer.OptionalText(spec.Name);
        FieldCodec.WriteLabels(spec.Labels, writer);
        writer.OptionalText(spec.TraceParent);
        writer.Count(spec.Steps.Count);
        foreach (var step in spec.Steps)
        {
            Write(step, writer);
        }
    }

    internal static SagaBegun ReadBegun(Timestamp at, ref RecordReader reader)
    {
        var id = reader.Id();
        var deadline = reader.Time();
        var key = FieldCodec.ReadKey(ref reader);
        var name = reader.OptionalText();
        var labels = FieldCodec.ReadLabels(ref reader);
        var traceParent = reader.OptionalText();
        var steps = new StepSpec[reader.Count()];
        for (var i = 0; i < steps.Length; i++)
        {
            steps[i] = ReadStep(ref reader);
        }

        return new SagaBegun(
            at, id, deadline, key, new SagaSpec { Name = name, Timeout = deadline - at, Labels = labels, Steps = steps, TraceParent = traceParent });
    }

    private static void Write(StepSpec step, RecordWriter writer)
    {
        writer.Text(step.Name);
        Write(step.Action, writer);
        Write(step.Compensation, writer);
        writer.Flag(step.After is not null);
        if (step.After is { } after)
        {
            writer.Count(after.Count);
            foreach (var name in after)
            {
                writer.Text(name);
            }
        }

        writer.Count(step.Attempts);
        Write(step.Retry.Initial, writer);
        Write(step.Retry.Cap, writer);
        writer.Flag(step.CallTimeout is not null);
        if (step.CallTimeout is { } timeout)
        {
            Write(timeout, writer);
        }
    }

    private static StepSpec ReadStep(ref RecordReader reader)
    {
        var name = reader.Text();
        var action = ReadWork(ref reader) ?? throw new RecordFormatException($"step '{name}' does nothing");
        var compensation = ReadWork(ref reader);
        var after = reader.Flag() ? ReadNames(ref reader) : null;
        return new StepSpec(
            name, action, compensation, after, reader.Index(), new Backoff(ReadSpan(ref reader), ReadSpan(ref reader)), reader.Flag() ? ReadSpan(ref reader) : null);
    }

    private static string[] ReadNames(ref RecordReader reader)
    {
        var names = new string[reader.Count()];
        for (var i = 0; i < names.Length; i++)
        {
            names[i] = reader.Text();
        }

        return names;
    }

    private static void Write(StepWork? work, RecordWriter writer)
    {
        switch (work)
        {
            case null:
                writer.Byte(NoWork);
                break;
            case StepCall call:
                writer.Byte(Call);
                writer.Text(call.Participant);
                writer.Text(call.Path);
                writer.Bytes(call.Body.Span);
                break;
            case StepTransaction transaction:
                writer.Byte(Transaction);
                writer.Count(transaction.Branches.Count);
                foreach (var branch in transaction.Branches)
                {
                    writer.Text(branch.Participant);
                    writer.OptionalText(branch.BranchId);
                    writer.Bytes(branch.Operations.Span);
                }

                break;
        }
    }

    private static StepWork? ReadWork(ref RecordReader reader) => reader.Byte() switch
    {
        NoWork => null,
        Call => new StepCall(reader.Text(), reader.Text(), reader.Bytes()),
        Transaction => new StepTransaction(ReadBranches(ref reader)),
        var other => throw new RecordFormatException($"a step's work is of kind {other}"),
    };

    private static BranchSpec[] ReadBranches(ref RecordReader reader)
    {
        var branches = new BranchSpec[reader.Count()];
        for (var i = 0; i < branches.Length; i++)
        {
            var participant = reader.Text();
            var branchId = reader.OptionalText();
            branches[i] = new BranchSpec(participant, reader.Bytes(), branchId);
        }

        return branches;
    }

    private static void Write(TimeSpan span, RecordWriter writer) => writer.Number(checked((ulong)span.TotalMilliseconds));

    private static TimeSpan ReadSpan(ref RecordReader reader) => TimeSpan.FromMilliseconds(reader.Index());
}
