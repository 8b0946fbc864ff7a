//! Passkeys: kept, used as the second factor or instead of everything else, forgotten.

use mesh_core::db::Engine;
use proto::identity::v1::{
    ChangePasswordRequest, ConfirmPasskeyRequest, ConfirmPasskeyResponse, ConfirmTotpRequest,
    RemovePasskeyRequest, SecondFactorKind as Kind, SecondFactorNeeded, SessionTokens, StartPasskeyRequest,
    StartPasskeyResponse, StartPasskeySignInRequest, StartTotpRequest, VerifySecondFactorRequest,
};
use rstest::rstest;
use tonic::{Code, Response, Status};

use crate::{
    authenticator::{Authenticator, Says},
    house::{ADMIN, House, OTHER_PASSWORD, PASSWORD, refusal},
    second_step::App,
};

impl House {
    async fn start_passkey(&self, token: &str) -> StartPasskeyResponse {
        let ask = StartPasskeyRequest { password: PASSWORD.into(), ..Default::default() };
        self.account(token).start_passkey(ask).await.expect("the password is right").into_inner()
    }

    async fn confirm_passkey(
        &self,
        token: &str,
        attempt: &str,
        credential_json: String,
    ) -> Result<ConfirmPasskeyResponse, Status> {
        let (attempt, display_name) = (attempt.into(), "blue key".into());
        let ask = ConfirmPasskeyRequest { attempt, credential_json, display_name };
        self.account(token).confirm_passkey(ask).await.map(Response::into_inner)
    }

    /// Keeps a passkey for whoever has the session; the session goes on.
    pub(crate) async fn keep(&self, session: SessionTokens, device: &mut Authenticator) -> SessionTokens {
        let asked = self.start_passkey(&session.access_token).await;
        let made = device.create(&asked.options_json);
        self.confirm_passkey(&session.access_token, &asked.attempt, made).await.expect("is kept");
        self.world.settle().await;
        self.refresh(&session.refresh_token).await.expect("goes on")
    }

    pub(crate) async fn verify_passkey(
        &self,
        needed: &SecondFactorNeeded,
        passkey_json: String,
    ) -> Result<SessionTokens, Status> {
        let (attempt, kind) = (needed.attempt.clone(), Kind::Passkey.into());
        let ask = VerifySecondFactorRequest { attempt, kind, passkey_json, ..Default::default() };
        self.anybody().verify_second_factor(ask).await.map(Response::into_inner)
    }

    pub(crate) async fn start_passkey_sign_in(&self) -> SecondFactorNeeded {
        let ask = StartPasskeySignInRequest::default();
        self.anybody().start_passkey_sign_in(ask).await.expect("anybody may").into_inner()
    }

    /// Signs in with the passkey and nothing else.
    async fn enter(&self, device: &Authenticator) -> SessionTokens {
        let needed = self.start_passkey_sign_in().await;
        let answer = device.get(&needed.passkey_options_json);
        self.verify_passkey(&needed, answer).await.expect("signs in")
    }

    async fn remove_passkey(&self, token: &str, passkey_id: &str, password: &str) -> Result<(), Status> {
        let ask = RemovePasskeyRequest {
            passkey_id: passkey_id.into(),
            password: password.into(),
            ..Default::default()
        };
        self.account(token).remove_passkey(ask).await.map(drop)
    }
}

fn wrong_code() -> (Code, String) {
    (Code::Unauthenticated, "WRONG_CODE".into())
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_is_a_second_factor(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let (house, _) = House::new(engine).await;
    let mut device = Authenticator::unverifying("blue");
    let session = house.keep(house.sign_in(ADMIN).await, &mut device).await;
    let factors = house.factors(&session.access_token).await;
    assert_eq!((factors.passkeys.len(), factors.recovery_codes_left, factors.session_proven), (1, 10, true));
    let needed = house.half_sign_in(ADMIN).await;
    assert_eq!(needed.kinds().collect::<Vec<_>>(), [Kind::Passkey, Kind::RecoveryCode, Kind::EmailCode]);
    let answer = device.get(&needed.passkey_options_json);
    house.verify_passkey(&needed, answer.clone()).await.expect("signs in");
    assert_eq!(refusal(house.verify_passkey(&needed, answer.clone()).await), wrong_code());
    let again = house.half_sign_in(ADMIN).await;
    assert_eq!(refusal(house.verify_passkey(&again, answer).await), wrong_code(), "another challenge");
    let passkeys = house.factors(&session.access_token).await.passkeys;
    assert!(passkeys[0].display_name == "blue key" && passkeys[0].last_use_time.is_some());
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_that_checks_its_owner_signs_in_by_itself(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, _) = House::new(engine).await;
    let mut device = Authenticator::new("blue");
    house.keep(house.sign_in(ADMIN).await, &mut device).await;
    let needed = house.start_passkey_sign_in().await;
    assert_eq!(needed.kinds().collect::<Vec<_>>(), [Kind::Passkey]);
    let tokens =
        house.verify_passkey(&needed, device.get(&needed.passkey_options_json)).await.expect("signs in");
    assert_eq!(house.me(&tokens.access_token).await.expect("is signed in").email, ADMIN);
    assert!(house.factors(&tokens.access_token).await.session_proven);

    let needed = house.start_passkey_sign_in().await;
    device.says.user_handle.clear();
    let answer = device.get(&needed.passkey_options_json);
    assert_eq!(refusal(house.verify_passkey(&needed, answer).await), wrong_code(), "it names nobody");
    let needed = house.start_passkey_sign_in().await;
    assert_eq!(refusal(house.verify(&needed.attempt, Kind::Totp, "123456").await), wrong_code());
    assert_eq!(refusal(house.send_code(&needed.attempt).await), wrong_code());
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_does_not_check_its_owner_is_one_factor_only(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, _) = House::new(engine).await;
    let mut device = Authenticator::unverifying("blue");
    house.keep(house.sign_in(ADMIN).await, &mut device).await;
    let needed = house.start_passkey_sign_in().await;
    let answer = device.get(&needed.passkey_options_json);
    assert_eq!(refusal(house.verify_passkey(&needed, answer).await), wrong_code());
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn answers_from_elsewhere_and_copied_keys_are_not_believed(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    house.person(&admin, "ann@example.com", &[]).await;
    let mut anns = Authenticator::new("green");
    house.keep(house.sign_in("ann@example.com").await, &mut anns).await;
    let mut device = Authenticator::new("blue");
    house.keep(house.sign_in(ADMIN).await, &mut device).await;

    let truth = device.says.clone();
    let lies = [
        Says { origin: "https://desk.example.net", ..truth.clone() },
        Says { site: "desk.example.net", ..truth.clone() },
        Says { flags: 0, ..truth.clone() },
        Says { credential_id: "bm9ib2R5".into(), ..truth.clone() },
    ];
    for lie in lies {
        device.says = lie;
        let needed = house.half_sign_in(ADMIN).await;
        let answer = device.get(&needed.passkey_options_json);
        assert_eq!(refusal(house.verify_passkey(&needed, answer).await), wrong_code());
    }
    device.says = truth;
    let needed = house.half_sign_in(ADMIN).await;
    let answers = [
        anns.get(&needed.passkey_options_json),
        Authenticator::new("blue").get(&needed.passkey_options_json),
        "{}".into(),
    ];
    for answer in answers {
        assert_eq!(refusal(house.verify_passkey(&needed, answer).await), wrong_code());
    }
    house.verify_passkey(&needed, device.get(&needed.passkey_options_json)).await.expect("the true one");
    device.says.step = 0;
    let needed = house.half_sign_in(ADMIN).await;
    let answer = device.get(&needed.passkey_options_json);
    assert_eq!(refusal(house.verify_passkey(&needed, answer).await), wrong_code(), "its count stands still");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_is_kept_for_whoever_began_and_answers_the_question(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    house.person(&admin, "ann@example.com", &[]).await;
    let ann = house.token_of("ann@example.com").await;
    let (asked, other) = (house.start_passkey(&admin).await, house.start_passkey(&admin).await);
    let made = Authenticator::new("blue").create(&asked.options_json);
    let by = async |token: &str, attempt: &str, made: &str| {
        refusal(house.confirm_passkey(token, attempt, made.into()).await).1
    };
    assert_eq!(by(&ann, &asked.attempt, &made).await, "WRONG_CODE", "somebody else began");
    assert_eq!(by(&admin, &other.attempt, &made).await, "WRONG_CODE", "another challenge");
    assert_eq!(by(&admin, &asked.attempt, "{}").await, "WRONG_CODE");
    house.world.advance(jiff::SignedDuration::from_mins(5)).await;
    assert_eq!(by(&admin, &asked.attempt, &made).await, "WRONG_CODE", "too late");
    let asked = house.start_passkey(&admin).await;
    let made = Authenticator::new("blue").create(&asked.options_json);
    house.confirm_passkey(&admin, &asked.attempt, made).await.expect("is kept");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_last_passkey_takes_the_second_factor_with_it(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, _) = House::new(engine).await;
    let session = house.keep(house.sign_in(ADMIN).await, &mut Authenticator::new("blue")).await;
    let session = house.keep(session, &mut Authenticator::new("green")).await;
    let ids: Vec<_> =
        house.factors(&session.access_token).await.passkeys.into_iter().map(|one| one.id).collect();
    let own = &session.access_token;
    assert_eq!(refusal(house.remove_passkey(own, &ids[0], "another one").await).1, "WRONG_PASSWORD");
    house.remove_passkey(own, &ids[0], PASSWORD).await.expect("forgets it");
    assert_eq!(refusal(house.remove_passkey(own, &ids[0], PASSWORD).await).0, Code::NotFound);
    house.half_sign_in(ADMIN).await;
    house.remove_passkey(own, &ids[1], PASSWORD).await.expect("forgets it");
    house.sign_in(ADMIN).await;
    let letters = house.world.letters().to(ADMIN);
    assert_eq!(letters.last().expect("a letter").subject, "Your second factor is off");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_changed_password_ends_every_other_session_however_many_there_are(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, _) = House::new(engine).await;
    let mut device = Authenticator::new("blue");
    let own = house.keep(house.sign_in(ADMIN).await, &mut device).await;
    let oldest = house.enter(&device).await;
    // As many as are shown at once, each used later than the one before.
    for _ in 0..200 {
        house.enter(&device).await;
    }
    let (current_password, new_password) = (PASSWORD.into(), OTHER_PASSWORD.into());
    let ask = ChangePasswordRequest { current_password, new_password };
    house.auth(&own.access_token).change_password(ask).await.expect("changes");
    assert_eq!(refusal(house.refresh(&oldest.refresh_token).await).1, "SESSION_REVOKED");
    house.refresh(&own.refresh_token).await.expect("one's own goes on");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_has_just_ended_adds_no_factor_any_more(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, _) = House::new(engine).await;
    let (own, stolen) = (house.sign_in(ADMIN).await, house.sign_in(ADMIN).await);
    let mut thief = house.account(&stolen.access_token);
    let ask = StartTotpRequest { password: PASSWORD.into(), ..Default::default() };
    let app = App::new(&thief.start_totp(ask).await.expect("there is no factor yet").into_inner().secret);
    let asked = house.start_passkey(&own.access_token).await;
    let made = Authenticator::new("blue").create(&asked.options_json);
    house.confirm_passkey(&own.access_token, &asked.attempt, made).await.expect("is kept");
    // Whoever believes the token has not heard of the end of its session yet, nor, maybe, that the account changed.
    let late = thief.confirm_totp(ConfirmTotpRequest { code: app.code(&house) }).await;
    let reason = refusal(late).1;
    assert!(["SESSION_REVOKED", "TOKEN_EXPIRED"].contains(&reason.as_str()), "{reason}");
}
