//! The three layers of sign-in protection, each by itself and all together.

use futures::future::join_all;
use jiff::SignedDuration;
use mesh_core::db::Engine;
use proto::identity::v1::{
    BlockKind, ListAuditEventsRequest, SetUserStatusRequest, SignInProtection, UserStatus,
};
use rstest::rstest;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::{
    house::{ADMIN, House, PASSWORD},
    knock::{Place, WRONG},
};

const NOBODY: &str = "nobody@example.com";

/// So many failures from one address, each on a device and at a name of its own.
async fn spread_failures(house: &House, address: &str, times: usize) {
    for number in 0..times {
        let place = Place::new(address, &format!("device {number}"));
        house.fail(&place, &format!("nobody{number}@example.com"), 1).await;
    }
}

/// When a refused sign-in may be tried again.
fn retry_after(status: &Status) -> Option<SignedDuration> {
    assert_eq!(status.code(), Code::ResourceExhausted, "{status:?}");
    let delay = status.get_details_retry_info()?.retry_delay?;
    SignedDuration::try_from(delay).ok()
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn ten_failures_from_an_address_block_it_for_half_an_hour(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, _) = House::new(engine).await;
    spread_failures(&house, "192.0.2.1", 10).await;
    let here = Place::new("192.0.2.1", "another device");
    let refused = house.knock(&here, ADMIN, PASSWORD).await.expect_err("blocked");
    assert_eq!(retry_after(&refused), Some(SignedDuration::from_mins(30)));
    assert_eq!(house.knocked(&Place::new("192.0.2.2", "phone"), ADMIN, PASSWORD).await, "signed in");
    house.world.advance(SignedDuration::from_mins(29)).await;
    assert_eq!(house.knocked(&here, ADMIN, PASSWORD).await, "SIGN_IN_BLOCKED");
    house.world.advance(SignedDuration::from_mins(1)).await;
    assert_eq!(house.knocked(&here, ADMIN, PASSWORD).await, "signed in");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_household_with_ipv6_is_one_address(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let (house, admin) = House::new(engine).await;
    for number in 0..10 {
        let place = Place::new(&format!("2001:db8:0:7::{number}"), &format!("device {number}"));
        house.fail(&place, &format!("nobody{number}@example.com"), 1).await;
    }
    let neighbour = Place::new("2001:db8:0:7:ffff::1", "phone");
    assert_eq!(house.knocked(&neighbour, ADMIN, PASSWORD).await, "SIGN_IN_BLOCKED");
    assert_eq!(house.knocked(&Place::new("2001:db8:0:8::1", "phone"), ADMIN, PASSWORD).await, "signed in");
    let seen = house.blocks(&admin, BlockKind::Address).await;
    assert_eq!(seen, [("2001:db8:0:7::/64".to_owned(), 10, true)]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn eight_failures_on_a_device_block_it_for_twenty_minutes(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    house.ease_challenges(&admin).await;
    let here = Place::new("192.0.2.1", "laptop");
    house.fail(&here, NOBODY, 5).await;
    for _ in 0..3 {
        let challenge = house.challenged(&here, NOBODY, WRONG).await;
        house.fail(&here.solving(&challenge), NOBODY, 1).await;
    }
    let refused = house.knock(&here, ADMIN, PASSWORD).await.expect_err("blocked");
    assert_eq!(retry_after(&refused), Some(SignedDuration::from_mins(20)));
    assert_eq!(house.knocked(&Place::new("192.0.2.1", "phone"), ADMIN, PASSWORD).await, "signed in");
    house.world.advance(SignedDuration::from_mins(20)).await;
    assert_eq!(house.knocked(&here, ADMIN, PASSWORD).await, "signed in", "and without a challenge");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_signed_in_once_is_none_of_the_strangers_like_it(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, _) = House::new(engine).await;
    let stranger = Place::new("192.0.2.1", "laptop");
    let answer = house.knock(&stranger, ADMIN, PASSWORD).await.expect("signs in");
    let known = stranger.clone().known(answer.device_token.clone());
    house.fail(&stranger, NOBODY, 5).await;
    assert_eq!(house.knocked(&stranger, ADMIN, PASSWORD).await, "challenge");
    let again = house.knock(&known, ADMIN, PASSWORD).await.expect("signs in");
    assert_eq!(again.device_token, answer.device_token, "a device keeps its token");
    let forged = stranger.known(format!("{}x", answer.device_token));
    assert_eq!(
        house.knocked(&forged, ADMIN, PASSWORD).await,
        "challenge",
        "a token that is not ours is none"
    );
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_success_forgives_its_own_address_device_and_account_and_no_other(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    house.person(&admin, "ann@example.com", &[]).await;
    let here = Place::new("192.0.2.1", "laptop");
    house.fail(&here, "ann@example.com", 3).await;
    house.fail(&Place::new("192.0.2.2", "phone"), ADMIN, 2).await;
    assert_eq!(house.knocked(&here, ADMIN, PASSWORD).await, "signed in");
    assert_eq!(house.blocks(&admin, BlockKind::Account).await, [("ann@example.com".to_owned(), 3, false)]);
    assert_eq!(house.blocks(&admin, BlockKind::Address).await, [("192.0.2.2".to_owned(), 2, false)]);
    let device = "Firefox on Linux, 192.0.2.2".to_owned();
    assert_eq!(house.blocks(&admin, BlockKind::Device).await, [(device, 2, false)]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_owner_is_warned_from_the_fifth_failure_on_at_most_once_an_hour_and_told_of_the_lock_and_of_its_end(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, _) = House::new(engine).await;
    let fail = async |times| house.fail(&Place::default(), ADMIN, times).await;
    let letters = async || {
        house.world.settle().await;
        house.world.letters().to(ADMIN).into_iter().map(|letter| letter.text).collect::<Vec<_>>()
    };
    fail(4).await;
    assert!(letters().await.is_empty());
    fail(2).await;
    house.sign_in(ADMIN).await;
    fail(6).await;
    let warned = letters().await;
    assert_eq!(warned.len(), 1, "a success in between is no reason to be told again");
    assert!(warned[0].contains("5 times"), "{warned:?}");
    house.world.advance(SignedDuration::from_hours(1)).await;
    fail(1).await;
    assert_eq!(letters().await.len(), 2);
    fail(3).await;
    let told = letters().await;
    assert_eq!(told.len(), 3);
    assert!(told[2].contains("15 minutes"), "{told:?}");
    fail(5).await;
    assert_eq!(letters().await.len(), 3, "tries at a locked account are no news");
    house.world.advance(SignedDuration::from_mins(15)).await;
    fail(2).await;
    let told = letters().await;
    assert_eq!(told.len(), 4, "the first one after the lock is, once");
    assert!(told[3].contains("no longer locked"), "{told:?}");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_wrong_with_an_account_the_answer_and_the_work_are_the_same(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    let [suspended, _locked] = [
        house.person(&admin, "suspended@example.com", &[]).await,
        house.person(&admin, "locked@example.com", &[]).await,
    ];
    let ask = SetUserStatusRequest {
        user_id: suspended.id,
        status: UserStatus::Suspended.into(),
        etag: suspended.etag,
        ..Default::default()
    };
    house.directory(&admin).set_user_status(ask).await.expect("suspends");
    house.fail(&Place::default(), "locked@example.com", 10).await;
    house.fail(&Place::default(), "locked-nobody@example.com", 10).await;
    let mut answers = Vec::new();
    for (email, password) in [
        (ADMIN, WRONG),
        (NOBODY, PASSWORD),
        ("suspended@example.com", PASSWORD),
        ("locked@example.com", PASSWORD),
        ("locked-nobody@example.com", PASSWORD),
    ] {
        let before = house.bootstrap.comparisons().made;
        let status = house.try_sign_in(email, password).await.expect_err("refused");
        let work = house.bootstrap.comparisons().made - before;
        answers.push((work, status.code(), status.message().to_owned(), status.details().to_vec()));
    }
    assert_eq!(answers[0].0, 1, "one hash, no more and no less");
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn of_many_tries_at_once_no_more_are_looked_at_than_an_account_bears(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, _) = House::new(engine).await;
    let before = house.bootstrap.comparisons();
    let tries = (0..40).map(async |number| {
        let place = Place::new(&format!("192.0.2.{number}"), "laptop");
        house.knocked(&place, ADMIN, WRONG).await
    });
    let answers = join_all(tries).await;
    assert!(answers.iter().all(|answer| answer == "WRONG_CREDENTIALS"), "{answers:?}");
    let after = house.bootstrap.comparisons();
    assert_eq!((after.real - before.real, after.made - before.made), (10, 40));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn of_many_tries_at_once_no_more_are_counted_than_an_address_or_a_device_bears(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    let no_challenge = SignInProtection { device_challenge_limit: 0, ..house.limits(&admin).await };
    house.limit(&admin, &["device_challenge_limit"], no_challenge).await.expect("off");
    for (limit, same_device) in [(10, false), (8, true)] {
        let before = house.bootstrap.comparisons().made;
        let tries = (0..30).map(async |number| {
            let (address, device) = if same_device {
                ("192.0.2.8".to_owned(), "laptop".to_owned())
            } else {
                ("192.0.2.10".to_owned(), format!("device {number}"))
            };
            house.knocked(&Place::new(&address, &device), &format!("n{number}@example.com"), WRONG).await
        });
        let answers = join_all(tries).await;
        let looked_at = answers.iter().filter(|answer| *answer == "WRONG_CREDENTIALS").count();
        let blocked = answers.iter().filter(|answer| *answer == "SIGN_IN_BLOCKED").count();
        assert_eq!((looked_at, blocked), (limit, 30 - limit), "{answers:?}");
        let made = house.bootstrap.comparisons().made - before;
        assert_eq!(usize::try_from(made).expect("few"), limit, "a blocked try costs no hash");
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_blocks_is_on_record(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let (house, admin) = House::new(engine).await;
    spread_failures(&house, "192.0.2.1", 10).await;
    house.knock(&Place::new("192.0.2.1", "x"), ADMIN, PASSWORD).await.expect_err("blocked");
    house.fail(&Place::default(), ADMIN, 11).await;
    let ask = ListAuditEventsRequest { action: "sign_in.blocked".into(), ..Default::default() };
    let lines = house.security(&admin).list_audit_events(ask).await.expect("lists").into_inner().audit_events;
    let lines: Vec<_> = lines.iter().map(|line| (line.target.as_str(), line.reason.as_str())).collect();
    assert_eq!(lines, [(ADMIN, "10 failures"), ("192.0.2.1", "10 failures")], "once each");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_session_proves_its_owner_against_his_account_alone(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    let ask = |current: &str| proto::identity::v1::ChangePasswordRequest {
        current_password: current.into(),
        new_password: crate::house::OTHER_PASSWORD.into(),
    };
    house.auth(&admin).change_password(ask(WRONG)).await.expect_err("wrong");
    house.fail(&Place::new("192.0.2.1", "laptop"), ADMIN, 2).await;
    assert_eq!(house.blocks(&admin, BlockKind::Account).await, [(ADMIN.to_owned(), 3, false)]);
    house.auth(&admin).change_password(ask(PASSWORD)).await.expect("changes");
    assert!(house.blocks(&admin, BlockKind::Account).await.is_empty());
    assert_eq!(house.blocks(&admin, BlockKind::Address).await, [("192.0.2.1".to_owned(), 2, false)]);
}
