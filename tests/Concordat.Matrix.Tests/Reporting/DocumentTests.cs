namespace Concordat.Matrix.Tests.Reporting;

public sealed class DocumentTests
{
    [Fact]
    public void The_documentation_shows_the_outcomes_that_the_cells_assert()
    {
        Assert.SkipWhen(MatrixDocument.IsRewritten, "it is being written anew");
        Assert.True(
            MatrixTable.Outcomes(cell => cell.Commits) == MatrixDocument.ReadOutcomes(),
            $"docs/kill-matrix.md shows other outcomes; a full run of these tests with {MatrixDocument.Variable}=1 writes it anew");
    }
}
