//! Pages for people: none needs another host.

use axum::body::Body;
use axum::http::Request;

use crate::rig::{Answer, Rig};

async fn open(rig: &Rig, path: &str) -> Answer {
    rig.send(Request::get(path).body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn the_root_leads_to_the_interface() {
    let rig = Rig::new().await;
    for path in ["/", "/app"] {
        assert_eq!(open(&rig, path).await.expect(307).header("location"), "/app/");
    }
    for path in ["/app/", "/app/alerts/0198c0de-0000-7000-8000-000000000000", "/app/no/such/page"] {
        let page = open(&rig, path).await.expect(200);
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
        assert!(!page.text.contains("{{"), "every place is filled");
        let elsewhere = page.text.replace("http://www.w3.org/2000/svg", "");
        assert!(!elsewhere.contains("http://") && !elsewhere.contains("https://"));
        let policy = page.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe-eval"), "{policy}");
    }
}

/// Asks for a path with a header.
async fn ask(rig: &Rig, path: &str, (name, value): (&str, &str)) -> Answer {
    rig.send(Request::get(path).header(name, value).body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn files_of_the_interface_are_kept_by_caches_as_long_as_they_are_true() {
    let rig = Rig::new().await;
    if bellwether_interface::index().is_none() {
        println!("skipped: this build has no interface");
        return;
    }
    let page = open(&rig, "/app/").await.expect(200);
    assert_eq!(page.header("cache-control"), "no-cache");
    assert!(!page.header("content-security-policy").contains("unsafe"), "no script or style in the page");
    let script = page.text.split("src=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    assert!(script.starts_with("/app/assets/"), "{script}");

    let plain = open(&rig, script).await.expect(200);
    assert_eq!(plain.header("cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(plain.header("vary"), "accept-encoding");
    for (accepts, coding) in [("gzip, br", "br"), ("gzip;q=0.8, br;q=0", "gzip")] {
        let answer = ask(&rig, script, ("accept-encoding", accepts)).await.expect(200);
        assert_eq!(answer.header("content-encoding"), coding);
        assert_eq!(answer.header("content-type"), "text/javascript; charset=utf-8");
        assert_ne!(answer.header("etag"), plain.header("etag"), "another form, another tag");
    }
    let known = plain.header("etag").to_owned();
    assert_eq!(ask(&rig, script, ("if-none-match", &known)).await.expect(304).text, "");
    open(&rig, "/app/assets/of-another-version.js").await.expect(404);
}

#[tokio::test]
async fn the_documentation_stands_at_docs() {
    let rig = Rig::new().await;
    for path in ["/docs", "/swagger", "/swagger/", "/docs/swagger", "/docs/swagger/"] {
        assert_eq!(open(&rig, path).await.expect(308).header("location"), "/docs/", "{path}");
    }
    let page = open(&rig, "/docs/").await.expect(200);
    assert!(page.header("content-type").starts_with("text/html"));
    assert!(!page.text.contains("https://"), "its files are ours");
    for (file, kind) in [("swagger-ui.css", "text/css"), ("swagger-ui-bundle.js", "text/javascript")] {
        assert!(
            open(&rig, &format!("/docs/{file}")).await.expect(200).header("content-type").starts_with(kind)
        );
    }
    let setup = open(&rig, "/docs/swagger-initializer.js").await.expect(200);
    assert!(setup.text.contains("/openapi.json"));
}
