namespace Concordat.Log.Tests;

/// <summary>Waits for a condition that another thread brings about.</summary>
internal static class Eventually
{
    internal static void True(Func<bool> condition, string whatDidNotHappen) =>
        Assert.True(SpinWait.SpinUntil(condition, TimeSpan.FromSeconds(20)), $"Within 20 s: {whatDidNotHappen}");

    internal static void Set(ManualResetEventSlim signal, string whatDidNotHappen) =>
        Assert.True(signal.Wait(TimeSpan.FromSeconds(20)), $"Within 20 s: {whatDidNotHappen}");
}
