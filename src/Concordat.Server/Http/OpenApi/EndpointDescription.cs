using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.OpenApi;

namespace Concordat.Server.Http;

/// <summary>
/// Says of an endpoint what <c>/openapi/v1.json</c> shows. The endpoints read their requests themselves, for speed and exact
/// messages, so nothing can be inferred. (A request body is not described by <c>Accepts</c>: routing would then answer 415s without a word.)
/// </summary>
internal static class EndpointDescription
{
    public static RouteHandlerBuilder Describe(
        this IEndpointConventionBuilder endpoint, RequestDelegate handler, string tag, string name, string summary, string? description)
    {
        // Only endpoints with a method are described.
        endpoint.WithMetadata(handler.Method);
        var builder = new RouteHandlerBuilder([endpoint]);
        builder.WithName(name).WithTags(tag).WithSummary(summary);
        if (description is not null)
        {
            builder.WithDescription(description);
        }

        builder.AddOpenApiOperationTransformer((operation, context, _) =>
        {
            foreach (var part in context.Description.RelativePath?.Split('/') ?? [])
            {
                if (part.StartsWith('{'))
                {
                    AddParameter(operation, part.Trim('{', '}'), ParameterLocation.Path, description: null);
                }
            }

            return Task.CompletedTask;
        });
        return builder;
    }

    public static RouteHandlerBuilder Takes<T>(this RouteHandlerBuilder endpoint) => endpoint.Takes<T>(isRequired: true);

    public static RouteHandlerBuilder MayTake<T>(this RouteHandlerBuilder endpoint) => endpoint.Takes<T>(isRequired: false);

    private static RouteHandlerBuilder Takes<T>(this RouteHandlerBuilder endpoint, bool isRequired) => endpoint.AddOpenApiOperationTransformer(async (operation, context, cancel) =>
    {
        var schema = await context.GetOrCreateSchemaAsync(typeof(T), parameterDescription: null, cancel);
        operation.RequestBody = new OpenApiRequestBody
        {
            Required = isRequired,
            Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal) { ["application/json"] = new() { Schema = schema } },
        };
    });

    public static RouteHandlerBuilder TakesQuery(this RouteHandlerBuilder endpoint, string name, string description) =>
        endpoint.TakesParameter(name, ParameterLocation.Query, description);

    public static RouteHandlerBuilder TakesHeader(this RouteHandlerBuilder endpoint, string name, string description) =>
        endpoint.TakesParameter(name, ParameterLocation.Header, description);

    public static RouteHandlerBuilder Gives<T>(this RouteHandlerBuilder endpoint, params ReadOnlySpan<int> statuses)
    {
        foreach (var status in statuses)
        {
            endpoint.Produces<T>(status);
        }

        return endpoint;
    }

    public static RouteHandlerBuilder GivesNothing(this RouteHandlerBuilder endpoint) => endpoint.Produces(StatusCodes.Status204NoContent);

    public static RouteHandlerBuilder GivesText(this RouteHandlerBuilder endpoint, string contentType) =>
        endpoint.Produces<string>(StatusCodes.Status200OK, contentType);

    public static RouteHandlerBuilder GivesProblems(this RouteHandlerBuilder endpoint, params ReadOnlySpan<int> statuses)
    {
        foreach (var status in statuses)
        {
            endpoint.Produces<ProblemDocument>(status, ProblemAnswers.ContentType);
        }

        return endpoint;
    }

    private static RouteHandlerBuilder TakesParameter(this RouteHandlerBuilder endpoint, string name, ParameterLocation where, string description) =>
        endpoint.AddOpenApiOperationTransformer((operation, _, _) =>
        {
            AddParameter(operation, name, where, description);
            return Task.CompletedTask;
        });

    private static void AddParameter(OpenApiOperation operation, string name, ParameterLocation where, string? description) =>
        (operation.Parameters ??= []).Add(new OpenApiParameter
        {
            Name = name,
            In = where,
            Required = where == ParameterLocation.Path,
            Description = description,
            Schema = new OpenApiSchema { Type = JsonSchemaType.String },
        });
}
