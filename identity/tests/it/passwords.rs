//! Changing a password.

use mesh_core::db::Engine;
use proto::identity::v1::ChangePasswordRequest;
use rstest::rstest;

use crate::house::{ADMIN, House, OTHER_PASSWORD, PASSWORD, refusal};

fn change(current: &str, new: &str) -> ChangePasswordRequest {
    ChangePasswordRequest { current_password: current.into(), new_password: new.into() }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_ends_the_other_sessions(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let (house, own) = House::new(engine).await;
    let other = house.token_of(ADMIN).await;
    house.auth(&own).change_password(change(PASSWORD, OTHER_PASSWORD)).await.expect("changes");
    house.world.settle().await;
    house.me(&own).await.expect("one's own session stays");
    assert_eq!(refusal(house.me(&other).await).1, "SESSION_REVOKED");
    assert_eq!(refusal(house.try_sign_in(ADMIN, PASSWORD).await).1, "WRONG_CREDENTIALS");
    house.try_sign_in(ADMIN, OTHER_PASSWORD).await.expect("the new one works");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_needs_the_old_one_and_is_new(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, own) = House::new(engine).await;
    for (current, new, reason) in [
        ("a wrong one", OTHER_PASSWORD, "WRONG_PASSWORD"),
        (PASSWORD, PASSWORD, "PASSWORD_TOO_WEAK"),
        (PASSWORD, "Root Admin 1", "PASSWORD_TOO_WEAK"),
        (PASSWORD, "x", "PASSWORD_TOO_WEAK"),
    ] {
        assert_eq!(refusal(house.auth(&own).change_password(change(current, new)).await).1, reason, "{new}");
    }
    house.auth(&own).change_password(change(PASSWORD, OTHER_PASSWORD)).await.expect("changes");
    let back = refusal(house.auth(&own).change_password(change(OTHER_PASSWORD, PASSWORD)).await);
    assert_eq!(back.1, "PASSWORD_TOO_WEAK", "an old one is not used again");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_stolen_session_is_no_licence_to_guess(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let (house, own) = House::new(engine).await;
    for _ in 0..10 {
        assert_eq!(
            refusal(house.auth(&own).change_password(change("a wrong one", OTHER_PASSWORD)).await).1,
            "WRONG_PASSWORD"
        );
    }
    assert_eq!(
        refusal(house.auth(&own).change_password(change(PASSWORD, OTHER_PASSWORD)).await).1,
        "WRONG_PASSWORD"
    );
}
