namespace Concordat.Log.Tests;

/// <summary>"./test.sh --long" sets CONCORDAT_LONG: then random tests try many more cases.</summary>
internal static class LongRun
{
    internal static int Cases(int usual, int many) => Environment.GetEnvironmentVariable("CONCORDAT_LONG") is null ? usual : many;
}
