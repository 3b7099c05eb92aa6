//! The search: words, filters, order, pages, warnings, errors.

use super::*;

async fn shop() -> Rig {
    let rig = Rig::scripted().await;
    for (title, price) in [
        ("Leica M6 Rangefinder Black", "2950.00"),
        ("Leica M3 Double Stroke", "1450.50"),
        ("LEICA M6 TTL 0.72", "3100"),
        ("Leica strap for M6 body", "25.00"),
        ("Nikon F3 HP body", "420.00"),
    ] {
        rig.list(title, price);
    }
    rig
}

#[tokio::test]
async fn words_are_all_needed_and_groups_are_a_choice() {
    let rig = shop().await;
    let check = async |query: &str, count: usize| {
        let found = rig.titles(&format!("q={query}")).await;
        assert_eq!(found.len(), count, "{query}: {found:?}");
    };
    check("leica", 4).await;
    check("LEICA%20m6", 3).await;
    check("leica+m6+body", 1).await;
    check("(leica,%20nikon)%20body", 2).await;
    check("(m3,f3)", 2).await;
    check("hasselblad", 0).await;
}

#[tokio::test]
async fn an_empty_result_has_no_list() {
    let rig = shop().await;
    let page = rig.search("q=hasselblad").await;
    assert_eq!((&page["total"], page.get("itemSummaries")), (&json!(0), None));
    assert_eq!(page.get("next"), None);
}

#[tokio::test]
async fn an_item_is_told_as_ebay_tells_it() {
    let rig = shop().await;
    let page = rig.search("q=nikon&limit=1").await;
    let item = &page["itemSummaries"][0];
    assert_eq!(item["price"], json!({"value": "420.00", "currency": "USD"}));
    assert_eq!(item["conditionId"], "3000");
    assert_eq!(item["buyingOptions"], json!(["FIXED_PRICE"]));
    assert_eq!(item["itemCreationDate"], "2026-11-21T10:33:44.500Z");
    assert_eq!(item["listingMarketplaceId"], "EBAY_US");
    let id = item["itemId"].as_str().unwrap();
    assert_eq!(id.split('|').nth(1), item["legacyItemId"].as_str());
    assert!(item["itemHref"].as_str().unwrap().ends_with(&id.replace('|', "%7C")), "{item}");
    let picture = http().get(item["image"]["imageUrl"].as_str().unwrap()).send().await.unwrap();
    assert_eq!(picture.headers()["content-type"], "image/png");
    assert!(picture.bytes().await.unwrap().starts_with(b"\x89PNG\r\n\x1a\n"));
    let web = http().get(item["itemWebUrl"].as_str().unwrap()).send().await.unwrap().text().await.unwrap();
    assert!(web.contains("Nikon F3 HP body") && web.contains("420.00"), "{web}");
}

#[tokio::test]
async fn filters_leave_out_what_does_not_fit() {
    let rig = shop().await;
    let mut new = ItemInput::new("Leica M11 new", "8000.00");
    new.condition = 1_000;
    rig.control().list(&new).unwrap();
    let check = async |filter: &str, expected: &[&str]| {
        let found = rig.titles(&format!("q=leica&sort=price&filter={filter}")).await;
        assert_eq!(found, expected, "{filter}");
    };
    let (m3, m6, ttl) = ("Leica M3 Double Stroke", "Leica M6 Rangefinder Black", "LEICA M6 TTL 0.72");
    check("price:%5B100..3000%5D,priceCurrency:USD", &[m3, m6]).await;
    check("price:[1450.51..],priceCurrency:USD,conditions:{USED}", &[m6, ttl]).await;
    check("price:[..1450.5],priceCurrency:USD", &["Leica strap for M6 body", m3]).await;
    check("conditions:{NEW}", &["Leica M11 new"]).await;
    check("conditionIds:{1000|1500}", &["Leica M11 new"]).await;
    check("buyingOptions:{AUCTION}", &[]).await;
    check("itemLocationCountry:GB", &[]).await;
    check("excludeSellers:{by_hand}", &[]).await;
    // In pounds the strap is 19.08.
    check("price:[19..20],priceCurrency:GBP", &["Leica strap for M6 body"]).await;
}

#[tokio::test]
async fn what_cannot_be_followed_is_warned_of_and_the_rest_is_done() {
    let rig = shop().await;
    let check = async |query: &str, warnings: &[u64], count: usize| {
        let page = rig.search(&format!("q=leica&{query}")).await;
        let told = page["warnings"].as_array().map(Vec::as_slice).unwrap_or_default();
        let ids: Vec<_> = told.iter().map(|warning| warning["errorId"].as_u64().unwrap()).collect();
        assert_eq!((ids.as_slice(), titles(&page).len()), (warnings, count), "{query}: {page}");
    };
    check("sort=price", &[], 4).await;
    check("sort=cheapest", &[12_008], 4).await;
    check("filter=price:[1..2]", &[12_012], 4).await;
    check("filter=conditions:NEW,buyingOptions:{FIXED_PRICE}", &[12_002], 4).await;
}

#[tokio::test]
async fn a_wrong_search_is_refused_by_number() {
    let rig = shop().await;
    let check = async |query: &str, status: u16, id: u64| {
        let reply = rig.get(&format!("{SEARCH}?{query}")).await;
        assert_eq!(
            (reply.status, reply.body["errors"][0]["errorId"].as_u64()),
            (status, Some(id)),
            "{query}"
        );
        assert_eq!(reply.body["errors"][0]["domain"], "API_BROWSE");
        assert!(!reply.body["errors"][0]["message"].as_str().unwrap().is_empty());
    };
    check("", 400, 12_001).await;
    check("q=a&offset=-1", 400, 12_004).await;
    check("q=a&offset=b", 400, 12_005).await;
    check("q=a&limit=201", 400, 12_006).await;
    check("q=a&limit=b", 400, 12_007).await;
    check("q=a&limit=200&offset=9801", 400, 12_029).await;
    let moon = rig.get_as(&format!("{SEARCH}?q=a"), &[("x-ebay-c-marketplace-id", "EBAY_MOON")]).await;
    assert_eq!((moon.status, &moon.body["errors"][0]["errorId"]), (409, &json!(12_019)));
    assert_eq!(rig.control().counters().refused, 7);
}

#[tokio::test]
async fn pages_follow_one_another_by_their_own_addresses() {
    let rig = Rig::scripted().await;
    for number in 0..45 {
        rig.list(&format!("lens & cap {number}"), &format!("{}.00", 100 - number));
    }
    let mut seen = Vec::new();
    let mut next = Some(format!("{}{SEARCH}?q=lens%20%26&sort=price&limit=20", rig.running.url()));
    while let Some(url) = next {
        let path = url.strip_prefix(&rig.running.url()).unwrap().to_owned();
        let page = rig.get(&path).await.body;
        assert_eq!(page["total"], 45);
        let prices = page["itemSummaries"].as_array().unwrap().iter();
        seen.extend(prices.map(|item| item["price"]["value"].as_str().unwrap().to_owned()));
        next = page["next"].as_str().map(str::to_owned);
    }
    let expected: Vec<_> = (56..=100).map(|price| format!("{price}.00")).collect();
    assert_eq!(seen, expected);
    let last = rig.search("q=lens&limit=20&offset=40").await;
    assert_eq!((titles(&last).len(), last.get("next")), (5, None));
    assert!(last["prev"].as_str().unwrap().ends_with("offset=20"), "{last}");
}

#[tokio::test]
async fn each_site_has_its_items_its_money_and_its_tongue() {
    let rig = Rig::scripted().await;
    for (site, price) in [(Site::EbayUs, "10"), (Site::EbayGb, "20"), (Site::EbayDe, "30")] {
        let input = ItemInput { site, ..ItemInput::new("Fahrrad bike", price) };
        rig.control().list(&input).unwrap();
    }
    for (name, value, currency, condition) in [
        ("EBAY_US", "10.00", "USD", "Used"),
        ("EBAY_GB", "20.00", "GBP", "Used"),
        ("EBAY_DE", "30.00", "EUR", "Gebraucht"),
    ] {
        let page = rig.get_as(&format!("{SEARCH}?q=bike"), &[("x-ebay-c-marketplace-id", name)]).await.body;
        assert_eq!(page["total"], 1);
        assert_eq!(page["itemSummaries"][0]["price"], json!({"value": value, "currency": currency}));
        assert_eq!(page["itemSummaries"][0]["condition"], condition);
    }
}

#[tokio::test]
async fn hostile_items_are_told_as_they_were_asked_for() {
    let rig = Rig::scripted().await;
    for oddity in
        [Oddity::NoPrice, Oddity::OtherCurrency, Oddity::NumberPrice, Oddity::NoId, Oddity::NoObject]
    {
        rig.control().list(&ItemInput { oddity: Some(oddity), ..ItemInput::new("odd", "5") }).unwrap();
    }
    let duplicate = ItemInput { oddity: Some(Oddity::Duplicate), ..ItemInput::new("odd twice", "5") };
    rig.control().list(&duplicate).unwrap();
    let page = rig.search("q=odd&limit=10").await;
    let items = page["itemSummaries"].as_array().unwrap();
    assert_eq!((items.len(), &page["total"]), (7, &json!(6)));
    assert_eq!(items[0].get("price"), None);
    assert_eq!(items[1]["price"]["currency"], "JPY");
    assert_eq!(items[2]["price"]["value"], 12.5);
    assert_eq!(items[3].get("itemId"), None);
    assert!(items[4].is_array());
    assert_eq!(items[5], items[6]);
    for oddity in [Oddity::Markup, Oddity::ControlCharacters, Oddity::Emoji, Oddity::HugeTitle] {
        rig.control().list(&ItemInput { oddity: Some(oddity), ..ItemInput::new("strange", "5") }).unwrap();
    }
    let strange = rig.titles("q=strange").await;
    assert!(
        strange[0].starts_with("<script>")
            && strange[1].contains('\u{0}')
            && strange[2].contains('\u{1f6b2}')
    );
    assert_eq!(strange[3].len(), 300_000);
}
