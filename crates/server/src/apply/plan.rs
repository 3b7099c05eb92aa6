//! What is to be done, so that the alerts that are there become those that are wanted.

use bellwether_model::{Spec, words};
use serde_json::Value;

use super::remote::Held;

/// What is to be done.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) made: Vec<Spec>,
    pub(super) changed: Vec<Change>,
    pub(super) deleted: Vec<Held>,
    kept: usize,
}

/// An alert that becomes another one.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) held: Held,
    pub(super) wanted: Spec,
}

impl Plan {
    /// The least that has to be done. Alerts that are the same stay as they are; then what has the same kind and
    /// name, or watches the same search, is changed; the rest is made and deleted.
    pub(super) fn of(wanted: Vec<Spec>, mut held: Vec<Held>) -> Self {
        let mut plan = Self::default();
        let rest = take(wanted, &mut held, |wanted, held| wanted == &held.spec, |_, _| plan.kept += 1);
        let mut changed = Vec::new();
        let mut change = |wanted, held| changed.push(Change { held, wanted });
        let rest = take(rest, &mut held, is_same_search, &mut change);
        plan.made = take(rest, &mut held, has_same_name, &mut change);
        plan.changed = changed;
        plan.deleted = held;
        plan
    }

    pub(super) fn is_empty(&self) -> bool {
        self.made.is_empty() && self.changed.is_empty() && self.deleted.is_empty()
    }

    /// What is to be done, for people.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines: Vec<String> = self.made.iter().map(|spec| format!("+ {}", described(spec))).collect();
        for Change { held, wanted } in &self.changed {
            lines.push(format!("~ {}", described(&held.spec)));
            lines.extend(differences(&held.spec, wanted));
        }
        lines.extend(self.deleted.iter().map(|held| format!("- {}", described(&held.spec))));
        let counts = [
            (self.made.len(), "to be made"),
            (self.changed.len(), "to be changed"),
            (self.deleted.len(), "to be deleted"),
            (self.kept, "as wanted"),
        ];
        let counts: Vec<String> = counts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        lines.push(if counts.is_empty() { "No alerts.".to_owned() } else { counts.join(", ") + "." });
        lines
    }
}

/// Pairs what is wanted with what is held, each once; what is wanted and found no partner.
fn take(
    wanted: Vec<Spec>,
    held: &mut Vec<Held>,
    fits: impl Fn(&Spec, &Held) -> bool,
    mut pair: impl FnMut(Spec, Held),
) -> Vec<Spec> {
    let mut rest = Vec::new();
    for wanted in wanted {
        match held.iter().position(|held| fits(&wanted, held)) {
            Some(found) => pair(wanted, held.remove(found)),
            None => rest.push(wanted),
        }
    }
    rest
}

/// The service takes one alert of a kind on a search only.
fn is_same_search(wanted: &Spec, held: &Held) -> bool {
    let search = |spec: &Spec| spec.product().map(|spec| spec.watch.search().key());
    wanted.kind() == held.spec.kind() && search(wanted).is_some() && search(wanted) == search(&held.spec)
}

fn has_same_name(wanted: &Spec, held: &Held) -> bool {
    let name = wanted.name();
    wanted.kind() == held.spec.kind() && !name.is_empty() && name == held.spec.name()
}

fn described(spec: &Spec) -> String {
    let sentence = match spec {
        Spec::Price(spec) => format!("{} {}", spec.instrument, words::condition(&spec.condition)),
        Spec::Product(spec) => spec.words(),
    };
    if spec.name().is_empty() { sentence } else { format!("{}: {sentence}", spec.name()) }
}

/// The fields that are not as they were, each with what it was and what it becomes.
fn differences(old: &Spec, new: &Spec) -> Vec<String> {
    let fields = |spec: &Spec| match serde_json::to_value(spec) {
        Ok(Value::Object(fields)) => fields,
        _ => serde_json::Map::new(),
    };
    let (old, new) = (fields(old), fields(new));
    let names: std::collections::BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let shown = |value: Option<&Value>| value.map_or_else(|| "as usual".to_owned(), Value::to_string);
    names
        .into_iter()
        .filter(|name| old.get(*name) != new.get(*name))
        .map(|name| format!("    {name}: {} -> {}", shown(old.get(name)), shown(new.get(name))))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::read_node;

    fn spec(json: &str) -> Spec {
        Spec::from_input(&read_node(json.as_bytes()).unwrap()).unwrap()
    }

    fn price(name: &str, price: &str) -> Spec {
        spec(&format!(
            r#"{{"name":"{name}","instrument":"binance:BTCUSDT","condition":{{"type":"above","price":"{price}"}}}}"#
        ))
    }

    fn digest(name: &str, every: &str) -> Spec {
        spec(&format!(
            r#"{{"kind":"digest","name":"{name}","search":{{"query":"leica"}},"schedule":{{"every":"{every}"}}}}"#
        ))
    }

    fn held(specs: Vec<Spec>) -> Vec<Held> {
        specs
            .into_iter()
            .map(|spec| Held { id: format!("id of {}", spec.name()), version: 1, spec })
            .collect()
    }

    #[test]
    fn what_is_as_wanted_stays_whatever_the_order() {
        let plan =
            Plan::of(vec![price("a", "1"), price("b", "2")], held(vec![price("b", "2"), price("a", "1")]));
        assert!(plan.is_empty());
        assert_eq!(plan.lines(), ["2 as wanted."]);
        assert_eq!(Plan::of(vec![], vec![]).lines(), ["No alerts."]);
    }

    #[test]
    fn an_alert_is_known_by_its_name_or_its_search() {
        let there = held(vec![price("a", "1"), price("old", "5"), digest("bikes", "10m")]);
        let plan = Plan::of(vec![price("a", "1.5"), price("", "5"), digest("cameras", "10m")], there);
        assert_eq!(
            plan.lines(),
            [
                "+ binance:BTCUSDT is at or above 5",
                "~ bikes: the 20 cheapest: \"leica\" on eBay",
                r#"    name: "bikes" -> "cameras""#,
                "~ a: binance:BTCUSDT is at or above 1",
                r#"    condition: {"price":"1","type":"above"} -> {"price":"1.5","type":"above"}"#,
                "- old: binance:BTCUSDT is at or above 5",
                "1 to be made, 2 to be changed, 1 to be deleted.",
            ]
        );
    }

    #[test]
    fn two_that_are_equal_are_two() {
        let plan = Plan::of(vec![price("a", "1"), price("a", "1")], held(vec![price("a", "1")]));
        assert_eq!((plan.made.len(), plan.changed.len(), plan.kept), (1, 0, 1));
        let plan = Plan::of(vec![price("a", "1")], held(vec![price("a", "1"), price("a", "1")]));
        assert_eq!((plan.deleted.len(), plan.kept), (1, 1));
    }
}
