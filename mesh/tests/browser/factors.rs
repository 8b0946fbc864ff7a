//! The second factor: an authenticator app, recovery codes and codes by mail, each proven at the door; and passkeys.

use mesh_core::clock::{Clock as _, SystemClock};
use totp_rs::{Builder, Secret, Totp};

use crate::{
    chromium::Look,
    people::Office,
    running::PASSWORD,
    stage::{Stage, play},
    visitor::Visitor,
};

const EMAIL: &str = "requester@demo.test";
const PAGE: &str = "/account/second-factor";
/// Seconds a code of an app is shown.
const STEP: u64 = 30;
/// Seconds a code is typed and sent in, on a busy machine.
const TYPING: u64 = 10;
/// The recovery codes that are shown.
const CODES: &str = "return [...document.querySelectorAll('dialog .codes li')].map(code => code.innerText);";

/// The field of the code at the door is where one types.
const FOCUSED: &str = "return document.activeElement?.matches('.door [name=code]') === true;";
/// It is wrong what is in it, and all of it is marked.
const MARKED: &str = "const code = document.querySelector('.door [name=code]'); \
    return document.activeElement === code && code.getAttribute('aria-invalid') === 'true' && \
        code.value !== '' && code.selectionStart === 0 && code.selectionEnd === code.value.length;";

/// An authenticator app. It shows every code once; where the clock has not come to the next one, that one is shown early, which
/// a server lets pass for the sake of clocks that differ.
struct App {
    totp: Totp,
    next: u64,
}

impl App {
    fn of(secret: &str) -> Self {
        let secret = Secret::try_from_base32(secret).expect("a secret");
        let totp = Builder::new().with_secret(secret).with_account_name(EMAIL).build().expect("an app");
        Self { totp, next: 0 }
    }

    fn code(&mut self) -> String {
        let now = u64::try_from(SystemClock.now().as_second()).expect("after 1970");
        // The one before counts too, as long as it is not over before it arrives.
        let step = self.next.max((now + TYPING) / STEP - 1);
        self.next = step + 1;
        self.totp.generate(step * STEP).to_string()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_a_recovery_code_and_a_code_by_mail_each_complete_a_sign_in_until_the_second_factor_is_off() {
    play(async |stage: &mut Stage| {
        Office::open(&stage.mesh).await;
        let requester = stage.signed_in(EMAIL, Look::Light).await;
        requester.opens(PAGE).await;
        let (mut app, codes) = sets_up_an_app(&requester).await;

        gives_the_password_again(&requester).await;
        pastes(&requester, "000 000").await;
        requester.sees("The code is wrong or used up. Take the next one.").await;
        requester.notices("the wrong code is marked, where the next one goes", MARKED).await;
        let code = app.code();
        let (front, back) = code.split_at(3);
        pastes(&requester, &format!(" {front} {back} ")).await;
        is_in(&requester).await;

        gives_the_password_again(&requester).await;
        requester.presses("Use a recovery code").await;
        requester.writes("Recovery code", &codes[0]).await;
        requester.presses("Continue").await;
        is_in(&requester).await;

        gives_the_password_again(&requester).await;
        requester.presses("Get a code by mail").await;
        requester.presses("Send the code").await;
        requester.sees("A code is on its way to").await;
        let code = stage.code_for(EMAIL, "Your code for signing in").await;
        requester.writes("Code", &code).await;
        is_in(&requester).await;

        requester.opens(PAGE).await;
        requester.sees("9 left").await;
        turns_it_off(&requester, &codes).await;
        gives_the_password_again(&requester).await;
        is_in(&requester).await;
    })
    .await;
}

/// Sets up an app and answers it with the recovery codes that came with it.
async fn sets_up_an_app(requester: &Visitor) -> (App, Vec<String>) {
    requester.presses("Set up").await;
    requester.writes("Your password", "not this one").await;
    requester.presses("Continue").await;
    requester.sees("That is not your password.").await;
    requester.writes("Your password", PASSWORD).await;
    requester.presses("Continue").await;
    requester.notices("a QR code", "return document.querySelector('.qr svg') !== null;").await;
    requester.presses("Cannot scan it? Type the secret.").await;
    let mut app = App::of(&requester.copies("Secret").await);
    requester.writes("Type the code the app shows now", &app.code()).await;
    requester.presses("Turn on").await;
    let codes = requester.finds("recovery codes", CODES).await;
    assert_eq!(codes.len(), 10);
    requester.presses("I have kept them").await;
    requester.sees("10 left").await;
    (app, codes)
}

/// Pastes a code where it is asked for at the door; that sends it.
async fn pastes(requester: &Visitor, code: &str) {
    requester.notices("the field of the code has the focus", FOCUSED).await;
    requester.loads(&format!("document.execCommand('insertText', false, {code:?});")).await;
}

/// Signs out, then in again as far as the password goes.
async fn gives_the_password_again(requester: &Visitor) {
    requester.signs_out(EMAIL).await;
    requester.signs_in(EMAIL, PASSWORD).await;
}

async fn is_in(requester: &Visitor) {
    requester.may_press(&format!("Account of {EMAIL}")).await;
}

/// Needs the password and a code; one that was used up does not do.
async fn turns_it_off(requester: &Visitor, codes: &[String]) {
    requester.presses("Turn off second factor").await;
    requester.writes("Code", &codes[0]).await;
    requester.writes("Your password", PASSWORD).await;
    requester.presses("Turn off second factor").await;
    requester.sees("The code is wrong or used up.").await;
    requester.writes("Code", &codes[1]).await;
    requester.presses("Turn off second factor").await;
    requester.sees("Your second factor is off.").await;
    requester.may_press("Set up").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_signs_in_alone_until_it_is_removed() {
    play(async |stage: &mut Stage| {
        Office::open(&stage.mesh).await;
        let requester = stage.signed_in(EMAIL, Look::Light).await;
        requester.gets_an_authenticator().await;
        requester.opens(PAGE).await;
        requester.presses("Add a passkey").await;
        requester.writes("Name", "Built-in finger").await;
        requester.writes("Your password", PASSWORD).await;
        requester.presses("Continue").await;
        assert_eq!(requester.finds("recovery codes", CODES).await.len(), 10);
        requester.presses("I have kept them").await;
        requester.sees("Built-in finger").await;

        requester.signs_out(EMAIL).await;
        requester.presses("Sign in with a passkey").await;
        is_in(&requester).await;
        gives_the_password_again(&requester).await;
        requester.presses("Use passkey").await;
        is_in(&requester).await;

        requester.opens(PAGE).await;
        requester.presses("Remove Built-in finger").await;
        requester.writes("Your password", PASSWORD).await;
        requester.presses("Remove").await;
        requester.sees("The passkey is removed.").await;
        requester.signs_out(EMAIL).await;
        requester.presses("Sign in with a passkey").await;
        requester.sees("This passkey is not known here, or no longer.").await;
        requester.signs_in(EMAIL, PASSWORD).await;
        is_in(&requester).await;
    })
    .await;
}
