//! What every dialog here begins with: proof that it is oneself and not somebody at an open screen. That is the password, unless one has
//! just come from one's provider; and a code, where there is a second factor and this session was opened without.

use proto::identity::v1::OwnProof;
use sycamore::prelude::*;
use sycamore::web::events::SubmitEvent;

use super::{Page, any};
use crate::browser;
use crate::parts::{Act, Form, Notice, PasswordField, TextField, Tone, form_foot, refusal};
use crate::store::Load;
use crate::text::t;

/// The proof as it is typed, and what of it is asked for.
#[derive(Clone, Copy)]
pub(super) struct Proof {
    password: Signal<String>,
    code: Signal<String>,
    own: OwnProof,
    wants_code: bool,
}

impl Proof {
    /// What the server asks for before it changes anything.
    pub(super) fn new(page: Page) -> Self {
        let (own, wants_code) = page.factors.with_untracked(|factors| match factors {
            Load::Ready(factors) => (factors.proof(), any(factors) && !factors.session_proven),
            Load::Waiting | Load::Failed(_) => (OwnProof::Password, false),
        });
        let blank = || create_signal(String::new());
        Self { password: blank(), code: blank(), own, wants_code }
    }

    /// The same with a code in any case.
    pub(super) fn with_code(page: Page) -> Self {
        Self { wants_code: true, ..Self::new(page) }
    }

    /// Password and code as they are sent.
    pub(super) fn sent(self) -> (String, String) {
        (self.password.get_clone(), self.code.with(|code| code.split_whitespace().collect()))
    }
}

/// Words, further fields, the proof, and the deed.
#[component(inline_props)]
pub(super) fn Ask(
    form: Form,
    #[prop(setter(into))] text: String,
    proof: Proof,
    deed: String,
    #[prop(setter(into))] submit: Act,
    #[prop(setter(into))] cancel: Act,
    children: Children,
) -> View {
    let sent = move |event: SubmitEvent| {
        event.prevent_default();
        submit.now();
    };
    // A dialog would begin at the button that closes it.
    on_mount(|| {
        browser::focus("dialog .body .input");
    });
    let foot = form_foot(form, &deed, cancel);
    let (code, password) = (code(form, proof), password(form, proof));
    view! {
        form(novalidate=true, on:submit=sent) {
            div(class="body form") {
                (refusal(form))
                p(class="muted") { (text) }
                (children)
                (code)
                (password)
            }
            (foot)
        }
    }
}

fn code(form: Form, proof: Proof) -> View {
    if !proof.wants_code {
        return View::new();
    }
    view! {
        TextField(name="code", label=t!("code"), value=proof.code, form=form, autocomplete="one-time-code", maxlength="64", data-code="",
            hint=t!("code-hint"))
    }
}

fn password(form: Form, proof: Proof) -> View {
    match proof.own {
        OwnProof::Session => View::new(),
        OwnProof::SignInAgain => view! { Notice(tone=Tone::Wait, text=t!("proof-sign-in-again")) },
        OwnProof::Password | OwnProof::Unspecified => {
            view! { PasswordField(name="password", label=t!("own-password"), value=proof.password, form=form) }
        }
    }
}
