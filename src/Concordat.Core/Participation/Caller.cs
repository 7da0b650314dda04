namespace Concordat.Core.Participation;

/// <summary>Whoever waits for an answer. The machine hands it back and looks at nothing inside.</summary>
public abstract class Caller;
