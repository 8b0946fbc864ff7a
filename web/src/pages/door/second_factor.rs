//! The second half of a sign-in: a code of some kind, or a passkey.

use proto::gateway::v1::Session;
use proto::identity::v1::{SecondFactorKind, SecondFactorNeeded, VerifySecondFactorRequest};
use sycamore::prelude::*;
use sycamore::web::events::SubmitEvent;

use super::Card;
use super::others::prove;
use crate::api::{self, Trouble};
use crate::app::App;
use crate::browser;
use crate::parts::{Act, Button, Form, Icon, Kind, Notice, T, TextField, Tone, refusal};
use crate::text::t;

/// The ways to answer, the handiest first, with icon and id of their words.
const KINDS: [(SecondFactorKind, &str, &str); 4] = [
    (SecondFactorKind::Passkey, "passkey", "by-passkey"),
    (SecondFactorKind::Totp, "phone", "by-app"),
    (SecondFactorKind::EmailCode, "mail", "by-email"),
    (SecondFactorKind::RecoveryCode, "key", "by-recovery-code"),
];

/// The reason of a code that does not do.
const WRONG_CODE: &str = "WRONG_CODE";
/// Digits of a code of an app or by mail.
const DIGITS: usize = 6;

/// The page of it.
#[component(inline_props)]
pub(super) fn SecondFactor(needed: SecondFactorNeeded, #[prop(setter(into))] back: Act) -> View {
    view! {
        Card(title=t!("second-factor-title"), text=t!("second-factor-text")) { Answer(needed=needed, back=back) }
    }
}

/// Asks in one way, and offers the others the account has.
#[component(inline_props)]
pub(in crate::pages) fn Answer(needed: SecondFactorNeeded, #[prop(setter(into))] back: Act) -> View {
    let first = KINDS.iter().map(|(kind, ..)| *kind).find(|kind| has(&needed, *kind));
    let kind = create_signal(first.unwrap_or(SecondFactorKind::Totp));
    let ways = ways(&needed, kind, back);
    let shown = needed;
    view! {
        (match kind.get() {
            SecondFactorKind::Passkey => { let needed = shown.clone(); view! { ByPasskey(needed=needed) } },
            SecondFactorKind::EmailCode => { let needed = shown.clone(); view! { ByEmail(needed=needed) } },
            kind => { let attempt = shown.attempt.clone(); view! { ByCode(attempt=attempt, kind=kind) } },
        })
        (ways)
    }
}

/// Whether the account can be proven in this way.
fn has(needed: &SecondFactorNeeded, kind: SecondFactorKind) -> bool {
    needed.kinds().any(|there| there == kind)
}

/// The ways that are not shown, and the way back.
fn ways(needed: &SecondFactorNeeded, kind: Signal<SecondFactorKind>, back: Act) -> View {
    let there = KINDS.into_iter().filter(|(kind, ..)| has(needed, *kind));
    let buttons = there.map(|(way, icon, words)| {
        let other = create_selector(move || kind.get() != way);
        view! {
            (if other.get() {
                view! { Button(icon=icon, label=t!(words), data-wide="", on:click=move |_| kind.set(way)) }
            } else {
                View::new()
            })
        }
    });
    let buttons = View::from(buttons.collect::<Vec<_>>());
    let several = needed.kinds.len() > 1;
    let or = if several {
        view! { p(class="or") { span { T(id="or") } } }
    } else {
        View::new()
    };
    view! {
        div(class="others") {
            (or)
            (buttons)
            Button(kind=Kind::Quiet, icon="arrow-left", label=t!("back-to-sign-in"), data-wide="", on:click=move |_| back.now())
        }
    }
}

/// Sends an answer; the session that comes of it leads on.
fn send(app: App, form: Form, call: impl Future<Output = api::Answer<Session>> + 'static) {
    form.send(app, call, move |session| app.session.take(Ok(session)));
}

/// Sends a code as it was typed. A wrong one is told at its field, marked so that the next one takes its place.
fn send_code(app: App, form: Form, attempt: String, kind: SecondFactorKind, typed: &str) {
    let code = code_of(kind, typed);
    let passkey_json = String::new();
    let asked =
        VerifySecondFactorRequest { attempt, kind: kind.into(), code, passkey_json, ..Default::default() };
    let verify = async move {
        api::session::verify(asked).await.map_err(|trouble| {
            if trouble.reason == WRONG_CODE {
                browser::select(".door [name=code]");
                return Trouble { fields: vec![("code".to_owned(), trouble.sentence.clone())], ..trouble };
            }
            trouble
        })
    };
    send(app, form, verify);
}

/// A code without what people read it with: spaces, and between digits anything.
fn code_of(kind: SecondFactorKind, typed: &str) -> String {
    let counts = |letter: &char| match kind {
        SecondFactorKind::RecoveryCode => !letter.is_whitespace(),
        _ => letter.is_ascii_digit(),
    };
    typed.chars().filter(counts).collect()
}

/// Sends six digits by themselves once they are all there, so that pasting them is enough. The same ones are sent again only by hand.
fn send_when_whole(code: Signal<String>, send: Act) {
    let latest = create_signal(String::new());
    create_effect(move || {
        let digits = code_of(SecondFactorKind::Totp, &code.get_clone());
        if digits.len() == DIGITS && latest.with_untracked(|latest| *latest != digits) {
            latest.set(digits);
            untrack(|| send.now());
        }
    });
}

/// Browsers focus what asks for it only when the page is loaded.
fn focus_first() {
    on_mount(|| {
        browser::focus(".door [autofocus]");
    });
}

/// A code of the app, or a recovery code.
#[component(inline_props)]
fn ByCode(attempt: String, kind: SecondFactorKind) -> View {
    let app = use_context::<App>();
    let form = Form::new();
    let code = create_signal(String::new());
    focus_first();
    let send = Act::from(move |()| send_code(app, form, attempt.clone(), kind, &code.get_clone()));
    if kind != SecondFactorKind::RecoveryCode {
        send_when_whole(code, send.clone());
    }
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        send.now();
    };
    let field = if kind == SecondFactorKind::RecoveryCode {
        view! {
            TextField(name="code", label=t!("recovery-code"), value=code, form=form, autocomplete="off", "autofocus"="",
                "autocapitalize"="none", "spellcheck"="false", maxlength="64", data-code="", hint=t!("recovery-code-hint"))
        }
    } else {
        digits(code, form, t!("app-code-hint"))
    };
    view! {
        form(class="panel form", novalidate=true, on:submit=submit) {
            div(class="body form") {
                (refusal(form))
                (field)
                Button(kind=Kind::Primary, label=t!("continue"), r#type="submit", busy=form.busy(), data-wide="")
            }
        }
    }
}

/// Six digits; phones and password managers fill them in.
fn digits(code: Signal<String>, form: Form, hint: String) -> View {
    view! {
        TextField(name="code", label=t!("code"), value=code, form=form, autocomplete="one-time-code", "autofocus"="",
            inputmode="numeric", maxlength="16", data-code="", hint=hint)
    }
}

/// A code by mail: sent when asked for, then typed.
#[component(inline_props)]
fn ByEmail(needed: SecondFactorNeeded) -> View {
    let app = use_context::<App>();
    let form = Form::new();
    let (code, sent) = (create_signal(String::new()), create_signal(false));
    let SecondFactorNeeded { attempt, email_hint, .. } = needed;
    let mailed = attempt.clone();
    let mail = Act::from(move |()| {
        form.send(app, api::session::send_code(mailed.clone()), move |()| sent.set(true));
    });
    let again = mail.clone();
    let send = Act::from(move |()| {
        send_code(app, form, attempt.clone(), SecondFactorKind::EmailCode, &code.get_clone());
    });
    send_when_whole(code, send.clone());
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if sent.get() {
            send.now();
        } else {
            mail.now();
        }
    };
    view! {
        form(class="panel form", novalidate=true, on:submit=submit) {
            div(class="body form") {
                (refusal(form))
                (if sent.get() { mailed_code(code, form, &email_hint, again.clone()) } else { mail_button(form, &email_hint) })
            }
        }
    }
}

fn mail_button(form: Form, address: &str) -> View {
    let words = t!("email-code-text", address = address);
    view! {
        p { (words) }
        Button(kind=Kind::Primary, icon="mail", label=t!("email-code-send"), r#type="submit", busy=form.busy(), data-wide="")
    }
}

fn mailed_code(code: Signal<String>, form: Form, address: &str, again: Act) -> View {
    focus_first();
    let words = t!("email-code-sent", address = address);
    let field = digits(code, form, t!("email-code-hint"));
    view! {
        Notice(tone=Tone::Done, text=words)
        (field)
        Button(kind=Kind::Primary, label=t!("continue"), r#type="submit", busy=form.busy(), data-wide="")
        Button(kind=Kind::Quiet, label=t!("email-code-again"), data-wide="", on:click=move |_| again.now())
    }
}

/// A passkey, asked for at a press: browsers show it only then.
#[component(inline_props)]
fn ByPasskey(needed: SecondFactorNeeded) -> View {
    let app = use_context::<App>();
    let form = Form::new();
    let press = move |_| send(app, form, prove(needed.clone()));
    focus_first();
    view! {
        div(class="panel") {
            div(class="body form") {
                (refusal(form))
                p(class="line") { Icon(name="passkey", class="icon large") span { T(id="passkey-text") } }
                Button(kind=Kind::Primary, label=t!("passkey-use"), busy=form.busy(), data-wide="", "autofocus"="", on:click=press)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proto::identity::v1::SecondFactorKind;

    use super::code_of;

    #[test]
    fn a_code_counts_however_it_is_written() {
        for typed in ["123456", " 123 456 ", "123-456", "123\u{a0}456\n"] {
            assert_eq!(code_of(SecondFactorKind::Totp, typed), "123456");
        }
        assert_eq!(code_of(SecondFactorKind::RecoveryCode, " abcd-ef12 34"), "abcd-ef1234");
    }
}
