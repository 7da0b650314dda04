using Concordat.Core;
using Microsoft.AspNetCore.Http;

namespace Concordat.Server.Http;

/// <summary>The names and ids in paths.</summary>
internal static class PathValues
{
    private const int IdLength = 36;

    /// <summary>What has not the form of an id is the id of no transaction: 404.</summary>
    public static TransactionId TransactionIdOf(HttpContext http)
    {
        var text = Text(http, "id");
        return text.Length == IdLength && TransactionId.TryParse(text, out var id)
            ? id
            : throw NoId(text);
    }

    public static ProblemException NoId(string text) => ProblemTypes.UnknownTransaction.With($"{Shown.Text(text)} is not a transaction's id (a UUID of version 8)");

    public static string BranchIdOf(HttpContext http)
    {
        var id = Text(http, "branch");
        return Names.IsBranchId(id) ? id : throw ProblemTypes.InvalidValue.With($"branch is {Shown.Text(id)}; {BranchRequests.BranchIdForm}");
    }

    public static TransactionId SagaIdOf(HttpContext http)
    {
        var text = Text(http, "id");
        return text.Length == IdLength && TransactionId.TryParse(text, out var id)
            ? id
            : throw ProblemTypes.UnknownSaga.With($"{Shown.Text(text)} is not a saga's id (a UUID of version 8)");
    }

    /// <summary>What has not the form of a step's name is none of any saga.</summary>
    public static string StepOf(HttpContext http)
    {
        var name = Text(http, "step");
        return Names.IsParticipantName(name) ? name : throw ProblemTypes.InvalidValue.With($"step is {Shown.Text(name)}; {ParticipantRequests.NameForm}");
    }

    public static string ParticipantOf(HttpContext http)
    {
        var name = Text(http, "name");
        return Names.IsParticipantName(name) ? name : throw ProblemTypes.InvalidValue.With($"name is {Shown.Text(name)}; {ParticipantRequests.NameForm}");
    }

    public static SweepTicket TicketOf(HttpContext http)
    {
        var text = Text(http, "ticket");
        return Tickets.Read(text) ?? throw ProblemTypes.InvalidValue.With($"ticket is {Shown.Text(text)}; it must be the one that the sweep began with");
    }

    private static string Text(HttpContext http, string name) => (string)http.Request.RouteValues[name]!;
}
