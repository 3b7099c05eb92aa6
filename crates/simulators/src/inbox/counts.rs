//! How many mails came, by Message-ID and by recipient: what tells a lost mail and a double one.

use std::collections::HashMap;

use serde::Serialize;

/// Different Message-IDs, and different recipients, that are told apart. Others only add to the total.
const MOST: usize = 1_000_000;

/// The counts since the start or the last clearing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Mails that were accepted, whether they are kept or not.
    pub total: u64,
    /// By Message-ID, without angle brackets; mails without one are not in here.
    pub by_message_id: HashMap<String, u64>,
    /// By address in the envelope.
    pub by_recipient: HashMap<String, u64>,
}

impl Counts {
    pub(super) fn add(&mut self, message_id: Option<String>, recipients: &[String]) {
        self.total += 1;
        if let Some(id) = message_id {
            count(&mut self.by_message_id, &id);
        }
        for recipient in recipients {
            count(&mut self.by_recipient, recipient);
        }
    }

    /// Mails for recipients whose address contains `part`, once for each such recipient.
    pub(super) fn for_recipients(&self, part: &str) -> u64 {
        self.by_recipient.iter().filter(|(address, _)| address.contains(part)).map(|(_, count)| count).sum()
    }
}

fn count(counts: &mut HashMap<String, u64>, key: &str) {
    let room = counts.len() < MOST;
    match counts.get_mut(key) {
        Some(count) => *count += 1,
        None if room => drop(counts.insert(key.to_owned(), 1)),
        None => {}
    }
}
