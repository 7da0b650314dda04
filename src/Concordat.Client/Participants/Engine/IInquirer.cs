using Concordat.Core.Participation;

namespace Concordat.Client.Participants;

/// <summary>Asks the coordinator for an outcome. Never throws: every failure is a result.</summary>
internal interface IInquirer
{
    Task<InquiryResult> AskAsync(BranchKey key, string? inquiryUrl, int attempt, CancellationToken cancellationToken);
}
