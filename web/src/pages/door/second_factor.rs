//! The second half of a sign-in: a code.

use proto::identity::v1::{SecondFactorKind, SecondFactorNeeded};
use sycamore::prelude::*;
use sycamore::web::events::SubmitEvent;

use super::Card;
use crate::api;
use crate::app::App;
use crate::parts::{Act, Button, Form, Kind, TextField, refusal};
use crate::text::t;

/// Asks for the code of the preferred kind; a recovery code is known by its length.
#[component(inline_props)]
pub(super) fn SecondFactor(needed: SecondFactorNeeded, #[prop(setter(into))] back: Act) -> View {
    let app = use_context::<App>();
    let form = Form::new();
    let code = create_signal(String::new());
    let preferred = needed.kinds().next().unwrap_or(SecondFactorKind::Totp);
    let attempt = needed.attempt;
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let typed = code.get_clone().replace(' ', "");
        let call = api::session::verify_second_factor(attempt.clone(), kind_of(&typed, preferred), typed);
        form.send(app, call, move |session| app.session.take(Ok(session)));
    };
    view! {
        Card(title=t!("second-factor-title"), text=t!("second-factor-text")) {
            form(class="panel form", novalidate=true, on:submit=submit) {
                div(class="body form") {
                    (refusal(form))
                    TextField(name="code", label=t!("code"), value=code, form=form, autocomplete="one-time-code", "autofocus"="",
                        inputmode="numeric", maxlength="64", hint=t!("code-hint"))
                    Button(kind=Kind::Primary, label=t!("continue"), r#type="submit", busy=form.busy(), data-wide="")
                    Button(kind=Kind::Quiet, label=t!("back"), on:click=move |_| back.now())
                }
            }
        }
    }
}

/// Six digits are of the preferred kind; anything longer is a recovery code.
fn kind_of(typed: &str, preferred: SecondFactorKind) -> SecondFactorKind {
    if typed.chars().count() > 6 { SecondFactorKind::RecoveryCode } else { preferred }
}

#[cfg(test)]
mod tests {
    use proto::identity::v1::SecondFactorKind;

    use super::kind_of;

    #[test]
    fn a_recovery_code_is_known_by_its_length() {
        assert_eq!(kind_of("123456", SecondFactorKind::Totp), SecondFactorKind::Totp);
        assert_eq!(kind_of("abcd-efgh", SecondFactorKind::Totp), SecondFactorKind::RecoveryCode);
    }
}
