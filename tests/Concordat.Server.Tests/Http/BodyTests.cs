using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Concordat.Core;

namespace Concordat.Server.Tests.Http;

public sealed class BodyTests
{
    private const int Limit = 4 * 1024 * 1024;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_body_of_4_MiB_is_taken_and_one_more_byte_is_413(bool chunked)
    {
        await using var server = await TestServer.Start();
        using (var taken = await server.Send(HttpMethod.Post, "/v1/transactions", Padded(Limit, chunked)))
        {
            Assert.Equal(HttpStatusCode.OK, taken.StatusCode);
        }

        Assert.True(Assert.IsType<BeginInput>(server.Engine.Last).Spec.Branches[0].Operations.Length > Limit - 200);
        using var refused = await server.Send(HttpMethod.Post, "/v1/transactions", Padded(Limit + 1, chunked));
        var problem = await Problem.Of(refused);
        Assert.Equal((413, "/problems/body-too-large"), (problem.Status, problem.Type));
        Assert.Single(server.Engine.Asked);
    }

    [Fact]
    public async Task An_announced_length_over_the_limit_is_refused_before_the_body_is_sent()
    {
        await using var server = await TestServer.Start();
        var answer = await Raw(server, $"POST /v1/transactions HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {Limit + 1L}\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 413 ", answer, StringComparison.Ordinal);
        Assert.Contains("/problems/body-too-large", answer, StringComparison.Ordinal);
        Assert.Empty(server.Engine.Asked);
    }

    [Theory]
    [InlineData("Content-Length: 500\r\n\r\n{}")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n")]
    public async Task A_body_that_is_not_as_announced_begins_nothing(string rest)
    {
        await using var server = await TestServer.Start();
        await Raw(server, $"POST /v1/transactions HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n{rest}", endOfSending: true);
        Assert.Empty(server.Engine.Asked);
        using var alive = await server.Get("/livez");
        Assert.Equal(HttpStatusCode.OK, alive.StatusCode);
    }

    [Theory]
    [InlineData("ffffffffffffffff")]
    [InlineData("7fffffff0")]
    public async Task A_chunk_longer_than_any_is_an_unreadable_body(string size)
    {
        await using var server = await TestServer.Start();
        var answer = await Raw(server, $"POST /v1/transactions HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n{size}\r\n{{}}\r\n");
        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        Assert.Contains("/problems/unreadable-body", answer, StringComparison.Ordinal);
        Assert.Empty(server.Engine.Asked);
    }

    [Fact]
    public async Task A_body_in_small_chunks_is_put_together()
    {
        await using var server = await TestServer.Start();
        var body = """{"name":"ab","branches":[{"participant":"p","operations":[{"type":"ü"}]}]}""";
        var chunks = string.Concat(Encoding.UTF8.GetBytes(body).Select(b => "1\r\n" + (char)b + "\r\n"));
        var answer = await Raw(server, $"POST /v1/transactions HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}0\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
        Assert.Equal("""[{"type":"ü"}]""", Encoding.UTF8.GetString(Assert.IsType<BeginInput>(server.Engine.Last).Spec.Branches[0].Operations.Span));
    }

    [Theory]
    [InlineData("7b226e616d65223a22ff227d")] // {"name":"\xff"}
    [InlineData("7b226e616d65223a22c0af227d")] // an overlong slash
    [InlineData("7b226e616d65223a22eda080227d")] // a surrogate half as bytes
    [InlineData("7b226272616e63686573223a5b7b227061727469636970616e74223a2261222c226f7065726174696f6e73223a5b7b2274797065223a2274222c2264617461223a22ff227d5d7d5d7d")] // in data, which is passed on unread
    public async Task Bytes_that_are_not_UTF_8_are_malformed(string hex)
    {
        await using var server = await TestServer.Start();
        using var content = new ByteArrayContent(Convert.FromHexString(hex));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var response = await server.Send(HttpMethod.Post, "/v1/transactions", content);
        Assert.Equal("/problems/malformed-json", (await Problem.Of(response)).Type);
        Assert.Empty(server.Engine.Asked);
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("Application/JSON")]
    [InlineData("application/json; charset=utf-8")]
    [InlineData("application/json;charset=\"UTF-8\"")]
    public async Task JSON_in_UTF_8_is_taken(string type)
    {
        await using var server = await TestServer.Start();
        using var response = await server.Send(HttpMethod.Post, "/v1/transactions", Typed(type));
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
    }

    [Theory]
    [InlineData(null, null, "missing")]
    [InlineData("text/plain", null, "'text/plain'")]
    [InlineData("application/x-www-form-urlencoded", null, "curl")]
    [InlineData("application/jsonx", null, "'application/jsonx'")]
    [InlineData("application/json; charset=utf-16", null, "utf-16")]
    [InlineData("nonsense", null, "'nonsense'")]
    [InlineData("application/json", "gzip", "Content-Encoding 'gzip'")]
    [InlineData("a\u001b[2Jb", null, "'a\uFFFD[2Jb'")]
    [InlineData("xx256", null, "xxx…'")]
    public async Task Anything_else_is_415(string? type, string? encoding, string detail)
    {
        await using var server = await TestServer.Start();
        var content = Typed(type == "xx256" ? new string('x', 256) : type);
        if (encoding is not null)
        {
            content.Headers.ContentEncoding.Add(encoding);
        }

        using var response = await server.Send(HttpMethod.Post, "/v1/transactions", content);
        var problem = await Problem.Of(response);
        Assert.Equal((415, "/problems/unsupported-media-type"), (problem.Status, problem.Type));
        Assert.Contains(detail, problem.Detail, StringComparison.Ordinal);
        Assert.Empty(server.Engine.Asked);
    }

    private static ByteArrayContent Typed(string? type)
    {
        var content = new ByteArrayContent("{}"u8.ToArray());
        if (type is not null)
        {
            Assert.True(content.Headers.TryAddWithoutValidation("Content-Type", type));
        }

        return content;
    }

    private static HttpContent Padded(int length, bool chunked)
    {
        const string Head = """{"branches":[{"participant":"a","operations":[{"type":"t","data":" """, Tail = "\"}]}]}";
        var body = Encoding.UTF8.GetBytes(Head + new string('x', length - Head.Length - Tail.Length) + Tail);
        HttpContent content = chunked ? new StreamContent(new Unsized(body)) : new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return content;
    }

    /// <summary>Sends bytes (each character is one), and reads until the server closes or nothing more is promised.</summary>
    private static async Task<string> Raw(TestServer server, string request, bool endOfSending = false)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(server.Address.Host, server.Address.Port);
        var stream = socket.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(request));
        if (endOfSending)
        {
            socket.Client.Shutdown(SocketShutdown.Send);
        }

        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var answer = new StringBuilder();
        var buffer = new byte[4096];
        while (!answer.ToString().EndsWith('}'))
        {
            int read;
            try
            {
                read = await stream.ReadAsync(buffer, limit.Token);
            }
            catch (IOException)
            {
                // A reset is an end too: the server may drop who breaks the rules.
                break;
            }

            if (read == 0)
            {
                break;
            }

            answer.Append(Encoding.UTF8.GetString(buffer, 0, read));
        }

        return answer.ToString();
    }

    /// <summary>Does not tell its length, so that it is sent in chunks.</summary>
    private sealed class Unsized(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }
}
