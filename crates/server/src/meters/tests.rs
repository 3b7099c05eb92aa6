use std::collections::BTreeSet;
use std::path::Path;

use super::list::{Kind, METERS};

/// A cookie, not a metric.
const NO_METRICS: [&str; 1] = ["bellwether_refresh"];

fn names_in(folder: &Path, names: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            names_in(&path, names);
        } else if path.extension().is_some_and(|extension| extension == "rs")
            && !path.ends_with("list.rs")
            && !path.ends_with("tests.rs")
        {
            let text = std::fs::read_to_string(&path).unwrap();
            let quoted = text.split('"').filter(|part| part.starts_with("bellwether_"));
            let is_name = |part: &&str| part.chars().all(|c| c.is_ascii_lowercase() || c == '_');
            names.extend(quoted.filter(is_name).map(str::to_owned));
        }
    }
}

#[test]
fn every_metric_in_the_code_is_in_the_list_and_the_other_way_round() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut named = BTreeSet::new();
    for entry in std::fs::read_dir(crates).unwrap() {
        let source = entry.unwrap().path().join("src");
        if source.is_dir() {
            names_in(&source, &mut named);
        }
    }
    NO_METRICS.iter().for_each(|name| assert!(named.remove(*name), "{name}"));
    let listed: BTreeSet<String> = METERS.iter().map(|meter| meter.name.to_owned()).collect();
    assert_eq!(listed.len(), METERS.len(), "none is listed twice");
    assert_eq!(named, listed);
}

#[test]
fn the_page_shows_the_list() {
    let mut table = String::from("| metric | kind | labels | meaning |\n|---|---|---|---|\n");
    for meter in METERS {
        let kind = match meter.kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        let labels: Vec<String> = meter.labels.iter().map(|label| format!("`{label}`")).collect();
        table += &format!("| `{}` | {kind} | {} | {} |\n", meter.name, labels.join(" "), meter.meaning);
    }
    let page = include_str!("../../../../docs/metrics.md");
    assert!(page.contains(&table), "docs/metrics.md shall have this table:\n{table}");
}

#[test]
fn counters_and_histograms_are_named_after_their_units() {
    for meter in METERS {
        let is_so = match meter.kind {
            Kind::Counter => meter.name.ends_with("_total"),
            Kind::Histogram => meter.name.ends_with("_seconds"),
            Kind::Gauge => !meter.name.ends_with("_total"),
        };
        assert!(is_so, "{}", meter.name);
        assert!(!meter.meaning.ends_with('.') && meter.meaning.len() > 10, "{}", meter.name);
    }
}
