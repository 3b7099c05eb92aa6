//! What the document says of every request beyond what its types do: the bounds of a page, and that a field which
//! is not named is refused.

use std::collections::BTreeSet;

use utoipa::openapi::path::Operation;
use utoipa::openapi::schema::{AdditionalProperties, ArrayItems};
use utoipa::openapi::{ObjectBuilder, OpenApi, RefOr, Schema, Type};

use crate::http::query::{PAGE_MAX, PAGE_SIZE_MAX};

/// Gives the parameters of a page their bounds, the same in every list.
pub(super) fn bound_pages(operation: &mut Operation) {
    for parameter in operation.parameters.iter_mut().flatten() {
        let RefOr::T(parameter) = parameter else { continue };
        let most = match parameter.name.as_str() {
            "page" => PAGE_MAX,
            "page_size" => PAGE_SIZE_MAX,
            _ => continue,
        };
        let schema = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1)).maximum(Some(most));
        parameter.schema = Some(RefOr::T(schema.build().into()));
    }
}

/// Says of every object that a request may hold that it has no fields but those that are named.
///
/// An object that is put together of several (`allOf`) is left open: each of them would refuse the others' fields.
pub(super) fn close_requests(document: &mut OpenApi) {
    let mut names = BTreeSet::new();
    for path in document.paths.paths.values() {
        let operations = [&path.post, &path.patch, &path.delete];
        let bodies = operations.into_iter().flatten().filter_map(|operation| operation.request_body.as_ref());
        let contents = bodies.flat_map(|body| match body {
            RefOr::T(body) => body.content.values().collect(),
            RefOr::Ref(_) => Vec::new(),
        });
        for content in contents {
            if let RefOr::T(content) = content
                && let Some(schema) = &content.schema
            {
                note_names(schema, &mut names);
            }
        }
    }
    let Some(components) = &mut document.components else { return };
    let mut open: Vec<String> = names.iter().cloned().collect();
    while let Some(name) = open.pop() {
        let Some(schema) = components.schemas.get_mut(&name) else { continue };
        let mut deeper = BTreeSet::new();
        note_names(schema, &mut deeper);
        close(schema);
        open.extend(deeper.into_iter().filter(|name| names.insert(name.clone())));
    }
}

/// Adds the names of the schemas that a schema refers to.
fn note_names(schema: &RefOr<Schema>, names: &mut BTreeSet<String>) {
    let parts: Vec<&RefOr<Schema>> = match schema {
        RefOr::Ref(reference) => {
            names.extend(reference.ref_location.rsplit('/').next().map(str::to_owned));
            return;
        }
        RefOr::T(Schema::Object(object)) => object.properties.values().collect(),
        RefOr::T(Schema::OneOf(one_of)) => one_of.items.iter().collect(),
        RefOr::T(Schema::AnyOf(any_of)) => any_of.items.iter().collect(),
        RefOr::T(Schema::Array(array)) => match &array.items {
            ArrayItems::RefOrSchema(item) => vec![item.as_ref()],
            ArrayItems::False => Vec::new(),
        },
        // Of those put together nothing is closed, nor of what they share.
        RefOr::T(_) => Vec::new(),
    };
    for part in parts {
        note_names(part, names);
    }
}

fn close(schema: &mut RefOr<Schema>) {
    match schema {
        RefOr::T(Schema::Object(object)) => {
            if !object.properties.is_empty() && object.additional_properties.is_none() {
                object.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(false)));
            }
            object.properties.values_mut().for_each(close);
        }
        RefOr::T(Schema::OneOf(one_of)) => one_of.items.iter_mut().for_each(close),
        RefOr::T(Schema::AnyOf(any_of)) => any_of.items.iter_mut().for_each(close),
        RefOr::T(_) | RefOr::Ref(_) => {}
    }
}
