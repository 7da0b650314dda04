using System.Text.Json;

namespace Concordat.Client.Sagas;

/// <summary>What a step's action answers.</summary>
public sealed class StepResult
{
    /// <summary>The longest result that the coordinator keeps, in bytes of JSON.</summary>
    public const int MaxBytes = 16 * 1024;

    private readonly Func<JsonSerializerOptions, byte[]>? _write;

    private StepResult(string? reason, Func<JsonSerializerOptions, byte[]>? write) => (Reason, _write) = (reason, write);

    /// <summary>Why not; null where it is done.</summary>
    public string? Reason { get; }

    /// <summary>It is done, and has nothing to tell.</summary>
    public static StepResult Done() => new(reason: null, write: null);

    /// <summary>It is done, with a result that later steps and compensations can be given.</summary>
    /// <param name="result">At most 16 KiB of JSON; where it is more, the step fails, and with a barrier nothing of it is kept.</param>
    public static StepResult Done<T>(T result) =>
        new(reason: null, options => JsonSerializer.SerializeToUtf8Bytes(result, options.GetTypeInfo(typeof(T))));

    /// <summary>
    /// It refuses, and nothing has happened: the saga compensates the steps before it, and this one not. With a barrier what was done on its transaction is rolled
    /// back; whatever else was done must be undone before.
    /// </summary>
    public static StepResult Refused(string reason)
    {
        ArgumentNullException.ThrowIfNull(reason);
        return new(reason, write: null);
    }

    /// <summary>Empty: no result.</summary>
    internal byte[] ToJson(JsonSerializerOptions options) => _write?.Invoke(options) ?? [];
}

/// <summary>Thrown in a step's action: as <see cref="StepResult.Refused"/>, out of the depth of the code.</summary>
public sealed class StepRefusedException(string reason, Exception? inner = null) : Exception(reason, inner);
