//! The proof of work between a device that failed often and its next try.

use jiff::SignedDuration;
use mesh_core::db::Engine;
use proto::identity::v1::{BlockKind, ChallengeSolution, ListAuditEventsRequest};
use rstest::rstest;

use crate::{
    house::{ADMIN, House, PASSWORD, refusal},
    knock::{Place, WRONG},
};

const NOBODY: &str = "nobody@example.com";

/// A house with a device that has to solve a challenge, and the administrator's token.
async fn house_with_a_suspect(engine: Engine) -> (House, String, Place) {
    let (house, admin) = House::new(engine).await;
    house.ease_challenges(&admin).await;
    let suspect = Place::new("192.0.2.1", "laptop");
    house.fail(&suspect, NOBODY, 5).await;
    (house, admin, suspect)
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn after_five_failures_a_device_gets_a_challenge_before_anything_is_looked_at(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    let suspect = Place::new("192.0.2.1", "laptop");
    house.fail(&suspect, NOBODY, 5).await;
    let before = house.bootstrap.comparisons();
    let challenge = house.challenged(&suspect, ADMIN, PASSWORD).await;
    assert_eq!(challenge.difficulty, 18);
    let end = challenge.expire_time.expect("an end").seconds;
    let now = mesh_core::clock::Clock::now(house.world.clock()).as_second();
    assert_eq!(end - now, 5 * 60);
    assert_eq!(house.bootstrap.comparisons(), before);
    let address = house.blocks(&admin, BlockKind::Address).await;
    assert_eq!(address, [("192.0.2.1".to_owned(), 5, false)], "nothing is counted either");
    assert_eq!(house.knocked(&Place::new("192.0.2.1", "phone"), ADMIN, PASSWORD).await, "signed in");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_solution_counts_once(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let (house, _, suspect) = house_with_a_suspect(engine).await;
    let solved = suspect.solving(&house.challenged(&suspect, NOBODY, WRONG).await);
    assert_eq!(house.knocked(&solved, NOBODY, WRONG).await, "WRONG_CREDENTIALS");
    let spent = refusal(house.knock(&solved, ADMIN, PASSWORD).await);
    assert_eq!(spent, (tonic::Code::FailedPrecondition, "CHALLENGE_FAILED".into()));
    let solved = suspect.solving(&house.challenged(&suspect, ADMIN, PASSWORD).await);
    assert_eq!(house.knocked(&solved, ADMIN, PASSWORD).await, "signed in");
    assert_eq!(house.knocked(&suspect, ADMIN, PASSWORD).await, "signed in", "a success is trust again");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_use_one_solution_at_once_one_gets_through(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, _, suspect) = house_with_a_suspect(engine).await;
    let solved = suspect.solving(&house.challenged(&suspect, NOBODY, WRONG).await);
    let before = house.bootstrap.comparisons().made;
    let mut answers = futures::future::join_all((0..8).map(|_| house.knocked(&solved, NOBODY, WRONG))).await;
    answers.sort();
    assert_eq!(answers[..7], ["CHALLENGE_FAILED"; 7]);
    assert_eq!(answers[7], "WRONG_CREDENTIALS");
    assert_eq!(house.bootstrap.comparisons().made - before, 1);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_foreign_or_old_solution_is_refused(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin, suspect) = house_with_a_suspect(engine).await;
    let other = Place::new("192.0.2.2", "laptop");
    house.fail(&other, NOBODY, 4).await;
    house.fail(&other, ADMIN, 1).await;
    let challenge = house.challenged(&suspect, ADMIN, PASSWORD).await;
    let right = suspect.solving(&challenge);
    let with = |seed: &str, nonce: &str| {
        let solution = ChallengeSolution { seed: seed.into(), nonce: nonce.into() };
        Place { solution: Some(solution), ..suspect.clone() }
    };
    let foreign = Place { solution: right.solution.clone(), ..other };
    for wrong in [
        with(&challenge.seed, "no number"),
        with("made up", "1"),
        with("", ""),
        with(&"x".repeat(10_000), "1"),
        foreign,
    ] {
        assert_eq!(house.knocked(&wrong, ADMIN, PASSWORD).await, "CHALLENGE_FAILED", "{wrong:?}");
    }
    house.world.advance(SignedDuration::from_mins(5)).await;
    assert_eq!(house.knocked(&right, ADMIN, PASSWORD).await, "CHALLENGE_FAILED", "too late");
    let ask = ListAuditEventsRequest {
        target: ADMIN.into(),
        action: "sign_in.refused".into(),
        ..Default::default()
    };
    let lines = house.security(&admin).list_audit_events(ask).await.expect("lists").into_inner().audit_events;
    assert_eq!(lines.len(), 6, "each leaves a line");
    assert!(lines.iter().all(|line| line.reason == "challenge not solved"), "{lines:?}");
}
