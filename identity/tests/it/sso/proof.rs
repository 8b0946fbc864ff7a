//! What a provider says proves, here: a second factor it asked for, and who somebody is who has no password.

use jiff::SignedDuration;
use mesh_core::db::Engine;
use proto::identity::v1::{
    ConfirmTotpRequest, CreateRoleRequest, OwnProof, Permission, RegenerateRecoveryCodesRequest,
    RemovePasskeyRequest, Role, SessionTokens, SsoProvider, StartPasskeyRequest, StartTotpRequest, User,
};
use rstest::rstest;
use serde_json::{Value, json};
use tonic::{Code, Response, Status};

use super::{Desk, ann};
use crate::{
    house::{PASSWORD, refusal},
    second_step::App,
};

/// Ann with a role that counts only after a second factor.
async fn guarded(desk: &Desk) {
    let role = Role {
        key: "keeper".into(),
        display_name: "Keeper".into(),
        permissions: vec![Permission::UserManage.into()],
        requires_second_factor: true,
        ..Role::default()
    };
    let ask = CreateRoleRequest { request_id: "r1".into(), role: Some(role) };
    desk.house.directory(&desk.admin).create_role(ask).await.expect("makes a role");
    desk.house.person(&desk.admin, "ann@example.com", &[("keeper", "")]).await;
}

/// What the provider says of Ann, and how it asked her.
fn asked_by(name: &str, value: Value) -> Value {
    let mut claims = ann();
    claims[name] = value;
    claims
}

impl Desk {
    async fn holds(&self, tokens: &SessionTokens) -> bool {
        !self.house.me(&tokens.access_token).await.expect("is signed in").grants.is_empty()
    }

    /// Sets up an app with this proof.
    async fn set_up_app(
        &self,
        token: &str,
        password: &str,
        code: &str,
    ) -> Result<(App, Vec<String>), Status> {
        let mut account = self.house.account(token);
        let ask = StartTotpRequest { password: password.into(), code: code.into() };
        let app = App::new(&account.start_totp(ask).await?.into_inner().secret);
        let ask = ConfirmTotpRequest { code: app.code(&self.house) };
        let codes = account.confirm_totp(ask).await.map(Response::into_inner)?.codes;
        self.house.world.settle().await;
        Ok((app, codes))
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_second_factor_at_the_provider_counts_here(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let with_words = |described| SsoProvider { second_factor_acrs: vec!["urn:two".into()], ..described };
    let desk = Desk::with(engine, with_words).await;
    guarded(&desk).await;
    for (claims, counts) in [
        (asked_by("amr", json!(["pwd", "mfa"])), true),
        (asked_by("amr", json!(["hwk"])), true),
        (asked_by("acr", json!("urn:two")), true),
        (asked_by("acr", json!("urn:one")), false),
        (asked_by("amr", json!(["pwd"])), false),
        (ann(), false),
    ] {
        let tokens = desk.arrive(claims.clone()).await.expect("signs in");
        assert_eq!(desk.holds(&tokens).await, counts, "{claims}");
        let factors = desk.house.factors(&tokens.access_token).await;
        assert_eq!((factors.required, factors.session_proven), (true, counts), "{claims}");
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn who_has_no_password_gets_a_second_factor_by_a_fresh_sign_in_at_the_provider(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::with(engine, |described| SsoProvider { create_accounts: true, ..described }).await;
    let tokens = desk.arrive(ann()).await.expect("gets an account without a password");
    let token = &tokens.access_token;
    assert_eq!(desk.house.factors(token).await.proof(), OwnProof::Session);
    assert_eq!(refusal(desk.set_up_app(token, PASSWORD, "").await.map(drop)).1, "WRONG_PASSWORD");
    let (_, codes) = desk.set_up_app(token, "", "").await.expect("she has just come from the provider");

    let token = desk.house.refresh(&tokens.refresh_token).await.expect("goes on").access_token;
    desk.house.world.advance(SignedDuration::from_mins(10)).await;
    assert_eq!(desk.house.factors(&token).await.proof(), OwnProof::SignInAgain);
    let late = renewal("", &codes[0]);
    let refused = desk.house.account(&token).regenerate_recovery_codes(late).await;
    assert_eq!(refusal(refused), (Code::FailedPrecondition, "SIGN_IN_AGAIN".into()));
}

/// A call for new recovery codes; the same proof is the same call.
fn renewal(password: &str, code: &str) -> RegenerateRecoveryCodesRequest {
    let (password, code, request_id) = (password.to_owned(), code.to_owned(), format!("renewal-{code}"));
    RegenerateRecoveryCodesRequest { password, code, request_id }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn neither_a_password_nor_the_provider_alone_undoes_a_second_factor(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::new(engine).await;
    desk.house.person(&desk.admin, "ann@example.com", &[]).await;
    let own = desk.house.sign_in("ann@example.com").await;
    let (_, codes) = desk.set_up_app(&own.access_token, PASSWORD, "").await.expect("the password is right");
    // The provider asked for no second factor, so nothing proves this session but its word.
    let token = desk.arrive(ann()).await.expect("signs in").access_token;
    let mut account = desk.house.account(&token);
    for password in [PASSWORD, ""].map(str::to_owned) {
        for (code, answer) in [("", "INVALID_FIELDS"), ("000000", "WRONG_CODE")] {
            let (code, passkey_id) = (code.to_owned(), proto::id::encode("pky", 1));
            let totp = StartTotpRequest { password: password.clone(), code: code.clone() };
            let renew = renewal(&password, &code);
            let passkey = StartPasskeyRequest { password: password.clone(), code: code.clone() };
            let remove = RemovePasskeyRequest { password: password.clone(), code, passkey_id };
            assert_eq!(refusal(account.start_totp(totp).await).1, answer);
            assert_eq!(refusal(account.regenerate_recovery_codes(renew).await).1, answer);
            assert_eq!(refusal(account.start_passkey(passkey).await).1, answer);
            assert_eq!(refusal(account.remove_passkey(remove).await).1, answer);
        }
    }
    let renewed = account
        .regenerate_recovery_codes(renewal("", &codes[0]))
        .await
        .expect("a code is proof")
        .into_inner()
        .codes;
    assert_eq!(renewed.len(), 10);
    let factors = desk.house.factors(&token).await;
    assert!(
        factors.totp && !factors.session_proven,
        "one code proves one deed, not the session: {factors:?}"
    );
    let me: User = desk.house.me(&token).await.expect("is signed in");
    assert!(me.second_factor_enabled);
}
