namespace Concordat.Log.Tests;

/// <summary>Thrown by the scripted storage where the power goes.</summary>
internal sealed class PowerCutException : Exception;
