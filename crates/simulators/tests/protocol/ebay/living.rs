//! Catalogues that live: by seed, by time, by recordings; and the pages for people.

use std::path::PathBuf;

use super::*;

#[tokio::test]
async fn a_lively_catalogue_serves_every_site_and_goes_on_with_the_clock() {
    let hand = Hand::new();
    let mut config = Config::lively(7, hand.clock());
    config.step_every = Some(Duration::from_secs(5));
    let rig = Rig::start(config).await;
    for (site, currency, least) in
        [("EBAY_US", "USD", 1_000), ("EBAY_GB", "GBP", 700), ("EBAY_DE", "EUR", 600)]
    {
        let header = [("x-ebay-c-marketplace-id", site)];
        let page = rig
            .get_as(&format!("{SEARCH}?q=(leica,seiko,sony,bike,chair,sofa,lens)&limit=200"), &header)
            .await
            .body;
        let items = page["itemSummaries"].as_array().unwrap();
        assert_eq!(items.len(), 200, "{site}");
        assert!(items.iter().all(|item| item["price"]["currency"] == currency), "{site}");
        assert!(items.iter().any(|item| item["price"].get("convertedFromValue").is_some()), "{site}");
        let all = rig.control().items();
        assert!(all.iter().filter(|item| item.site.name() == site).count() > least, "{site}");
    }
    let before = rig.control().items();
    hand.advance(Duration::from_secs(100));
    while rig.control().steps() < 20 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_ne!(rig.control().items(), before);
    rig.control().pause();
    hand.advance(Duration::from_secs(500));
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!((rig.control().steps(), rig.control().is_paused()), (20, true));
    rig.control().resume();
    rig.control().step(2);
    assert_eq!(rig.control().steps(), 22, "what a pause swallowed is not made up for");
}

fn data(file: &str) -> Option<PathBuf> {
    let path = PathBuf::from(std::env::var_os("BELLWETHER_DATA")?).join(file);
    path.exists().then_some(path)
}

#[tokio::test]
async fn a_recorded_page_is_told_as_it_was() {
    let Some(path) = data("ebay/browse_search_iphone_bestmatch_202307.json") else {
        println!("skipped: BELLWETHER_DATA names no folder with the recorded page");
        return;
    };
    let recorded: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let recorded = recorded["itemSummaries"].as_array().unwrap();
    let rig = Rig::start(Config { catalogue: Catalogue::Page(path), ..Config::scripted(|| NOW_US) }).await;
    let page = rig.search("q=iphone&limit=200").await;
    let told = page["itemSummaries"].as_array().unwrap();
    assert!(told.len() > 90, "{}", told.len());
    for item in told {
        let same = recorded.iter().find(|one| one["itemId"] == item["itemId"]).unwrap();
        assert_eq!((&item["price"]["value"], &item["seller"]), (&same["price"]["value"], &same["seller"]));
        assert_eq!(item["image"], same["image"]);
    }
    let id = told[0]["itemId"].as_str().unwrap();
    rig.control().set_price(id, "1.50").unwrap();
    assert_eq!(rig.search("q=iphone&sort=price").await["itemSummaries"][0]["price"]["value"], "1.50");
}

#[tokio::test]
async fn a_recorded_history_is_replayed_step_by_step() {
    let files =
        (data("products/apple_refurb_events.csv.zst"), data("products/apple_refurb_products.csv.zst"));
    let (Some(events), Some(products)) = files else {
        println!("skipped: BELLWETHER_DATA names no folder with the recorded history");
        return;
    };
    let config = Config {
        catalogue: Catalogue::Refurbished { events, products },
        calls_per_day: 100_000,
        ..Config::scripted(|| NOW_US)
    };
    let rig = Rig::start(config).await;
    let control = rig.control();
    let remaining = control.remaining().unwrap();
    assert!(control.items().is_empty() && remaining > 1_000, "{remaining}");
    control.step(60);
    assert_eq!(control.remaining(), Some(remaining - 60));
    let early = control.items();
    assert!(early.len() > 100, "{}", early.len());
    let header = [("x-ebay-c-marketplace-id", "EBAY_GB")];
    let page = rig.get_as(&format!("{SEARCH}?q=ipad&sort=price"), &header).await.body;
    assert!(page["total"].as_u64().unwrap() > 0, "{page}");
    assert_eq!(page["itemSummaries"][0]["price"]["currency"], "GBP");
    control.step(600);
    let changed = early
        .iter()
        .filter_map(|item| control.item(&item.id).map(|now| (item.price != now.price, now.ended)));
    let (repriced, ended) =
        changed.fold((0, 0), |sums, (price, end)| (sums.0 + usize::from(price), sums.1 + usize::from(end)));
    assert!(repriced > 0 && ended > 0, "{repriced} {ended}");
}

#[tokio::test]
async fn a_file_that_is_no_recording_is_refused() {
    let path = std::env::temp_dir().join(format!("bellwether-ebay-{}.json", std::process::id()));
    std::fs::write(&path, "{}").unwrap();
    for catalogue in [
        Catalogue::Page(path.clone()),
        Catalogue::Page(path.with_extension("absent")),
        Catalogue::Refurbished { events: path.with_extension("absent"), products: path.clone() },
    ] {
        let config = Config { catalogue: catalogue.clone(), ..Config::scripted(|| NOW_US) };
        assert!(EbaySimulator::start(config).await.is_err(), "{catalogue:?}");
    }
    std::fs::remove_file(path).unwrap();
}

#[tokio::test]
async fn a_person_drops_a_price_with_one_click() {
    let rig = Rig::scripted().await;
    let id = rig.list("Leica <M6> & \"strap\"", "2000.00");
    let base = rig.running.url();
    let all = http().get(format!("{base}/?q=leica")).send().await.unwrap();
    assert!(all.headers()["content-security-policy"].to_str().unwrap().contains("default-src 'none'"));
    let all = all.text().await.unwrap();
    assert!(all.contains("Leica &lt;M6&gt; &amp; &quot;strap&quot;") && !all.contains("<M6>"), "{all}");
    let item = format!("{base}/itm/{}", id.replace('|', "%7C"));
    let page = http().get(&item).send().await.unwrap().text().await.unwrap();
    assert!(page.contains(r#"name="percent" value="-5""#), "{page}");
    let click = async |body: &str, from: Option<&str>| {
        let mut call = http().post(format!("{item}/change")).body(body.to_owned());
        call = call.header("content-type", "application/x-www-form-urlencoded");
        if let Some(from) = from {
            call = call.header("sec-fetch-site", from);
        }
        let response = call.send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    };
    let (status, page) = click("percent=-5", Some("same-origin")).await;
    assert!(status == 200 && page.contains("1900.00 USD"), "{status} {page}");
    assert_eq!(click("percent=-50", Some("cross-site")).await.0, 403);
    assert_eq!(click("price=1234.5", None).await.0, 200);
    assert_eq!(click("price=cheap", None).await.0, 400);
    assert_eq!(rig.control().item(&id).unwrap().price, "1234.50");
    assert!(click("stock=0", None).await.1.contains("Out of stock"));
    assert!(click("ended=true", None).await.1.contains("has ended"));
    assert_eq!(http().get(format!("{base}/itm/7")).send().await.unwrap().status().as_u16(), 404);
}
