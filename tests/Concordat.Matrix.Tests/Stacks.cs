using Concordat.Matrix.Tests.Reporting;
using Concordat.Matrix.Tests.Worlds;

namespace Concordat.Matrix.Tests;

/// <summary>A scope over two connections of Npgsql.</summary>
public sealed class NpgsqlScopeTests(WorldKeeper keeper, MatrixReport report) : KillMatrix(Stack.NpgsqlScope, keeper, report), IClassFixture<WorldKeeper>
{
    public static TheoryData<Victim, Point> Cells => CellsOf(Stack.NpgsqlScope);

    [Theory]
    [MemberData(nameof(Cells))]
    public Task All_or_nothing_when(Victim killed, Point at) => RunAsync(killed, at);
}

/// <summary>A scope over two contexts of EF Core.</summary>
public sealed class EntityFrameworkScopeTests(WorldKeeper keeper, MatrixReport report) : KillMatrix(Stack.EntityFrameworkScope, keeper, report), IClassFixture<WorldKeeper>
{
    public static TheoryData<Victim, Point> Cells => CellsOf(Stack.EntityFrameworkScope);

    [Theory]
    [MemberData(nameof(Cells))]
    public Task All_or_nothing_when(Victim killed, Point at) => RunAsync(killed, at);
}

/// <summary>A transaction over two PostgreSQL databases, with connections that the SDK opens.</summary>
public sealed class PostgresTests(WorldKeeper keeper, MatrixReport report) : KillMatrix(Stack.Postgres, keeper, report), IClassFixture<WorldKeeper>
{
    public static TheoryData<Victim, Point> Cells => CellsOf(Stack.Postgres);

    [Theory]
    [MemberData(nameof(Cells))]
    public Task All_or_nothing_when(Victim killed, Point at) => RunAsync(killed, at);
}

/// <summary>The same with MariaDB.</summary>
public sealed class MariaDbTests(WorldKeeper keeper, MatrixReport report) : KillMatrix(Stack.MariaDb, keeper, report), IClassFixture<WorldKeeper>
{
    public static TheoryData<Victim, Point> Cells => CellsOf(Stack.MariaDb);

    [Theory]
    [MemberData(nameof(Cells))]
    public Task All_or_nothing_when(Victim killed, Point at) => RunAsync(killed, at);
}

/// <summary>A transaction over a PostgreSQL, a MariaDB and a service that the coordinator calls.</summary>
public sealed class MixedTests(WorldKeeper keeper, MatrixReport report) : KillMatrix(Stack.Mixed, keeper, report), IClassFixture<WorldKeeper>
{
    public static TheoryData<Victim, Point> Cells => CellsOf(Stack.Mixed);

    [Theory]
    [MemberData(nameof(Cells))]
    public Task All_or_nothing_when(Victim killed, Point at) => RunAsync(killed, at);
}
