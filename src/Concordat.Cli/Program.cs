using Concordat.Cli;
using Concordat.Cli.Output;

return await CommandLine.RunAsync(args, Terminal.OfProcess());
