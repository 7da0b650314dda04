using System.Data.Common;

namespace Concordat.Samples.Orders.Api;

/// <summary>What there is of each item, and for which order some of it was taken: a MariaDB database, in plain SQL.</summary>
internal static class Stock
{
    /// <exception cref="SoldOutException">There is not so much of it.</exception>
    public static async Task TakeAsync(DbConnection connection, OrderRequest order, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        command.CommandText =
            """
            UPDATE stock SET available = available - @number WHERE item = @item AND available >= @number;
            INSERT INTO reservations SELECT @order, @item, @number WHERE ROW_COUNT() = 1;
            """;
        Add(command, "@order", order.Id.ToString());
        Add(command, "@item", order.Item);
        Add(command, "@number", order.Count);
        if (await command.ExecuteNonQueryAsync(cancellationToken) == 0)
        {
            throw new SoldOutException($"there are not {order.Count} of '{order.Item}'");
        }
    }

    private static void Add(DbCommand command, string name, object value)
    {
        var parameter = command.CreateParameter();
        (parameter.ParameterName, parameter.Value) = (name, value);
        command.Parameters.Add(parameter);
    }
}

internal sealed class SoldOutException(string message) : Exception(message);
