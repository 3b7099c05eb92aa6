//! What is one of some words. They are those of the code itself, so that the document names no other.

use bellwether_model::Interval;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{Object, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

macro_rules! one_of {
    ($(#[doc = $about:literal] $name:ident = $words:expr;)+) => {$(
        #[doc = $about]
        pub(in crate::http) struct $name;

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let words = $words.into_iter().map(|one| one.name());
                let text = Object::builder().schema_type(Type::String).enum_values(Some(words));
                text.description(Some($about.trim())).into()
            }
        }

        impl ToSchema for $name {}
    )+};
}

one_of! {
    /// What became of an alert.
    Status = bellwether_model::Status::ALL;
    /// Stands in an alert's own words, in braces, for what the message is about.
    Placeholder = bellwether_model::Placeholder::all();
    /// Where a delivery stands.
    DeliveryStatus = bellwether_store::delivery::DeliveryStatus::ALL;
    /// How long a candle is.
    CandleLength = Interval::ALL;
}
