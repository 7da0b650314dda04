using Concordat.Core.Records;

namespace Concordat.Core.Sagas;

/// <summary>Fills the places of a body with what the saga's steps have answered.</summary>
internal static class StepBodies
{
    /// <returns>Why it cannot be filled; null where it is.</returns>
    internal static string? Fill(Saga saga, ReadOnlyMemory<byte> body, out ReadOnlyMemory<byte> filled)
    {
        filled = body;
        if (body.IsEmpty)
        {
            return null;
        }

        try
        {
            (filled, var missing) = ResultTemplate.Fill(body, step => ResultOf(saga, step));
            return missing is null ? null : $"the result of step '{missing.Step}' has nothing at '{missing.Path}', and there is no default";
        }
        catch (Exception e) when (e is FormatException or InvalidOperationException)
        {
            return e.Message;
        }
    }

    /// <summary>(The cast is needed: null alone would be an empty array, and that is no JSON.)</summary>
    private static ReadOnlyMemory<byte>? ResultOf(Saga saga, string step) =>
        saga.Find(step)?.End is { End: StepEnd.Done, Result: { IsEmpty: false } result } ? result : (ReadOnlyMemory<byte>?)null;
}
