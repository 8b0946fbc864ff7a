//! The administration of who comes in: a provider that is tried before it is believed, people who are suspended, let in again and
//! forgotten, failures that are forgotten, and a role that is ticked together without a mouse.

use fantoccini::key::Key;
use mesh_core::testing::oidc_url;
use proto::identity::v1::{
    GetSignInProtectionRequest, ListAuditEventsRequest, SignInProtection, UpdateSignInProtectionRequest,
};

use crate::{
    acme,
    admin::admin_at,
    chromium::Look,
    people::{Office, sign_in, try_sign_in},
    running::{ADMIN, PASSWORD},
    stage::{Stage, play},
    visitor::Visitor,
};

const EMAIL: &str = "requester@demo.test";

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_is_tried_step_by_step_until_it_works_and_then_believed() {
    play(async |stage: &mut Stage| {
        let (client_id, client_secret) = acme::register(&stage.mesh).await;
        let admin = admin_at(stage, "/admin/sso").await;
        admin.presses("Add provider").await;
        admin.writes("Name", "Acme").await;
        admin.writes("Key", "acme").await;
        admin.writes("Issuer", &format!("{}/nowhere", oidc_url())).await;
        admin.writes("Client id", &client_id).await;
        admin.writes("Client secret", "a guess").await;
        admin.presses("Try it").await;
        fails_at(&admin, "Discovery").await;
        admin.writes("Issuer", &oidc_url()).await;
        admin.presses("Try it").await;
        fails_at(&admin, "Client").await;
        admin.sees("check its id and secret").await;

        admin.writes("Client secret", &client_secret).await;
        admin.presses("Add rule").await;
        admin.writes("Condition 1", "\"helpdesk\" in claims.").await;
        admin.chooses("Role of condition 1", "Agent").await;
        admin.presses("Try it").await;
        admin.sees("no rule at line 1").await;
        admin.writes("Condition 1", "\"helpdesk\" in claims.groups").await;
        admin.writes("Sample claims (optional)", "{\"groups\": [\"helpdesk\"]}").await;
        admin.presses("Try it").await;
        admin.sees("provider knows the client").await;
        admin.sees("1 of 1 match the sample").await;
        admin.notices("the role that is given", GIVEN).await;

        admin.ticks("Make accounts for unknown people").await;
        admin.presses("Save").await;
        admin.is_at("/admin/sso").await;
        admin.follows("Acme").await;
        admin.finds_written("Issuer", &oidc_url()).await;
        admin.finds_written("Client id", &client_id).await;
        admin.has_nowhere(&client_secret).await;
        let anybody = stage.visitor(Look::Light).await;
        anybody.opens("/sign-in").await;
        anybody.may_press("Sign in with Acme").await;
    })
    .await;
}

/// What the sample would get.
const GIVEN: &str =
    "return document.querySelector('.trial + p .tags')?.innerText.includes('Agent') === true;";

/// Waits until the trial ends at this step.
async fn fails_at(admin: &Visitor, step: &str) {
    let last = format!(
        "return document.querySelector('.trial li:last-child[data-tone=late] b')?.innerText === {step:?};"
    );
    admin.notices(&format!("the trial ends at {step}"), &last).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_suspended_with_a_reason_let_in_again_and_at_last_forgotten() {
    play(async |stage: &mut Stage| {
        Office::open(&stage.mesh).await;
        let requester = stage.signed_in(EMAIL, Look::Light).await;
        requester.sees("No open requests").await;
        let admin = admin_at(stage, "/admin/people").await;
        admin.follows(EMAIL).await;
        admin.presses("Suspend").await;
        admin.sees("All sessions end at once").await;
        admin.presses("Cancel").await;
        requester.may_press(&format!("Account of {EMAIL}")).await;
        admin.presses("Suspend").await;
        admin.writes("Reason (optional)", "on leave").await;
        admin.presses("Suspend").await;
        admin.may_press("Let in again").await;
        requester.sees("Your session has ended.").await;
        requester.signs_in(EMAIL, PASSWORD).await;
        requester.sees("E-mail or password is wrong.").await;

        admin.presses("Let in again").await;
        admin.sees("The account may sign in again, with the roles it has.").await;
        admin.presses("Let in again").await;
        admin.may_press("Suspend").await;
        requester.signs_in(EMAIL, PASSWORD).await;
        requester.sees("No open requests").await;

        forgets(&admin).await;
        requester.sees("Your session has ended.").await;
        let refused = try_sign_in(&stage.mesh, EMAIL, PASSWORD).await.expect_err("nobody has this address");
        assert_eq!(refused.code(), tonic::Code::Unauthenticated);
        let root = sign_in(&stage.mesh, ADMIN).await;
        let ask = ListAuditEventsRequest { action: "user".into(), ..ListAuditEventsRequest::default() };
        let lines = root.security().list_audit_events(ask).await.expect("a list").into_inner().audit_events;
        let said: Vec<_> =
            lines.iter().map(|line| (line.action.as_str(), line.reason.as_str())).take(3).collect();
        let expected = [
            ("user.deleted", "asked for it"),
            ("user.status_changed", ""),
            ("user.status_changed", "on leave"),
        ];
        assert_eq!(said, expected);
    })
    .await;
}

/// Deletes the account on the page, which takes a reason and its address.
async fn forgets(admin: &Visitor) {
    admin.presses("Delete account").await;
    admin.presses("Delete account").await;
    admin
        .notices(
            "the reason is missing",
            "return document.querySelector('dialog [name=reason][aria-invalid=true]') !== null;",
        )
        .await;
    admin.writes("Reason", "asked for it").await;
    admin.writes("Type it here", "somebody@demo.test").await;
    admin.presses("Delete account").await;
    admin
        .notices(
            "another address",
            "return document.querySelector('dialog [name=typed][aria-invalid=true]') !== null;",
        )
        .await;
    admin.writes("Type it here", EMAIL).await;
    admin.presses("Delete account").await;
    admin.is_at("/admin/people").await;
    admin.sees_no_more(EMAIL).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_was_guessed_at_is_locked_until_an_administrator_forgets_the_failures() {
    play(async |stage: &mut Stage| {
        Office::open(&stage.mesh).await;
        locks_after_two_failures(stage).await;
        let admin = admin_at(stage, "/admin/protection").await;
        for password in ["a wrong guess", "another guess", PASSWORD] {
            try_sign_in(&stage.mesh, EMAIL, password).await.expect_err("refused");
        }
        admin.presses("Refresh").await;
        admin.sees("Blocked until").await;
        admin.presses(&format!("Forget the failures of {EMAIL}")).await;
        admin.sees("Forgotten; signing in works again at once.").await;
        admin.sees_no_more("Blocked until").await;
        sign_in(&stage.mesh, EMAIL).await;
    })
    .await;
}

/// Accounts are locked soon, and neither addresses nor devices are.
async fn locks_after_two_failures(stage: &Stage) {
    let mut security = sign_in(&stage.mesh, ADMIN).await.security();
    let limits =
        security.get_sign_in_protection(GetSignInProtectionRequest {}).await.expect("limits").into_inner();
    let paths =
        ["account_limit", "account_warning_limit", "address_limit", "device_limit", "device_challenge_limit"];
    let ask = UpdateSignInProtectionRequest {
        protection: Some(SignInProtection {
            etag: limits.etag,
            account_limit: 2,
            ..SignInProtection::default()
        }),
        update_mask: Some(prost_types::FieldMask { paths: paths.map(str::to_owned).into() }),
    };
    security.update_sign_in_protection(ask).await.expect("changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_is_ticked_together_and_saved_by_keys_alone() {
    play(async |stage: &mut Stage| {
        let admin = admin_at(stage, "/admin/roles").await;
        admin.presses("New role").await;
        admin.writes("Name", "Night shift").await;
        admin.chooses("Begins with the permissions of", "Agent").await;
        admin.presses("Create role").await;
        admin.may_press("Night shift").await;
        admin.rests().await;

        reaches(&admin, "Night shift: Must have a second factor").await;
        admin.strikes(&Key::Down).await;
        let first = admin.finds("the first permission", FOCUSED).await.remove(0);
        admin.strikes(&Key::Right).await;
        assert_eq!(
            admin.finds("the last role", FOCUSED).await,
            std::slice::from_ref(&first),
            "there is no role further right"
        );
        admin.strikes(&Key::Down).await;
        let second = admin.finds("the second permission", FOCUSED).await.remove(0);
        assert_ne!(second, first);
        admin.strikes(" ").await;
        admin.sees("1 role has unsaved changes").await;
        admin.strikes(&Key::Up).await;
        assert_eq!(admin.finds("the first permission again", FOCUSED).await, [first]);

        reaches(&admin, "Save").await;
        admin.strikes(&Key::Enter).await;
        admin.sees_no_more("unsaved changes").await;
        admin.reloads().await;
        let taken = format!("return document.querySelector('[aria-label={second:?}]')?.checked === false;");
        admin.notices("what was ticked off is kept", &taken).await;
    })
    .await;
}

/// What one is at, by its name.
const FOCUSED: &str = "return [document.activeElement.ariaLabel ?? document.activeElement.innerText.trim()];";

/// Goes on by the tabulator until one is there.
async fn reaches(admin: &Visitor, name: &str) {
    for _ in 0..250 {
        if admin.finds("what one is at", FOCUSED).await == [name.to_owned()] {
            return;
        }
        admin.strikes(&Key::Tab).await;
    }
    panic!("the tabulator does not lead to {name:?}");
}
