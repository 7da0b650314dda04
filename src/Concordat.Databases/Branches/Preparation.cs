namespace Concordat.Databases.Branches;

/// <summary>What became of the attempt to prepare a branch.</summary>
internal abstract record Preparation
{
    private Preparation()
    {
    }

    /// <summary>Durable, and can still do either. Votes yes.</summary>
    /// <param name="Evidence">With which <see cref="Dialect.FateAsync"/> can tell later what became of it; at most 256 bytes of ASCII.</param>
    internal sealed record Prepared(string Evidence) : Preparation;

    /// <summary>It wrote nothing, and is over.</summary>
    internal sealed record ReadOnly : Preparation;

    /// <summary>The server refused: it is not prepared, never will be, and what it wrote is undone. Votes no.</summary>
    /// <param name="Code">The SQLSTATE, or the driver's number of the error; null where the layer found it by itself.</param>
    internal sealed record Refused(string Reason, string? Code) : Preparation;

    /// <summary>
    /// The answer was lost. It may be prepared, now or when the server comes to the statement: no vote at all, and a listing that
    /// begins later finds it.
    /// </summary>
    internal sealed record Unknown(Exception Cause) : Preparation;
}
