using System.Reflection;
using System.Runtime.CompilerServices;

namespace Concordat.Core.Tests.Purity;

/// <summary>The core is a function. What the banned symbols cannot see is seen here: every type, the compiler's own included.</summary>
public sealed class PurityTests
{
    private const BindingFlags Everything =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    private static readonly Assembly Core = typeof(Coordinator).Assembly;

    private static readonly Type[] TaskLike =
    [
        typeof(Task), typeof(Task<>), typeof(ValueTask), typeof(ValueTask<>), typeof(IAsyncEnumerable<>), typeof(IAsyncEnumerator<>),
        typeof(IAsyncDisposable), typeof(TaskCompletionSource), typeof(TaskCompletionSource<>), typeof(CancellationToken),
        typeof(CancellationTokenSource), typeof(SynchronizationContext), typeof(Thread), typeof(Timer), typeof(TimeProvider),
    ];

    [Fact]
    public void No_signature_field_or_local_of_the_core_is_task_like()
    {
        var found = Core.GetTypes()
            .SelectMany(type => Mentioned(type).Where(m => IsTaskLike(m.Type)).Select(m => $"{type}.{m.Where}: {m.Type}"));
        Assert.Empty(found);
    }

    [Fact]
    public void No_method_of_the_core_is_async() => Assert.Empty(
        Core.GetTypes().Where(type => typeof(IAsyncStateMachine).IsAssignableFrom(type))
            .Concat(Core.GetTypes().Where(type => type.GetMethods(Everything).Any(m => m.IsDefined(typeof(AsyncStateMachineAttribute))))));

    [Fact]
    public void The_core_has_no_static_mutable_state()
    {
        var found = Core.GetTypes()
            .SelectMany(type => type.GetFields(Everything))
            .Where(field => field.IsStatic && !field.IsLiteral && !(field.IsInitOnly && IsImmutable(field)))
            .Where(field => !IsCachedLambda(field))
            .Select(field => $"{field.DeclaringType}.{field.Name}: {field.FieldType}");
        Assert.Empty(found);
    }

    [Fact]
    public void The_tests_would_see_an_async_method_and_a_static_field()
    {
        Assert.Contains(typeof(Impure).GetNestedTypes(Everything), type => typeof(IAsyncStateMachine).IsAssignableFrom(type));
        Assert.Contains(Mentioned(typeof(Impure)), m => IsTaskLike(m.Type));
        Assert.False(IsImmutable(typeof(Impure).GetField("Shared", Everything)!));
    }

    private static IEnumerable<(string Where, Type Type)> Mentioned(Type type)
    {
        foreach (var parent in type.GetInterfaces().Append(type.BaseType).OfType<Type>())
        {
            yield return ("base", parent);
        }

        foreach (var field in type.GetFields(Everything))
        {
            yield return (field.Name, field.FieldType);
        }

        foreach (var method in type.GetMethods(Everything).Cast<MethodBase>().Concat(type.GetConstructors(Everything)))
        {
            if (method is MethodInfo info)
            {
                yield return (method.Name, info.ReturnType);
            }

            foreach (var parameter in method.GetParameters())
            {
                yield return (method.Name, parameter.ParameterType);
            }

            foreach (var local in method.GetMethodBody()?.LocalVariables ?? [])
            {
                yield return (method.Name, local.LocalType);
            }
        }
    }

    private static bool IsTaskLike(Type type)
    {
        if (type.HasElementType)
        {
            return IsTaskLike(type.GetElementType()!);
        }

        var plain = type.IsGenericType ? type.GetGenericTypeDefinition() : type;
        return TaskLike.Any(t => t == plain || (!t.IsGenericTypeDefinition && t.IsClass && t.IsAssignableFrom(plain)))
            || typeof(IAsyncStateMachine).IsAssignableFrom(type)
            || plain.Name.Contains("AsyncTaskMethodBuilder", StringComparison.Ordinal)
            || (type.IsGenericType && type.GetGenericArguments().Any(IsTaskLike));
    }

    /// <summary>Values, texts, the core's own records without fields that can be set, and tables that are only read.</summary>
    private static bool IsImmutable(FieldInfo field)
    {
        var type = field.FieldType;
        return type.IsPrimitive || type.IsEnum || type == typeof(string) || type == typeof(TimeSpan)
            || (type.IsArray && type.GetElementType()!.IsEnum)
            || (type.Assembly == Core && type.GetFields(Everything | BindingFlags.FlattenHierarchy).All(f => f.IsStatic || f.IsInitOnly))
            || (type == typeof(System.Text.UTF8Encoding) && field.IsPrivate)
            || field.IsDefined(typeof(CompilerGeneratedAttribute)) || field.DeclaringType!.IsDefined(typeof(CompilerGeneratedAttribute));
    }

    /// <summary>A lambda that captures nothing is kept by the compiler; it has no state.</summary>
    private static bool IsCachedLambda(FieldInfo field) =>
        field.DeclaringType!.IsDefined(typeof(CompilerGeneratedAttribute)) && (typeof(Delegate).IsAssignableFrom(field.FieldType) || field.FieldType == field.DeclaringType);

    private sealed class Impure
    {
        internal static readonly List<int> Shared = [];

        internal static async Task Run() => await Task.Yield();
    }
}
