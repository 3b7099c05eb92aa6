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
    for path in ["/app/", "/app/alerts/0198c0de-0000-7000-8000-000000000000"] {
        let page = open(&rig, path).await.expect(200);
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
        assert!(page.text.contains("href=\"/docs/\""));
        assert!(!page.text.contains("{{"), "every place is filled");
        let elsewhere = page.text.replace("http://www.w3.org/2000/svg", "");
        assert!(!elsewhere.contains("http://") && !elsewhere.contains("https://"));
    }
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
