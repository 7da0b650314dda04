using Concordat.Bench;

var directory = Directory.CreateTempSubdirectory("concordat-bench-").FullName;
try
{
    await EngineBench.RunAsync(directory, TimeSpan.FromSeconds(4));
    return 0;
}
finally
{
    Directory.Delete(directory, recursive: true);
}
