//! Which titles an alert is about: those with one of some words, and none of others.
//!
//! Words are whole words, without regard to case: `case` is not in `suitcase`. What is not a letter or a digit
//! parts words, so `for parts` is found in `FOR-PARTS!`. In scripts that set no spaces each sign is a word.

/// The words that a title must, or must not, have.
#[derive(Debug, Clone, Default)]
pub struct TitleFilter {
    include: Vec<Vec<String>>,
    exclude: Vec<Vec<String>>,
}

impl TitleFilter {
    /// Titles with one of `include`, where there is any, and none of `exclude`.
    #[must_use]
    pub fn new(include: &[String], exclude: &[String]) -> Self {
        let read = |phrases: &[String]| phrases.iter().map(|phrase| words(phrase)).collect();
        Self { include: read(include), exclude: read(exclude) }
    }

    /// Whether a title passes.
    #[must_use]
    pub fn passes(&self, title: &str) -> bool {
        if self.include.is_empty() && self.exclude.is_empty() {
            return true;
        }
        let title = words(title);
        let has = |phrase: &Vec<String>| {
            !phrase.is_empty() && title.windows(phrase.len()).any(|part| part == phrase.as_slice())
        };
        (self.include.is_empty() || self.include.iter().any(has)) && !self.exclude.iter().any(has)
    }
}

/// The words of a text, in a form in which equal ones are equal.
pub(super) fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    for sign in text.chars() {
        let alone = stands_alone(sign);
        if (alone || !belongs(sign)) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if alone {
            words.push(sign.to_string());
        } else if belongs(sign) {
            // There and back, so that signs with several forms of one case, such as ß and SS, are equal.
            word.extend(sign.to_uppercase().flat_map(char::to_lowercase));
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// Letters, digits and the marks that are set over letters.
fn belongs(sign: char) -> bool {
    sign.is_alphanumeric() || matches!(sign, '\u{300}'..='\u{36f}')
}

/// Signs of scripts that set no spaces between words: Thai, Lao, Burmese, Khmer, Japanese and Chinese.
fn stands_alone(sign: char) -> bool {
    sign.is_alphanumeric()
        && matches!(sign,
            '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
            | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
            | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(include: &[&str], exclude: &[&str], title: &str, expected: bool) {
        let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let filter = TitleFilter::new(&owned(include), &owned(exclude));
        assert_eq!(filter.passes(title), expected, "{include:?} but not {exclude:?}: {title}");
    }

    #[test]
    fn words_are_whole_and_without_case() {
        check(&[], &[], "anything", true);
        check(&["M6"], &[], "Leica m6, body only", true);
        check(&["M6"], &[], "Leica M6J", false);
        check(&["case"], &[], "Suitcase", false);
        check(&[], &["case"], "Suitcase", true);
        check(&[], &["broken"], "Leica M6 (BROKEN)", false);
        check(&["m6", "m7"], &["ttl"], "Leica M7", true);
        check(&["m6", "m7"], &["ttl"], "Leica M6 TTL", false);
        check(&["m6"], &[], "", false);
    }

    #[test]
    fn several_words_stand_side_by_side() {
        check(&[], &["for parts"], "Leica M6 FOR-PARTS!", false);
        check(&[], &["for parts"], "parts for Leica M6", true);
        check(&["m6 ttl"], &[], "m6", false);
    }

    #[test]
    fn letters_of_all_scripts_are_letters() {
        check(&["straße"], &[], "STRASSE 7", true);
        check(&["ÉCLAIR"], &[], "un éclair", true);
        check(&["лейка"], &[], "Камера ЛЕЙКА", true);
        check(&["カメラ"], &[], "ライカM6カメラ美品", true);
        check(&["m6"], &[], "ライカM6カメラ美品", true);
        check(&["ΟΔΟΣ"], &[], "οδος", true);
    }

    #[test]
    fn words_without_a_letter_are_in_no_title() {
        check(&["!!!"], &[], "wow!!!", false);
        check(&[], &["!!!"], "wow!!!", true);
    }
}
