using Concordat.Client;
using Concordat.Databases;
using Concordat.Samples.Orders.Demo;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using MySql.Data.MySqlClient;
using Npgsql;

namespace Concordat.Samples.Orders.Api;

/// <summary>A shop: one order is a row in each of three databases, or in none.</summary>
internal static class OrdersApi
{
    /// <summary>What is not committed by then is rolled back, also when the process that began it is dead.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    public static async Task RunAsync(string[] args)
    {
        var builder = WebApplication.CreateBuilder(args);
        var orders = NpgsqlDataSource.Create(builder.Configuration.GetConnectionString("Orders")!);
        var billing = NpgsqlDataSource.Create(builder.Configuration.GetConnectionString("Billing")!);
        var stock = MySqlClientFactory.Instance.CreateDataSource(builder.Configuration.GetConnectionString("Stock")!);
        builder.Services.AddDbContext<OrdersContext>(options => options.UseNpgsql(orders));
        builder.Services.AddDbContext<BillingContext>(options => options.UseNpgsql(billing));

        // The databases that take part. This process also finishes what dead ones, its own earlier lives among them, left prepared there.
        builder.Services.AddConcordatClient(options => options.Address = new Uri(builder.Configuration["Coordinator"]!))
            .AddPostgres("orders", _ => orders)
            .AddPostgres("billing", _ => billing)
            .AddMySql("stock", _ => stock)
            .StopForTheDemonstration(builder.Configuration["StopWhen"]);

        await using var app = builder.Build();
        var routes = app.MapGroup("/orders").AddEndpointFilter(Outcomes.FilterAsync);
        routes.MapPost("/in-scope", PlaceInScope.HandleAsync);
        routes.MapPost("/in-transaction", PlaceInTransaction.HandleAsync);
        await app.RunAsync();
    }
}
