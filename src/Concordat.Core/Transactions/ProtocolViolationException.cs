using System.Runtime.CompilerServices;

namespace Concordat.Core;

/// <summary>
/// An assertion of the protocol failed: there is a bug in the coordinator or in its log. It stops the process, since going on
/// could break a promise; a restart recovers from the log.
/// </summary>
public sealed class ProtocolViolationException(string message) : Exception(message)
{
    internal static void ThrowUnless(bool holds, [InterpolatedStringHandlerArgument(nameof(holds))] ViolationMessage message)
    {
        if (!holds)
        {
            throw new ProtocolViolationException(message.ToString());
        }
    }
}

/// <summary>Formats the message only where the assertion fails.</summary>
[InterpolatedStringHandler]
internal ref struct ViolationMessage
{
    private DefaultInterpolatedStringHandler _text;

    public ViolationMessage(int literalLength, int formattedCount, bool holds, out bool needed)
    {
        needed = !holds;
        _text = needed ? new(literalLength, formattedCount) : default;
    }

    public void AppendLiteral(string value) => _text.AppendLiteral(value);

    public void AppendFormatted<T>(T value) => _text.AppendFormatted(value);

    public override string ToString() => _text.ToStringAndClear();
}
