//! Which searches a listing belongs to, found from the listing: for items of which a marketplace tells by itself.
//!
//! A search stands under one of its words, the one under which the fewest stood when it came. A listing looks
//! under the words of its title, and what stands there is checked in full. So it costs what its words are shared
//! by, not what is watched.
//!
//! This claims too little rather than too much: a listing must have every word of the query in its title. A
//! search in a category, which a listing does not tell, or with signs that mean something to the marketplace, is
//! found by asking the marketplace alone.

use std::collections::HashMap;
use std::hash::Hash;

use bellwether_model::product::{ItemCondition, Offer, Search};

use super::offers::within;
use super::title::words;

/// The watched searches, by their words. `K` names a search.
#[derive(Debug, Clone)]
pub struct SearchIndex<K> {
    by_word: HashMap<String, Vec<Watched<K>>>,
    /// Under which word each stands.
    word_of: HashMap<K, String>,
}

#[derive(Debug, Clone)]
struct Watched<K> {
    key: K,
    search: Search,
    words: Vec<String>,
}

impl<K> Default for SearchIndex<K> {
    fn default() -> Self {
        Self { by_word: HashMap::new(), word_of: HashMap::new() }
    }
}

impl<K: Copy + Ord + Hash> SearchIndex<K> {
    /// Watches a search, in the place of what this key named before. False where no listing can be told to
    /// belong to it, and it is not watched.
    pub fn insert(&mut self, key: K, search: &Search) -> bool {
        self.remove(key);
        let mut words = words(&search.query);
        words.sort_unstable();
        words.dedup();
        if !is_plain(search) {
            return false;
        }
        let stand = |word: &String| self.by_word.get(word).map_or(0, Vec::len);
        let Some(word) = words.iter().min_by_key(|word| stand(word)).cloned() else { return false };
        let watched = Watched { key, search: search.clone(), words };
        self.by_word.entry(word.clone()).or_default().push(watched);
        self.word_of.insert(key, word);
        true
    }

    /// Watches it no longer; says whether it was.
    pub fn remove(&mut self, key: K) -> bool {
        let Some(word) = self.word_of.remove(&key) else { return false };
        if let Some(watched) = self.by_word.get_mut(&word) {
            watched.retain(|watched| watched.key != key);
            if watched.is_empty() {
                self.by_word.remove(&word);
            }
        }
        true
    }

    /// How many are watched.
    #[must_use]
    pub fn len(&self) -> usize {
        self.word_of.len()
    }

    /// Whether none is watched.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.word_of.is_empty()
    }

    /// The searches that a listing belongs to, in order.
    #[must_use]
    pub fn matching(&self, offer: &Offer) -> Vec<K> {
        let mut title = words(&offer.card.title);
        title.sort_unstable();
        title.dedup();
        let under = title.iter().filter_map(|word| self.by_word.get(word)).flatten();
        let mut keys: Vec<K> =
            under.filter(|watched| watched.has(offer, &title)).map(|watched| watched.key).collect();
        keys.sort_unstable();
        keys
    }
}

impl<K> Watched<K> {
    fn has(&self, offer: &Offer, title: &[String]) -> bool {
        offer.site == self.search.site
            && self.words.iter().all(|word| title.binary_search(word).is_ok())
            && within(offer, &self.search)
            && self.search.condition.is_none_or(|wanted| condition(offer) == Some(wanted))
    }
}

/// Whether a query means its words and nothing else. Quotes, brackets, commas, asterisks and a leading minus
/// have meanings of their own.
fn is_plain(search: &Search) -> bool {
    let has_sign = search.query.contains(['"', '(', ')', ',', '*']);
    let leaves_out = search.query.split_whitespace().any(|word| word.starts_with('-'));
    search.category.is_none() && !has_sign && !leaves_out
}

/// In which condition a listing is, after the words that the sites have for new; nothing where none is told.
fn condition(offer: &Offer) -> Option<ItemCondition> {
    const NEW: [&str; 6] = ["new", "brand", "neu", "neuf", "nuovo", "nuevo"];
    let told = words(offer.card.condition.as_deref()?);
    let is_new = NEW.contains(&told.first()?.as_str());
    Some(if is_new { ItemCondition::New } else { ItemCondition::Used })
}
