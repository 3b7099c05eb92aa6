//! The way of fires, from tick to delivery, as OpenTelemetry traces.
//!
//! A fire that is sampled makes one trace, whose id is the fire's own. Every id in it and the choice itself follow
//! from ids that are stored with the fire anyhow, so all processes agree on them, also those that deliver it days
//! later, and nothing is carried along or looked up. Spans are made afterwards, of times that a commit and an attempt
//! know: the evaluator does nothing for them. They wait in a bounded queue for a task that sends them, and where it
//! is full they are dropped: nothing ever waits for a collector.
//!
//! ```text
//! fire ─┬─ evaluate   from the venue's time of the tick until the fire was found
//!       ├─ commit     until it was on the disk
//!       └─ deliver    one of each channel, from the commit until the delivery came to its end
//!          ├─ claim   one of each attempt: from the claim until sending began
//!          └─ send    one of each attempt
//! ```
//!
//! Requests to the API that are part of somebody's trace have a span in it, where that is switched on.
//!
//! What is said of them names no person, no address, no alert and no text. Without the feature `otel` nothing of this
//! is built, and [`Traces`] does nothing. Tested in `tests/system/traces.rs`.

#[cfg(feature = "otel")]
mod exporter;
#[cfg(feature = "otel")]
mod ids;
#[cfg(not(feature = "otel"))]
mod nothing;
#[cfg(feature = "otel")]
mod queue;
#[cfg(feature = "otel")]
mod requests;
#[cfg(all(test, feature = "otel"))]
mod samples;
#[cfg(feature = "otel")]
mod sending;
#[cfg(feature = "otel")]
mod spans;

#[cfg(not(feature = "otel"))]
pub use self::nothing::Traces;
#[cfg(feature = "otel")]
pub use self::queue::Traces;
