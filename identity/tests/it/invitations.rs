//! Invitations.

use jiff::SignedDuration;
use mesh_core::db::Engine;
use proto::identity::v1::{
    AcceptInvitationRequest, Invitation, InvitationState, InviteUserRequest, InviteUserResponse,
    ListAuditEventsRequest, ListInvitationsRequest, ResendInvitationRequest, RevokeInvitationRequest,
    RoleGrant, User, UserStatus,
};
use rstest::rstest;
use tonic::{Code, Response, Status};

use crate::house::{ADMIN, House, PASSWORD, refusal};

/// Invites Ann.
async fn invite(house: &House, admin: &str) -> (Invitation, String) {
    let (request_id, email, display_name) = ("r1".into(), "ann@example.com".into(), "Ann".into());
    let ask = InviteUserRequest { request_id, email, display_name, ..Default::default() };
    opened(house.directory(admin).invite_user(ask).await.map(Response::into_inner).expect("invites"))
}

/// The invitation, and the token of its link.
fn opened(answer: InviteUserResponse) -> (Invitation, String) {
    let token = answer.accept_url.rsplit('/').next().expect("a token").to_owned();
    (answer.invitation.expect("an invitation"), token)
}

async fn resend(
    house: &House,
    token: &str,
    request_id: &str,
    invitation_id: &str,
) -> Result<InviteUserResponse, Status> {
    let message = "Third time lucky.".into();
    let (request_id, invitation_id) = (request_id.into(), invitation_id.into());
    let ask = ResendInvitationRequest { request_id, invitation_id, message };
    house.directory(token).resend_invitation(ask).await.map(Response::into_inner)
}

async fn accept(house: &House, token: &str) -> Result<User, Status> {
    let ask =
        AcceptInvitationRequest { token: token.into(), password: PASSWORD.into(), ..Default::default() };
    house.anybody().accept_invitation(ask).await.map(Response::into_inner)
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_opens_one_account_once(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let (house, admin) = House::new(engine).await;
    let it = house.department(&admin, "IT", "").await;
    let role_id = house.role(&admin, "agent").await.id;
    let ask = InviteUserRequest {
        request_id: "r1".into(),
        email: "ann@example.com".into(),
        display_name: "Ann".into(),
        roles: vec![RoleGrant { role_id, department_id: it.id.clone() }],
        message: "Welcome!".into(),
        ..InviteUserRequest::default()
    };
    let mut directory = house.directory(&admin);
    let invited = directory.invite_user(ask.clone()).await.expect("invites").into_inner();
    assert_eq!(directory.invite_user(ask).await.expect("answers alike").into_inner(), invited);
    house.world.settle().await;
    let letters = house.world.letters().to("ann@example.com");
    assert!(
        letters.len() == 1
            && letters[0].text.contains(&invited.accept_url)
            && letters[0].text.contains("Welcome!")
    );
    assert_eq!(refusal(house.try_sign_in("ann@example.com", PASSWORD).await).1, "WRONG_CREDENTIALS");

    let token = invited.accept_url.rsplit('/').next().expect("a token").to_owned();
    let accept = AcceptInvitationRequest {
        token,
        password: PASSWORD.into(),
        display_name: "Ann Lee".into(),
        ..Default::default()
    };
    let ann = house.anybody().accept_invitation(accept.clone()).await.expect("opens").into_inner();
    assert_eq!((ann.status(), ann.display_name.as_str()), (UserStatus::Active, "Ann Lee"));
    assert_eq!(ann.grants[0].department_id, it.id);
    house.sign_in("ann@example.com").await;
    assert_eq!(refusal(house.anybody().accept_invitation(accept).await).1, "INVITATION_SPENT");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_invitation_opens_nothing(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let (house, admin) = House::new(engine).await;
    let (request_id, email, display_name) = ("r1".into(), "ann@example.com".into(), "Ann".into());
    let ask = InviteUserRequest { request_id, email, display_name, ..Default::default() };
    let mut directory = house.directory(&admin);
    let invited = directory.invite_user(ask).await.expect("invites").into_inner();
    let invitation_id = invited.invitation.expect("an invitation").id;
    let open =
        directory.list_invitations(ListInvitationsRequest::default()).await.expect("lists").into_inner();
    assert_eq!((open.total, open.invitations[0].email.as_str()), (1, "ann@example.com"));
    let revoked =
        directory.revoke_invitation(RevokeInvitationRequest { invitation_id: invitation_id.clone() }).await;
    assert_eq!(revoked.expect("revokes").into_inner().state(), InvitationState::Revoked);
    assert_eq!(
        refusal(directory.revoke_invitation(RevokeInvitationRequest { invitation_id }).await).1,
        "INVITATION_SPENT"
    );
    let token = invited.accept_url.rsplit('/').next().expect("a token").to_owned();
    let accept = AcceptInvitationRequest { token, password: PASSWORD.into(), ..Default::default() };
    assert_eq!(refusal(house.anybody().accept_invitation(accept).await).1, "INVITATION_SPENT");
    house.world.settle().await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_sent_again_has_a_new_link_and_the_old_one_is_dead(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    let (invitation, old) = invite(&house, &admin).await;
    let answer = resend(&house, &admin, "r2", &invitation.id).await.expect("is sent");
    assert_eq!(resend(&house, &admin, "r2", &invitation.id).await.expect("answers alike"), answer);
    let (again, new) = opened(answer.clone());
    assert_eq!((again.id.as_str(), again.state()), (invitation.id.as_str(), InvitationState::Open));
    house.world.settle().await;
    let letters = house.world.letters().to("ann@example.com");
    let told = letters.iter().filter(|letter| letter.text.contains(&answer.accept_url)).count();
    assert_eq!((letters.len(), told), (2, 1), "{letters:?}");
    assert!(letters.iter().any(|letter| letter.text.contains("Third time lucky.")));

    assert_eq!(refusal(accept(&house, &old).await).1, "INVITATION_SPENT");
    assert_eq!(accept(&house, &new).await.expect("opens").status(), UserStatus::Active);
    assert_eq!(refusal(resend(&house, &admin, "r3", &invitation.id).await).1, "INVITATION_SPENT");
    let ask = ListAuditEventsRequest { action: "invitation".into(), ..Default::default() };
    let lines = house.security(&admin).list_audit_events(ask).await.expect("lists").into_inner().audit_events;
    let actions: Vec<_> = lines.iter().map(|line| line.action.as_str()).collect();
    assert_eq!(actions, ["invitation.accepted", "invitation.resent"]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_expired_invitation_is_open_again_for_three_days(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    let (invitation, old) = invite(&house, &admin).await;
    house.world.advance(SignedDuration::from_hours(73)).await;
    assert_eq!(refusal(accept(&house, &old).await).1, "INVITATION_SPENT");
    let admin = house.token_of(ADMIN).await;
    let (_, new) = opened(resend(&house, &admin, "r2", &invitation.id).await.expect("is sent"));
    house.world.advance(SignedDuration::from_hours(71)).await;
    accept(&house, &new).await.expect("opens");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn only_what_waits_is_sent_again_and_only_by_those_who_may_invite(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    let (invitation, token) = invite(&house, &admin).await;
    house.person(&admin, "bob@example.com", &[("supervisor", "")]).await;
    let bob = house.token_of("bob@example.com").await;
    assert_eq!(refusal(resend(&house, &bob, "r2", &invitation.id).await).0, Code::PermissionDenied);
    let nowhere = proto::id::encode("inv", 1);
    assert_eq!(refusal(resend(&house, &admin, "r3", &nowhere).await).0, Code::NotFound);
    assert_eq!(refusal(resend(&house, &admin, "r4", "inv_1").await).0, Code::InvalidArgument);
    let ask = RevokeInvitationRequest { invitation_id: invitation.id.clone() };
    house.directory(&admin).revoke_invitation(ask).await.expect("revokes");
    assert_eq!(refusal(resend(&house, &admin, "r5", &invitation.id).await).1, "INVITATION_SPENT");
    assert_eq!(refusal(accept(&house, &token).await).1, "INVITATION_SPENT");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawn_link_ends_no_account_that_was_opened_in_another_way(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    let (invitation, token) = invite(&house, &admin).await;
    let ann = house.person_named(&admin, "ann@example.com").await;
    house.set_status(&admin, &ann, UserStatus::Active).await;
    let again = resend(&house, &admin, "r2", &invitation.id).await;
    assert_eq!(refusal(again).1, "INVITATION_SPENT", "nobody waits for a link any more");
    let ask = RevokeInvitationRequest { invitation_id: invitation.id };
    house.directory(&admin).revoke_invitation(ask).await.expect("revokes");
    assert_eq!(refusal(accept(&house, &token).await).1, "INVITATION_SPENT");
    assert_eq!(house.person_named(&admin, "ann@example.com").await.status(), UserStatus::Active);
}
