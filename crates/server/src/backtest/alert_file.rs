//! Alerts as JSON lines: the shape of the API with an optional `id`, kept as given, and an optional
//! `armed_at`.

use std::collections::HashSet;

use bellwether_model::{AlertSpec, Faults, Node, Timestamp};

use super::fault::Place;
use super::lines::Source;
use crate::json;

/// Longer than any alert within its limits.
const LINE_BYTES: usize = 1024 * 1024;

/// One alert of the file.
#[derive(Debug)]
pub(super) struct Wish {
    /// What is printed as its `alert_id`: JSON.
    pub(super) id: Box<str>,
    pub(super) spec: AlertSpec,
    /// Absent where it is armed before the first tick.
    pub(super) armed_at: Option<Timestamp>,
    pub(super) place: Place,
}

/// Every alert of a file, in its order. Empty lines count as lines and are passed over.
///
/// # Errors
/// The first line that is no alert, and the second one with the same `id`.
pub(super) fn read(source: &Source) -> anyhow::Result<Vec<Wish>> {
    let mut lines = source.lines(LINE_BYTES)?;
    let mut wishes = Vec::new();
    let mut given = HashSet::new();
    while let Some(line) = lines.read()? {
        if line.trim_ascii().is_empty() {
            continue;
        }
        let node = json::read_node(line).map_err(|error| lines.fault(error))?;
        let (id, spec, armed_at) = read_wish(&node).map_err(|what| lines.fault(what))?;
        if let Some(id) = &id
            && !given.insert(id.clone())
        {
            return Err(lines.fault(format_args!("id {id} is given twice")).into());
        }
        let place = lines.place().clone();
        let line_number = || (place.line - 1).to_string().into();
        wishes.push(Wish { id: id.unwrap_or_else(line_number), spec, armed_at, place });
    }
    Ok(wishes)
}

type Parts = (Option<Box<str>>, AlertSpec, Option<Timestamp>);

fn read_wish(node: &Node) -> Result<Parts, String> {
    let mut faults = Faults::new();
    let parts = faults.object(node).and_then(|mut fields| {
        let id = fields.given("id").and_then(|id| read_id(id, &mut faults));
        let armed_at = fields.parsed(&mut faults, "armed_at");
        let spec = AlertSpec::from_fields(&mut fields, &mut faults);
        fields.finish(&mut faults);
        Some((id, spec?, armed_at))
    });
    faults.finish(parts).map_err(|faults| {
        let all: Vec<String> = faults.iter().map(ToString::to_string).collect();
        all.join("; ")
    })
}

/// The id as JSON. Two that are written differently are different ids.
fn read_id(node: &Node, faults: &mut Faults) -> Option<Box<str>> {
    match node {
        Node::Number(number) => Some(number.as_str().into()),
        Node::Text(text) => serde_json::to_string(text).ok().map(Into::into),
        Node::Null | Node::Bool(_) | Node::List(_) | Node::Object(_) => {
            faults.add("id", "type", "must be a string or a number");
            None
        }
    }
}
