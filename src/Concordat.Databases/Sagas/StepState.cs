namespace Concordat.Databases;

/// <summary>How far a step has come. What is under way is so for its own transaction only: committed it never is, unless a handler commits by itself.</summary>
internal static class StepState
{
    /// <summary>The action is under way.</summary>
    internal const string Acting = "acting";

    internal const string Done = "done";

    /// <summary>The compensation is under way.</summary>
    internal const string Compensating = "compensating";

    internal const string Compensated = "compensated";

    /// <summary>Compensated, and had never been done.</summary>
    internal const string Empty = "empty";
}
