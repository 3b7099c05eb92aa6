//! Deliverers against a mail server and services that fail as real ones do, in a time of the test's own.

mod crowd;
mod doubt;
mod media;
mod outage;
mod pace;
pub(super) mod poison;
mod storm;
mod trial;
mod waiting;
