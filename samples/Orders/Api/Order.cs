namespace Concordat.Samples.Orders.Api;

/// <summary>A row of the database of orders.</summary>
internal sealed record Order(Guid Id, string Item, int Count);

/// <summary>A row of the database of invoices. Nobody is billed more than <see cref="MostCents"/> at once.</summary>
internal sealed record Invoice(Guid OrderId, int Cents)
{
    public const int MostCents = 100_00;
}

/// <summary>What is posted. Whoever orders chooses the id, and can so look later what became of it.</summary>
internal sealed record OrderRequest(Guid Id, string Item, int Count)
{
    public int Cents => Count * 10_00;
}
