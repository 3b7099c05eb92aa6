//! Pictures against a server that counts what it is asked.

use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::response::IntoResponse;
use axum::routing::get;
use bellwether_notify::{AllowedNetworks, HttpSettings};

use super::*;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\nand so on";
const NOW: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);

/// A server of pictures, and how often it was asked for one.
async fn gallery() -> (String, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = |State(asked): State<Arc<AtomicUsize>>| async move {
        asked.fetch_add(1, Ordering::SeqCst);
        // Long enough for whoever asks at the same time.
        tokio::time::sleep(Duration::from_millis(50)).await;
        // What its server calls it does not matter.
        ([(CONTENT_TYPE, "text/html")], PNG)
    };
    let script = "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>";
    let routes = Router::new()
        .route("/good", get(counted))
        .route("/svg", get(move || async move { ([(CONTENT_TYPE, "image/svg+xml")], script) }))
        .route("/page", get(|| async { ([(CONTENT_TYPE, "image/png")], "<html>") }))
        .route("/short", get(|| async { "\u{89}" }))
        .route("/huge", get(|| async { [PNG, &vec![0; PICTURE_BYTES][..]].concat() }))
        .route("/largest", get(|| async { [PNG, &vec![0; PICTURE_BYTES - PNG.len()][..]].concat() }))
        .route("/gone", get(|| async { (StatusCode::NOT_FOUND, PNG).into_response() }))
        .route("/elsewhere", get(|| async { (StatusCode::FOUND, [(LOCATION, "/good")]).into_response() }))
        .with_state(Arc::clone(&asked));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, routes).await });
    (url, asked)
}

fn pictures(allow: &[&str]) -> Pictures {
    let allow = AllowedNetworks::parse(allow.iter().copied()).unwrap();
    Pictures::new(HttpClient::new(&HttpSettings { allow, patience: PATIENCE, ca_file: None }).unwrap())
}

fn later(us: i64) -> Timestamp {
    Timestamp::from_micros(NOW.micros() + us)
}

#[tokio::test]
async fn a_picture_is_fetched_once_for_all_who_ask() {
    let (url, asked) = gallery().await;
    let (pictures, address) = (pictures(&["127.0.0.1"]), format!("{url}/good"));
    let all = futures_util::future::join_all((0..20).map(|_| pictures.get(&address, NOW))).await;
    for picture in all {
        let picture = picture.unwrap();
        assert_eq!((picture.kind, &picture.bytes[..]), (PictureKind::Png, PNG));
    }
    pictures.get(&address, later(KEPT_US - 1)).await.unwrap();
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    pictures.get(&address, later(KEPT_US)).await.unwrap();
    assert_eq!(asked.load(Ordering::SeqCst), 2, "what is old is fetched anew");
}

#[tokio::test]
async fn what_is_no_picture_or_too_large_is_not_passed_on() {
    let (url, asked) = gallery().await;
    let pictures = pictures(&["127.0.0.1"]);
    assert_eq!(pictures.get(&format!("{url}/largest"), NOW).await.unwrap().bytes.len(), PICTURE_BYTES);
    for path in ["svg", "page", "short", "huge", "gone", "elsewhere"] {
        assert_eq!(pictures.get(&format!("{url}/{path}"), NOW).await, None, "{path}");
    }
    for address in ["", "file:///etc/passwd", "http://user:secret@127.0.0.1/good", "javascript:alert(1)"] {
        assert_eq!(pictures.get(address, NOW).await, None, "{address}");
    }
    assert_eq!(asked.load(Ordering::SeqCst), 0, "no redirect is followed");
}

#[tokio::test]
async fn nobody_makes_us_ask_within_the_operators_network() {
    let (url, asked) = gallery().await;
    let pictures = pictures(&[]);
    for address in [format!("{url}/good"), url.replace("127.0.0.1", "[::ffff:127.0.0.1]") + "/good"] {
        assert_eq!(pictures.get(&address, NOW).await, None, "{address}");
    }
    assert_eq!(pictures.get("http://169.254.169.254/latest/meta-data/", NOW).await, None);
    assert_eq!(asked.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn what_could_not_be_had_is_left_alone_for_a_while() {
    let refused = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&refused);
    let fails = move || {
        let times = counter.fetch_add(1, Ordering::SeqCst);
        async move { if times == 0 { StatusCode::BAD_GATEWAY.into_response() } else { PNG.into_response() } }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/", get(fails))).await });
    let pictures = pictures(&["127.0.0.1"]);
    assert_eq!(pictures.get(&address, NOW).await, None);
    assert_eq!(pictures.get(&address, later(FAILED_US - 1)).await, None);
    assert_eq!(refused.load(Ordering::SeqCst), 1);
    assert!(pictures.get(&address, later(FAILED_US)).await.is_some());
}

#[test]
fn a_picture_is_known_by_its_first_bytes() {
    let kinds = [
        (&b"\xff\xd8\xff\xe0\x00\x10JFIF"[..], Some(PictureKind::Jpeg)),
        (PNG, Some(PictureKind::Png)),
        (b"RIFF\x24\x00\x00\x00WEBPVP8 ", Some(PictureKind::Webp)),
        (b"GIF89a\x01\x00", Some(PictureKind::Gif)),
        (b"GIF87a\x01\x00", Some(PictureKind::Gif)),
        (b"GIF88a\x01\x00", None),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", None),
        (b"<svg xmlns=", None),
        (b"%PDF-1.7", None),
        (b"\xff\xd8", None),
        (b"", None),
    ];
    for (bytes, kind) in kinds {
        assert_eq!(PictureKind::of(bytes), kind, "{bytes:?}");
    }
}
