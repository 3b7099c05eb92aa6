//! The rules of product alerts, by worked examples and by properties.

#[path = "products/digests.rs"]
mod digests;
#[path = "products/indexing.rs"]
mod indexing;
#[path = "products/insights.rs"]
mod insights;
#[path = "products/judging.rs"]
mod judging;
#[path = "products/made.rs"]
mod made;
#[path = "products/quotas.rs"]
mod quotas;
