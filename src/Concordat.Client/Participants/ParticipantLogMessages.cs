using Concordat.Core.Participation;
using Microsoft.Extensions.Logging;

namespace Concordat.Client.Participants;

/// <summary>Event ids of the participant are 2000 to 2999 and stay what they are.</summary>
internal static partial class ParticipantLogMessages
{
    [LoggerMessage(2000, LogLevel.Information, "Participant {Name} runs on {Location}: run {Run}, {Unfinished} unfinished branches, {InDoubt} in doubt, {Remembered} remembered")]
    public static partial void Started(ILogger logger, string name, string location, ulong run, int unfinished, int inDoubt, int remembered);

    [LoggerMessage(2001, LogLevel.Warning, "A torn tail of the participant's log was erased: {Problem}")]
    public static partial void TailErased(ILogger logger, string problem);

    [LoggerMessage(2002, LogLevel.Information, "Participant {Name} stopped")]
    public static partial void Stopped(ILogger logger, string name);

    [LoggerMessage(2003, LogLevel.Critical, "The participant stops the process: {Message}")]
    public static partial void FailStop(ILogger logger, string message, Exception cause);

    [LoggerMessage(2010, LogLevel.Information, "Registered as {Name} at {Coordinator} with address {Url}")]
    public static partial void Registered(ILogger logger, string name, Uri coordinator, string url);

    [LoggerMessage(2011, LogLevel.Warning, "Registering as {Name} at {Coordinator} failed (attempt {Attempt}), again in {Wait}: {Problem}")]
    public static partial void RegistrationFailed(ILogger logger, string name, Uri coordinator, int attempt, TimeSpan wait, string problem);

    [LoggerMessage(2100, LogLevel.Error, "{Call} of branch {Branch} failed in the resource manager")]
    public static partial void ResourceFailed(ILogger logger, ResourceCall call, string branch, Exception e);

    [LoggerMessage(2110, LogLevel.Critical, "{Call} of branch {Branch}: the resource manager no longer has it, although it voted yes")]
    public static partial void NotHeld(ILogger logger, ResourceCall call, string branch, Exception e);

    [LoggerMessage(2200, LogLevel.Information, "Branch {Branch} is in doubt: the coordinator answered {Result} (inquiry {Attempt}){Problem}")]
    public static partial void Inquired(ILogger logger, BranchKey branch, InquiryResult result, int attempt, string problem);

    [LoggerMessage(2300, LogLevel.Information, "Checkpoint of {Bytes} bytes written; segments before {Position} go")]
    public static partial void CheckpointWritten(ILogger logger, long bytes, long position);

    [LoggerMessage(2301, LogLevel.Warning, "A checkpoint found no room and was given up; again in {Wait}")]
    public static partial void CheckpointGivenUp(ILogger logger, TimeSpan wait);
}
