using System.Net;
using Concordat.Client.Participants;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Concordat.Samples.Bank.BankService;

/// <param name="Port">0: any free one.</param>
/// <param name="Coordinator">Null: it registers nowhere (tests call it themselves).</param>
internal sealed record BankSettings(string Name, string DataDirectory, int Port, Uri? Coordinator)
{
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>The database of its accounts; null: they are in the participant's log.</summary>
    public string? Postgres { get; init; }

    /// <summary>Has the last word about how it takes part.</summary>
    public Action<ParticipantOptions> Adjust { get; init; } = static _ => { };
}

/// <summary>One bank: an ASP.NET Core service that takes part in transactions.</summary>
internal static class BankHost
{
    public static WebApplication Build(BankSettings settings)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "Bank" });
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(settings.Address, settings.Port));
        builder.Logging.AddSimpleConsole(console => console.SingleLine = true)
            .AddFilter("Microsoft", LogLevel.Warning)
            .AddFilter("System.Net.Http", LogLevel.Warning);

        // These lines make a bank a participant: its name, where it keeps its promises, and what votes.
        builder.Services.AddRoutingCore();
        if (settings.Postgres is not null)
        {
            builder.Services.AddSingleton(NpgsqlDataSource.Create(settings.Postgres)).AddSingleton<PostgresLedger>();
            builder.Services.AddHostedService(static s => s.GetRequiredService<PostgresLedger>());
            builder.Services.AddSingleton<IAccounts>(static s => s.GetRequiredService<PostgresLedger>());
        }
        else
        {
            builder.Services.AddSingleton<IAccounts, LoggedAccounts>();
        }

        var participant = builder.Services
            .AddConcordatParticipant(options =>
            {
                options.Name = settings.Name;
                options.DataDirectory = settings.DataDirectory;
                options.Coordinator = settings.Coordinator;
                options.SegmentSizeBytes = 16 * 1024 * 1024;

                // A bank that hears nothing after its yes asks soon, so that a crash does not hold funds for long.
                options.InquireAfter = TimeSpan.FromSeconds(2);

                // Small, so that even a short run writes checkpoints and restarts from them.
                options.CheckpointEveryBytes = 1024 * 1024;
                settings.Adjust(options);
            });
        _ = settings.Postgres is null ? participant.UseLoggedResourceManager<Ledger>() : participant.UseResourceManager<PostgresLedger>();

        var app = builder.Build();
        app.MapConcordatParticipant();

        // And these are the bank's own business.
        app.MapPost("/accounts", OpenAsync);
        app.MapGet("/accounts", (IAccounts accounts, CancellationToken ct) => accounts.AllAsync(ct));
        app.MapGet("/status", (IParticipant participant) => participant.Status);
        return app;
    }

    private static async Task<Results<Created, Conflict<string>>> OpenAsync(Opening[] openings, IAccounts accounts, CancellationToken ct)
    {
        try
        {
            await accounts.OpenAsync(openings, ct);
            return TypedResults.Created("/accounts");
        }
        catch (ArgumentException e)
        {
            return TypedResults.Conflict(e.Message);
        }
    }

    public static async Task RunAsync(BankSettings settings)
    {
        await using var app = Build(settings);
        await app.StartAsync();
        await Console.Out.WriteLineAsync($"{settings.Name} listens on {app.Urls.Single()}");
        await app.WaitForShutdownAsync();
    }
}
