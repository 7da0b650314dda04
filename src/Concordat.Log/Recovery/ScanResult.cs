namespace Concordat.Log;

/// <summary>A segment that holds frames.</summary>
internal readonly record struct SegmentInfo(long Number, long FirstPosition, long SizeBytes);

/// <summary>A file behind the last frame: a spare, or what a crash left of one, or part of a torn tail.</summary>
internal readonly record struct FileBehind(long Number, long SizeBytes);

/// <summary>What a log that is not damaged consists of.</summary>
internal sealed record ScanResult
{
    /// <summary>No log yet: no files, or a creation that was cut before the log was handed out.</summary>
    internal bool IsNew { get; init; }

    internal Guid Identity { get; init; }

    /// <summary>In order; the last one is where writing goes on.</summary>
    internal List<SegmentInfo> Segments { get; init; } = [];

    /// <summary>Where the good frames end.</summary>
    internal long End { get; init; }

    internal uint LastCrc { get; init; }

    /// <summary>The highest durable position that any good frame attests: beyond it, bytes may be in the page cache only.</summary>
    internal long Attested { get; init; }

    /// <summary>Bytes behind <see cref="End"/> are not all zero.</summary>
    internal bool TailIsTorn { get; init; }

    internal string TailProblem { get; init; } = "";

    internal List<FileBehind> Behind { get; init; } = [];
}
