//! Answers made by hand after eBay's description: whole, odd, damaged.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::damage::damaged;

const US: Site = Site::EbayUs;

fn whole() -> Value {
    json!({
        "itemId": "v1|204511|0",
        "legacyItemId": "204511",
        "title": "50mm f/1.8 lens",
        "price": {"value": "84.90", "currency": "USD"},
        "buyingOptions": ["FIXED_PRICE", "BEST_OFFER"],
        "condition": "Used",
        "conditionId": "3000",
        "seller": {"username": "lens_barn", "feedbackPercentage": "99.4", "feedbackScore": 812},
        "image": {"imageUrl": "https://i.ebayimg.com/thumbs/images/g/X/s-l225.jpg"},
        "thumbnailImages": [{"imageUrl": "https://i.ebayimg.com/images/g/X/s-l1200.jpg"}],
        "shippingOptions": [
            {"shippingCostType": "FIXED", "shippingCost": {"value": "16.10", "currency": "USD"}},
            {"shippingCostType": "CALCULATED"},
            {"shippingCostType": "FIXED", "shippingCost": {"value": "6.10", "currency": "USD"}},
        ],
        "itemWebUrl": "https://www.ebay.com/itm/204511?hash=item:g:X&amdata=enc",
        "itemCreationDate": "2026-11-02T10:00:00.000Z",
        "itemOriginDate": "2026-10-02T10:00:00.000Z",
        "itemEndDate": "2026-12-02T10:00:00.000Z",
    })
}

fn listed(items: &[Value]) -> Vec<u8> {
    json!({"href": "x", "total": items.len(), "limit": 50, "offset": 0, "itemSummaries": items})
        .to_string()
        .into()
}

/// One item's reading, with a field changed, or taken out where it is null.
fn with(field: &str, value: Value) -> Result<Offer, Flaw> {
    let mut item = whole();
    let _ = if value.is_null() {
        item.as_object_mut().unwrap().remove(field)
    } else {
        item.as_object_mut().unwrap().insert(field.to_owned(), value)
    };
    page(US, &listed(&[item])).unwrap().items.remove(0)
}

#[test]
fn an_item_is_read_to_the_cent() {
    let offer = with("", json!(1)).unwrap();
    assert_eq!(offer.card.id.as_str(), "v1|204511|0");
    assert_eq!(offer.card.title, "50mm f/1.8 lens");
    assert_eq!(offer.card.url.as_deref(), Some("https://www.ebay.com/itm/204511"));
    assert_eq!(offer.card.image.as_deref(), Some("https://i.ebayimg.com/thumbs/images/g/X/s-l225.jpg"));
    assert_eq!(offer.card.condition.as_deref(), Some("Used"));
    assert_eq!(offer.price.unwrap().to_string(), "84.9 USD");
    assert_eq!(offer.shipping.unwrap().to_string(), "6.1 USD");
    assert_eq!(offer.availability, Availability::Available);
    assert_eq!(offer.listed_at.unwrap().to_string(), "2026-11-02T10:00:00Z");
    assert_eq!(offer.ends_at.unwrap().to_string(), "2026-12-02T10:00:00Z");
}

#[test]
fn lesser_parts_that_are_odd_are_left_out_and_the_item_stays() {
    assert_eq!(with("price", Value::Null).unwrap().price, None);
    let yen = with("price", json!({"value": "8490", "currency": "JPY"})).unwrap().price.unwrap();
    assert_eq!((yen.to_string().as_str(), yen.of(Currency::USD)), ("8490 JPY", None));
    let converted = json!({"value": "84.90", "currency": "USD", "convertedFromValue": "1", "convertedFromCurrency": "EUR"});
    assert_eq!(with("price", converted).unwrap().price.unwrap().to_string(), "84.9 USD");
    for odd in [
        json!([]),
        json!(7),
        json!({"shippingCost": 1}),
        json!([{"shippingCost": {"value": "1", "currency": "EUR"}}]),
    ] {
        assert_eq!(with("shippingOptions", odd).unwrap().shipping, None);
    }
    let free = json!([{"shippingCost": {"value": "0.00", "currency": "USD"}}, {"shippingCost": {"value": "5", "currency": "USD"}}]);
    assert_eq!(with("shippingOptions", free).unwrap().shipping, None);
    assert_eq!(with("itemWebUrl", json!("javascript:alert(1)")).unwrap().card.url, None);
    assert_eq!(with("itemWebUrl", json!({})).unwrap().card.url, None);
    let small = with("image", json!("nothing")).unwrap().card.image;
    assert_eq!(small.as_deref(), Some("https://i.ebayimg.com/images/g/X/s-l1200.jpg"));
    assert_eq!(with("condition", json!(3_000)).unwrap().card.condition, None);
    assert_eq!(with("condition", json!("\u{7}")).unwrap().card.condition, None);
    let undated = with("itemCreationDate", json!("yesterday")).unwrap().listed_at;
    assert_eq!(undated.unwrap().to_string(), "2026-10-02T10:00:00Z");
    assert_eq!(with("itemEndDate", json!(0)).unwrap().ends_at, None);
    let title = with("title", json!("<b>\u{0}Leica\u{202e} M6</b>\r\n")).unwrap().card.title;
    assert_eq!(title, "<b> Leica M6</b>");
    assert_eq!(with("title", json!("x".repeat(300_000))).unwrap().card.title.len(), limits::TITLE_CHARS);
}

#[test]
fn an_item_that_is_none_harms_no_other() {
    for (field, value) in [
        ("itemId", Value::Null),
        ("itemId", json!(204_511)),
        ("itemId", json!("")),
        ("itemId", json!("v1|1 |0")),
        ("title", Value::Null),
        ("title", json!(7)),
        ("title", json!(" \u{200b}\u{0} ")),
        ("price", json!({"value": 84.9, "currency": "USD"})),
        ("price", json!({"value": "free", "currency": "USD"})),
        ("price", json!({"value": "0.00", "currency": "USD"})),
        ("price", json!({"value": "-5", "currency": "USD"})),
        ("price", json!({"value": "1e3", "currency": "USD"})),
        ("price", json!({"value": "5"})),
        ("price", json!({"value": "5", "currency": "dollars"})),
        ("price", json!("5 USD")),
    ] {
        assert_eq!(with(field, value.clone()), Err(Flaw::Malformed), "{field} {value}");
    }
    let items = [whole(), json!(null), json!(7), json!([]), json!({}), json!("x"), whole()];
    let read = page(US, &listed(&items)).unwrap().items;
    let good = read.iter().filter(|item| item.is_ok()).count();
    assert_eq!((read.len(), good), (7, 2));
}

#[test]
fn an_answer_says_how_many_there_are_and_what_was_ignored() {
    let body = json!({
        "total": 41, "next": "https://x", "prev": null,
        "warnings": [{"errorId": 12_002, "message": "ignored", "category": "REQUEST"}],
    });
    let read = page(US, body.to_string().as_bytes()).unwrap();
    assert_eq!((read.total, read.has_next, read.items.len()), (41, true, 0));
    assert_eq!(read.warnings, ["ignored"]);
    let odd = json!({"total": 0, "next": null, "itemSummaries": null, "warnings": {}});
    let read = page(US, odd.to_string().as_bytes()).unwrap();
    assert_eq!((read.has_next, read.items.len(), read.warnings.len()), (false, 0, 0));
}

#[test]
fn what_is_no_answer_is_told() {
    let check = |body: &[u8]| assert!(page(US, body).is_err(), "{}", String::from_utf8_lossy(body));
    check(b"");
    check(b"<html>");
    check(b"{}");
    check(b"[]");
    check(br#"{"total":"many"}"#);
    check(br#"{"total":1,"itemSummaries":{}}"#);
    check(br#"{"total":2,"itemSummaries":[{"itemId":"v1|1|0","#);
    check("[".repeat(100_000).as_bytes());
    check(&[0xFF, 0xFE, 0x00]);
    check(format!("{{\"total\":1,\"itemSummaries\":{}", "[".repeat(100_000)).as_bytes());
}

#[test]
fn a_single_item_says_whether_it_can_be_bought() {
    let now: Timestamp = "2026-11-21T10:00:00Z".parse().unwrap();
    let check = |field: &str, value: Value, expected: Availability| {
        let mut one = whole();
        one[field] = value;
        assert_eq!(item(US, one.to_string().as_bytes(), now).unwrap().availability, expected, "{one}");
    };
    let stock =
        |status: &str| json!([{"estimatedAvailabilityStatus": status, "estimatedAvailableQuantity": 1}]);
    check("x", json!(1), Availability::Available);
    check("estimatedAvailabilities", stock("IN_STOCK"), Availability::Available);
    check("estimatedAvailabilities", stock("LIMITED_STOCK"), Availability::Available);
    check("estimatedAvailabilities", stock("OUT_OF_STOCK"), Availability::OutOfStock);
    check("estimatedAvailabilities", json!([]), Availability::Available);
    check("estimatedAvailabilities", json!("none"), Availability::Available);
    check("itemEndDate", json!("2026-11-21T10:00:00.000Z"), Availability::Ended);
    check("itemEndDate", json!("2026-11-21T10:00:00.001Z"), Availability::Available);
    for bad in ["", "{}", "[]", "null", r#"{"itemId":"v1|1|0"}"#] {
        assert!(item(US, bad.as_bytes(), now).is_err(), "{bad}");
    }
}

#[test]
fn the_least_of_what_is_left_counts() {
    let rate = |remaining: u64| json!({"limit": 5_000, "remaining": remaining, "reset": "2026-11-22T08:00:00.000Z", "timeWindow": 86_400});
    let body = json!({"rateLimits": [{"apiContext": "buy", "apiName": "browse", "resources": [
        {"name": "buy.browse.item.bulk", "rates": [rate(1)]},
        {"name": "buy.browse", "rates": [rate(400), rate(40)]},
        {"name": "buy.other"},
    ]}]});
    let read = allowance(body.to_string().as_bytes()).unwrap();
    assert_eq!((read.limit, read.remaining), (5_000, 40));
    assert_eq!(read.resets_at.unwrap().to_string(), "2026-11-22T08:00:00Z");
    for bad in ["{}", r#"{"rateLimits":[]}"#, r#"{"rateLimits":[{"resources":[{"name":"buy.browse"}]}]}"#] {
        assert!(allowance(bad.as_bytes()).is_err(), "{bad}");
    }
}

proptest! {
    /// Whatever happens to an answer on its way, what is read of it is fit to be kept.
    #[test]
    fn damaged_answers_are_survived(bytes in damaged(Just(String::from_utf8(listed(&[whole(), whole()])).unwrap()))) {
        let Ok(page) = page(US, &bytes) else { return Ok(()) };
        for offer in page.items.into_iter().flatten() {
            prop_assert!(!offer.card.title.is_empty() && !offer.card.title.chars().any(char::is_control));
            if let Some(price) = offer.price {
                prop_assert_eq!(price.value.to_string().parse::<Price>(), Ok(price.value));
            }
        }
        let _ = item(US, &bytes, Timestamp::EPOCH);
        let _ = allowance(&bytes);
    }
}
