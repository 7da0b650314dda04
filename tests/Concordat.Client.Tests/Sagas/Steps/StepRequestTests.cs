using System.Text;
using System.Text.Json;
using Concordat.Client.Sagas;
using Microsoft.AspNetCore.Builder;

namespace Concordat.Client.Tests.Sagas.Steps;

/// <summary>What is no call of the contract is told so, and changes nothing.</summary>
public sealed class StepRequestTests
{
    private sealed record Booking(string From, int Seats);

    private int _called;

    private Task<StepService> StartAsync() => StepService.StartAsync(app =>
    {
        app.MapSagaStep<Booking>("/book", (_, _) => Done());
        app.MapSagaStep<int>("/number", (_, _) => Done());
        app.MapSagaStep<int?>("/maybe", (_, _) => Done());
        app.MapSagaStep("/bare", _ => Done());
        app.MapSagaCompensation<Booking>("/cancel", (_, _) => Done());
    });

    private Task<StepResult> Done()
    {
        _called++;
        return Task.FromResult(StepResult.Done());
    }

    [Theory]
    [InlineData("Concordat-Saga", null)]
    [InlineData("Concordat-Saga", "")]
    [InlineData("Concordat-Saga", "42")]
    [InlineData("Concordat-Saga", "0a1b2c3d-4e5f-4a6b-9c7d-000000000001")]
    [InlineData("Concordat-Saga", "0a1b2c3d4e5f8a6b9c7d00000000000g")]
    [InlineData("Concordat-Step", null)]
    [InlineData("Concordat-Step", "../../etc")]
    [InlineData("Concordat-Step", "a'; DROP TABLE t; --")]
    [InlineData("Concordat-Call", null)]
    [InlineData("Concordat-Call", "Action")]
    [InlineData("Concordat-Call", "undo")]
    [InlineData("Concordat-Call", "compensation")]
    [InlineData("Concordat-Attempt", null)]
    [InlineData("Concordat-Attempt", "0")]
    [InlineData("Concordat-Attempt", "-1")]
    [InlineData("Concordat-Attempt", "99999999999")]
    [InlineData("Concordat-Attempt", "one")]
    [InlineData("Idempotency-Key", null)]
    [InlineData("Idempotency-Key", "another")]
    public async Task A_header_that_is_missing_or_wrong_is_a_400_that_names_it(string header, string? value)
    {
        await using var service = await StartAsync();
        var (status, body) = await service.CallAsync("/bare", null, with: request =>
        {
            request.Headers.Remove(header);
            if (value is not null)
            {
                request.Headers.TryAddWithoutValidation(header, value);
            }
        });
        Assert.Equal(400, status);

        // A changed name changes the key, too; whichever is looked at first.
        var detail = JsonDocument.Parse(body).RootElement.GetProperty("detail").GetString()!;
        Assert.Contains(header, detail, StringComparison.Ordinal);
        Assert.Equal(0, _called);
        Assert.Equal(["action malformed 1"], service.Counted);
    }

    [Theory]
    [InlineData("Concordat-Saga")]
    [InlineData("Concordat-Step")]
    [InlineData("Concordat-Call")]
    [InlineData("Concordat-Attempt")]
    [InlineData("Idempotency-Key")]
    public async Task A_header_that_is_there_twice_is_a_400(string header)
    {
        await using var service = await StartAsync();
        Assert.Equal(400, (await service.CallAsync("/bare", null, with: request => request.Headers.TryAddWithoutValidation(header, "x"))).Status);
        Assert.Equal(0, _called);
    }

    [Fact]
    public async Task An_id_without_hyphens_is_the_same_one()
    {
        await using var service = await StartAsync();
        var plain = StepService.Saga.Replace("-", "", StringComparison.Ordinal);
        Assert.Equal(204, (await service.CallAsync("/bare", null, with: request =>
        {
            request.Headers.Remove("Concordat-Saga");
            request.Headers.Remove("Idempotency-Key");
            request.Headers.Add("Concordat-Saga", plain);
            request.Headers.Add("Idempotency-Key", $"{plain}/flight/action");
        })).Status);
    }

    [Theory]
    [InlineData("/book", null, 400)]
    [InlineData("/book", "", 400)]
    [InlineData("/book", "null", 400)]
    [InlineData("/book", "{", 400)]
    [InlineData("/book", "[]", 400)]
    [InlineData("/book", """{"from":"VIE","seats":"many"}""", 400)]
    [InlineData("/book", """{"from":"VIE","seats":99999999999}""", 400)]
    [InlineData("/book", """{"from":"VIE","seats":1}{}""", 400)]
    [InlineData("/book", """{"from":"VIE","seats":1,"more":[]}""", 204)]
    [InlineData("/number", null, 400)]
    [InlineData("/number", "null", 400)]
    [InlineData("/number", "1", 204)]
    [InlineData("/maybe", null, 204)]
    [InlineData("/maybe", "null", 204)]
    [InlineData("/bare", "{", 204)]
    public async Task A_body_that_the_step_does_not_understand_fails_it_at_once(string path, string? body, int expected)
    {
        await using var service = await StartAsync();
        Assert.Equal(expected, (await service.CallAsync(path, body)).Status);
        Assert.Equal(expected == 204 ? 1 : 0, _called);
    }

    [Fact]
    public async Task Bytes_that_are_no_text_and_deep_nesting_are_a_400()
    {
        await using var service = await StartAsync();
        foreach (var bytes in (byte[][])[[0xFF, 0xFE, 0x00], [0xC3], Encoding.ASCII.GetBytes(new string('[', 100_000))])
        {
            Assert.Equal(400, (await service.CallAsync("/book", null, with: request => request.Content = new ByteArrayContent(bytes))).Status);
        }
    }

    [Fact]
    public async Task A_body_beyond_all_measure_is_a_413_and_the_step_fails()
    {
        await using var service = await StartAsync();
        Assert.Equal(413, (await service.CallAsync("/book", new string(' ', 4 * 1024 * 1024 + 1))).Status);
        Assert.Equal(0, _called);
    }

    [Fact]
    public async Task A_compensation_with_a_body_that_is_not_understood_is_no_success()
    {
        await using var service = await StartAsync();
        Assert.Equal(400, (await service.CallAsync("/cancel", "{", "compensation")).Status);
        Assert.Equal(400, (await service.CallAsync("/cancel", """{"from":"VIE","seats":1}""")).Status);
        Assert.Equal(204, (await service.CallAsync("/cancel", """{"from":"VIE","seats":1}""", "compensation")).Status);
    }
}
