using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Concordat.Server.Http;

internal static class OpenApiDocuments
{
    public const string Name = "v1";

    public static void Configure(OpenApiOptions options) => options.AddDocumentTransformer((document, _, _) =>
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
}
