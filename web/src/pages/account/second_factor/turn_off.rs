//! Doing without a second factor.

use sycamore::prelude::*;

use super::Page;
use super::ask::Ask;
use crate::api;
use crate::parts::{Form, Modal, TextField};
use crate::text::t;

/// Needs the password and, once more, a code.
#[component(inline_props)]
pub(super) fn TurnOff(page: Page) -> View {
    let form = Form::new();
    let (code, password) = (create_signal(String::new()), create_signal(String::new()));
    let submit = move |()| {
        let typed: String = code.get_clone().split_whitespace().collect();
        let call = api::account::turn_off_second_factor(password.get_clone(), typed);
        form.send(page.app, call, move |()| {
            page.app.toasts.say(t!("second-factor-is-off"));
            page.done();
        });
    };
    view! {
        Modal(title=t!("second-factor-off"), on_close=move |()| page.close()) {
            Ask(form=form, text=t!("second-factor-off-text"), password=password, deed=t!("second-factor-off"), submit=submit, cancel=move |()| page.close()) {
                TextField(name="code", label=t!("code"), value=code, form=form, autocomplete="one-time-code", maxlength="64", data-code="",
                    hint=t!("code-hint"))
            }
        }
    }
}
