using System.Net.Http.Json;
using Concordat.Client;
using Concordat.Client.Participants;

namespace Concordat.Torture.Tests.Worlds;

/// <summary>Waits until everything has ended everywhere, which it must, once everything is healed (AC5).</summary>
internal static class Settling
{
    // A bank that asked while the coordinator was down asks again after up to a minute.
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    internal static async Task WaitAsync(IConcordatClient coordinator, HttpClient http, Service[] banks)
    {
        var open = "";
        try
        {
            await Until.TrueAsync("nothing is unfinished", async () => (open = await OpenAsync(coordinator, http, banks)).Length == 0, Limit);
        }
        catch (Xunit.Sdk.XunitException e)
        {
            throw new InvalidOperationException($"{e.Message}: {open}", e);
        }
    }

    /// <returns>What is unfinished, in words; empty when nothing is.</returns>
    private static async Task<string> OpenAsync(IConcordatClient coordinator, HttpClient http, Service[] banks)
    {
        var open = new List<string>();
        try
        {
            foreach (var bank in banks)
            {
                var status = await http.GetFromJsonAsync<ParticipantStatus>(new Uri(bank.Address, "status"));
                if (status is not { Unfinished: 0, InDoubt: 0, Registered: true })
                {
                    open.Add($"{bank.Name}: {status}");
                }
            }

            var participants = await coordinator.ListParticipantsAsync();
            open.AddRange(participants.Items.Where(p => p.Unfinished != 0).Select(p => $"{p.Name} has {p.Unfinished} unfinished branches at the coordinator"));
        }
        catch (Exception e) when (e is HttpRequestException or ConcordatException or TaskCanceledException)
        {
            open.Add(e.Message);
        }

        return string.Join("; ", open);
    }
}
