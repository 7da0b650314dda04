using FsCheck;
using FsCheck.Fluent;

namespace Concordat.Core.Tests.Sagas;

/// <summary>Whole sagas of random steps in random weather, against <see cref="ReferenceSaga"/>.</summary>
public sealed class WholeSagaTests
{
    [Fact]
    public void What_is_called_recorded_and_shown_is_what_the_rules_say_and_in_the_end_there_is_all_or_nothing() =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), static seed => new RandomSaga(seed).Run())
            .Check(Config.QuickThrowOnFailure.WithMaxTest(Environment.GetEnvironmentVariable("CONCORDAT_LONG") is null ? 1500 : 100_000));
}
