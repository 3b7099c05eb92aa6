//! Bytes that were damaged on the way, for the tests of everything that reads payloads.

use proptest::prelude::*;
use proptest::sample::Index;

/// A text in which one to three bytes were changed, put in, or taken out.
pub(crate) fn damaged(text: impl Strategy<Value = String>) -> impl Strategy<Value = Vec<u8>> {
    let damage = prop::collection::vec((any::<Index>(), any::<u8>(), 0u8..4), 1..4);
    (text, damage).prop_map(|(text, damage)| {
        let mut bytes = text.into_bytes();
        for (place, byte, kind) in damage {
            let at = place.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                2 if bytes.len() > 1 => drop(bytes.remove(at)),
                _ => bytes[at] = b"\"0{},:\\"[usize::from(byte) % 7],
            }
        }
        bytes
    })
}
