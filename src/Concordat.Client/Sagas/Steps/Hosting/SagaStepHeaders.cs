namespace Concordat.Client.Sagas;

/// <summary>What the coordinator says of a call of a step.</summary>
internal static class SagaStepHeaders
{
    public const string Saga = "Concordat-Saga";
    public const string Step = "Concordat-Step";
    public const string Call = "Concordat-Call";
    public const string Attempt = "Concordat-Attempt";

    public const string Action = "action";
    public const string Compensation = "compensation";
}
