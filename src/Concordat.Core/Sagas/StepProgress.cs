namespace Concordat.Core.Sagas;

/// <summary>
/// Where a step is.
/// <code>
///   waiting ──▶ running ──▶ done ─────────────┐
///      │           ├──────▶ failed ───────────┴─(the saga turns)─▶ to be undone ──▶ undone
///      │           └──────▶ refused
///      └─(the saga turns)─▶ skipped
/// </code>
/// Refused, and skipped, are those that certainly did nothing.
/// </summary>
internal enum StepProgress
{
    Waiting,
    Running,
    Done,

    /// <summary>It may have happened: an answer was lost, or was an error.</summary>
    Failed,

    /// <summary>Every attempt was answered with a refusal, or certainly never arrived.</summary>
    Refused,
    Skipped,

    /// <summary>Its compensation is to be called, now or after those of the steps behind it.</summary>
    ToBeUndone,
    Undone,
}
