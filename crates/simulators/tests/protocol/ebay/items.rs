//! Items by their ids: whole, compact, gone, and many at once.

use super::*;

fn path(id: &str) -> String {
    format!("/buy/browse/v1/item/{}", id.replace('|', "%7C"))
}

#[tokio::test]
async fn an_item_is_found_by_either_spelling_of_its_id() {
    let rig = Rig::scripted().await;
    let id = rig.list("Nikon F3", "420.00");
    let whole = rig.get(&path(&id)).await;
    assert_eq!((whole.status, whole.body["title"].as_str()), (200, Some("Nikon F3")));
    assert_eq!(whole.body["estimatedAvailabilities"][0]["estimatedAvailabilityStatus"], "LIMITED_STOCK");
    // Clients encode the bar as they must; this asks with it plain, over a socket of its own.
    let plain = raw(&rig, &format!("/buy/browse/v1/item/{id}")).await;
    assert!(plain.starts_with("HTTP/1.1 200") && plain.contains("Nikon F3"), "{plain}");
    let compact = rig.get(&format!("{}?fieldgroups=COMPACT", path(&id))).await.body;
    assert_eq!(compact.get("title"), None);
    assert_eq!((&compact["price"]["value"], &compact["sellerItemRevision"]), (&json!("420.00"), &json!("0")));
}

async fn raw(rig: &Rig, path: &str) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let address = rig.running.url().replace("http://", "");
    let mut stream = tokio::net::TcpStream::connect(&address).await.unwrap();
    let head = format!(
        "GET {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {}\r\nconnection: close\r\n\r\n",
        rig.token
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn what_a_seller_does_shows_in_the_item_and_in_searches() {
    let rig = Rig::scripted().await;
    let control = rig.control();
    let id = rig.list("Nikon F3", "400.00");
    let value = async || rig.get(&path(&id)).await.body["price"]["value"].as_str().unwrap().to_owned();
    control.set_price(&id, "380").unwrap();
    assert_eq!(value().await, "380.00");
    assert_eq!(control.move_price(&id, -10).unwrap(), "342.00");
    assert_eq!(control.move_price(&id, 50).unwrap(), "513.00");
    assert_eq!(value().await, "513.00");
    assert_eq!(rig.get(&path(&id)).await.body["sellerItemRevision"], "3");
    assert_eq!(rig.titles("q=nikon").await.len(), 1);

    control.restock(&id, 0).unwrap();
    assert_eq!(rig.titles("q=nikon").await.len(), 0);
    let sold_out = rig.get(&path(&id)).await.body;
    assert_eq!(sold_out["estimatedAvailabilities"][0]["estimatedAvailabilityStatus"], "OUT_OF_STOCK");
    control.restock(&id, 40).unwrap();
    let many = rig.get(&path(&id)).await.body;
    assert_eq!(many["estimatedAvailabilities"][0]["availabilityThreshold"], 10);

    control.expire(&id).unwrap();
    assert_eq!(rig.titles("q=nikon").await.len(), 0);
    assert_eq!(rig.get(&path(&id)).await.body["itemEndDate"], "2026-11-21T10:33:44.500Z");
    control.relist(&id).unwrap();
    assert_eq!(rig.titles("q=nikon").await.len(), 1);
    control.end(&id).unwrap();
    let gone = rig.get(&path(&id)).await;
    assert_eq!((gone.status, &gone.body["errors"][0]["errorId"]), (404, &json!(11_001)));
    assert!(control.set_price("v1|7|0", "1").is_err());
    for bad in ["0", "-1", "1.234", "x"] {
        assert!(control.set_price(&id, bad).is_err(), "{bad}");
    }
}

#[tokio::test]
async fn ids_that_are_none_are_told_apart_from_unknown_ones() {
    let rig = Rig::scripted().await;
    let check = async |id: &str, status: u16, error: u64| {
        let reply = rig.get(&path(id)).await;
        assert_eq!(
            (reply.status, reply.body["errors"][0]["errorId"].as_u64()),
            (status, Some(error)),
            "{id}"
        );
    };
    check("v1|1|0", 404, 11_001).await;
    check("110000000000", 400, 11_012).await;
    check("v1|abc|0", 400, 11_012).await;
    check("v1|1|0|0", 400, 11_012).await;
}

#[tokio::test]
async fn many_items_at_once_need_a_scope_of_their_own() {
    let mut rig = Rig::scripted().await;
    let (one, two) = (rig.list("a", "1"), rig.list("b", "2"));
    let query = format!("/buy/browse/v1/item/?item_ids={one},{two},v1|7|0").replace('|', "%7C");
    assert_eq!(rig.get(&query).await.status, 403);
    let scopes = "https://api.ebay.com/oauth/api_scope https://api.ebay.com/oauth/api_scope/buy.item.bulk";
    rig.token = buy(&rig.running, &scopes.replace(' ', "%20")).await;
    let told = rig.get(&query).await;
    assert_eq!((told.status, told.body["items"].as_array().unwrap().len()), (200, 2), "{}", told.body);
    assert_eq!(told.body["warnings"][0]["errorId"], 11_001);
}
