//! The pictures of the listings: drawings of a box with the model's first words, a few hundred bytes each.

use std::fmt::Write as _;

use super::item::Item;
use super::wares::WARES;

/// The picture of an item.
pub(super) fn svg(item: &Item) -> String {
    let leaf = item.categories.first().map_or("", |(id, _)| id);
    let colour = WARES.iter().find(|ware| ware.leaf.0 == leaf).map_or("#5c677d", |ware| ware.colour);
    let mut words = String::new();
    for (row, word) in item.title.split_whitespace().take(3).enumerate() {
        let word: String = word.chars().filter(|letter| !letter.is_control()).take(14).collect();
        let _ = write!(words, r#"<text x="150" y="{}">{}</text>"#, 130 + row * 40, escaped(&word));
    }
    let tilt = item.rank % 25;
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 300" width="300" height="300"><rect width="300" height="300" fill="#f2efe9"/><rect x="45" y="45" width="210" height="210" rx="18" fill="{colour}" transform="rotate({} 150 150)"/><g font-family="sans-serif" font-size="30" font-weight="bold" text-anchor="middle" fill="#fff">{words}</g></svg>"##,
        i64::try_from(tilt).unwrap_or(0) - 12
    )
}

/// Text as it stands between tags.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(letter),
        }
    }
    escaped
}
