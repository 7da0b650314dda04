namespace Concordat.Core.Sagas;

/// <summary>A saga's steps as a graph, and proof that every place in a body can be filled when its turn comes.</summary>
public sealed class SagaDefinition
{
    private SagaDefinition(SagaSpec spec, SagaGraph graph)
    {
        Spec = spec;
        Graph = graph;
    }

    public SagaSpec Spec { get; }

    internal SagaGraph Graph { get; }

    /// <exception cref="FormatException">It cannot be carried out; the message names the member and what is wrong with it.</exception>
    public static SagaDefinition Of(SagaSpec spec)
    {
        if (spec.Steps.Count is 0 or > SagaLimits.MaxSteps)
        {
            throw new FormatException($"steps has {spec.Steps.Count} items; 1 to {SagaLimits.MaxSteps} are allowed");
        }

        if (spec.Steps.Any(static step => step.Attempts < 1 || step.Retry.Initial <= TimeSpan.Zero))
        {
            throw new FormatException("a step has no attempts, or does not wait between them");
        }

        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var step = 0; step < spec.Steps.Count; step++)
        {
            if (!places.TryAdd(spec.Steps[step].Name, step))
            {
                throw new FormatException($"steps[{step}].name is '{spec.Steps[step].Name}', and so is that of steps[{places[spec.Steps[step].Name]}]");
            }
        }

        var after = new int[spec.Steps.Count][];
        for (var step = 0; step < after.Length; step++)
        {
            after[step] = AfterOf(spec, step, places);
        }

        if (SagaGraph.Make(after, out var cycle) is not { } graph)
        {
            throw new FormatException($"steps wait for each other in a circle: {string.Join(" after ", cycle.Append(cycle[0]).Select(step => $"'{spec.Steps[step].Name}'"))}");
        }

        for (var step = 0; step < after.Length; step++)
        {
            CheckReferences(spec, graph, step, places);
        }

        return new SagaDefinition(spec, graph);
    }

    private static int[] AfterOf(SagaSpec spec, int step, Dictionary<string, int> places)
    {
        if (spec.Steps[step].After is not { } names)
        {
            return step == 0 ? [] : [step - 1];
        }

        var after = new List<int>(names.Count);
        for (var i = 0; i < names.Count; i++)
        {
            if (!places.TryGetValue(names[i], out var earlier))
            {
                throw new FormatException($"steps[{step}].after[{i}] is '{names[i]}', and there is no such step");
            }

            if (after.Contains(earlier))
            {
                throw new FormatException($"steps[{step}].after names '{names[i]}' twice");
            }

            after.Add(earlier);
        }

        return [.. after];
    }

    private static void CheckReferences(SagaSpec spec, SagaGraph graph, int step, Dictionary<string, int> places)
    {
        foreach (var (member, reference) in ReferencesOf(spec.Steps[step].Action, $"steps[{step}]", "action.body"))
        {
            if (!places.TryGetValue(reference.Step, out var earlier) || !graph.Precedes(earlier, step))
            {
                throw new FormatException($"{member} refers to the result of '{reference.Step}', which is no step that is done before");
            }

            RequireResult(spec, earlier, member);
        }

        foreach (var (member, reference) in ReferencesOf(spec.Steps[step].Compensation, $"steps[{step}].compensation", "body"))
        {
            if (!places.TryGetValue(reference.Step, out var other) || (other != step && !graph.Precedes(other, step)))
            {
                throw new FormatException($"{member} refers to the result of '{reference.Step}', which is neither its own step nor one that is done before");
            }

            if (other == step && reference.Default is null)
            {
                throw new FormatException(
                    $"{member} refers to the result of its own step without a default, and has to be called where the answer was lost, too: give a 'default', such as null");
            }

            RequireResult(spec, other, member);
        }
    }

    private static void RequireResult(SagaSpec spec, int step, string member)
    {
        if (spec.Steps[step].Action is StepTransaction)
        {
            throw new FormatException($"{member} refers to the result of '{spec.Steps[step].Name}', which is a transaction and has none");
        }
    }

    private static List<(string Member, ResultReference Reference)> ReferencesOf(StepWork? work, string member, string body)
    {
        var found = new List<(string, ResultReference)>();
        switch (work)
        {
            case StepCall call:
                Collect(call.Body, $"{member}.{body}", found);
                break;
            case StepTransaction transaction:
                for (var i = 0; i < transaction.Branches.Count; i++)
                {
                    Collect(transaction.Branches[i].Operations, $"{member}.branches[{i}].operations", found);
                }

                break;
        }

        return found;
    }

    private static void Collect(ReadOnlyMemory<byte> json, string member, List<(string, ResultReference)> found)
    {
        try
        {
            foreach (var reference in json.IsEmpty ? [] : ResultTemplate.ReferencesOf(json))
            {
                found.Add((member, reference));
            }
        }
        catch (FormatException e)
        {
            throw new FormatException($"{member}: {e.Message}", e);
        }
    }
}
