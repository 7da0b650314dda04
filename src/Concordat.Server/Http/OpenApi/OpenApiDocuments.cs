using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Concordat.Server.Http;

internal static class OpenApiDocuments
{
    public const string Name = "v1";

    public static void Configure(OpenApiOptions options) => options.AddSchemaTransformer(NumbersAreNumbers).AddDocumentTransformer((document, _, _) =>
    {
        document.Info = new OpenApiInfo
        {
            Title = "Concordat",
            Version = Name,
            Description = "A transaction coordinator: a change to several services and databases happens everywhere or nowhere. "
                + "Errors are problem documents (RFC 9457), each type described in docs/problems.md.",
        };
        // The address that a client asked is the one that it can ask again.
        document.Servers = [new OpenApiServer { Url = "/" }];
        return Task.CompletedTask;
    });

    /// <summary>ASP.NET's own binding would take numbers in quotes, and says so; this server does not use it and does not take them.</summary>
    private static Task NumbersAreNumbers(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        if (schema.Type is { } type && (type & (JsonSchemaType.Number | JsonSchemaType.Integer)) != 0)
        {
            schema.Type = type & ~JsonSchemaType.String;
            schema.Pattern = null;
        }

        return Task.CompletedTask;
    }
}
