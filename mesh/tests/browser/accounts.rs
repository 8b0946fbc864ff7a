//! Ways to an account and back to it: a forgotten password, an invitation, signing up, and an organisation's own sign-in.

use crate::{
    acme,
    admin::admin_at,
    chromium::Look,
    people::{Office, sign_in},
    running::{ADMIN, PASSWORD},
    stage::{Stage, play},
    visitor::Visitor,
};

const EMAIL: &str = "requester@demo.test";
const ANOTHER_PASSWORD: &str = "seven orange umbrellas";

#[tokio::test(flavor = "multi_thread")]
async fn a_forgotten_password_is_set_anew_by_the_link_of_a_letter_and_every_device_is_signed_out() {
    play(async |stage: &mut Stage| {
        Office::open(&stage.mesh).await;
        let laptop = stage.signed_in(EMAIL, Look::Light).await;
        laptop.sees("No open requests").await;
        let phone = stage.visitor(Look::Phone).await;
        phone.opens("/sign-in").await;
        phone.follows("Forgot your password?").await;
        phone.presses("Send the link").await;
        phone.sees("Say where the letter should go.").await;
        phone.writes("E-mail", EMAIL).await;
        phone.presses("Send the link").await;
        phone.sees("Look into your mail").await;

        let link = stage.link_for(EMAIL, "Choose a new password").await;
        phone.opens(&link).await;
        phone.writes("New password", "requester").await;
        phone.presses("Set password").await;
        phone.sees("Is too easy to guess").await;
        phone.writes("New password", ANOTHER_PASSWORD).await;
        phone.presses("Set password").await;
        phone.sees("Your password is set").await;
        laptop.sees("Your session has ended.").await;
        stage.letter_for(EMAIL, "Your password was changed").await;

        phone.presses("Sign in").await;
        phone.signs_in(EMAIL, PASSWORD).await;
        phone.sees("E-mail or password is wrong.").await;
        phone.signs_in(EMAIL, ANOTHER_PASSWORD).await;
        phone.sees("No open requests").await;

        laptop.opens(&link).await;
        laptop.writes("New password", PASSWORD).await;
        laptop.presses("Set password").await;
        laptop.sees("This link no longer works").await;
        laptop.may_press("Ask for a new link").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_is_accepted_once_and_its_role_counts_at_once() {
    play(async |stage: &mut Stage| {
        Office::open(&stage.mesh).await;
        let admin = admin_at(stage, "/admin/invitations").await;
        admin.presses("Invite").await;
        admin.writes("Name", "Agent 3").await;
        admin.writes("E-mail", "agent3@demo.test").await;
        admin.chooses("Role", "Agent").await;
        admin.writes("A personal word (optional)", "See you on Monday.").await;
        admin.presses("Send invitation").await;
        admin.sees("The invitation is on its way.").await;
        admin.presses("Done").await;
        admin.sees("agent3@demo.test").await;

        let letter = stage.letter_for("agent3@demo.test", "Your account is ready").await;
        assert!(letter.contains("See you on Monday."), "{letter}");
        let link = stage.link_for("agent3@demo.test", "Your account is ready").await;
        let agent = stage.visitor(Look::Light).await;
        agent.opens(&link).await;
        agent.finds_written("E-mail", "agent3@demo.test").await;
        agent.writes("Your name", "Agent Three").await;
        agent.writes("Choose a password", PASSWORD).await;
        agent.presses("Open account").await;
        agent.may_press("Account of Agent Three").await;
        agent.presses("Desk").await;
        agent.sees("Nothing on your desk").await;

        let late = stage.visitor(Look::Light).await;
        late.opens(&link).await;
        late.sees("This link no longer works").await;
        admin.presses("Accepted").await;
        admin.sees("Agent Three").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_signs_up_proves_the_address_waits_and_is_let_in() {
    play(async |stage: &mut Stage| {
        Office::open(&stage.mesh).await;
        let newcomer = stage.visitor(Look::Light).await;
        newcomer.opens("/sign-up").await;
        newcomer.sees("Accounts are made by invitation").await;
        let admin = admin_at(stage, "/admin/access").await;
        admin.presses("Anybody, once approved").await;
        admin.presses("Save").await;
        admin.sees("Saved").await;

        newcomer.opens("/sign-in").await;
        newcomer.follows("Make one").await;
        let link = signs_up(stage, &newcomer, "new@demo.test", "Newcomer").await;
        newcomer.opens(&link).await;
        newcomer.writes("Choose a password", PASSWORD).await;
        newcomer.presses("Open account").await;
        newcomer.sees("Almost there").await;
        newcomer.opens("/sign-in").await;
        newcomer.signs_in("new@demo.test", PASSWORD).await;
        newcomer.sees("E-mail or password is wrong.").await;

        admin.opens("/admin/people").await;
        admin.sees("1 person waits to be let in").await;
        admin.presses("Approve Newcomer").await;
        admin.sees("Newcomer may sign in now.").await;
        stage.letter_for("new@demo.test", "Your account is approved").await;
        newcomer.signs_in("new@demo.test", PASSWORD).await;
        newcomer.sees("No open requests").await;
    })
    .await;
}

/// Asks for an account; answers the link of the letter that comes.
async fn signs_up(stage: &Stage, newcomer: &Visitor, email: &str, name: &str) -> String {
    newcomer.sees("Accounts are looked at before they open.").await;
    newcomer.writes("Your name", name).await;
    newcomer.writes("E-mail", email).await;
    newcomer.presses("Send me the link").await;
    newcomer.sees("Look into your mail").await;
    stage.link_for(email, "Confirm your address").await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_button_of_an_organisation_leads_by_its_own_sign_in_to_where_one_wanted_to_go() {
    play(async |stage: &mut Stage| {
        let admin = sign_in(&stage.mesh, ADMIN).await;
        acme::believe(&stage.mesh, &admin, &[]).await;
        let turns_back = stage.visitor(Look::Light).await;
        turns_back.opens("/sign-in").await;
        turns_back.presses("Sign in with Acme").await;
        turns_back.sees("Your organisation did not let you in, or you turned back.").await;

        let ann = stage.visitor(Look::Light).await;
        ann.is_known_by(&acme::account("ann", &[])).await;
        ann.opens("/account/sessions").await;
        ann.presses("Sign in with Acme").await;
        ann.is_at("/account/sessions").await;
        ann.may_press("Account of ANN").await;
        ann.sees("This device").await;
        ann.signs_out("ANN").await;
        ann.presses("Sign in with Acme").await;
        ann.may_press("Account of ANN").await;
    })
    .await;
}
