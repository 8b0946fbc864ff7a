//! A new password for somebody who has lost his.

use futures::future::join_all;
use jiff::SignedDuration;
use mesh_core::{db::Engine, mail::Letter};
use prost_types::FieldMask;
use proto::identity::v1::{
    ChangePasswordRequest, InviteUserRequest, ListAuditEventsRequest, RequestPasswordResetRequest,
    ResetPasswordRequest, UpdateUserRequest, User, UserStatus,
};
use rstest::rstest;
use sqlx::Row;
use tonic::{Code, Status};

use crate::house::{ADMIN, House, OTHER_PASSWORD, PASSWORD, refusal, token_in};

const ANN: &str = "ann@example.com";

async fn ask(house: &House, email: &str) -> Result<(), Status> {
    let ask = RequestPasswordResetRequest { email: email.into() };
    house.anybody().request_password_reset(ask).await.map(drop)
}

async fn reset(house: &House, token: &str, new_password: &str) -> Result<(), Status> {
    let ask = ResetPasswordRequest { token: token.into(), new_password: new_password.into() };
    house.anybody().reset_password(ask).await.map(drop)
}

/// The letters with a link.
fn links(house: &House, email: &str) -> Vec<Letter> {
    let letters = house.world.letters().to(&email.trim().to_lowercase()).into_iter();
    letters.filter(|letter| letter.text.contains("/reset/")).collect()
}

/// Asks for a link and takes it out of the letter.
async fn link(house: &House, email: &str) -> String {
    ask(house, email).await.expect("is always answered");
    house.world.settle().await;
    token_in(links(house, email).last().expect("a letter"), "reset")
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_link_sets_a_new_password_once_and_ends_every_session(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    let ann = house.person(&admin, ANN, &[]).await;
    let session = house.token_of(ANN).await;
    for _ in 0..10 {
        house.try_sign_in(ANN, "wrong wrong wrong").await.expect_err("refused");
    }
    let token = link(&house, " Ann@Example.COM ").await;
    reset(&house, &token, OTHER_PASSWORD).await.expect("sets it");
    house.world.settle().await;
    assert_eq!(refusal(house.me(&session).await).1, "SESSION_REVOKED");
    assert_eq!(refusal(house.try_sign_in(ANN, PASSWORD).await).1, "WRONG_CREDENTIALS");
    house.try_sign_in(ANN, OTHER_PASSWORD).await.expect("the failures before are forgiven");
    assert_eq!(refusal(reset(&house, &token, "third morning 5 kettles").await).1, "RESET_LINK_SPENT");
    let last = house.world.letters().to(ANN).pop().expect("a letter");
    assert_eq!(last.subject, "Your password was changed");
    let lines = ListAuditEventsRequest { action: "password".into(), ..Default::default() };
    let lines = house.security(&admin).list_audit_events(lines).await.expect("lists").into_inner();
    let said: Vec<_> = lines.audit_events.iter().map(|line| (&*line.action, &*line.target)).collect();
    assert_eq!(said, [("password.reset", &*ann.id), ("password.reset_requested", &*ann.id)]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_gets_the_same_answer_and_only_active_people_a_link(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    let suspended = house.person(&admin, "suspended@example.com", &[]).await;
    house.set_status(&admin, &suspended, UserStatus::Suspended).await;
    let invite = InviteUserRequest {
        request_id: "r1".into(),
        email: "pending@example.com".into(),
        display_name: "Pending".into(),
        ..Default::default()
    };
    house.directory(&admin).invite_user(invite).await.expect("invites");
    for email in [ADMIN, "nobody@example.com", "suspended@example.com", "pending@example.com"] {
        ask(&house, email).await.expect("is always answered");
        house.world.settle().await;
        assert_eq!(links(&house, email).len(), usize::from(email == ADMIN), "{email}");
    }
    let long = format!("{}@example.com", "a".repeat(10_000));
    for email in ["", "root", "rооt@example.com", "root@example.com\0", &long] {
        assert_eq!(refusal(ask(&house, email).await).0, Code::InvalidArgument, "{email:?}");
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn one_address_gets_one_link_in_five_minutes_and_only_the_newest_works(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, _) = House::new(engine).await;
    join_all((0..8).map(|_| ask(&house, ADMIN))).await;
    house.world.settle().await;
    house.world.advance(SignedDuration::from_mins(4)).await;
    ask(&house, ADMIN).await.expect("is always answered");
    house.world.settle().await;
    assert_eq!(links(&house, ADMIN).len(), 1);
    let older = token_in(&links(&house, ADMIN)[0], "reset");
    house.world.advance(SignedDuration::from_mins(1)).await;
    let newer = link(&house, ADMIN).await;
    assert_eq!(links(&house, ADMIN).len(), 2);
    assert_eq!(refusal(reset(&house, &older, OTHER_PASSWORD).await).1, "RESET_LINK_SPENT");
    reset(&house, &newer, OTHER_PASSWORD).await.expect("the newest works");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_use_one_link_one_wins(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let (house, _) = House::new(engine).await;
    let token = link(&house, ADMIN).await;
    let (one, two) =
        tokio::join!(reset(&house, &token, OTHER_PASSWORD), reset(&house, &token, "third morning 5 kettles"));
    assert!(one.is_ok() != two.is_ok(), "exactly one wins");
    let winner = if one.is_ok() { OTHER_PASSWORD } else { "third morning 5 kettles" };
    house.try_sign_in(ADMIN, winner).await.expect("the winner's password counts");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn old_forged_and_overtaken_links_open_nothing(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    let ann = house.person(&admin, ANN, &[]).await;
    let spent = async |token: &str| {
        assert_eq!(refusal(reset(&house, token, OTHER_PASSWORD).await).1, "RESET_LINK_SPENT", "{token}");
    };
    for forged in ["", "x", &"A".repeat(64), &"x".repeat(100_000), "a\0b"] {
        spent(forged).await;
    }
    let old = link(&house, ANN).await;
    house.world.advance(SignedDuration::from_hours(1)).await;
    spent(&old).await;

    let before_a_change = link(&house, ANN).await;
    let change = ChangePasswordRequest {
        current_password: PASSWORD.into(),
        new_password: "third morning 5 kettles".into(),
    };
    let own = house.token_of(ANN).await;
    house.auth(&own).change_password(change).await.expect("changes");
    spent(&before_a_change).await;

    house.world.advance(SignedDuration::from_mins(5)).await;
    let to_the_old_address = link(&house, ANN).await;
    let admin = house.token_of(ADMIN).await;
    let moved = User { email: "ann.lee@example.com".into(), ..ann.clone() };
    let paths = vec!["email".into()];
    let update = UpdateUserRequest { user: Some(moved), update_mask: Some(FieldMask { paths }) };
    let ann = house.directory(&admin).update_user(update).await.expect("changes").into_inner();
    spent(&to_the_old_address).await;

    let before_the_suspension = link(&house, "ann.lee@example.com").await;
    house.set_status(&admin, &ann, UserStatus::Suspended).await;
    spent(&before_the_suspension).await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_weak_or_old_password_is_refused_and_the_link_stays_good(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, _) = House::new(engine).await;
    let token = link(&house, ADMIN).await;
    for weak in ["short", "Root Admin 1", PASSWORD] {
        assert_eq!(refusal(reset(&house, &token, weak).await).1, "PASSWORD_TOO_WEAK", "{weak}");
    }
    let long = reset(&house, &token, &"x".repeat(2_000_000)).await;
    assert_eq!(refusal(long).1, "INVALID_FIELDS");
    reset(&house, &token, OTHER_PASSWORD).await.expect("the link is still good");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_database_holds_no_link(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let (house, _) = House::new(engine).await;
    let token = link(&house, ADMIN).await;
    let db = house.world.db(identity::MIGRATIONS).await;
    let kept = sqlx::query("select token_hash from password_resets").fetch_all(db.reader()).await;
    let kept: Vec<String> = kept.expect("rows").iter().map(|row| row.get(0)).collect();
    assert!(kept.len() == 1 && kept[0].len() == 64 && kept[0] != token, "{kept:?}");
}
