//! Signing in at a provider.

mod enforced;
mod mappings;
mod proof;

use jiff::SignedDuration;
use mesh_core::db::Engine;
use proto::identity::v1::{
    ConfigureSsoRequest, CreateUserRequest, FinishSsoRequest, GetUserRequest, ListAuditEventsRequest,
    SessionTokens, SetUserStatusRequest, SsoProvider, StartSsoRequest, StartSsoResponse, User, UserStatus,
    UserView,
};
use rstest::rstest;
use serde_json::{Value, json};
use tonic::{Code, Status};

use crate::{
    house::{ADMIN, House, refusal, user},
    provider::{KEY, Provider, Signing, asked},
};

/// A house that believes a provider.
struct Desk {
    house: House,
    admin: String,
    provider: Provider,
}

impl Desk {
    async fn new(engine: Engine) -> Self {
        Self::with(engine, |described| described).await
    }

    /// With a provider that is described like this.
    async fn with(engine: Engine, describe: impl FnOnce(SsoProvider) -> SsoProvider) -> Self {
        let (house, admin) = House::new(engine).await;
        let provider = Provider::start().await;
        let desk = Self { house, admin, provider };
        desk.describe(describe(desk.provider.described())).await;
        desk
    }

    async fn describe(&self, provider: SsoProvider) -> SsoProvider {
        let ask = ConfigureSsoRequest { provider: Some(provider) };
        self.house.security(&self.admin).configure_sso(ask).await.expect("is stored").into_inner()
    }

    async fn start(&self) -> Result<StartSsoResponse, Status> {
        let ask = StartSsoRequest {
            provider_key: KEY.into(),
            device_label: "Firefox on Linux".into(),
            ..StartSsoRequest::default()
        };
        self.house.anybody().start_sso(ask).await.map(tonic::Response::into_inner)
    }

    async fn finish(&self, ask: FinishSsoRequest) -> Result<SessionTokens, Status> {
        let answer = self.house.anybody().finish_sso(ask).await?.into_inner();
        Ok(answer.tokens.expect("tokens"))
    }

    /// Signs somebody in of whom the provider says this.
    async fn arrive(&self, claims: Value) -> Result<SessionTokens, Status> {
        let start = self.start().await?;
        self.finish(self.provider.vouch(&start, &claims)).await
    }

    async fn user(&self, id: &str) -> User {
        let ask = GetUserRequest { user_id: id.into(), view: UserView::Full.into() };
        self.house.directory(&self.admin).get_user(ask).await.expect("is there").into_inner()
    }

    /// Actions of the audit log that begin with this, with their reasons, newest first.
    async fn log(&self, action: &str) -> Vec<String> {
        let ask = ListAuditEventsRequest { action: action.into(), ..ListAuditEventsRequest::default() };
        let lines =
            self.house.security(&self.admin).list_audit_events(ask).await.expect("lists").into_inner();
        lines.audit_events.into_iter().map(|line| format!("{} {}", line.action, line.reason)).collect()
    }
}

fn ann() -> Value {
    json!({"sub": "a-1", "email": "Ann@example.com", "email_verified": true, "name": "Ann Lee"})
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_browser_is_sent_with_everything_the_protocol_asks_for(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::new(engine).await;
    let (one, two) = (desk.start().await.expect("begins"), desk.start().await.expect("begins"));
    let asked_one = asked(&one);
    assert!(one.authorize_url.starts_with(&format!("{}/authorize?", desk.provider.issuer())));
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", "ticketmesh"),
        ("scope", "openid email profile"),
        ("redirect_uri", "https://desk.example.com/sso/acme/callback"),
        ("code_challenge_method", "S256"),
    ] {
        assert_eq!(asked_one[name], value);
    }
    for secret in ["state", "nonce", "code_challenge"] {
        assert_ne!(asked_one[secret], asked(&two)[secret]);
    }
    assert_eq!(desk.provider.discoveries(), 1, "what was found is remembered");
    desk.house.world.advance(SignedDuration::from_hours(1)).await;
    desk.start().await.expect("begins");
    assert_eq!(desk.provider.discoveries(), 2, "for an hour");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_active_account_is_found_by_its_address_once_and_by_its_subject_from_then_on(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::new(engine).await;
    let known = desk.house.person(&desk.admin, "ann@example.com", &[("agent", "")]).await;
    let tokens = desk.arrive(ann()).await.expect("signs in");
    assert_eq!(tokens.user_id, known.id);
    let me = desk.house.me(&tokens.access_token).await.expect("is signed in");
    assert_eq!(me.role_assignments, known.role_assignments, "what was given by hand stays");
    let moved = json!({"sub": "a-1", "email": "ann.lee@example.com", "email_verified": false});
    assert_eq!(desk.arrive(moved).await.expect("signs in").user_id, known.id);
    let other = json!({"sub": "a-2", "email": "ann@example.com", "email_verified": true});
    assert_eq!(refusal(desk.arrive(other).await), (Code::Unauthenticated, "SSO_NO_ACCOUNT".into()));
    assert_eq!(desk.log("sso.linked").await.len(), 1);
    assert!(desk.log("sign_in.refused").await[0].contains("belongs to somebody else"));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn unknown_people_get_an_account_where_the_provider_may_make_them(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::new(engine).await;
    assert_eq!(refusal(desk.arrive(ann()).await).1, "SSO_NO_ACCOUNT");
    let open = SsoProvider { create_accounts: true, etag: "1".into(), ..desk.provider.described() };
    desk.describe(open).await;
    let tokens = desk.arrive(ann()).await.expect("signs in");
    let made = desk.user(&tokens.user_id).await;
    assert_eq!((made.email.as_str(), made.display_name.as_str()), ("ann@example.com", "Ann Lee"));
    assert_eq!((made.status(), made.role_assignments.len()), (UserStatus::Active, 0));
    assert_eq!(desk.arrive(ann()).await.expect("signs in").user_id, made.id);
    assert_eq!(desk.log("user.created").await.len(), 2, "the administrator and Ann");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_waits_for_its_owner_is_opened(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::new(engine).await;
    let ask = CreateUserRequest {
        request_id: "u1".into(),
        user: Some(user("ann@example.com")),
        ..CreateUserRequest::default()
    };
    let waiting = desk.house.directory(&desk.admin).create_user(ask).await.expect("is made").into_inner();
    assert_eq!(waiting.status(), UserStatus::Pending);
    assert_eq!(desk.arrive(ann()).await.expect("signs in").user_id, waiting.id);
    assert_eq!(desk.user(&waiting.id).await.status(), UserStatus::Active);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn suspended_people_stay_outside(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let desk = Desk::new(engine).await;
    let known = desk.house.person(&desk.admin, "ann@example.com", &[]).await;
    desk.arrive(ann()).await.expect("signs in");
    let suspend = SetUserStatusRequest {
        user_id: known.id.clone(),
        etag: desk.user(&known.id).await.etag,
        status: UserStatus::Suspended.into(),
        ..SetUserStatusRequest::default()
    };
    desk.house.directory(&desk.admin).set_user_status(suspend).await.expect("is suspended");
    assert_eq!(refusal(desk.arrive(ann()).await).1, "SSO_NO_ACCOUNT");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_address_nobody_verified_opens_nothing(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::with(engine, |described| SsoProvider { create_accounts: true, ..described }).await;
    for claims in [
        json!({"sub": "x", "email": ADMIN, "email_verified": false}),
        json!({"sub": "x", "email": ADMIN, "email_verified": "false"}),
        json!({"sub": "x", "email": ADMIN}),
        json!({"sub": "x"}),
        json!({"sub": "x", "email": "no address", "email_verified": true}),
    ] {
        assert_eq!(refusal(desk.arrive(claims.clone()).await).1, "SSO_FAILED", "{claims}");
    }
    assert!(desk.log("sso.linked").await.is_empty());
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_says_nothing_of_addresses_is_trusted_where_somebody_says_so(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::with(engine, |described| SsoProvider { trust_unmarked_emails: true, ..described }).await;
    let known = desk.house.person(&desk.admin, "ann@example.com", &[]).await;
    let unmarked = json!({"sub": "a-1", "email": "ann@example.com"});
    let denied = json!({"sub": "a-2", "email": ADMIN, "email_verified": false});
    assert_eq!(desk.arrive(unmarked).await.expect("signs in").user_id, known.id);
    assert_eq!(refusal(desk.arrive(denied).await).1, "SSO_FAILED", "what it denies never counts");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_does_not_hold_signs_nobody_in(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::new(engine).await;
    desk.house.person(&desk.admin, "ann@example.com", &[]).await;
    let about_ann = |name: &str, value: Value| {
        let mut claims = ann();
        claims[name] = value;
        claims
    };
    for wrong in [
        about_ann("nonce", json!("another")),
        about_ann("aud", json!("somebody else")),
        about_ann("aud", json!(["ticketmesh", "somebody else"])),
        about_ann("azp", json!("somebody else")),
        about_ann("iss", json!("https://evil.example.com")),
        about_ann("exp", json!(0)),
        about_ann("exp", json!(null)),
        about_ann("iat", json!(i64::MAX)),
        about_ann("sub", json!("")),
    ] {
        assert_eq!(refusal(desk.arrive(wrong.clone()).await).1, "SSO_FAILED", "{wrong}");
    }
    for signing in [Signing::Forged, Signing::None, Signing::PublicKeyAsSecret] {
        desk.provider.sign(signing);
        assert_eq!(refusal(desk.arrive(ann()).await).1, "SSO_FAILED", "{signing:?}");
    }
    desk.provider.sign(Signing::Well);
    desk.arrive(ann()).await.expect("the true one is fine");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn keys_that_were_turned_are_asked_for_again(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::new(engine).await;
    desk.house.person(&desk.admin, "ann@example.com", &[]).await;
    desk.arrive(ann()).await.expect("signs in");
    desk.provider.turn_keys();
    desk.arrive(ann()).await.expect("signs in under the new key");
    assert_eq!(desk.provider.discoveries(), 2);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_is_good_once_for_ten_minutes_and_for_one_browser(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::new(engine).await;
    desk.house.person(&desk.admin, "ann@example.com", &[]).await;
    let begun = async || desk.start().await.expect("begins");

    let good = desk.provider.vouch(&begun().await, &ann());
    desk.finish(good.clone()).await.expect("signs in");
    assert_eq!(refusal(desk.finish(good.clone()).await).1, "SSO_FAILED", "it came back before");

    let forged = FinishSsoRequest { state: "forged".into(), ..desk.provider.vouch(&begun().await, &ann()) };
    assert_eq!(refusal(desk.finish(forged.clone()).await).1, "SSO_FAILED");
    let mended = FinishSsoRequest { state: good.state, ..forged };
    assert_eq!(refusal(desk.finish(mended).await).1, "SSO_FAILED", "a failed attempt is spent too");

    // A code somebody else was given does not fit the verifier of this attempt.
    let (mine, theirs) = (begun().await, begun().await);
    let stolen = desk.provider.vouch(&theirs, &ann());
    let mixed = FinishSsoRequest { code: stolen.code, ..desk.provider.vouch(&mine, &ann()) };
    assert_eq!(refusal(desk.finish(mixed).await).1, "SSO_FAILED");

    let late = desk.provider.vouch(&begun().await, &ann());
    desk.house.world.clock().advance(SignedDuration::from_mins(10));
    assert_eq!(refusal(desk.finish(late).await).1, "SSO_FAILED");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_the_provider_refuses_is_said_and_noted(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::new(engine).await;
    let good = desk.provider.vouch(&desk.start().await.expect("begins"), &ann());
    let refused = FinishSsoRequest { code: String::new(), error: "access_denied".into(), ..good };
    let refused = desk.finish(refused).await.expect_err("is refused");
    assert_eq!(refused.message(), "the provider refused: access_denied");
    assert_eq!(desk.log("sign_in.refused").await, ["sign_in.refused the provider refused: access_denied"]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn userinfo_adds_what_the_token_does_not_say(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::new(engine).await;
    let known = desk.house.person(&desk.admin, "ann@example.com", &[]).await;
    desk.provider.tell(json!({"sub": "a-1", "email": "ann@example.com", "email_verified": true}));
    assert_eq!(desk.arrive(json!({"sub": "a-1"})).await.expect("signs in").user_id, known.id);
    desk.provider.tell(json!({"sub": "somebody else", "email": ADMIN}));
    assert_eq!(refusal(desk.arrive(json!({"sub": "a-1"})).await).1, "SSO_FAILED");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_is_down_off_or_unknown_signs_nobody_in(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::new(engine).await;
    let begun = desk.start().await.expect("begins");
    let back = desk.provider.vouch(&begun, &ann());
    let Desk { house, provider, .. } = desk;
    let described = provider.described();
    drop(provider);
    let (code, _) = refusal(house.anybody().finish_sso(back).await);
    assert_eq!(code, Code::Unavailable);
    house.world.advance(SignedDuration::from_hours(1)).await;
    let ask = |key: &str| StartSsoRequest { provider_key: key.into(), ..StartSsoRequest::default() };
    assert_eq!(refusal(house.anybody().start_sso(ask(KEY)).await).0, Code::Unavailable);
    assert_eq!(refusal(house.anybody().start_sso(ask("other")).await).0, Code::NotFound);
    let admin = house.token_of(ADMIN).await;
    let off = SsoProvider { enabled: false, etag: "1".into(), ..described };
    let ask_off = ConfigureSsoRequest { provider: Some(off) };
    house.security(&admin).configure_sso(ask_off).await.expect("is stored");
    assert_eq!(refusal(house.anybody().start_sso(ask(KEY)).await).0, Code::NotFound);
}
