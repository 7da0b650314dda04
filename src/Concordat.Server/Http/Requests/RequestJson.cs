using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Concordat.Server.Http;

/// <summary>
/// Reads one JSON object strictly, member by member: what is unknown, twice, missing or of a wrong type is named, with its
/// place. Nothing is allocated but the values that are asked for.
/// </summary>
internal ref struct RequestJson
{
    private readonly ReadOnlyMemory<byte> _body;
    private Utf8JsonReader _json;

    /// <summary>Where the reader is, for messages: -1 where it is in no branch, or no operation.</summary>
    private int _branch = -1, _operation = -1, _report = -1, _lock = -1, _step = -1;
    private string _within = "";

    private RequestJson(ReadOnlyMemory<byte> body)
    {
        _body = body;
        _json = new Utf8JsonReader(body.Span);
    }

    public delegate T Parser<out T>(ref RequestJson json);

    /// <exception cref="ProblemException">400, naming what is wrong.</exception>
    public static T Parse<T>(ReadOnlyMemory<byte> body, Parser<T> parser)
    {
        if (body.Length == 0)
        {
            throw ProblemTypes.MalformedJson.With("the body is empty; it must be a JSON object");
        }

        if (body.Span.StartsWith("\uFEFF"u8))
        {
            throw ProblemTypes.MalformedJson.With("the body begins with a byte order mark; leave it out");
        }

        if (!Utf8.IsValid(body.Span))
        {
            throw ProblemTypes.MalformedJson.With("the body is not valid UTF-8");
        }

        try
        {
            var json = new RequestJson(body);
            json._json.Read();
            json.Expect(JsonTokenType.StartObject, "the body", "an object");
            var value = parser(ref json);
            json._json.Read();
            return value;
        }
        catch (JsonException e)
        {
            // It quotes what it could not read.
            throw ProblemTypes.MalformedJson.With(Shown.Plain(e.Message));
        }
    }

    public static void ParseNothing(ReadOnlyMemory<byte> body) => Parse(body, static (ref RequestJson json) =>
    {
        while (json.NextMember())
        {
            throw json.Unknown();
        }

        return true;
    });

    /// <summary>Goes to the next member of the present object, or to its end.</summary>
    public bool NextMember()
    {
        _json.Read();
        return _json.TokenType == JsonTokenType.PropertyName;
    }

    /// <summary>Whether the present member is this one, and goes to its value. A second time in one object is an error.</summary>
    /// <param name="bit">The member's bit in <paramref name="seen"/>.</param>
    public bool Is(ReadOnlySpan<byte> name, int bit, ref int seen)
    {
        if (!IsNamed(name))
        {
            return false;
        }

        if ((seen & bit) != 0)
        {
            throw ProblemTypes.InvalidValue.With($"{At(Encoding.UTF8.GetString(name))} is there twice");
        }

        seen |= bit;
        _json.Read();
        return true;
    }

    public readonly ProblemException Unknown() =>
        ProblemTypes.UnknownMember.With($"{At(Shown.Name(TextOf(_json) ?? "\uFFFD"))} is not a member of this request");

    public readonly bool IsNull => _json.TokenType == JsonTokenType.Null;

    public readonly string Text(string member)
    {
        Expect(JsonTokenType.String, member, "a string");
        return TextOf(_json) ?? throw Invalid(member, "holds half of a surrogate pair");
    }

    /// <summary>As <see cref="Text"/>, without making it where it can be seen to be well formed.</summary>
    public readonly void CheckText(string member)
    {
        Expect(JsonTokenType.String, member, "a string");
        if (_json.ValueIsEscaped)
        {
            Text(member);
        }
    }

    public readonly string? TextOrNull(string member) => IsNull ? null : Text(member);

    public readonly bool Boolean(string member) => _json.TokenType switch
    {
        JsonTokenType.True => true,
        JsonTokenType.False => false,
        _ => throw WrongType(member, "true or false"),
    };

    /// <summary>A number; one beyond a double's range is infinite.</summary>
    public readonly double Number(string member)
    {
        Expect(JsonTokenType.Number, member, "a number");
        return _json.TryGetDouble(out var value) ? value : double.PositiveInfinity;
    }

    /// <summary>A member's name and its value, in an object whose names are free.</summary>
    public (string Name, string Value) NamedText(string member)
    {
        var name = TextOf(_json) ?? throw Invalid(member, "has a name that holds half of a surrogate pair");
        _json.Read();
        return (name, Text($"{member}.{Shown.Name(name)}"));
    }

    public readonly void ExpectObject(string member) => Expect(JsonTokenType.StartObject, member, "an object");

    public readonly void ExpectArray(string member) => Expect(JsonTokenType.StartArray, member, "an array");

    /// <summary>Goes to the next item of the present array of branches, which must be an object.</summary>
    public bool NextBranch() => NextObject(ref _branch, "branches");

    /// <summary>Goes to the next item of the present array of locks, which must be an object.</summary>
    public bool NextLock() => NextObject(ref _lock, "locks");

    /// <summary>Goes to the next item of the present array of steps, which must be an object.</summary>
    public bool NextStep() => NextObject(ref _step, "steps");

    /// <summary>Goes into an object of one kind, which messages name.</summary>
    public T Inside<T>(string member, Parser<T> parser)
    {
        ExpectObject(member);
        _within = member + ".";
        var value = parser(ref this);
        _within = "";
        return value;
    }

    /// <summary>Goes to the next item of the present array of reports, which must be an object.</summary>
    public bool NextReport() => NextObject(ref _report, "reports");

    /// <summary>Goes to the next item of the present array, or to its end.</summary>
    public bool NextItem()
    {
        _json.Read();
        return _json.TokenType != JsonTokenType.EndArray;
    }

    /// <summary>Goes to the next item of the present array of operations, which must be an object.</summary>
    public bool NextOperation() => NextObject(ref _operation, "operations");

    /// <summary>
    /// Passes over the present value, whatever it holds, but for half of a surrogate pair: participants in most languages cannot
    /// take it in, and one that answers with an error would be asked again for as long as the transaction lives.
    /// </summary>
    public void Skip(string member)
    {
        var depth = _json.CurrentDepth;
        do
        {
            if (_json.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && _json.ValueIsEscaped && TextOf(_json) is null)
            {
                throw Invalid(member, "holds half of a surrogate pair");
            }
        }
        while (IsInside(depth) && _json.Read());
    }

    /// <summary>Passes over the present value, whatever it holds, and returns its bytes.</summary>
    public ReadOnlyMemory<byte> Raw()
    {
        var start = Start;
        _json.Skip();
        return Since(start);
    }

    /// <summary>Whether the value that began at this depth goes on behind the present token.</summary>
    private readonly bool IsInside(int depth) => _json.CurrentDepth > depth || _json.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray;

    /// <summary>Where the present token begins.</summary>
    public readonly int Start => (int)_json.TokenStartIndex;

    /// <summary>What was read since, the present token included.</summary>
    public readonly ReadOnlyMemory<byte> Since(int start) => _body[start..(int)_json.BytesConsumed];

    public readonly ProblemException Missing(string member) => Invalid(member, "is missing");

    public readonly ProblemException Invalid(string member, string problem) => ProblemTypes.InvalidValue.With($"{At(member)} {problem}");

    /// <summary>A name with escapes may hold half of a surrogate pair, at which the reader's own comparison throws.</summary>
    private readonly bool IsNamed(ReadOnlySpan<byte> name) => _json.ValueIsEscaped
        ? string.Equals(TextOf(_json), Encoding.UTF8.GetString(name), StringComparison.Ordinal)
        : _json.ValueTextEquals(name);

    private bool NextObject(ref int index, string list)
    {
        _json.Read();
        if (_json.TokenType == JsonTokenType.EndArray)
        {
            index = -1;
            return false;
        }

        var number = index + 1;
        index = -1;
        Expect(JsonTokenType.StartObject, $"{list}[{number}]", "an object");
        index = number;
        return true;
    }

    private readonly void Expect(JsonTokenType type, string member, string what)
    {
        if (_json.TokenType != type)
        {
            throw WrongType(member, what);
        }
    }

    private readonly ProblemException WrongType(string member, string what)
    {
        var found = _json.TokenType switch
        {
            JsonTokenType.StartObject => "an object",
            JsonTokenType.StartArray => "an array",
            JsonTokenType.String => "a string",
            JsonTokenType.Number => "a number",
            JsonTokenType.Null => "null",
            _ => "true or false",
        };
        return Invalid(member, $"is {found}; it must be {what}");
    }

    private readonly string At(string member)
    {
        var branch = _branch < 0 ? "" : $"branches[{_branch}].";
        var operation = _operation < 0 ? "" : $"operations[{_operation}].";
        var report = _report < 0 ? "" : $"reports[{_report}].";
        var wanted = _lock < 0 ? "" : $"locks[{_lock}].";
        var step = _step < 0 ? "" : $"steps[{_step}].";
        return report + step + _within + branch + operation + wanted + member;
    }

    /// <summary>Null where an escape is half of a surrogate pair, which is JSON and is no text.</summary>
    private static string? TextOf(in Utf8JsonReader json)
    {
        try
        {
            return json.GetString();
        }
        catch (InvalidOperationException) when (json.ValueIsEscaped)
        {
            return null;
        }
    }
}
