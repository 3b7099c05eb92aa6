//! Reads the parameters of a search.

use super::error::Complaint;
use super::filter::Filter;
use super::item::Item;
use super::site::Site;

/// Items that can be reached in one result at most.
const REACH: i64 = 10_000;

/// What a search asks for.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    words: Words,
    category: Option<String>,
    /// Given by number of product or barcode: nothing here has one.
    is_by_product: bool,
    filter: Filter,
    pub(super) sort: Sort,
    pub(super) limit: usize,
    pub(super) offset: usize,
    /// What could not be followed.
    pub(super) warnings: Vec<Complaint>,
}

/// The order of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    BestMatch,
    Price,
    PriceDown,
    NewlyListed,
    EndingSoonest,
}

impl Wanted {
    /// Reads decoded parameters.
    pub(super) fn read(parameters: &[(String, String)]) -> Result<Self, Complaint> {
        let value = |name: &str| {
            let found = parameters.iter().find(|(own, _)| own == name).map(|(_, value)| value.trim());
            found.filter(|value| !value.is_empty())
        };
        let (text, category) = (value("q"), value("category_ids"));
        let is_by_product = value("gtin").or(value("epid")).is_some();
        if text.is_none() && category.is_none() && !is_by_product {
            let message = "The call must have a 'q', 'category_ids', 'epid', or 'gtin' query parameter.";
            return Err(Complaint::request(12_001, message));
        }
        let (filter, mut warnings) = Filter::read(value("filter").unwrap_or_default());
        let sort = match value("sort") {
            None | Some("bestMatch") => Sort::BestMatch,
            Some("price") => Sort::Price,
            Some("-price") => Sort::PriceDown,
            Some("newlyListed") => Sort::NewlyListed,
            Some("endingSoonest") => Sort::EndingSoonest,
            Some(other) => {
                let message = "The 'sort' value is not valid. The default was used.";
                warnings.push(Complaint::request(12_008, message).with("sort", other));
                Sort::BestMatch
            }
        };
        let limit = number(value("limit"), 50, 12_007, "limit")?;
        if !(1..=200).contains(&limit) {
            let message = "The 'limit' value should be between 1 and 200.";
            return Err(Complaint::request(12_006, message).with("limit", &limit.to_string()));
        }
        let offset = number(value("offset"), 0, 12_005, "offset")?;
        if offset < 0 {
            let message = "The 'offset' value must not be negative.";
            return Err(Complaint::request(12_004, message).with("offset", &offset.to_string()));
        }
        if offset >= REACH || offset + limit > REACH {
            let message = "Only the first 10,000 items of a result can be had.";
            return Err(Complaint::request(12_029, message).with("offset", &offset.to_string()));
        }
        Ok(Self {
            words: Words::read(text.unwrap_or_default()),
            category: category.map(str::to_owned),
            is_by_product,
            filter,
            sort,
            limit: usize::try_from(limit).unwrap_or(50),
            offset: usize::try_from(offset).unwrap_or(0),
            warnings,
        })
    }

    /// Whether an item belongs to the result.
    pub(super) fn admits(&self, item: &Item, site: Site, now_us: i64) -> bool {
        !self.is_by_product
            && item.site == site
            && item.is_found(now_us)
            && self.category.as_ref().is_none_or(|id| item.categories.iter().any(|(own, _)| own == id))
            && self.filter.admits(item, site)
            && self.words.are_in(&item.title)
    }
}

fn number(value: Option<&str>, otherwise: i64, error: u32, name: &'static str) -> Result<i64, Complaint> {
    let Some(value) = value else { return Ok(otherwise) };
    let wrong = |_| {
        let message = format!("The '{name}' value is not an integer.");
        Complaint::request(error, &message).with(name, value)
    };
    value.parse::<i32>().map(i64::from).map_err(wrong)
}

/// Words that a title must have: all of them, and of each group in parentheses one alternative.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Words(Vec<Vec<Vec<String>>>);

impl Words {
    fn read(text: &str) -> Self {
        let mut needed = Vec::new();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once('(') {
            needed.extend(folded(before).into_iter().map(|word| vec![vec![word]]));
            let (group, after) = behind.split_once(')').unwrap_or((behind, ""));
            let alternatives: Vec<_> = group.split(',').map(folded).filter(|one| !one.is_empty()).collect();
            if !alternatives.is_empty() {
                needed.push(alternatives);
            }
            rest = after;
        }
        needed.extend(folded(rest).into_iter().map(|word| vec![vec![word]]));
        Self(needed)
    }

    fn are_in(&self, title: &str) -> bool {
        if self.0.is_empty() {
            return true;
        }
        let title = folded(title);
        let has = |words: &Vec<String>| words.iter().all(|word| title.contains(word));
        self.0.iter().all(|alternatives| alternatives.iter().any(has))
    }
}

/// The words of a text in small letters, without punctuation around them.
fn folded(text: &str) -> Vec<String> {
    let word = |part: &str| {
        let part = part.trim_matches(|letter: char| !letter.is_alphanumeric());
        (!part.is_empty()).then(|| part.to_lowercase())
    };
    text.split(|letter: char| letter.is_whitespace() || letter == ',').filter_map(word).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_words_and_one_of_each_group_must_be_there() {
        let check = |query: &str, title: &str, expected: bool| {
            assert_eq!(Words::read(query).are_in(title), expected, "{query:?} in {title:?}");
        };
        check("leica M6", "LEICA M6 Rangefinder - Great", true);
        check("m6 leica", "LEICA M6 Rangefinder", true);
        check("leica m6", "Leica M60 Rangefinder", false);
        check("leica", "", false);
        check("", "anything", true);
        check("(m3, m6)", "Leica M6", true);
        check("leica (m3, m6) body", "Leica M6 Body", true);
        check("leica (m3, m6) body", "Leica M4 Body", false);
        check("(gravel bike, road bike) 56", "Giant Road Bike 56", true);
        check("(gravel bike, road bike) 56", "Giant Gravel Fork 56", false);
        check("50mm f/1.8", "Canon EF 50mm f/1.8 STM", true);
        check("GRÖSSE", "Fahrrad größe grösse", true);
        check("((", "x", true);
        check("king's", "LEGO 6080 King's Castle", true);
    }

    #[test]
    fn wrong_parameters_are_refused_by_number() {
        let check = |query: &[(&str, &str)], expected: Option<u64>| {
            let own: Vec<_> =
                query.iter().map(|(name, value)| (String::from(*name), String::from(*value))).collect();
            let refusal =
                Wanted::read(&own).err().map(|complaint| complaint.told()["errorId"].as_u64().unwrap());
            assert_eq!(refusal, expected, "{query:?}");
        };
        check(&[], Some(12_001));
        check(&[("q", "  ")], Some(12_001));
        check(&[("category_ids", "177831")], None);
        check(&[("q", "a"), ("offset", "-1")], Some(12_004));
        check(&[("q", "a"), ("offset", "x")], Some(12_005));
        check(&[("q", "a"), ("limit", "0")], Some(12_006));
        check(&[("q", "a"), ("limit", "201")], Some(12_006));
        check(&[("q", "a"), ("limit", "1.5")], Some(12_007));
        check(&[("q", "a"), ("offset", "10000")], Some(12_029));
        check(&[("q", "a"), ("offset", "9900"), ("limit", "200")], Some(12_029));
        check(&[("q", "a"), ("offset", "9800"), ("limit", "200")], None);
    }
}
