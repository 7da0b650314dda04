using System.Text.Json;

namespace Concordat.Client.Sagas;

/// <summary>
/// The body of a call. It is understood only when the handler is called: what a barrier answers by itself stays answered, also where a newer version of the service
/// would not understand it any more.
/// </summary>
internal readonly struct StepBody(ReadOnlyMemory<byte> bytes, JsonSerializerOptions options)
{
    /// <exception cref="Participants.BadCallException">It is missing, or not of that form.</exception>
    public T As<T>()
    {
        if (bytes.IsEmpty && default(T) is not null)
        {
            throw SagaStepCalls.Malformed("the body is missing");
        }

        try
        {
            var value = bytes.IsEmpty ? default : (T?)JsonSerializer.Deserialize(bytes.Span, options.GetTypeInfo(typeof(T)));
            return value is not null || Nullable.GetUnderlyingType(typeof(T)) is not null
                ? value!
                : throw SagaStepCalls.Malformed(bytes.IsEmpty ? "the body is missing" : "the body is null");
        }
        catch (JsonException e)
        {
            throw SagaStepCalls.Malformed($"the body is not of the form that the step needs: {e.Message}");
        }
    }
}
