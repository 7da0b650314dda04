using System.CommandLine;

namespace Concordat.Cli;

/// <summary>Options that take only some of their type's values.</summary>
internal static class OptionRange
{
    internal static void AcceptOnly<T>(this Option<T> option, Func<T?, bool> isAllowed, string problem) => option.Validators.Add(result =>
    {
        T? value;
        try
        {
            value = result.GetValueOrDefault<T>();
        }
        catch (InvalidOperationException)
        {
            // Not of the type at all: the parser says so itself.
            return;
        }

        if (!isAllowed(value))
        {
            result.AddError(problem);
        }
    });
}
