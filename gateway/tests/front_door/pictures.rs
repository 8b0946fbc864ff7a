//! Pictures of people at their own address.

use http::{Method, StatusCode};
use proto::identity::v1::{
    CreateApiKeyRequest, GetMeRequest, SetPictureRequest, account_service_client::AccountServiceClient,
};

use crate::{
    house::Browser,
    with_identity::{front, signed_in},
};

const DOT: &[u8] = include_bytes!("../../../identity/tests/it/dot.png");

/// Sets the picture of whoever is signed in; answers where it is.
async fn picture_path(browser: &Browser) -> String {
    let ask = SetPictureRequest { picture: DOT.to_vec() };
    let me = AccountServiceClient::new(browser.web()).set_picture(ask).await.expect("sets it");
    me.into_inner().picture_path
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_keeps_a_picture_for_good() {
    let front = front().await;
    let browser = signed_in(&front).await;
    let path = picture_path(&browser).await;
    let reply = front.http(Method::GET, &path, &[("cookie", &browser.sent())], "").await;
    assert_eq!((reply.status, reply.header("content-type")), (StatusCode::OK, "image/png"));
    assert_eq!(reply.header("cache-control"), "private, max-age=31536000, immutable");
    assert_eq!(reply.header("x-content-type-options"), "nosniff");
    assert_eq!(reply.header("content-disposition"), "inline");
    assert_eq!(&reply.body[1..4], b"PNG");
    let head = front.http(Method::HEAD, &path, &[("cookie", &browser.sent())], "").await;
    assert_eq!((head.status, head.body.len()), (StatusCode::OK, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_gets_it_with_its_key() {
    let front = front().await;
    let browser = signed_in(&front).await;
    let path = picture_path(&browser).await;
    let ask =
        CreateApiKeyRequest { request_id: "k1".into(), display_name: "mirror".into(), ..Default::default() };
    let key = AccountServiceClient::new(browser.web()).create_api_key(ask).await.expect("a key").into_inner();
    let bearer = format!("Bearer {}", key.secret);
    let reply = front.http(Method::GET, &path, &[("authorization", &bearer)], "").await;
    assert_eq!(reply.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_old_addresses_and_made_up_ones_get_nothing() {
    let front = front().await;
    let browser = signed_in(&front).await;
    let path = picture_path(&browser).await;
    assert_eq!(front.get(&path).await.status, StatusCode::UNAUTHORIZED);
    let me =
        AccountServiceClient::new(browser.web()).get_me(GetMeRequest {}).await.expect("there").into_inner();
    for wrong in [format!("/pictures/{}/0123", me.id), "/pictures/usr_1/x".into(), "/pictures/".into()] {
        let reply = front.http(Method::GET, &wrong, &[("cookie", &browser.sent())], "").await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{wrong}");
        assert_eq!(reply.header("cache-control"), "no-store");
    }
    let sent = front.http(Method::POST, &path, &[("cookie", &browser.sent())], "x").await;
    assert_eq!(sent.status, StatusCode::METHOD_NOT_ALLOWED);
}
