//! Single sign-on with a real OpenID provider: through the front door by following redirects, as a browser does.

use http::{Method, StatusCode};
use mesh_core::testing::oidc_url;
use proto::identity::v1::{SsoProvider, TestSsoRequest};
use serde_json::{Value, json};
use url::Url;

use crate::{
    acme::{self, CALLBACK, account},
    people::{self, Person},
    running::{ADMIN, Mesh, Mode},
    wanderer::{Stop, Wanderer},
};

/// A mesh that believes the provider.
struct Desk {
    mesh: Mesh,
    admin: Person,
    provider: SsoProvider,
}

impl Desk {
    /// With a mapping of a group to a role each.
    async fn with(mappings: &[(&str, &str)]) -> Self {
        let mesh = Mesh::start(Mode::All).await;
        let admin = people::sign_in(&mesh, ADMIN).await;
        let provider = acme::believe(&mesh, &admin, mappings).await;
        Self { mesh, admin, provider }
    }

    async fn describe(&self, provider: SsoProvider) {
        acme::describe(&self.admin, provider).await;
    }

    fn at(&self, path: &str) -> Url {
        Url::parse(&self.mesh.address()).and_then(|door| door.join(path)).expect("an address")
    }

    /// Goes through a whole sign-in, up to the page it ends at.
    async fn sign_in(&self, browser: &mut Wanderer) -> Stop {
        browser.wander(self.at("/sso/acme/start?return=/tickets?view=mine"), |_| false).await
    }

    /// Goes through a sign-in up to where the provider leads back, and answers that address.
    async fn way_back(&self, browser: &mut Wanderer) -> Url {
        let stop = browser.wander(self.at("/sso/acme/start"), |next| next.path() == CALLBACK).await;
        stop.next().expect("a way back")
    }

    /// Who is signed in in a browser.
    async fn whoever(&self, browser: &mut Wanderer) -> Value {
        let url = self.at("/api/ticketmesh.gateway.v1.SessionService/GetSession");
        let headers =
            [("content-type", "application/json"), ("x-tm-csrf", "1"), ("sec-fetch-site", "same-origin")];
        let stop = browser.send(Method::POST, url, &headers, "{}").await;
        if stop.status == StatusCode::OK { stop.json()["user"].clone() } else { Value::Null }
    }
}

/// The word the sign-in page is told.
fn problem(stop: &Stop) -> String {
    stop.url
        .query_pairs()
        .find(|(name, _)| name == "problem")
        .map(|(_, word)| word.into())
        .unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_comes_in_by_her_provider_and_goes_where_she_wanted() {
    let desk = Desk::with(&[]).await;
    let mut browser = Wanderer::of(&account("ann", &[]));
    let end = desk.sign_in(&mut browser).await;
    assert_eq!((end.status, end.url.clone()), (StatusCode::OK, desk.at("/tickets?view=mine")));
    let ann = desk.whoever(&mut browser).await;
    assert_eq!((&ann["email"], &ann["displayName"]), (&json!("ann@acme.example"), &json!("ANN")));
    let mut again = Wanderer::of(&account("ann", &[]));
    desk.sign_in(&mut again).await;
    assert_eq!(desk.whoever(&mut again).await["id"], ann["id"], "she has one account");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_is_there_is_linked() {
    let desk = Desk::with(&[]).await;
    let root = json!({"sub": "root", "email": ADMIN, "email_verified": true});
    let mut browser = Wanderer::of(&root);
    desk.sign_in(&mut browser).await;
    assert_eq!(desk.whoever(&mut browser).await["id"], json!(desk.admin.id));
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_come_and_go_with_the_groups() {
    let desk = Desk::with(&[("helpdesk", "agent"), ("bosses", "admin")]).await;
    let agent = desk.provider.mappings[0].role_id.clone();
    let mut roles = Vec::new();
    for groups in [&["helpdesk"][..], &["helpdesk", "bosses"], &[]] {
        let mut browser = Wanderer::of(&account("bob", groups));
        desk.sign_in(&mut browser).await;
        let bob = desk.whoever(&mut browser).await;
        let held = bob["roleAssignments"].as_array().cloned().unwrap_or_default();
        let from_provider = held.iter().all(|one| one["providerKey"] == "acme");
        roles.push((held.len(), held.iter().any(|one| one["roleId"] == agent.as_str()), from_provider));
    }
    assert_eq!(roles, [(1, true, true), (2, true, true), (0, false, true)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_back_counts_once_and_in_its_own_browser() {
    let desk = Desk::with(&[]).await;
    let mut ann = Wanderer::of(&account("ann", &[]));
    let back = desk.way_back(&mut ann).await;
    let mut thief = ann.clone();

    let elsewhere = Wanderer::default().wander(back.clone(), |_| false).await;
    assert_eq!(problem(&elsewhere), "sso-expired", "another browser has no cookie");
    desk.way_back(&mut Wanderer::of(&account("eve", &[]))).await;

    ann.wander(back.clone(), |_| false).await;
    assert!(!desk.whoever(&mut ann).await.is_null());
    assert_eq!(problem(&thief.wander(back.clone(), |_| false).await), "sso-failed", "it came back before");
    assert!(desk.whoever(&mut thief).await.is_null());
    assert_eq!(problem(&ann.wander(back, |_| false).await), "sso-expired");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_state_or_code_signs_nobody_in() {
    let desk = Desk::with(&[]).await;
    let mut ann = Wanderer::of(&account("ann", &[]));
    let stranger = desk.way_back(&mut Wanderer::of(&account("eve", &[]))).await;
    for forged in ["state", "code"] {
        let mut back = desk.way_back(&mut ann).await;
        let theirs =
            stranger.query_pairs().find(|(name, _)| name == forged).expect("is there").1.into_owned();
        let pairs: Vec<(String, String)> = back.query_pairs().into_owned().collect();
        back.query_pairs_mut().clear().extend_pairs(
            pairs
                .into_iter()
                .map(|(name, own)| if name == forged { (name, theirs.clone()) } else { (name, own) }),
        );
        assert_eq!(problem(&ann.wander(back, |_| false).await), "sso-failed", "{forged}");
        assert!(desk.whoever(&mut ann).await.is_null());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_turns_back_or_has_no_account_learns_why() {
    let desk = Desk::with(&[]).await;
    let turned = desk.sign_in(&mut Wanderer::default()).await;
    assert_eq!((turned.url.path(), problem(&turned).as_str()), ("/sign-in", "sso-refused"));
    let closed = SsoProvider { create_accounts: false, etag: "1".into(), ..desk.provider.clone() };
    desk.describe(closed).await;
    let unknown = desk.sign_in(&mut Wanderer::of(&account("eve", &[]))).await;
    assert_eq!(problem(&unknown), "sso-no-account");
    let nowhere = Wanderer::default().wander(desk.at("/sso/other/start"), |_| false).await;
    assert_eq!(problem(&nowhere), "sso-unknown");
    let down = SsoProvider {
        issuer: "http://127.0.0.1:1".into(),
        client_secret: "any".into(),
        etag: "2".into(),
        ..desk.provider.clone()
    };
    desk.describe(down).await;
    assert_eq!(problem(&desk.sign_in(&mut Wanderer::default()).await), "sso-unavailable");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_led_astray_and_every_answer_is_guarded() {
    let desk = Desk::with(&[]).await;
    let mut ann = Wanderer::of(&account("ann", &[]));
    let start = desk.at("/sso/acme/start?return=//evil.example&keep=1&device=Firefox");
    let away = ann.get(start).await;
    assert_eq!(away.status, StatusCode::FOUND);
    assert!(away.next().is_some_and(|next| next.as_str().starts_with(&oidc_url())));
    let cookie = away.header("set-cookie");
    assert!(
        ["tm_sso=", "HttpOnly", "SameSite=Lax", "Max-Age=600"].iter().all(|part| cookie.contains(part)),
        "{cookie}"
    );
    assert_eq!((away.header("cache-control"), away.header("x-frame-options")), ("no-store", "DENY"));
    let back = ann.wander(away.next().expect("an address"), |next| next.path() == CALLBACK).await;
    let end = ann.get(back.next().expect("a way back")).await;
    assert_eq!((end.status, end.header("location")), (StatusCode::SEE_OTHER, "/"));
    let lines = end.headers.get_all("set-cookie").iter().filter_map(|line| line.to_str().ok());
    let lines: Vec<_> = lines.collect();
    assert!(
        lines.iter().any(|line| line.starts_with("tm_session=") && line.contains("Max-Age=")),
        "it is kept"
    );
    assert!(
        lines.iter().any(|line| line.starts_with("tm_sso=;") && line.contains("Max-Age=0")),
        "it is over"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_of_a_real_provider_passes_every_step() {
    let desk = Desk::with(&[("helpdesk", "agent")]).await;
    let ask = TestSsoRequest {
        provider: Some(SsoProvider { client_secret: String::new(), ..desk.provider.clone() }),
        sample_claims_json: json!({"groups": ["helpdesk"]}).to_string(),
    };
    let trial = desk.admin.security().test_sso(ask).await.expect("is tried").into_inner();
    assert!(trial.steps.len() == 4 && trial.steps.iter().all(|step| step.passed), "{trial:?}");
    assert_eq!(trial.matched, desk.provider.mappings);
}
