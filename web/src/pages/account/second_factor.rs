//! What one proves oneself with besides the password: an app, passkeys, and recovery codes for the day both are lost.

mod app_code;
mod ask;
mod codes;
mod passkeys;
mod turn_off;

use std::rc::Rc;

use proto::identity::v1::{Passkey, SecondFactors as Factors};
use sycamore::prelude::*;
use sycamore_futures::spawn_local;

use crate::api;
use crate::app::App;
use crate::pages::title;
use crate::parts::{Bones, Button, Draw, Failed, Icon, Kind, Notice, Panel, T, Tone};
use crate::store::Load;
use crate::text::t;
use app_code::SetUpApp;
use codes::NewCodes;
use passkeys::{AddPasskey, RemovePasskey};
use turn_off::TurnOff;

pub(in crate::pages) use codes::Codes;

/// What is on the page, and the dialog over it.
#[derive(Clone, Copy)]
struct Page {
    app: App,
    factors: Signal<Load<Rc<Factors>>>,
    dialog: Signal<Option<Dialog>>,
}

/// What is being done.
#[derive(Clone)]
enum Dialog {
    SetUpApp,
    AddPasskey,
    RemovePasskey(Passkey),
    NewCodes,
    TurnOff,
}

/// The state of everything, with the button that changes it beside it.
#[component]
pub(super) fn SecondFactors() -> View {
    title(&t!("second-factor-title"));
    let app = use_context::<App>();
    let page = Page { app, factors: create_signal(Load::Waiting), dialog: create_signal(None) };
    spawn_local(page.load());
    view! {
        div(class="page") {
            header(class="page-head") { div { h1 { T(id="second-factor-title") } p(class="muted") { T(id="second-factors-text") } } }
            (match page.factors.get_clone() {
                Load::Waiting => view! { div(class="panel") { Bones(text=true) } },
                Load::Failed(trouble) => view! { Failed(trouble=trouble, retry=move |()| spawn_local(page.load())) },
                Load::Ready(factors) => inside(page, &factors),
            })
        }
        (page.dialog.get_clone().map_or_else(View::new, |dialog| dialog_of(page, dialog)))
    }
}

impl Page {
    async fn load(self) {
        let factors = Load::from(api::account::second_factors().await).map(Rc::new);
        if self.factors.is_alive() {
            self.factors.set(factors);
        }
    }

    /// A button that opens a dialog.
    fn opens(self, dialog: Dialog, kind: Kind, words: &'static str) -> Draw {
        Draw::from(move || {
            let dialog = dialog.clone();
            view! { Button(kind=kind, label=t!(words), on:click=move |_| self.dialog.set(Some(dialog.clone()))) }
        })
    }

    /// Closes the dialog and shows what is so now; the roles that waited for it count from here on.
    fn done(self) {
        self.dialog.set(None);
        spawn_local(async move {
            self.app.session.renew().await;
            self.load().await;
        });
    }

    /// Closes the dialog; nothing was done.
    fn close(self) {
        self.dialog.set(None);
    }
}

fn dialog_of(page: Page, dialog: Dialog) -> View {
    match dialog {
        Dialog::SetUpApp => view! { SetUpApp(page=page) },
        Dialog::AddPasskey => view! { AddPasskey(page=page) },
        Dialog::RemovePasskey(passkey) => view! { RemovePasskey(page=page, passkey=passkey) },
        Dialog::NewCodes => view! { NewCodes(page=page) },
        Dialog::TurnOff => view! { TurnOff(page=page) },
    }
}

/// Whether there is anything to prove oneself with.
const fn any(factors: &Factors) -> bool {
    factors.totp || !factors.passkeys.is_empty()
}

fn inside(page: Page, factors: &Factors) -> View {
    let codes = if any(factors) { recovery(page, factors.recovery_codes_left) } else { View::new() };
    let off = if any(factors) { off(page, factors.required) } else { View::new() };
    let (wanted, app) = (wanted(factors), app_panel(page, factors.totp));
    let passkeys = passkeys::panel(page, &factors.passkeys);
    view! { (wanted) (app) (passkeys) (codes) (off) }
}

/// Says that a role waits for it.
fn wanted(factors: &Factors) -> View {
    if !factors.required || factors.session_proven {
        return View::new();
    }
    let words = if any(factors) { t!("second-factor-unproven") } else { t!("second-factor-required") };
    view! { Notice(tone=Tone::Wait, text=words) }
}

fn app_panel(page: Page, on: bool) -> View {
    let (kind, words) = if on { (Kind::Plain, "app-replace") } else { (Kind::Primary, "app-set-up") };
    view! {
        Panel(title=t!("app"), end=page.opens(Dialog::SetUpApp, kind, words)) {
            div(class="body line") { (mark(on)) p(class="grow muted") { T(id="app-text") } }
        }
    }
}

/// On or off, in colour and word.
fn mark(on: bool) -> View {
    if on {
        view! { span(class="pill", data-tone="done") { Icon(name="check") T(id="on") } }
    } else {
        view! { span(class="pill") { Icon(name="ring") T(id="off") } }
    }
}

fn recovery(page: Page, left: i32) -> View {
    let tone = if left < 3 { "wait" } else { "done" };
    let left = t!("codes-left", count = i64::from(left));
    view! {
        Panel(title=t!("recovery-codes"), end=page.opens(Dialog::NewCodes, Kind::Plain, "codes-new")) {
            div(class="body line") { span(class="pill", data-tone=tone) { Icon(name="key") (left) } p(class="grow muted") { T(id="codes-text") } }
        }
    }
}

fn off(page: Page, required: bool) -> View {
    if required {
        return view! { p(class="small faint") { T(id="second-factor-stays") } };
    }
    let button = page.opens(Dialog::TurnOff, Kind::Danger, "second-factor-off").view();
    view! { div { (button) } }
}
