//! The very first administrator.

use identity::NewAdmin;
use jiff::SignedDuration;
use mesh_core::db::Engine;
use proto::identity::v1::{AcceptInvitationRequest, GetSignInPolicyRequest, InvitationKind, SignInPolicy};
use rstest::rstest;
use tonic::Code;

use crate::house::{ADMIN, House, PASSWORD, refusal};

async fn link(house: &House) -> String {
    let link = house.bootstrap.setup_link().await.expect("answers").expect("nobody is there yet");
    link.strip_prefix("https://desk.example.com/setup/").expect("a link to the set-up").to_owned()
}

async fn policy(house: &House, invitation_token: &str) -> SignInPolicy {
    let ask = GetSignInPolicyRequest { invitation_token: invitation_token.into() };
    house.anybody().get_sign_in_policy(ask).await.expect("anybody may ask").into_inner()
}

fn accept(token: &str) -> AcceptInvitationRequest {
    let (email, display_name) = (ADMIN.into(), "Root Admin".into());
    AcceptInvitationRequest {
        token: token.into(),
        password: PASSWORD.into(),
        email,
        display_name,
        ..Default::default()
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_first_administrator_sets_himself_up_once(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let house = House::empty(engine).await;
    let older = link(&house).await;
    let token = link(&house).await;
    let before = policy(&house, &token).await;
    assert!(before.setup_needed);
    assert_eq!(before.invitation.expect("the invitation is open").kind(), InvitationKind::Setup);
    assert_eq!(refusal(house.anybody().accept_invitation(accept(&older)).await).1, "INVITATION_SPENT");

    let admin = house.anybody().accept_invitation(accept(&token)).await.expect("is set up").into_inner();
    assert_eq!(admin.grants[0].permissions.len(), proto::permission::all().count());
    house.sign_in(ADMIN).await;
    assert_eq!(refusal(house.anybody().accept_invitation(accept(&token)).await).1, "INVITATION_SPENT");
    assert_eq!(house.bootstrap.setup_link().await.expect("answers"), None);
    let after = policy(&house, &token).await;
    assert!(!after.setup_needed && after.invitation.is_none());
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_set_up_link_lasts_three_days_and_makes_one_administrator(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let house = House::empty(engine).await;
    let old = link(&house).await;
    house.world.clock().advance(SignedDuration::from_hours(72));
    assert_eq!(refusal(house.anybody().accept_invitation(accept(&old)).await).1, "INVITATION_SPENT");
    let token = link(&house).await;
    let mut other = accept(&token);
    other.email = "other@example.com".into();
    let (mut one, mut two) = (house.anybody(), house.anybody());
    let (first, second) = tokio::join!(one.accept_invitation(accept(&token)), two.accept_invitation(other));
    assert!(first.is_ok() != second.is_ok(), "exactly one wins");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn bad_set_ups_change_nothing(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let house = House::empty(engine).await;
    let token = link(&house).await;
    let weak = AcceptInvitationRequest { password: "password1".into(), ..accept(&token) };
    let (code, reason) = refusal(house.anybody().accept_invitation(weak).await);
    assert_eq!((code, reason.as_str()), (Code::InvalidArgument, "PASSWORD_TOO_WEAK"));
    let nameless =
        AcceptInvitationRequest { email: "x".repeat(10_000), display_name: String::new(), ..accept(&token) };
    assert_eq!(refusal(house.anybody().accept_invitation(nameless).await).1, "INVALID_FIELDS");
    house.anybody().accept_invitation(accept(&token)).await.expect("the link is still good");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_command_makes_administrators_by_the_same_rules(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let house = House::empty(engine).await;
    let admin = |email: &str, password: &str| NewAdmin {
        email: email.into(),
        display_name: "Root Admin".into(),
        password: password.into(),
    };
    assert!(house.bootstrap.create_admin(admin(ADMIN, "short")).await.is_err());
    assert!(house.bootstrap.create_admin(admin("no address", PASSWORD)).await.is_err());
    let id = house.bootstrap.create_admin(admin("ROOT@example.com", PASSWORD)).await.expect("is made");
    assert!(house.bootstrap.create_admin(admin(ADMIN, PASSWORD)).await.is_err(), "the address is taken");
    assert_eq!(house.sign_in(ADMIN).await.user_id, id);
}
