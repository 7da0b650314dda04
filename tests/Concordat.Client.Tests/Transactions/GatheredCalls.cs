using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json;

namespace Concordat.Client.Tests.Transactions;

/// <summary>A coordinator whose first calls hang until they are released, so that those that come meanwhile gather.</summary>
internal sealed class GatheredCalls : IDisposable
{
    private static readonly IReadOnlyList<BranchRequest> Votes = [new BranchRequest { Participant = "orders", BranchId = "1", Vote = Vote.Yes, Evidence = "7" }];
    private readonly TaskCompletionSource _release = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ClientRig _rig;
    private readonly List<Task<TransactionDocument>> _held = [];
    private int _singles;
    private int _toHold = CoordinatorConnection.Seats;

    public GatheredCalls(Action<ConcordatClientOptions>? with = null)
    {
        _rig = new ClientRig(with);
        Client = (ConcordatClient)_rig.Client;

        // However slow the machine is.
        Client.GatherWait = TimeSpan.FromMinutes(5);
        _rig.Coordinator.Do(AnswerAsync);
    }

    public ConcordatClient Client { get; }

    /// <summary>What is answered to a batch with so many items.</summary>
    public Func<int, Task<HttpResponseMessage>> OnBatch { get; set; } = count => Answers([.. Enumerable.Repeat(Committed, count)]);

    /// <summary>What is answered to a call of its own that is not held.</summary>
    public Func<Task<HttpResponseMessage>> OnSingle { get; set; } = () => Json(HttpStatusCode.OK, ClientRig.Committed);

    /// <summary>The numbers of items of the batches that came.</summary>
    public ConcurrentQueue<int> Batches { get; } = new();

    /// <summary>How many calls of their own came, without those that were held.</summary>
    public int Singles => _singles;

    /// <summary>What came, but what was held.</summary>
    public string Made => $"batches of ({string.Join(", ", Batches)}), and {Singles} alone";

    public static string Committed => $$"""{"status": 200, "document": {{ClientRig.Committed}}}""";

    public static string Refused(int status, string type, string more = "") =>
        $$"""{"status": {{status}}, "problem": {"type": "/problems/{{type}}", "title": "The title", "status": {{status}}, "detail": "the detail"}{{more}}}""";

    public Task<TransactionDocument> CommitAsync(CancellationToken cancellationToken = default) =>
        Client.CommitAsync(new TransactionId(1, 2, 3), DateTimeOffset.UtcNow.AddSeconds(5), Votes, cancellationToken, isWhole: true);

    /// <summary>Takes all seats: what is called from here on gathers, until <see cref="ReleaseAsync"/>.</summary>
    public async Task TakeSeatsAsync()
    {
        for (var i = 0; i < CoordinatorConnection.Seats; i++)
        {
            _held.Add(CommitAsync());
        }

        await Wait.UntilAsync(() => Volatile.Read(ref _toHold) <= 0, "the first calls are under way");
    }

    public async Task ReleaseAsync()
    {
        _release.SetResult();
        await Task.WhenAll(_held);
    }

    public static Task<HttpResponseMessage> Answers(params string[] answers) => Json(HttpStatusCode.OK, $$"""{"answers": [{{string.Join(',', answers)}}]}""");

    public static Task<HttpResponseMessage> Json(HttpStatusCode status, string json) =>
        Task.FromResult(new HttpResponseMessage(status) { Content = new StringContent(json, Encoding.UTF8, "application/json") });

    private async Task<HttpResponseMessage> AnswerAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.RequestUri!.AbsolutePath.EndsWith("/commits", StringComparison.Ordinal))
        {
            using var body = JsonDocument.Parse(await request.Content!.ReadAsStringAsync(cancellationToken));
            var count = body.RootElement.GetProperty("commits").GetArrayLength();
            Batches.Enqueue(count);
            return await OnBatch(count);
        }

        if (Interlocked.Decrement(ref _toHold) >= 0)
        {
            await _release.Task;
            return await Json(HttpStatusCode.OK, ClientRig.Committed);
        }

        Interlocked.Increment(ref _singles);
        return await OnSingle();
    }

    public void Dispose() => _rig.Dispose();
}
