namespace Concordat.Core.Sagas;

/// <summary>A saga's steps as a graph, and proof that every place in a body can be filled when its turn comes.</summary>
internal sealed class SagaDefinition
{
    private SagaDefinition(SagaSpec spec, SagaGraph graph)
    {
        Spec = spec;
        Graph = graph;
    }

    internal SagaSpec Spec { get; }

    internal SagaGraph Graph { get; }

    /// <exception cref="FormatException">It cannot be carried out; the message names the member and what is wrong with it.</exception>
    internal static SagaDefinition Of(SagaSpec spec)
    {
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
        foreach (var reference in ReferencesOf(spec.Steps[step].Action, $"steps[{step}].action.body"))
        {
            if (!places.TryGetValue(reference.Step, out var earlier) || !graph.Precedes(earlier, step))
            {
                throw new FormatException($"steps[{step}].action.body refers to the result of '{reference.Step}', which is no step that is done before");
            }
        }

        if (spec.Steps[step].Compensation is not { } compensation)
        {
            return;
        }

        foreach (var reference in ReferencesOf(compensation, $"steps[{step}].compensation.body"))
        {
            if (places.TryGetValue(reference.Step, out var other) && other == step)
            {
                if (reference.Default is null)
                {
                    throw new FormatException(
                        $"steps[{step}].compensation.body refers to the result of its own step without a default, and has to be called where the answer was lost, too: give a 'default', such as null");
                }
            }
            else if (!places.ContainsKey(reference.Step) || !graph.Precedes(other, step))
            {
                throw new FormatException($"steps[{step}].compensation.body refers to the result of '{reference.Step}', which is neither its own step nor one that is done before");
            }
        }
    }

    private static IReadOnlyList<ResultReference> ReferencesOf(StepCall call, string member)
    {
        try
        {
            return call.Body.IsEmpty ? [] : ResultTemplate.ReferencesOf(call.Body);
        }
        catch (FormatException e)
        {
            throw new FormatException($"{member}: {e.Message}", e);
        }
    }
}
