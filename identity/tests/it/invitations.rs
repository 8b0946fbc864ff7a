//! Invitations.

use mesh_core::db::Engine;
use proto::identity::v1::{
    AcceptInvitationRequest, InvitationState, InviteUserRequest, ListInvitationsRequest,
    RevokeInvitationRequest, RoleGrant, UserStatus,
};
use rstest::rstest;

use crate::house::{House, PASSWORD, refusal};

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
