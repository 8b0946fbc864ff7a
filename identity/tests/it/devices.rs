//! Letters about sign-ins on devices their owner was never seen on.

use jiff::SignedDuration;
use mesh_core::{db::Engine, mail::Letter};
use proto::identity::v1::{DeleteUserRequest, SecondFactorKind, VerifySecondFactorRequest};
use rstest::rstest;
use sqlx::Row;
use tonic::Request;

use crate::{
    house::{ADMIN, House, PASSWORD},
    knock::Place,
};

const ANN: &str = "ann@example.com";

/// What somebody was seen by three hundred times.
const MANY_DEVICES: &str = "insert into devices (user_id, mark, seen_at) \
    with recursive numbers(n) as (select 1 union all select n + 1 from numbers where n < 300) \
    select cast($1 as text), 'mark ' || n, n from numbers";

impl House {
    /// Ann signs in from here; the token of her device.
    async fn arrive(&self, place: &Place) -> String {
        self.knock(place, ANN, PASSWORD).await.expect("signs in").device_token
    }

    /// What was written to Ann about devices.
    async fn warnings(&self) -> Vec<Letter> {
        self.world.settle().await;
        let letters = self.world.letters().to(ANN);
        letters.into_iter().filter(|letter| letter.subject == "A sign-in on a new device").collect()
    }
}

async fn house_of_ann(engine: Engine) -> (House, String) {
    let (house, admin) = House::new(engine).await;
    house.person(&admin, ANN, &[]).await;
    (house, admin)
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn somebody_hears_of_a_sign_in_on_a_device_he_was_never_seen_on(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, _) = house_of_ann(engine).await;
    let laptop = Place::new("192.0.2.1", "laptop");
    let token = house.arrive(&laptop).await;
    assert!(house.warnings().await.is_empty(), "the very first one is no news");
    house.arrive(&laptop).await;
    house.arrive(&Place::new("198.51.100.9", "on the road").known(token.clone())).await;
    assert!(house.warnings().await.is_empty(), "known by its network and looks, or by its token anywhere");

    house.arrive(&Place::new("203.0.113.5", "phone")).await;
    let warnings = house.warnings().await;
    let [letter] = warnings.as_slice() else { panic!("one letter: {warnings:?}") };
    for said in ["Firefox on Linux", "203.0.113.5", "https://desk.example.com/account/sessions"] {
        assert!(letter.text.contains(said), "{said}: {}", letter.text);
    }
    house.arrive(&Place::new("203.0.113.5", "phone")).await;
    house.arrive(&Place::new("203.0.113.5", "tablet").known(format!("{token}x"))).await;
    assert_eq!(house.warnings().await.len(), 2, "a made-up token makes no device known");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_device_is_known_for_a_person_and_not_for_everybody(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, _) = house_of_ann(engine).await;
    house.arrive(&Place::new("192.0.2.1", "laptop")).await;
    let office = Place::new("192.0.2.2", "office");
    let theirs = house.knock(&office, ADMIN, PASSWORD).await.expect("signs in").device_token;
    house.arrive(&office.known(theirs)).await;
    assert_eq!(house.warnings().await.len(), 1);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_failed_sign_in_makes_no_device_known(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let (house, _) = house_of_ann(engine).await;
    house.arrive(&Place::new("192.0.2.1", "laptop")).await;
    let thief = Place::new("203.0.113.5", "thief");
    house.fail(&thief, ANN, 2).await;
    assert!(house.warnings().await.is_empty());
    house.arrive(&thief).await;
    assert_eq!(house.warnings().await.len(), 1);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn with_a_second_factor_a_device_is_known_once_both_were_right(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, _) = house_of_ann(engine).await;
    let token = house.token_of(ANN).await;
    let (app, _) = house.set_up_app(&token).await;
    let half = house.half_sign_in(ANN).await;
    let verify = async |attempt: String, code: String, device_token: &str| {
        let (kind, device_token) = (SecondFactorKind::Totp.into(), device_token.to_owned());
        let ask = VerifySecondFactorRequest { attempt, kind, code, device_token, ..Default::default() };
        let mut request = Request::new(ask);
        request.metadata_mut().insert("x-client-address", "203.0.113.5".parse().expect("ASCII"));
        house.anybody().verify_second_factor(request).await
    };
    house.world.advance(SignedDuration::from_secs(30)).await;
    let code = app.code(&house);
    verify(half.attempt.clone(), "000000".into(), "").await.expect_err("wrong");
    assert!(house.warnings().await.is_empty());
    let tokens = verify(half.attempt, code, "").await.expect("signs in").into_inner();
    assert_eq!(house.warnings().await.len(), 1, "she was seen elsewhere before, never there");
    house.world.advance(SignedDuration::from_secs(30)).await;
    let again = house.half_sign_in(ANN).await;
    let code = app.code(&house);
    let known = verify(again.attempt, code, &tokens.device_token).await.expect("signs in").into_inner();
    assert_eq!((known.device_token, house.warnings().await.len()), (tokens.device_token, 1));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_followed_about_for_ever(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let (house, admin) = house_of_ann(engine).await;
    let ann = house.person_named(&admin, ANN).await.id;
    let db = house.world.db(identity::MIGRATIONS).await;
    let mut tx = db.begin().await.expect("begins");
    sqlx::query(MANY_DEVICES).bind(ann.clone()).execute(tx.conn()).await.expect("marks");
    tx.commit().await.expect("commits");
    let kept = async || {
        let count =
            sqlx::query("select count(*), min(seen_at) from devices where user_id = $1").bind(ann.clone());
        let row = count.fetch_one(db.reader()).await.expect("a row");
        (row.get::<i64, _>(0), row.get::<Option<i64>, _>(1))
    };
    assert_eq!(kept().await, (300, Some(1)));
    house.arrive(&Place::new("192.0.2.1", "laptop")).await;
    assert_eq!(kept().await, (200, Some(103)), "the oldest go");
    let ann = house.person_named(&admin, ANN).await;
    let ask = DeleteUserRequest { user_id: ann.id.clone(), reason: "left".into(), etag: ann.etag };
    house.directory(&admin).delete_user(ask).await.expect("deletes");
    assert_eq!(kept().await, (0, None));
}
