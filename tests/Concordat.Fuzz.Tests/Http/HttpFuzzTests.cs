using System.Text.Json;
using Concordat.Fuzz.Tests.Support;

namespace Concordat.Fuzz.Tests.Http;

/// <summary>
/// Every endpoint under hostile requests: an answer within a bound, never a fault, every refusal a documented problem that changed nothing, and
/// a server that goes on.
/// </summary>
public sealed class HttpFuzzTests
{
    private const int PlainEvery = 40;
    private const int FreshWorldEvery = 2000;

    [Fact]
    public async Task Every_endpoint_that_the_server_maps_has_a_seed()
    {
        await using var world = await World.Start();
        Assert.Equal(EndpointSeeds.Mapped(world.Services).Order(StringComparer.Ordinal), EndpointSeeds.All.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Every_seed_is_valid()
    {
        await using var world = await World.Start();
        var ids = new SeedIds(await world.Open(), await world.Run(), await world.Hazard(), await world.Saga());
        foreach (var (endpoint, seeds) in EndpointSeeds.All)
        {
            foreach (var seed in seeds(ids))
            {
                var answer = Assert.Single(await RawExchange.Send(world.EndPoint, seed.Render(), isHead: seed.Method == "HEAD"));
                Assert.True(answer.Status < 400 || (answer.Status == 409 && endpoint.Contains("/{id}/", StringComparison.Ordinal)), $"{endpoint}: {answer}");
                Properties.Check(answer, mayBeBare: false, seed.Method == "HEAD");
            }
        }
    }

    [Fact]
    public async Task A_hostile_request_is_refused_by_name_and_changes_nothing()
    {
        await using var rig = new Rig();
        await Fuzzing.Cases("requests", 1500, async (dice, index) =>
        {
            var (world, ids) = await rig.Ready(index);
            var seed = Pick(dice, ids);
            RequestMutator.Change(dice, seed);
            await rig.Exchange(world, seed.Render(), !seed.IsOrdinary, seed.Method == "HEAD");
        });
        await rig.Finish();
    }

    [Fact]
    public async Task A_request_that_is_hardly_HTTP_is_refused_and_changes_nothing()
    {
        await using var rig = new Rig();
        await Fuzzing.Cases("framing", 400, async (dice, index) =>
        {
            var (world, ids) = await rig.Ready(index);
            var seed = Pick(dice, ids);
            if (dice.OneIn(4))
            {
                RequestMutator.Change(dice, seed);
            }

            // How long the answer to a HEAD is depends on whether it was taken for one.
            seed.Method = seed.Method == "HEAD" ? "GET" : seed.Method;
            await rig.Exchange(world, FramingMutator.Render(dice, seed), mayBeBare: true, isHead: false, halfClose: true);
        });
        await rig.Finish();
    }

    [Theory]
    [MemberData(nameof(CommittedCases.Names), "http", MemberType = typeof(CommittedCases))]
    public async Task A_committed_request_is_refused_and_changes_nothing(string name)
    {
        await using var rig = new Rig();
        var (world, ids) = await rig.Ready(0);
        var text = CommittedCases.Text("http", name).Replace("{active}", ids.Active, StringComparison.Ordinal).Replace("{ended}", ids.Ended, StringComparison.Ordinal);
        await rig.Exchange(world, Escaped.Bytes(text), mayBeBare: true, isHead: false, halfClose: true);
        await rig.Finish();
    }

    private static RequestShape Pick(Dice dice, SeedIds ids)
    {
        // Half of all go to the calls with the most in them.
        var endpoint = dice.OneIn(2)
            ? dice.PickFrom(EndpointSeeds.All.Keys.ToList())
            : dice.Pick<string>("POST /v1/transactions", "GET /v1/transactions", "POST /v1/transactions/{id}/branches", "PUT /v1/participants/{name}",
                "POST /v1/transactions/{id}/commit", "POST /v1/resources/{name}/sweeps/{ticket}", "POST /v1/resources/{name}/reports");
        return dice.PickFrom(EndpointSeeds.All[endpoint](ids));
    }

    /// <summary>A server that lives through many cases, and what it held before the present one.</summary>
    private sealed class Rig : IAsyncDisposable
    {
        private World? _world;
        private SeedIds? _ids;
        private StateDump? _before;
        private int _exchanges;
        private bool _wasUnanswered;

        public async Task<(World World, SeedIds Ids)> Ready(int index)
        {
            if (_world is null || _exchanges >= FreshWorldEvery)
            {
                await Finish();
                await DisposeAsync();
                _exchanges = 0;
                _world = await World.Start();
                _ids = new SeedIds(await _world.Open(), await _world.Run(), await _world.Hazard(), await _world.Saga()) { Cursor = await Cursor(_world) };
                _before = await StateDump.Take(_world);
            }

            if (index % PlainEvery == 0)
            {
                await _world.ShouldCommit();
                _before = await StateDump.Take(_world);
            }

            if (!_before!.IsActive(_ids!.Active))
            {
                _ids = _ids with { Active = await _world.Open() };
                _before = await StateDump.Take(_world);
            }

            return (_world, _ids);
        }

        public async Task Exchange(World world, byte[] request, bool mayBeBare, bool isHead, bool halfClose = false)
        {
            _exchanges++;
            try
            {
                var answers = await RawExchange.Send(world.EndPoint, request, halfClose, isHead);
                Assert.True(answers.Count > 0 || halfClose, "no answer");
                foreach (var answer in answers)
                {
                    Properties.Check(answer, mayBeBare, isHead);
                }

                var after = await StateDump.Take(world);
                var isUnanswered = answers.Count == 0;

                // What was carried out without an answer may have come to its effect only now.
                if (!isUnanswered && !_wasUnanswered && answers.TrueForAll(a => a.Status >= 400))
                {
                    var difference = _before!.DifferenceTo(after);
                    Assert.True(difference.Length == 0, difference);
                }

                _before = after;
                _wasUnanswered = isUnanswered;
                Assert.Empty(world.Fatal);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"{e.Message}\nThe request, for Cases/http:\n{Shorten(Escaped.Of(request))}", e);
            }
        }

        /// <summary>It goes on, and what it showed was what its log holds.</summary>
        public async Task Finish()
        {
            if (_world is null)
            {
                return;
            }

            await _world.ShouldCommit();
            var before = await StateDump.Take(_world);
            await _world.Restart();
            var after = await StateDump.Take(_world);
            Assert.Empty(before.Ended.Except(after.Ended, StringComparer.Ordinal));
            await _world.ShouldCommit();
        }

        public async ValueTask DisposeAsync()
        {
            if (_world is not null)
            {
                await _world.DisposeAsync();
            }

            _world = null;
        }

        private static async Task<string> Cursor(World world)
        {
            using var page = JsonDocument.Parse(await world.Http.GetStringAsync("/v1/transactions?limit=1"));
            return page.RootElement.GetProperty("nextCursor").GetString() ?? "";
        }

        private static string Shorten(string text) => text.Length > 20_000 ? text[..20_000] + "…" : text;
    }
}
