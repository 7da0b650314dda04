using Concordat.Core.Encoding;
using Concordat.Core.Records;

namespace Concordat.Core.Sagas;

/// <summary>A saga that has ended, kept as the bytes of its records.</summary>
internal sealed class FinishedSaga(TransactionId id, bool isCompleted, byte[] image, long endRecord)
{
    internal TransactionId Id { get; } = id;

    internal bool IsCompleted { get; } = isCompleted;

    /// <summary>What an answer about it waits for; 0 where it was found in the log.</summary>
    internal long EndRecord { get; } = endRecord;

    /// <param name="writer">For a record at a time.</param>
    internal static FinishedSaga Of(Saga saga, RecordWriter writer)
    {
        var image = new RecordWriter();
        foreach (var record in saga.Records)
        {
            writer.Clear();
            RecordCodec.Write(record is SagaBegun begun ? begun with { Spec = WithoutBodies(begun.Spec) } : record, writer);
            image.Byte((byte)RecordCodec.TypeOf(record));
            image.Bytes(writer.Written);
        }

        return new FinishedSaga(saga.Id, !saga.Progress.IsTurned, image.Written.ToArray(), saga.LastRecord);
    }

    /// <summary>No document shows them, and they may be large.</summary>
    private static SagaSpec WithoutBodies(SagaSpec spec) => spec with
    {
        Steps = [.. spec.Steps.Select(static step => step with { Action = WithoutBodies(step.Action)!, Compensation = WithoutBodies(step.Compensation) })],
    };

    private static StepWork? WithoutBodies(StepWork? work) => work switch
    {
        StepCall call => call with { Body = default },
        StepTransaction transaction => new StepTransaction([.. transaction.Branches.Select(static branch => branch with { Operations = default })]),
        _ => null,
    };

    /// <summary>As an object again, for showing.</summary>
    internal Saga Revive()
    {
        Saga? saga = null;
        for (var reader = new RecordReader(image); !reader.AtEnd;)
        {
            var record = (SagaRecord)RecordCodec.Read(reader.Byte(), reader.Bytes());
            if (record is SagaBegun begun)
            {
                saga = new Saga(begun, SagaDefinition.Of(begun.Spec)) { LastRecord = EndRecord };
            }
            else
            {
                saga!.Apply(record);
            }
        }

        return saga!;
    }
}
