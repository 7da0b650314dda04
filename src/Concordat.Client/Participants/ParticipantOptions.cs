using Microsoft.Extensions.Options;

namespace Concordat.Client.Participants;

/// <summary>Settings of a participant. They are checked when the host starts.</summary>
public sealed class ParticipantOptions
{
    /// <summary>The name under which the coordinator knows it. Required.</summary>
    public string Name { get; set; } = "";

    /// <summary>
    /// Where its log lives. Required. One directory for one participant, on a local disk; whoever has it has the participant's promises.
    /// </summary>
    public string DataDirectory { get; set; } = "";

    /// <summary>
    /// The coordinator's base address. It registers there and asks there for outcomes. Null: it registers nowhere and asks the address
    /// that came with the branch.
    /// </summary>
    public Uri? Coordinator { get; set; }

    /// <summary>
    /// The address under which the coordinator reaches what <c>MapConcordatParticipant</c> maps. Null: the first address that the server
    /// listens on, and the mapped path.
    /// </summary>
    public Uri? PublicUrl { get; set; }

    /// <summary>Whether the coordinator may ask it to prepare and commit in one call when it is the only branch.</summary>
    public bool OnePhase { get; set; }

    /// <summary>Branches that have not ended; beyond, 503. 1 to 1,000,000.</summary>
    public int MaxBranches { get; set; } = 10_000;

    /// <summary>Ended branches that are remembered until the coordinator lets them go; beyond, 503. 1,000 to 100,000,000.</summary>
    public int MaxRemembered { get; set; } = 1_000_000;

    /// <summary>Calls that wait for the engine; beyond, 503. 1 to 1,000,000.</summary>
    public int MaxQueued { get; set; } = 10_000;

    /// <summary>
    /// Calls to an <see cref="IResourceManager"/> at once; prepares have this many, and commits and rollbacks together as many of their
    /// own, so that hanging prepares do not hold them up. 1 to 10,000.
    /// </summary>
    public int MaxConcurrentCalls { get; set; } = 64;

    /// <summary>How long a prepared branch hears nothing, or a restart is over, until it asks. More than 0, at most 10 s.</summary>
    public TimeSpan InquireAfter { get; set; } = TimeSpan.FromSeconds(8);

    /// <summary>How long one call to the coordinator may take. More than 0, at most 1 minute.</summary>
    public TimeSpan CoordinatorTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long after its deadline a prepare is still believed: the most that two clocks may disagree. 0 to 1 day.</summary>
    public TimeSpan LatenessAllowance { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Size of one file of the log. 64 KiB to 1 GiB. A branch's operations must fit into a quarter of it.</summary>
    public int SegmentSizeBytes { get; set; } = 16 * 1024 * 1024;

    /// <summary>How much the log grows before what is live is written anew and old files go. At least 64 KiB.</summary>
    public long CheckpointEveryBytes { get; set; } = 64L * 1024 * 1024;

    /// <summary>How long a stop waits for running calls to the resource manager. 0 to 5 minutes.</summary>
    public TimeSpan StopTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// What to do when the log can no longer be written, or the state can no longer be trusted. It must not return in production: the
    /// default ends the process at once, since an orderly shutdown could still answer somebody.
    /// </summary>
    public Action<string, Exception> FailStop { get; set; } = static (message, cause) => Environment.FailFast(message, cause);
}

internal sealed class ParticipantOptionsValidator : IValidateOptions<ParticipantOptions>
{
    public ValidateOptionsResult Validate(string? name, ParticipantOptions options)
    {
        var errors = new List<string>();
        Check(Names.IsParticipantName(options.Name), $"Name is '{options.Name}'; it must match [A-Za-z0-9][A-Za-z0-9._-]{{0,127}}.");
        Check(options.DataDirectory.Length > 0, "DataDirectory is missing: name a directory for the participant's log.");
        Check(options.Coordinator is null || IsHttp(options.Coordinator), $"Coordinator is '{options.Coordinator}'; it must be an absolute http or https address.");
        Check(options.PublicUrl is null || IsHttp(options.PublicUrl), $"PublicUrl is '{options.PublicUrl}'; it must be an absolute http or https address.");
        Check(options.MaxBranches is >= 1 and <= 1_000_000, $"MaxBranches is {options.MaxBranches}; it must be from 1 to 1,000,000.");
        Check(options.MaxRemembered is >= 1000 and <= 100_000_000, $"MaxRemembered is {options.MaxRemembered}; it must be from 1,000 to 100,000,000.");
        Check(options.MaxQueued is >= 1 and <= 1_000_000, $"MaxQueued is {options.MaxQueued}; it must be from 1 to 1,000,000.");
        Check(options.MaxConcurrentCalls is >= 1 and <= 10_000, $"MaxConcurrentCalls is {options.MaxConcurrentCalls}; it must be from 1 to 10,000.");
        Check(Within(options.InquireAfter, TimeSpan.FromSeconds(10)), $"InquireAfter is {options.InquireAfter}; it must be more than 0 and at most 10 s.");
        Check(Within(options.CoordinatorTimeout, TimeSpan.FromMinutes(1)), $"CoordinatorTimeout is {options.CoordinatorTimeout}; it must be more than 0 and at most 1 minute.");
        Check(options.LatenessAllowance >= TimeSpan.Zero && options.LatenessAllowance <= TimeSpan.FromDays(1), $"LatenessAllowance is {options.LatenessAllowance}; it must be from 0 to 1 day.");
        Check(
            options.SegmentSizeBytes is >= 64 * 1024 and <= 1024 * 1024 * 1024 && options.SegmentSizeBytes % 8 == 0,
            $"SegmentSizeBytes is {options.SegmentSizeBytes}; it must be a multiple of 8 from 64 KiB to 1 GiB.");
        Check(options.CheckpointEveryBytes >= 64 * 1024, $"CheckpointEveryBytes is {options.CheckpointEveryBytes}; it must be at least 64 KiB.");
        Check(options.StopTimeout >= TimeSpan.Zero && options.StopTimeout <= TimeSpan.FromMinutes(5), $"StopTimeout is {options.StopTimeout}; it must be from 0 to 5 minutes.");
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors.Select(e => "Concordat participant: " + e));

        void Check(bool condition, string error)
        {
            if (!condition)
            {
                errors.Add(error);
            }
        }
    }

    private static bool Within(TimeSpan value, TimeSpan most) => value > TimeSpan.Zero && value <= most;

    private static bool IsHttp(Uri uri) => uri.IsAbsoluteUri && uri.Scheme is "http" or "https";
}
