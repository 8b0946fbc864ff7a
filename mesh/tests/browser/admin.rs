//! The administration: somebody is let in and given a role, a role is ticked together by two people at once.

use proto::identity::v1::{CreateUserRequest, User, UserKind};

use crate::{
    chromium::Look,
    deeds::fresh,
    people::{Office, sign_in},
    running::{ADMIN, PASSWORD},
    stage::{Stage, play},
    visitor::Visitor,
};

/// An administrator on a page of the administration.
pub(crate) async fn admin_at(stage: &Stage, path: &str) -> Visitor {
    let admin = stage.visitor(Look::Light).await;
    admin.opens(path).await;
    admin.signs_in(ADMIN, PASSWORD).await;
    admin.is_at(path).await;
    admin
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_waits_is_let_in_and_whoever_is_invited_gets_a_role_where_it_was_given() {
    play(async |stage: &mut Stage| {
        Office::open(&stage.mesh).await;
        asks_for_an_account(stage, "agent2@demo.test", "Agent 2").await;
        let admin = admin_at(stage, "/admin/people").await;
        admin.sees("1 person waits to be let in").await;
        admin.presses("Approve Agent 2").await;
        admin.sees("Agent 2 may sign in now.").await;
        admin.sees_no_more("waits to be let in").await;

        admin.presses("Invite").await;
        admin.writes("Name", "Agent 3").await;
        admin.writes("E-mail", "agent3@demo.test").await;
        admin.presses("Send invitation").await;
        admin.sees("The invitation is on its way.").await;
        admin.presses("Done").await;
        admin.follows("Agent 3").await;
        admin.sees("No role yet").await;
        admin.chooses("Role", "Agent").await;
        admin.chooses("Holds in", "Workshop").await;
        admin.presses("Give role").await;
        admin.sees("Agent · Workshop").await;
        admin.presses("Take role back").await;
        admin.sees("Agent (Workshop) ends at once.").await;
        admin.presses("Take role back").await;
        admin.sees("No role yet").await;
    })
    .await;
}

/// Somebody with an account that is not open yet, whom nobody invited.
async fn asks_for_an_account(stage: &Stage, email: &str, name: &str) {
    let user = User {
        kind: UserKind::Person.into(),
        email: email.into(),
        display_name: name.into(),
        ..User::default()
    };
    let ask = CreateUserRequest { request_id: fresh(), user: Some(user), ..CreateUserRequest::default() };
    let admin = sign_in(&stage.mesh, ADMIN).await;
    admin.directory().create_user(ask).await.expect("an account");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_who_tick_the_same_role_see_what_the_other_made_of_it() {
    play(async |stage: &mut Stage| {
        let first = admin_at(stage, "/admin/roles").await;
        first.presses("New role").await;
        first.writes("Name", "Night shift").await;
        first.chooses("Begins with the permissions of", "Agent").await;
        first.presses("Create role").await;
        first.may_press("Night shift").await;
        let second = admin_at(stage, "/admin/roles").await;

        first.ticks("Night shift: Export").await;
        first.sees("1 role has unsaved changes").await;
        first.presses("Save").await;
        first.sees_no_more("unsaved changes").await;

        second.ticks("Night shift: Delete").await;
        second.presses("Save").await;
        second.sees("Theirs: + Export. Yours: + Delete.").await;
        second.presses("Take theirs").await;
        second.sees_no_more("unsaved changes").await;
        let merges = "return document.querySelector('[aria-label=\"Night shift: Export\"]').checked;";
        second.notices("what the first one ticked", merges).await;
    })
    .await;
}
