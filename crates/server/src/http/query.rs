//! The query of a list: filters and pages, checked as strictly as a body.
//!
//! Every parameter is asked for by name; one that nobody asked for, and a value that cannot be read, are
//! faults, all reported together.

use std::fmt;
use std::str::FromStr;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use bellwether_model::Price;
use bellwether_model::input::Faults;
use bellwether_store::page::{Page, Stretch};

use super::ApiState;
use super::error::ApiError;

/// Items on a page where the request does not say.
const PAGE_SIZE: u32 = 10;
/// Items that a page may have.
pub(super) const PAGE_SIZE_MAX: u32 = 100;
/// The last page that may be asked for.
pub(super) const PAGE_MAX: u32 = 1_000_000;
/// Values that a filter may have.
const VALUES_MAX: usize = 100;

/// The parameters of a request, each marked once somebody asked for it.
pub(super) struct Query {
    path: String,
    pairs: Vec<Pair>,
    faults: Faults,
}

struct Pair {
    name: String,
    value: String,
    asked: bool,
}

impl FromRequestParts<ApiState> for Query {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &ApiState) -> Result<Self, ApiError> {
        Ok(Self::of(parts.uri.path(), parts.uri.query().unwrap_or_default()))
    }
}

impl Query {
    fn of(path: &str, query: &str) -> Self {
        let pairs = form_urlencoded::parse(query.as_bytes());
        Self {
            path: path.to_owned(),
            pairs: pairs
                .map(|(name, value)| Pair {
                    name: name.into_owned(),
                    value: value.into_owned(),
                    asked: false,
                })
                .collect(),
            faults: Faults::new(),
        }
    }

    /// A filter with any number of values, given several times or set apart by commas.
    pub(super) fn many<T>(&mut self, name: &str) -> Vec<T>
    where
        T: FromStr + PartialEq,
        T::Err: fmt::Display,
    {
        self.many_up_to(name, VALUES_MAX)
    }

    /// A parameter with at most so many values.
    pub(super) fn many_up_to<T>(&mut self, name: &str, most: usize) -> Vec<T>
    where
        T: FromStr + PartialEq,
        T::Err: fmt::Display,
    {
        let mut values = Vec::new();
        for pair in self.pairs.iter_mut().filter(|pair| pair.name == name) {
            pair.asked = true;
            for text in pair.value.split(',') {
                match text.trim().parse() {
                    Ok(value) if values.contains(&value) => {}
                    Ok(value) => values.push(value),
                    Err(error) => self.faults.add(name, "unknown_value", format!("{error}")),
                }
            }
        }
        if values.len() > most {
            self.faults.add(name, "too_long", format!("must have at most {most} values"));
        }
        values
    }

    /// A parameter with one value.
    pub(super) fn one<T>(&mut self, name: &str) -> Option<T>
    where
        T: FromStr,
        T::Err: fmt::Display,
    {
        let text = self.text(name)?;
        match text.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.faults.add(name, "unknown_value", format!("{error}"));
                None
            }
        }
    }

    /// A parameter with one value that must be there.
    pub(super) fn required<T>(&mut self, name: &str) -> Option<T>
    where
        T: FromStr,
        T::Err: fmt::Display,
    {
        if !self.pairs.iter().any(|pair| pair.name == name) {
            self.faults.add(name, "required", "is required");
        }
        self.one(name)
    }

    /// A price as people may write it, which must be given.
    pub(super) fn required_price(&mut self, name: &str) -> Option<Price> {
        let price: Price = self.required(name)?;
        price.written().map_err(|error| self.faults.add(name, "unknown_value", format!("{error}"))).ok()
    }

    /// A text to search for; an empty one is none.
    pub(super) fn search(&mut self, name: &str) -> Option<String> {
        let text = self.text(name)?.trim().to_owned();
        if text.chars().count() > bellwether_model::limits::NAME_CHARS {
            self.faults.add(name, "too_long", "is longer than anything that could be found");
            return None;
        }
        (!text.is_empty()).then_some(text)
    }

    /// The page that is asked for.
    pub(super) fn page(&mut self) -> Page {
        Page { number: self.whole("page", 1, PAGE_MAX), size: self.page_size() }
    }

    /// The stretch that is asked for.
    pub(super) fn stretch<I>(&mut self) -> Stretch<I>
    where
        I: FromStr,
        I::Err: fmt::Display,
    {
        Stretch { after: self.one("after"), limit: self.page_size() }
    }

    /// Notes a parameter as wrong.
    pub(super) fn refuse(&mut self, name: &str, message: &str) {
        self.faults.add(name, "invalid", message);
    }

    /// The parameters were all asked for and all good; or every fault. What comes back makes the
    /// address of the next page.
    pub(super) fn finish(mut self) -> Result<Asked, ApiError> {
        for pair in self.pairs.iter().filter(|pair| !pair.asked) {
            self.faults.add(&pair.name, "unknown_parameter", "is not a parameter that is known here");
        }
        self.faults.finish(Some(())).map_err(ApiError::Input)?;
        Ok(Asked { path: self.path, pairs: self.pairs })
    }

    /// How many items are asked for.
    pub(super) fn limit(&mut self, default: u32, most: u32) -> u32 {
        self.whole("limit", default, most)
    }

    fn page_size(&mut self) -> u32 {
        self.whole("page_size", PAGE_SIZE, PAGE_SIZE_MAX)
    }

    fn whole(&mut self, name: &str, default: u32, most: u32) -> u32 {
        let Some(text) = self.text(name) else { return default };
        match text.parse() {
            Ok(number) if (1..=most).contains(&number) => number,
            _ => {
                self.faults.add(name, "range", format!("must be a whole number from 1 to {most}"));
                default
            }
        }
    }

    fn text(&mut self, name: &str) -> Option<String> {
        let mut found = self.pairs.iter_mut().filter(|pair| pair.name == name);
        let first = found.next()?;
        first.asked = true;
        let text = first.value.clone();
        for second in found {
            second.asked = true;
            self.faults.add(name, "duplicate", "is given twice");
        }
        Some(text)
    }
}

/// What was asked for, to ask for what comes after it.
pub(super) struct Asked {
    path: String,
    pairs: Vec<Pair>,
}

impl Asked {
    /// The same address with a parameter set, relative to the server's root.
    pub(super) fn with(&self, name: &str, value: &str) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for pair in self.pairs.iter().filter(|pair| pair.name != name) {
            query.append_pair(&pair.name, &pair.value);
        }
        query.append_pair(name, value);
        format!("{}?{}", self.path, query.finish())
    }

    /// The address of the page after this one, if there is one.
    pub(super) fn next_page(&self, page: Page, total: u64) -> Option<String> {
        let seen = u64::from(page.number) * u64::from(page.size);
        (seen < total).then(|| self.with("page", &(page.number + 1).to_string()))
    }

    /// The address of the page before this one, if there is one.
    pub(super) fn previous_page(&self, page: Page) -> Option<String> {
        (page.number > 1).then(|| self.with("page", &(page.number - 1).to_string()))
    }
}

#[cfg(test)]
mod tests {
    use bellwether_model::Status;

    use super::*;

    #[test]
    fn filters_take_several_values_either_way() {
        let mut query = Query::of("/x", "status=active,paused&status=expired&status=active");
        let statuses = query.many::<Status>("status");
        assert_eq!(statuses, [Status::Active, Status::Paused, Status::Expired]);
        assert!(query.finish().is_ok());
    }

    #[test]
    fn everything_that_is_wrong_is_told_together() {
        let mut query = Query::of("/x", "status=bogus&page=0&page_size=101&colour=red&q=a&q=b");
        query.many::<Status>("status");
        query.page();
        query.search("q");
        let Err(ApiError::Input(faults)) = query.finish() else { panic!("it was accepted") };
        let named: Vec<_> = faults.iter().map(|fault| (fault.field.as_str(), fault.code)).collect();
        let expected = [
            ("status", "unknown_value"),
            ("page", "range"),
            ("page_size", "range"),
            ("q", "duplicate"),
            ("colour", "unknown_parameter"),
        ];
        assert_eq!(named, expected);
    }

    #[test]
    fn the_next_page_keeps_the_filters() {
        let mut query = Query::of("/api/alerts", "q=a%26b&page=2&page_size=5");
        query.search("q");
        let page = query.page();
        let asked = query.finish().ok().unwrap();
        assert_eq!(asked.next_page(page, 11).as_deref(), Some("/api/alerts?q=a%26b&page_size=5&page=3"));
        assert_eq!(asked.next_page(page, 10), None);
    }
}
