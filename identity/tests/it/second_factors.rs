//! Second factors at the sign-in: each kind, and everything that is tried against them.

use futures::future::join_all;
use jiff::SignedDuration;
use mesh_core::db::Engine;
use prost_types::FieldMask;
use proto::identity::v1::{
    AccessSettings, GetAccessSettingsRequest, SecondFactorKind as Kind, SetUserStatusRequest,
    UpdateAccessSettingsRequest, UserStatus,
};
use rstest::rstest;
use tonic::Code;

use crate::house::{ADMIN, House, refusal};

fn wrong_code() -> (Code, String) {
    (Code::Unauthenticated, "WRONG_CODE".into())
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_goes_on_with_a_code_of_the_app(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    let (app, codes) = house.set_up_app(&admin).await;
    assert_eq!(codes.len(), 10);
    let needed = house.half_sign_in(ADMIN).await;
    assert_eq!(needed.kinds().collect::<Vec<_>>(), [Kind::Totp, Kind::RecoveryCode, Kind::EmailCode]);
    assert_eq!(needed.email_hint, "r…@example.com");
    house.world.advance(SignedDuration::from_secs(30)).await;
    let tokens =
        house.verify(&needed.attempt, Kind::Totp, &app.code(&house)).await.expect("the code is right");
    assert_eq!(house.me(&tokens.access_token).await.expect("is signed in").email, ADMIN);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn neither_a_code_nor_an_attempt_is_taken_twice(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    let (app, _) = house.set_up_app(&admin).await;
    let confirmed = house.half_sign_in(ADMIN).await;
    let again = house.verify(&confirmed.attempt, Kind::Totp, &app.code(&house)).await;
    assert_eq!(refusal(again), wrong_code(), "the code confirmed the app already");

    house.world.advance(SignedDuration::from_secs(30)).await;
    let attempts = join_all((0..4).map(|_| house.half_sign_in(ADMIN))).await;
    let code = app.code(&house);
    let answers = attempts.iter().map(|needed| house.verify(&needed.attempt, Kind::Totp, &code));
    let won = join_all(answers).await.into_iter().flatten().count();
    assert_eq!(won, 1, "of four sign-ins with one code");

    house.world.advance(SignedDuration::from_secs(30)).await;
    let needed = house.half_sign_in(ADMIN).await;
    house.verify(&needed.attempt, Kind::Totp, &app.code(&house)).await.expect("the next code");
    house.world.advance(SignedDuration::from_secs(30)).await;
    assert_eq!(
        refusal(house.verify(&needed.attempt, Kind::Totp, &app.code(&house)).await),
        wrong_code(),
        "an attempt leads to one session"
    );
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_recovery_code_lets_one_through(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let (house, admin) = House::new(engine).await;
    let (_, codes) = house.set_up_app(&admin).await;
    let attempts = join_all((0..6).map(|_| house.half_sign_in(ADMIN))).await;
    let typed = codes[3].to_uppercase();
    let answers = attempts.iter().map(|needed| house.verify(&needed.attempt, Kind::RecoveryCode, &typed));
    let won: Vec<_> = join_all(answers).await.into_iter().filter_map(Result::ok).collect();
    assert_eq!(won.len(), 1, "of six at once");
    let factors = house.factors(&won[0].access_token).await;
    assert_eq!((factors.recovery_codes_left, factors.session_proven), (9, true));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn five_wrong_answers_void_the_attempt_and_count_as_no_wrong_password(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    let (_, codes) = house.set_up_app(&admin).await;
    let needed = house.half_sign_in(ADMIN).await;
    let tries = join_all((0..5).map(|_| house.verify(&needed.attempt, Kind::Totp, "000000"))).await;
    assert!(tries.into_iter().all(|answer| refusal(answer) == wrong_code()));
    let sixth = house.verify(&needed.attempt, Kind::RecoveryCode, &codes[0]).await;
    assert_eq!(refusal(sixth), wrong_code());
    let fresh = house.half_sign_in(ADMIN).await;
    house.verify(&fresh.attempt, Kind::RecoveryCode, &codes[0]).await.expect("the code was not used up");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn whoever_knows_the_password_does_not_guess_codes_for_ever(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    let (app, _) = house.set_up_app(&admin).await;
    for _ in 0..2 {
        let needed = house.half_sign_in(ADMIN).await;
        join_all((0..5).map(|_| house.verify(&needed.attempt, Kind::Totp, "000000"))).await;
    }
    house.world.advance(SignedDuration::from_mins(29)).await;
    let needed = house.half_sign_in(ADMIN).await;
    assert_eq!(refusal(house.verify(&needed.attempt, Kind::Totp, &app.code(&house)).await), wrong_code());
    let subjects: Vec<_> = house.world.letters().to(ADMIN).into_iter().map(|letter| letter.subject).collect();
    assert_eq!(subjects, ["Your account has an authenticator app", "Somebody is guessing your codes"]);
    house.world.advance(SignedDuration::from_mins(2)).await;
    house.sign_in_with(ADMIN, &app).await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn nobodys_code_answers_for_another(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let (house, admin) = House::new(engine).await;
    house.person(&admin, "ann@example.com", &[]).await;
    let (anns, anns_codes) = house.set_up_app(&house.token_of("ann@example.com").await).await;
    house.set_up_app(&admin).await;
    house.world.advance(SignedDuration::from_secs(30)).await;
    house.half_sign_in("ann@example.com").await;
    let needed = house.half_sign_in(ADMIN).await;
    for (kind, code) in [(Kind::Totp, anns.code(&house)), (Kind::RecoveryCode, anns_codes[0].clone())] {
        assert_eq!(refusal(house.verify(&needed.attempt, kind, &code).await), wrong_code());
    }
    house.sign_in_with("ann@example.com", &anns).await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_lasts_five_minutes_and_for_those_who_may_sign_in(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    house.person(&admin, "ann@example.com", &[]).await;
    let (app, codes) = house.set_up_app(&house.token_of("ann@example.com").await).await;
    let (late, open) =
        (house.half_sign_in("ann@example.com").await, house.half_sign_in("ann@example.com").await);
    house.world.advance(SignedDuration::from_mins(5)).await;
    assert_eq!(refusal(house.verify(&late.attempt, Kind::Totp, &app.code(&house)).await), wrong_code());
    assert_eq!(refusal(house.send_code(&open.attempt).await), wrong_code());

    let needed = house.half_sign_in("ann@example.com").await;
    let ann = house.person_named(&admin, "ann@example.com").await;
    let ask = SetUserStatusRequest {
        user_id: ann.id,
        status: UserStatus::Suspended.into(),
        etag: ann.etag,
        ..Default::default()
    };
    house.directory(&admin).set_user_status(ask).await.expect("suspends");
    assert_eq!(refusal(house.verify(&needed.attempt, Kind::RecoveryCode, &codes[0]).await), wrong_code());
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_mailed_code_completes_a_sign_in(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let (house, admin) = House::new(engine).await;
    house.set_up_app(&admin).await;
    let needed = house.half_sign_in(ADMIN).await;
    assert_eq!(
        refusal(house.verify(&needed.attempt, Kind::EmailCode, "000000").await),
        wrong_code(),
        "none yet"
    );
    house.send_code(&needed.attempt).await.expect("sends");
    let voided = house.mailed_code(ADMIN).await;
    house.send_code(&needed.attempt).await.expect("sends another");
    let code = house.mailed_code(ADMIN).await;
    assert_eq!(refusal(house.verify(&needed.attempt, Kind::EmailCode, &voided).await), wrong_code());
    let tokens = house.verify(&needed.attempt, Kind::EmailCode, &code).await.expect("the newest counts");
    assert!(house.factors(&tokens.access_token).await.session_proven);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_mailed_code_is_good_for_three_tries_and_five_minutes(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    house.set_up_app(&admin).await;
    let needed = house.half_sign_in(ADMIN).await;
    house.send_code(&needed.attempt).await.expect("sends");
    let code = house.mailed_code(ADMIN).await;
    let wrong = if code == "000000" { "000001" } else { "000000" };
    for sent in [wrong, wrong, wrong, code.as_str()] {
        assert_eq!(
            refusal(house.verify(&needed.attempt, Kind::EmailCode, sent).await),
            wrong_code(),
            "{sent}"
        );
    }
    let needed = house.half_sign_in(ADMIN).await;
    for _ in 0..3 {
        house.send_code(&needed.attempt).await.expect("sends");
    }
    let fourth = refusal(house.send_code(&needed.attempt).await);
    assert_eq!(fourth, (Code::ResourceExhausted, "RATE_LIMITED".into()));
    let code = house.mailed_code(ADMIN).await;
    house.world.advance(SignedDuration::from_mins(5)).await;
    assert_eq!(refusal(house.verify(&needed.attempt, Kind::EmailCode, &code).await), wrong_code());
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn codes_are_not_mailed_where_administrators_forbid_it(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    house.person(&admin, "ann@example.com", &[]).await;
    house.set_up_app(&house.token_of("ann@example.com").await).await;
    let asked_before = house.half_sign_in("ann@example.com").await;
    let mut security = house.security(&admin);
    let settings =
        security.get_access_settings(GetAccessSettingsRequest {}).await.expect("answers").into_inner();
    let settings = Some(AccessSettings { email_codes_allowed: false, ..settings });
    let update_mask = Some(FieldMask { paths: vec!["email_codes_allowed".into()] });
    let ask = UpdateAccessSettingsRequest { settings, update_mask };
    security.update_access_settings(ask).await.expect("changes");
    assert_eq!(refusal(house.send_code(&asked_before.attempt).await), wrong_code());
    let needed = house.half_sign_in("ann@example.com").await;
    assert_eq!(needed.kinds().collect::<Vec<_>>(), [Kind::Totp, Kind::RecoveryCode]);
    assert_eq!(needed.email_hint, "");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn hostile_answers_are_refused_cleanly(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let (house, admin) = House::new(engine).await;
    house.set_up_app(&admin).await;
    let needed = house.half_sign_in(ADMIN).await;
    let long = "9".repeat(100_000);
    for code in ["", "12\u{0}3456", "123456\u{202e}", long.as_str()] {
        let answer = refusal(house.verify(&needed.attempt, Kind::Totp, code).await);
        assert_eq!(answer.0, Code::InvalidArgument, "{code:?}");
    }
    for attempt in ["", long.as_str()] {
        assert_eq!(refusal(house.verify(attempt, Kind::Totp, "123456").await).0, Code::InvalidArgument);
    }
    assert_eq!(refusal(house.verify(&needed.attempt, Kind::Unspecified, "1").await).0, Code::InvalidArgument);
    for (attempt, code) in [("made up", "123456"), (needed.attempt.as_str(), "a '; drop table totp")] {
        assert_eq!(refusal(house.verify(attempt, Kind::Totp, code).await), wrong_code());
    }
}
