//! The UI's pages and the headers that protect them.

use http::{Method, StatusCode};

use crate::house::House;

#[tokio::test(flavor = "multi_thread")]
async fn every_page_comes_with_the_headers_that_protect_it() {
    let house = House::open().await;
    for path in ["/", "/tickets/TX-1", "/admin/people", "/setup/inv_1.secret"] {
        let page = house.get(path).await;
        assert_eq!(
            (page.status, page.header("content-type")),
            (StatusCode::OK, "text/html; charset=utf-8"),
            "{path}"
        );
        let policy = page.header("content-security-policy");
        assert!(
            policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{policy}"
        );
        assert!(!policy.contains("unsafe-inline") && policy.contains("'wasm-unsafe-eval'"), "{policy}");
        assert_eq!(page.header("cache-control"), "no-cache");
        for (name, value) in [
            ("x-frame-options", "DENY"),
            ("x-content-type-options", "nosniff"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("strict-transport-security", ""),
        ] {
            assert_eq!(page.header(name), value, "{name}");
        }
        assert!(page.header("permissions-policy").contains("camera=()"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unchanged_page_is_not_sent_again() {
    let house = House::open().await;
    let tag = house.get("/").await.header("etag").to_owned();
    let again = house.http(Method::GET, "/", &[("if-none-match", &tag)], "").await;
    assert_eq!((again.status, again.body.len()), (StatusCode::NOT_MODIFIED, 0));
    let head = house.http(Method::HEAD, "/", &[], "").await;
    assert_eq!((head.status, head.body.len()), (StatusCode::OK, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_page_is_not_there() {
    let house = House::open().await;
    for path in [
        "/assets/ui-0123456789abcdef.js",
        "/missing.png",
        "/../Cargo.toml",
        "/assets/../../etc/passwd",
        "/.env",
        "/.well-known/openid-configuration",
    ] {
        assert_eq!(house.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let posted = house.http(Method::POST, "/tickets", &[("content-type", "text/plain")], "x").await;
    assert_eq!((posted.status, posted.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, "GET, HEAD"));
}
