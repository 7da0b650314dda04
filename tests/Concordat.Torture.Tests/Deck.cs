namespace Concordat.Torture.Tests;

/// <summary>Draws each card once, in an order of its own, before any comes again: so that even a short run has met every kind.</summary>
internal sealed class Deck<T>(Random dice, params T[] cards)
{
    private readonly Queue<T> _left = new();

    internal T Draw()
    {
        if (_left.Count == 0)
        {
            var shuffled = cards.ToArray();
            dice.Shuffle(shuffled);
            foreach (var card in shuffled)
            {
                _left.Enqueue(card);
            }
        }

        return _left.Dequeue();
    }
}
