//! Failed sign-ins: the account is locked, the device solves a challenge and is blocked, and administrators see and lift all of it.

use crate::{
    admin::admin_at,
    chromium::Look,
    people::Office,
    running::PASSWORD,
    stage::{Stage, play},
    visitor::Visitor,
};

const EMAIL: &str = "requester@demo.test";
const WRONG: &str = "E-mail or password is wrong.";
/// How often the page asked to sign in.
const ASKED: &str =
    "performance.getEntriesByType('resource').filter(call => call.name.endsWith('/SignIn')).length";

/// Tries a wrong password so many times.
async fn fails(visitor: &Visitor, email: &str, times: u32) {
    visitor.opens("/sign-in").await;
    for _ in 0..times {
        visitor.signs_in(email, "ten purple lanterns").await;
        // What the try before was told is gone as soon as this one is sent.
        visitor.sees(WRONG).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_account_takes_no_password_its_owner_is_told_and_an_administrator_unlocks_it() {
    play(async |stage: &mut Stage| {
        Office::open(&stage.mesh).await;
        let admin = admin_at(stage, "/admin/protection").await;
        admin.sees("no failures are on record").await;
        admin.writes("Failures before it is locked", "two").await;
        admin.presses("Save").await;
        admin.sees("Give a whole number.").await;
        admin.writes("Failures before it is locked", "2").await;
        admin.presses("Save").await;
        admin.sees("Saved").await;

        let requester = stage.visitor(Look::Light).await;
        fails(&requester, EMAIL, 2).await;
        let letter = stage.letter_for(EMAIL, "Your account is locked for a while").await;
        assert!(letter.contains("Nobody can sign in to it for 15 minutes."), "{letter}");
        requester.signs_in(EMAIL, PASSWORD).await;
        requester.sees(WRONG).await;

        admin.presses("Refresh").await;
        admin.sees("Blocked until").await;
        admin.presses(&format!("Forget the failures of {EMAIL}")).await;
        admin.sees("Forgotten; signing in works again at once.").await;
        admin.sees_no_more("Blocked until").await;
        stage.letter_for(EMAIL, "Your account is unlocked").await;
        requester.signs_in(EMAIL, PASSWORD).await;
        requester.sees("No open requests").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_failed_often_solves_a_challenge_by_itself_and_is_blocked_in_the_end() {
    play(async |stage: &mut Stage| {
        Office::open(&stage.mesh).await;
        let admin = admin_at(stage, "/admin/protection").await;
        admin.writes("Work of a challenge, in bits", "12").await;
        admin.presses("Save").await;
        admin.sees("Saved").await;

        let forgetful = stage.visitor(Look::Light).await;
        fails(&forgetful, "nobody@demo.test", 5).await;
        forgetful.signs_in(EMAIL, PASSWORD).await;
        forgetful.sees("No open requests").await;
        forgetful.notices("a challenge was solved in between", &format!("return {ASKED} === 7;")).await;

        let stranger = stage.visitor(Look::Light).await;
        fails(&stranger, "somebody@demo.test", 8).await;
        stranger.signs_in(EMAIL, PASSWORD).await;
        stranger.sees("Too many failed attempts from here. Try again after").await;

        admin.presses("Refresh").await;
        admin.sees("Blocked until").await;
        let subject = admin.finds("the device that is blocked", BLOCKED).await;
        admin.presses(&format!("Forget the failures of {}", subject[0])).await;
        admin.sees("Forgotten; signing in works again at once.").await;
        admin.sees_no_more("Blocked until").await;
        stranger.signs_in(EMAIL, PASSWORD).await;
        stranger.sees("No open requests").await;
    })
    .await;
}

/// Who or what is blocked, by the list of failures.
const BLOCKED: &str = "
    const rows = [...document.querySelectorAll('tbody tr')].filter(row => row.innerText.includes('Blocked until'));
    return rows.map(row => row.querySelector('b').innerText);";
