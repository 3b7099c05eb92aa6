//! What happened to what is one's own, for other services that follow it.

pub(super) mod list_changes;
mod place;
mod view;
