//! What every dialog here begins with: the password, as proof that it is oneself and not somebody at an open screen.

use sycamore::prelude::*;
use sycamore::web::events::SubmitEvent;

use crate::browser;
use crate::parts::{Act, Form, PasswordField, form_foot, refusal};
use crate::text::t;

/// Words, further fields, the password, and the deed.
#[component(inline_props)]
pub(super) fn Ask(
    form: Form,
    #[prop(setter(into))] text: String,
    password: Signal<String>,
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
    view! {
        form(novalidate=true, on:submit=sent) {
            div(class="body form") {
                (refusal(form))
                p(class="muted") { (text) }
                (children)
                PasswordField(name="password", label=t!("own-password"), value=password, form=form)
            }
            (foot)
        }
    }
}
