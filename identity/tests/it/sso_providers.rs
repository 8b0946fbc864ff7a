//! Providers of single sign-on: setting them up, and trying them.

use mesh_core::db::Engine;
use proto::identity::v1::{
    ClaimMapping, ConfigureSsoRequest, CreateRoleRequest, DeleteSsoProviderRequest, GetSignInPolicyRequest,
    ListAuditEventsRequest, ListSsoProvidersRequest, Permission, Role, SignInProvider, SsoProvider,
    TestSsoRequest, TestSsoResponse,
};
use rstest::rstest;
use sqlx::Row;
use tonic::{Code, Status};

use crate::{
    house::{House, refusal},
    provider::{KEY, Provider, SECRET},
};

async fn configure(house: &House, token: &str, provider: SsoProvider) -> Result<SsoProvider, Status> {
    let ask = ConfigureSsoRequest { provider: Some(provider) };
    house.security(token).configure_sso(ask).await.map(tonic::Response::into_inner)
}

async fn all(house: &House, token: &str) -> Vec<SsoProvider> {
    let listed = house.security(token).list_sso_providers(ListSsoProvidersRequest {}).await;
    listed.expect("lists").into_inner().providers
}

async fn buttons(house: &House) -> Vec<SignInProvider> {
    let policy = house.anybody().get_sign_in_policy(GetSignInPolicyRequest::default()).await;
    policy.expect("anybody may ask").into_inner().providers
}

/// A provider nobody asks anything.
fn distant(key: &str) -> SsoProvider {
    SsoProvider {
        key: key.into(),
        display_name: key.to_uppercase(),
        issuer: "https://id.example.com".into(),
        client_id: "desk".into(),
        client_secret: SECRET.into(),
        enforced_domains: vec!["Example.COM".into()],
        ..SsoProvider::default()
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_provider_is_set_up_changed_and_removed_and_its_secret_is_never_told(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    let made = configure(&house, &admin, distant("acme")).await.expect("is made");
    assert_eq!(
        (made.client_secret.as_str(), made.enforced_domains.as_slice()),
        ("", ["example.com".into()].as_slice())
    );
    assert!(buttons(&house).await.is_empty(), "it is off");
    let on = SsoProvider { enabled: true, client_secret: String::new(), ..made.clone() };
    assert_eq!(refusal(configure(&house, &admin, on.clone()).await).1, "BREAK_GLASS_NEEDED");
    let on = SsoProvider { enforced_domains: vec![], ..on };
    let changed = configure(&house, &admin, on.clone()).await.expect("is changed");
    assert_eq!(refusal(configure(&house, &admin, on).await).1, "STALE_ETAG");
    assert_eq!(all(&house, &admin).await, std::slice::from_ref(&changed));
    let [button] = buttons(&house).await.try_into().expect("one button");
    assert_eq!((button.display_name.as_str(), button.start_path.as_str()), ("ACME", "/sso/acme/start"));

    let db = house.world.db(identity::MIGRATIONS).await;
    let row =
        sqlx::query("select sealed_secret from sso_providers").fetch_one(db.reader()).await.expect("a row");
    let sealed: String = row.get(0);
    assert!(!sealed.is_empty() && !sealed.contains(SECRET), "it is kept, sealed");
    let delete = |etag: &str| DeleteSsoProviderRequest { key: "acme".into(), etag: etag.into() };
    let mut security = house.security(&admin);
    assert_eq!(refusal(security.delete_sso_provider(delete(&made.etag)).await).1, "STALE_ETAG");
    security.delete_sso_provider(delete(&changed.etag)).await.expect("is removed");
    assert_eq!(refusal(security.delete_sso_provider(delete(&changed.etag)).await).0, Code::NotFound);
    let ask = ListAuditEventsRequest { action: "sso_provider".into(), ..ListAuditEventsRequest::default() };
    let lines = security.list_audit_events(ask).await.expect("lists").into_inner().audit_events;
    let actions: Vec<_> = lines.iter().map(|line| line.action.as_str()).collect();
    assert_eq!(actions, ["sso_provider.deleted", "sso_provider.updated", "sso_provider.created"]);
    assert!(lines.iter().all(|line| !format!("{line:?}").contains(SECRET)));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_provider_is_named(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let (house, admin) = House::new(engine).await;
    for (wrong, field) in [
        (SsoProvider { issuer: "http://id.example.com".into(), ..distant("acme") }, "provider.issuer"),
        (SsoProvider { key: "Acme!".into(), ..distant("acme") }, "provider.key"),
        (SsoProvider { scopes: vec!["a b".into()], ..distant("acme") }, "provider.scopes"),
        (SsoProvider { enforced_domains: vec!["@".into()], ..distant("acme") }, "provider.enforced_domains"),
        (SsoProvider { client_id: String::new(), ..distant("acme") }, "provider.client_id"),
        (
            SsoProvider { second_factor_acrs: vec!["a b".into()], ..distant("acme") },
            "provider.second_factor_acrs",
        ),
    ] {
        let refused = configure(&house, &admin, wrong).await.expect_err("is refused");
        assert!(
            refused.code() == Code::InvalidArgument && refused.message().starts_with(field),
            "{refused:?}"
        );
    }
    let strange = SsoProvider { etag: "1".into(), ..distant("acme") };
    assert_eq!(refusal(configure(&house, &admin, strange).await).0, Code::NotFound);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn there_are_at_most_twenty_providers(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let (house, admin) = House::new(engine).await;
    for number in 0..20 {
        configure(&house, &admin, distant(&format!("p{number}"))).await.expect("is made");
    }
    assert_eq!(refusal(configure(&house, &admin, distant("one-more")).await).0, Code::InvalidArgument);
    assert_eq!(all(&house, &admin).await.len(), 20);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_kept_secret_is_told_to_no_other_issuer(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    let made = configure(&house, &admin, distant("acme")).await.expect("is made");
    let elsewhere = SsoProvider { issuer: "https://evil.example.com".into(), ..made };
    let refused = configure(&house, &admin, elsewhere.clone()).await.expect_err("is refused");
    assert!(refused.message().starts_with("provider.client_secret"), "{refused:?}");
    let with_secret = SsoProvider { client_secret: "another one".into(), ..elsewhere };
    configure(&house, &admin, with_secret).await.expect("is changed");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn only_who_holds_everything_says_whom_to_believe(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    let role = Role {
        key: "guard".into(),
        display_name: "Guard".into(),
        permissions: vec![Permission::SecurityManage.into(), Permission::RoleManage.into()],
        ..Role::default()
    };
    let ask = CreateRoleRequest { request_id: "r1".into(), role: Some(role) };
    house.directory(&admin).create_role(ask).await.expect("is made");
    house.person(&admin, "guard@example.com", &[("guard", "")]).await;
    house.person(&admin, "ann@example.com", &[("agent", "")]).await;
    let guard = house.token_of("guard@example.com").await;
    assert_eq!(refusal(configure(&house, &guard, distant("acme")).await).1, "GRANT_EXCEEDS_OWN");
    assert!(all(&house, &guard).await.is_empty(), "looking is allowed");
    let ann = house.token_of("ann@example.com").await;
    assert_eq!(refusal(configure(&house, &ann, distant("acme")).await).1, "PERMISSION_DENIED");
}

async fn try_out(house: &House, token: &str, provider: SsoProvider, sample: &str) -> TestSsoResponse {
    let ask = TestSsoRequest { provider: Some(provider), sample_claims_json: sample.into() };
    house.security(token).test_sso(ask).await.expect("is tried").into_inner()
}

/// The names of the steps, each with whether it passed.
fn steps(trial: &TestSsoResponse) -> Vec<(&str, bool)> {
    trial.steps.iter().map(|step| (step.name.as_str(), step.passed)).collect()
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_trial_goes_as_far_as_the_first_step_that_fails_and_says_what_to_do(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    let provider = Provider::start().await;
    let whole = try_out(&house, &admin, provider.described(), "").await;
    assert_eq!(steps(&whole), [("discovery", true), ("keys", true), ("client", true), ("mappings", true)]);
    assert!(whole.steps[2].detail.ends_with("https://desk.example.com/sso/acme/callback"), "{whole:?}");
    assert!(all(&house, &admin).await.is_empty(), "nothing is stored");

    let strange = SsoProvider { client_secret: "wrong".into(), ..provider.described() };
    let half = try_out(&house, &admin, strange, "").await;
    assert_eq!(steps(&half), [("discovery", true), ("keys", true), ("client", false)]);
    assert!(half.steps[2].detail.contains("invalid_client"), "{half:?}");

    let slash = SsoProvider { issuer: format!("{}/", provider.issuer()), ..provider.described() };
    let none = try_out(&house, &admin, slash, "").await;
    assert_eq!(steps(&none), [("discovery", false)]);
    assert!(none.steps[0].detail.contains("give that as the issuer"), "{none:?}");

    let described = provider.described();
    drop(provider);
    let down = try_out(&house, &admin, described, "").await;
    assert_eq!(steps(&down), [("discovery", false)]);
    assert!(down.steps[0].detail.contains("can't be reached"), "{down:?}");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_trial_uses_the_stored_secret_for_the_stored_issuer(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    let provider = Provider::start().await;
    configure(&house, &admin, provider.described()).await.expect("is made");
    let without = SsoProvider { client_secret: String::new(), ..provider.described() };
    assert!(try_out(&house, &admin, without.clone(), "").await.steps.iter().all(|step| step.passed));
    let other = Provider::start().await;
    let elsewhere = SsoProvider { issuer: other.issuer(), ..without };
    assert_eq!(steps(&try_out(&house, &admin, elsewhere, "").await).last(), Some(&("client", false)));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_sample_that_is_no_object_is_refused(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let (house, admin) = House::new(engine).await;
    for sample in ["[]", "{", "null"] {
        let ask = TestSsoRequest { provider: Some(distant(KEY)), sample_claims_json: sample.into() };
        let refused = house.security(&admin).test_sso(ask).await;
        assert_eq!(refusal(refused).0, Code::InvalidArgument, "{sample}");
    }
    let mapping =
        ClaimMapping { condition: "true".into(), role_id: "rol_1".into(), ..ClaimMapping::default() };
    let damaged = SsoProvider { mappings: vec![mapping], ..distant(KEY) };
    let ask = TestSsoRequest { provider: Some(damaged), sample_claims_json: String::new() };
    assert_eq!(refusal(house.security(&admin).test_sso(ask).await).0, Code::InvalidArgument);
}
