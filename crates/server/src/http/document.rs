//! The frame of the API's document, and what all of its operations have in common.

use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    Components, ContentBuilder, InfoBuilder, License, OpenApi, OpenApiBuilder, Ref, RefOr, ResponseBuilder,
    Tag,
};
use utoipa::{PartialSchema as _, ToSchema};

use super::error::Problem;

mod precision;

const SCHEME: &str = "bearer";
const PROBLEM: &str = "Problem";
/// The order in which the explorer shows the operations.
const TAGS: [&str; 8] =
    ["accounts", "alerts", "fires", "markets", "delivery", "live", "operation", "compatibility"];

/// The document before any operation.
pub(super) fn start() -> OpenApi {
    let about = "Bellwether watches prices and tells people, at once and without fail. Log in with \
                 `POST /api/token`, then send `Authorization: Bearer` and the access token. Errors are \
                 problem documents (RFC 9457) with a stable `code`.";
    let info = InfoBuilder::new()
        .title("Bellwether")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(about))
        .license(Some(License::new("MIT OR Apache-2.0")))
        .build();
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
    let mut components = Components::new();
    components.add_security_scheme(SCHEME, SecurityScheme::Http(bearer));
    let requirement = SecurityRequirement::new(SCHEME, Vec::<String>::new());
    OpenApiBuilder::new()
        .info(info)
        .tags(Some(TAGS.map(Tag::new)))
        .components(Some(components))
        .security(Some([requirement]))
        .build()
}

/// Adds what is the same everywhere: whatever is refused is answered with a problem document.
pub(super) fn complete(document: &mut OpenApi) {
    let components = document.components.get_or_insert_default();
    let mut schemas = vec![(PROBLEM.to_owned(), Problem::schema())];
    Problem::schemas(&mut schemas);
    components.schemas.extend(schemas);
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(PROBLEM))).build();
    let problem = ResponseBuilder::new()
        .description("Refused or failed: a problem document says why")
        .content("application/problem+json", content)
        .build();
    components.responses.insert(PROBLEM.to_owned(), RefOr::T(problem));
    for path in document.paths.paths.values_mut() {
        let operations = [&mut path.get, &mut path.post, &mut path.patch, &mut path.delete];
        for operation in operations.into_iter().flatten() {
            refer_to_problem(operation);
            precision::bound_pages(operation);
        }
    }
    precision::close_requests(document);
}

/// Refusals without a body of their own, and every other answer, are problem documents.
fn refer_to_problem(operation: &mut Operation) {
    let problem = || RefOr::Ref(Ref::from_response_name(PROBLEM));
    for (status, response) in &mut operation.responses.responses {
        let is_refusal = status.starts_with(['4', '5']);
        if let RefOr::T(response) = response
            && is_refusal
            && response.content.is_empty()
        {
            let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(PROBLEM))).build();
            response.content.insert("application/problem+json".to_owned(), RefOr::T(content));
        }
    }
    operation.responses.responses.entry("default".to_owned()).or_insert_with(problem);
}
