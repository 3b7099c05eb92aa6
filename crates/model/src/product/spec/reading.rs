//! Product alerts from JSON: whole ones, and changes of what was.

use super::super::{ListingCondition, Schedule, Search};
use super::{DigestWatch, InsightsWatch, ProductWatch, SearchWatch, TOP};
use crate::input::{Faults, Fields, Node};
use crate::{Percent, Repeat, Span, alert, limits};

/// What is watched: whole, or as a change of what was.
pub(super) fn read_watch(
    kind: &str,
    fields: &mut Fields<'_>,
    faults: &mut Faults,
    was: Option<&ProductWatch>,
) -> Option<ProductWatch> {
    if was.is_none() && !fields.has("search") {
        faults.add("search", "required", "is required");
    }
    let search = match fields.given("search") {
        Some(node) => faults.within("search", |faults| Search::from_input(node, faults)),
        None => was.map(|was| was.search().clone()),
    };
    if kind == "search" {
        let was = match was {
            Some(ProductWatch::Search(was)) => Some(was),
            _ => None,
        };
        let conditions = read_conditions(fields, faults).or_else(|| was.map(|was| was.conditions.clone()));
        if conditions.is_none() && !fields.has("condition") && !fields.has("conditions") {
            faults.add("condition", "required", "is required");
        }
        let include = read_words(fields, faults, "include", was.map(|was| &was.include));
        let exclude = read_words(fields, faults, "exclude", was.map(|was| &was.exclude));
        return Some(ProductWatch::Search(SearchWatch {
            search: search?,
            conditions: conditions?,
            include: include?,
            exclude: exclude?,
        }));
    }
    if was.is_none() && !fields.has("schedule") {
        faults.add("schedule", "required", "is required");
    }
    let schedule = match fields.given("schedule") {
        Some(node) => faults.within("schedule", |faults| Schedule::from_input(node, faults)),
        None => was.and_then(|was| was.schedule().cloned()),
    };
    if kind == "digest" {
        let was = match was {
            Some(ProductWatch::Digest(was)) => Some(was),
            _ => None,
        };
        let top = fields.whole(faults, "top", 1, limits::DIGEST_ITEMS);
        let top = top.unwrap_or_else(|| was.map_or(TOP, |was| u64::from(was.top)));
        let include = read_words(fields, faults, "include", was.map(|was| &was.include));
        let exclude = read_words(fields, faults, "exclude", was.map(|was| &was.exclude));
        return Some(ProductWatch::Digest(DigestWatch {
            search: search?,
            schedule: schedule?,
            top: u32::try_from(top).unwrap_or(u32::MAX),
            include: include?,
            exclude: exclude?,
        }));
    }
    let was = match was {
        Some(ProductWatch::Insights(was)) => Some(was),
        _ => None,
    };
    let look_back = fields.parsed::<Span>(faults, "look_back");
    if look_back
        .is_some_and(|span| !(limits::LOOK_BACK_MIN_S..=limits::LOOK_BACK_MAX_S).contains(&span.seconds()))
    {
        faults.add("look_back", "range", "must be from 1h to 365d");
    }
    let drop_percent = fields.decimal::<Percent>(faults, "drop_percent");
    if drop_percent.is_some_and(|percent| !percent.can_fall()) {
        faults.add("drop_percent", "range", "must be below 100: no price falls further");
    }
    let two_days = Span::from_seconds(2 * 86_400).unwrap_or_default();
    Some(ProductWatch::Insights(InsightsWatch {
        search: search?,
        schedule: schedule?,
        look_back: look_back.unwrap_or_else(|| was.map_or(two_days, |was| was.look_back)),
        drop_percent: match drop_percent {
            Some(percent) => percent,
            None => was.map(|was| was.drop_percent).or_else(|| "2".parse().ok())?,
        },
    }))
}

fn read_conditions(fields: &mut Fields<'_>, faults: &mut Faults) -> Option<Vec<ListingCondition>> {
    let (one, several) = (fields.given("condition"), fields.given("conditions"));
    let conditions = match (one, several) {
        (Some(_), Some(_)) => {
            faults.add(
                "conditions",
                "not_applicable",
                "cannot stand beside 'condition': give one of the two",
            );
            return None;
        }
        (Some(node), None) => {
            vec![faults.within("condition", |faults| ListingCondition::from_input(node, faults))?]
        }
        (None, Some(Node::List(nodes))) if (1..=limits::LISTING_CONDITIONS).contains(&nodes.len()) => faults
            .within("conditions", |faults| {
                let read = |(index, node)| {
                    faults.within_index(index, |faults| ListingCondition::from_input(node, faults))
                };
                nodes.iter().enumerate().map(read).collect::<Vec<_>>().into_iter().collect::<Option<Vec<_>>>()
            })?,
        (None, Some(_)) => {
            let message = format!("must be a list of 1 to {} conditions", limits::LISTING_CONDITIONS);
            faults.add("conditions", "type", message);
            return None;
        }
        (None, None) => return None,
    };
    let mut kept: Vec<ListingCondition> = Vec::with_capacity(conditions.len());
    for condition in conditions {
        if kept.iter().any(|known| known.event() == condition.event()) {
            faults.add("conditions", "duplicate", "may name each type once");
            return None;
        }
        kept.push(condition);
    }
    Some(kept)
}

fn read_words(
    fields: &mut Fields<'_>,
    faults: &mut Faults,
    name: &str,
    was: Option<&Vec<String>>,
) -> Option<Vec<String>> {
    if !fields.has(name) {
        return Some(was.cloned().unwrap_or_default());
    }
    alert::read_list(fields, faults, name, limits::TITLE_WORDS, alert::read_tag)
}

pub(super) fn read_repeat(
    kind: Option<&str>,
    fields: &mut Fields<'_>,
    faults: &mut Faults,
) -> Option<Repeat> {
    let node = fields.given("repeat")?;
    if kind.is_some_and(|kind| kind != "search") {
        faults.add(
            "repeat",
            "not_applicable",
            "applies to kind 'search' only; the others go by their schedule",
        );
        return None;
    }
    faults.within("repeat", |faults| Repeat::from_input(node, faults))
}
