using Concordat.Matrix.Tests.Reporting;

[assembly: AssemblyFixture(typeof(MatrixReport))]
