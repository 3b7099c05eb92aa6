//! What is found: offers, pages, hostile items, single items, recorded ones.

use std::collections::BTreeMap;
use std::path::PathBuf;

use bellwether_feeds::ebay::{Ebay, EbayConfig};
use bellwether_feeds::{Flaw, Marketplace};
use bellwether_model::product::{Availability, Currency, ItemCondition, Search, Site};
use bellwether_simulators::ebay::{self, Catalogue, Config, ItemInput, Oddity};

use crate::rig::{Rig, now_us, prices, search, simulated, titles};

#[tokio::test]
async fn offers_come_by_ascending_price_with_what_is_shown_of_them() {
    let rig = Rig::start().await;
    rig.list("Leica M6 black", "2950.00");
    let id = rig.list("Leica M6 TTL", "1990.50");
    rig.list("Nikon F3", "400");
    let shipped = ItemInput { shipping: Some("12.30".to_owned()), ..ItemInput::new("leica m6 strap", "25") };
    rig.control().list(&shipped).unwrap();
    let page = rig.search("leica M6").await.unwrap();
    assert_eq!(prices(&page), ["25", "1990.5", "2950"]);
    assert_eq!((page.total, page.is_whole, page.calls, page.flaws.len()), (3, true, 1, 0));
    assert_eq!(page.offers[0].shipping.unwrap().to_string(), "12.3 USD");
    let offer = &page.offers[1];
    assert_eq!((offer.card.id.as_str(), offer.card.title.as_str()), (id.as_str(), "Leica M6 TTL"));
    assert_eq!((offer.shipping, offer.availability), (None, Availability::Available));
    assert_eq!(offer.card.condition.as_deref(), Some("Used"));
    let base = rig.running.url();
    assert_eq!(offer.card.url.as_deref(), Some(format!("{base}/itm/{}", id.replace('|', "%7C")).as_str()));
    assert!(offer.card.image.as_ref().unwrap().starts_with(&base), "{offer:?}");
    assert!((offer.listed_at.unwrap().micros() - now_us()).abs() < 60_000_000);
}

#[tokio::test]
async fn filters_are_those_of_the_search() {
    let rig = Rig::start().await;
    for (title, price, condition, category) in [
        ("bike old", "100", 3_000, "177831"),
        ("bike new", "900", 1_000, "177831"),
        ("bike other", "500", 3_000, "1"),
    ] {
        let category = Some(category.to_owned());
        rig.control().list(&ItemInput { condition, category, ..ItemInput::new(title, price) }).unwrap();
    }
    let check = async |wanted: Search, expected: &[&str]| {
        let page = rig.ebay.search(&wanted, 50).await.unwrap();
        assert_eq!((titles(&page).as_slice(), page.warnings.len()), (expected, 0), "{wanted:?}");
    };
    check(search("bike"), &["bike old", "bike other", "bike new"]).await;
    let max_price = Some("500".parse().unwrap());
    check(Search { max_price, ..search("bike") }, &["bike old", "bike other"]).await;
    check(Search { max_price, min_price: max_price, ..search("bike") }, &["bike other"]).await;
    check(Search { condition: Some(ItemCondition::New), ..search("bike") }, &["bike new"]).await;
    check(Search { condition: Some(ItemCondition::Used), ..search("bike") }, &["bike old", "bike other"])
        .await;
    check(Search { category: Some("1".to_owned()), ..search("bike") }, &["bike other"]).await;
    check(Search { site: Site::EbayGb, ..search("bike") }, &[]).await;
}

#[tokio::test]
async fn each_site_is_searched_in_its_own_money() {
    let rig = Rig::start().await;
    for site in [ebay::Site::EbayGb, ebay::Site::EbayDe] {
        rig.control().list(&ItemInput { site, ..ItemInput::new("Rennrad", "300") }).unwrap();
    }
    for (site, currency) in [(Site::EbayGb, Currency::GBP), (Site::EbayDe, Currency::EUR)] {
        let max_price = Some("300".parse().unwrap());
        let page = rig.ebay.search(&Search { site, max_price, ..search("rennrad") }, 50).await.unwrap();
        assert_eq!(page.offers.len(), 1, "{site}");
        assert_eq!((page.offers[0].site, page.offers[0].price.unwrap().currency), (site, currency));
    }
}

#[tokio::test]
async fn pages_are_followed_as_far_as_is_wanted_and_allowed() {
    let two_pages = |config| EbayConfig { pages: 2, ..config };
    for (rig, allowed) in [(Rig::start().await, 450), (Rig::with(simulated(), two_pages).await, 400)] {
        for number in 0..450 {
            rig.list(&format!("lens {number}"), &format!("{}", 1_000 - number));
        }
        let page = rig.ebay.search(&search("lens"), 1_000).await.unwrap();
        assert_eq!((page.offers.len(), page.total), (allowed, 450));
        assert_eq!(
            (page.is_whole, page.calls),
            (allowed == 450, u32::try_from(allowed.div_ceil(200)).unwrap())
        );
        let prices: Vec<u32> = prices(&page).iter().map(|price| price.parse().unwrap()).collect();
        assert!(prices.is_sorted() && prices[0] == 551);
        for (most, expected, calls) in [(5, 20, 1), (20, 20, 1), (50, 50, 1), (200, 200, 1), (201, 400, 2)] {
            let page = rig.ebay.search(&search("lens"), most).await.unwrap();
            assert_eq!((page.offers.len(), page.calls, page.is_whole), (expected, calls, false), "{most}");
        }
    }
}

#[tokio::test]
async fn hostile_items_harm_no_other_and_are_counted() {
    let rig = Rig::start().await;
    let odd = |oddity: Oddity, price: &str| {
        rig.control().list(&ItemInput { oddity: Some(oddity), ..ItemInput::new("thing odd", price) }).unwrap()
    };
    for number in 1..=10 {
        rig.list(&format!("thing {number}"), &format!("{number}.00"));
    }
    for oddity in [Oddity::NoPrice, Oddity::OtherCurrency, Oddity::Duplicate] {
        odd(oddity, "20");
    }
    for oddity in [Oddity::NumberPrice, Oddity::WordPrice, Oddity::NoId, Oddity::NoObject] {
        odd(oddity, "0.50");
    }
    for oddity in [Oddity::Markup, Oddity::ControlCharacters, Oddity::Emoji, Oddity::HugeTitle] {
        odd(oddity, "30");
    }
    let page = rig.search("thing").await.unwrap();
    let expected = [(Flaw::NoPrice, 1), (Flaw::OtherCurrency, 1), (Flaw::Malformed, 4), (Flaw::Duplicate, 1)];
    assert_eq!(page.flaws, BTreeMap::from(expected));
    assert_eq!((page.offers.len(), page.total), (17, 21));
    let good: Vec<_> = (1..=10).map(|number| format!("thing {number}")).collect();
    assert_eq!(titles(&page)[..10], good);
    let title = |start: &str| titles(&page).iter().any(|title| title.starts_with(start));
    assert!(
        title("<script>") && title("a b Bcc: x@example.org") && title("\u{1f6b2}"),
        "{:?}",
        titles(&page)
    );
    for title in titles(&page) {
        assert!(title.chars().count() <= 200 && !title.chars().any(char::is_control), "{title:?}");
        assert!(!title.contains(['\u{202e}', '\u{200b}']), "{title:?}");
    }
    let yen =
        page.offers.iter().find(|offer| offer.price.is_some_and(|price| price.of(Currency::USD).is_none()));
    assert_eq!(yen.unwrap().price.unwrap().currency.code(), "JPY");
}

#[tokio::test]
async fn a_single_item_is_followed_from_listing_to_end() {
    let rig = Rig::start().await;
    let control = rig.control();
    let text = rig.list("Leica M6", "2950.00");
    let id = text.parse().unwrap();
    let item = async || rig.ebay.item(Site::EbayUs, &id).await.unwrap();
    let listed = item().await.unwrap();
    assert_eq!(
        (listed.price.unwrap().to_string(), listed.availability),
        ("2950 USD".to_owned(), Availability::Available)
    );
    assert_eq!(listed.card, rig.search("leica").await.unwrap().offers[0].card);
    control.set_price(&text, "2700.01").unwrap();
    assert_eq!(item().await.unwrap().price.unwrap().to_string(), "2700.01 USD");
    control.restock(&text, 0).unwrap();
    assert_eq!(item().await.unwrap().availability, Availability::OutOfStock);
    assert!(rig.search("leica").await.unwrap().offers.is_empty());
    control.restock(&text, 3).unwrap();
    assert_eq!(item().await.unwrap().availability, Availability::Available);
    control.expire(&text).unwrap();
    assert_eq!(item().await.unwrap().availability, Availability::Ended);
    control.end(&text).unwrap();
    assert_eq!(item().await, None);
    assert_eq!(rig.ebay.health().failures, 0, "an end is an answer");
}

#[tokio::test]
async fn a_lively_catalogue_is_read_without_a_flaw() {
    let lively = Config { calls_per_day: 100_000, ..Config::lively(7, now_us) };
    let rig = Rig::with(lively, |config| config).await;
    rig.control().step(50);
    for site in [Site::EbayUs, Site::EbayGb, Site::EbayDe] {
        for query in
            ["(leica, nikon, canon, sony)", "(bike, seiko, omega, lego)", "(chair, sofa, iphone, apple)"]
        {
            let page = rig.ebay.search(&Search { site, ..search(query) }, 1_000).await.unwrap();
            assert!(page.offers.len() > 20 && page.flaws.is_empty(), "{site} {query}: {:?}", page.flaws);
            assert_eq!(page.offers.len() as u64, page.total);
            let all: Vec<_> =
                page.offers.iter().map(|offer| offer.price.unwrap().of(site.currency()).unwrap()).collect();
            assert!(all.is_sorted());
        }
    }
}

#[tokio::test]
async fn a_recorded_page_is_read_whole() {
    let Some(folder) = std::env::var_os("BELLWETHER_DATA").map(PathBuf::from) else {
        println!("skipped: the recorded page: BELLWETHER_DATA is not set");
        return;
    };
    let path = folder.join("ebay/browse_search_iphone_bestmatch_202307.json");
    let read = Ebay::read(Site::EbayUs, &std::fs::read(&path).unwrap()).unwrap();
    assert_eq!(read.len(), 100);
    for offer in &read {
        let offer = offer.as_ref().unwrap();
        assert_eq!(offer.price.unwrap().currency, Currency::USD);
        assert!(offer.listed_at.is_some() && offer.card.condition.is_some(), "{offer:?}");
        let (url, image) = (offer.card.url.as_deref().unwrap(), offer.card.image.as_deref().unwrap());
        assert!(url.starts_with("https://www.ebay.com/itm/") && !url.contains("amdata"), "{url}");
        assert!(image.starts_with("https://i.ebayimg.com/"), "{image}");
    }
    let rig = Rig::with(Config { catalogue: Catalogue::Page(path), ..simulated() }, |config| config).await;
    let page = rig.ebay.search(&search("iphone"), 200).await.unwrap();
    assert!(page.offers.len() > 90 && page.flaws.is_empty(), "{:?}", page.flaws);
    let prices: Vec<_> = page.offers.iter().map(|offer| offer.price.unwrap().value).collect();
    assert!(prices.is_sorted());
}
