//! The alerts of a file: JSON lines, each as the API takes it. Everything that is wrong is told together.

use std::path::Path;

use anyhow::{Context as _, bail};
use bellwether_model::Spec;

use crate::http::canonical;
use crate::json::read_node;

/// Every alert of a file, in its order.
///
/// # Errors
/// Everything that is wrong with it, by its line.
pub(super) fn read(path: &Path) -> anyhow::Result<Vec<Spec>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let (mut alerts, mut faults) = (Vec::new(), Vec::new());
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    for (index, line) in lines {
        match read_line(line) {
            Ok(alert) => alerts.push(alert),
            Err(found) => {
                faults.extend(found.into_iter().map(|fault| format!("line {}: {fault}", index + 1)));
            }
        }
    }
    if !faults.is_empty() {
        bail!("{} holds what is no alert:\n  {}", path.display(), faults.join("\n  "));
    }
    Ok(alerts)
}

fn read_line(line: &str) -> Result<Spec, Vec<String>> {
    let node = read_node(line.as_bytes()).map_err(|error| vec![error.to_string()])?;
    let mut spec = Spec::from_input(&node)
        .map_err(|faults| faults.iter().map(ToString::to_string).collect::<Vec<_>>())?;
    // As the service spells it, or the same alert would look like another one.
    if let Spec::Price(spec) = &mut spec
        && let Some(spelled) = canonical(&spec.instrument)
    {
        spec.instrument = spelled;
    }
    Ok(spec)
}
