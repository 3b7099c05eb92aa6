//! Metrics: their list, the recorder that Prometheus reads, and those that are read now and then.

mod list;
mod standing;
#[cfg(test)]
mod tests;

use std::sync::OnceLock;

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use self::list::{Kind, METERS, Meter};
pub(crate) use self::standing::{coverage, follower, queues};

/// Upper bounds of the histograms' buckets in seconds: from a commit on a fast disk to a mail after an outage.
const BUCKETS_S: [f64; 18] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0, 600.0,
    3_600.0, 36_000.0,
];

/// The process's recorder, which all services in it share; `None` where something else records already.
pub(crate) fn recorder() -> Option<PrometheusHandle> {
    static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    RECORDER.get_or_init(install).clone()
}

/// Installs the recorder and says what each metric means.
fn install() -> Option<PrometheusHandle> {
    let builder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &BUCKETS_S)
        .expect("there are buckets");
    let handle = builder.install_recorder().ok()?;
    for Meter { name, kind, labels, meaning } in METERS {
        let text = if labels.is_empty() {
            (*meaning).to_owned()
        } else {
            format!("{meaning}, by {}", labels.join(" and "))
        };
        match kind {
            Kind::Counter => describe_counter!(*name, text),
            Kind::Gauge => describe_gauge!(*name, text),
            Kind::Histogram => describe_histogram!(*name, Unit::Seconds, text),
        }
    }
    metrics::gauge!("bellwether_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    Some(handle)
}
