//! Doing without a second factor.

use sycamore::prelude::*;

use super::Page;
use super::ask::{Ask, Proof};
use crate::api;
use crate::parts::{Form, Modal};
use crate::text::t;

/// Needs a code once more, whatever has proven the session.
#[component(inline_props)]
pub(super) fn TurnOff(page: Page) -> View {
    let form = Form::new();
    let proof = Proof::with_code(page);
    let submit = move |()| {
        let call = api::account::turn_off_second_factor(proof.sent());
        form.send(page.app, call, move |()| {
            page.app.toasts.say(t!("second-factor-is-off"));
            page.done();
        });
    };
    view! {
        Modal(title=t!("second-factor-off"), on_close=move |()| page.close()) {
            Ask(form=form, text=t!("second-factor-off-text"), proof=proof, deed=t!("second-factor-off"), submit=submit, cancel=move |()| page.close())
        }
    }
}
