//! What the door and one's own account are made of.

use proto::identity::v1::{PasswordRules, SecondFactorKind, SecondFactorNeeded};
use sycamore::prelude::*;

use crate::pages::account::Codes;
use crate::pages::door::Answer;
use crate::parts::{CopyField, Form, NewPassword};

pub(in crate::pages::kit) fn secrets() -> View {
    let form = Form::new();
    let rules = create_signal(PasswordRules { min_length: 8, max_length: 128, min_score: 3 });
    let text = |value: &str| create_signal(value.to_owned());
    let codes = (1..=10).map(|number| format!("{number:04}-h7kq")).collect::<Vec<_>>();
    view! {
        div(class="shelf tall") {
            div(class="pair") {
                NewPassword(name="kit_new_short", label="Too short", value=text("lamp"), form=form, rules=rules)
                NewPassword(name="kit_new_fair", label="Long enough", value=text("lamplight"), form=form, rules=rules)
                NewPassword(name="kit_new_strong", label="Long", value=text("nine purple lanterns"), form=form, rules=rules)
                CopyField(label="API key", value="tm_key_01hzx_c2VjcmV0")
            }
        }
        div(class="shelf tall") { Codes(codes=codes, done=|()| {}) }
    }
}

pub(in crate::pages::kit) fn second_factor() -> View {
    let kinds = [
        SecondFactorKind::Totp,
        SecondFactorKind::Passkey,
        SecondFactorKind::EmailCode,
        SecondFactorKind::RecoveryCode,
    ];
    let answers = kinds.map(|kind| {
        let kinds = vec![kind.into()];
        let needed = SecondFactorNeeded {
            kinds,
            email_hint: "a…@example.org".to_owned(),
            ..SecondFactorNeeded::default()
        };
        view! { div(class="stack") { Answer(needed=needed, back=|()| {}) } }
    });
    let answers = View::from(answers.into_iter().collect::<Vec<_>>());
    // Nothing here may take the focus when the book is opened.
    view! { div(class="shelf tall", "inert"="") { div(class="pair") { (answers) } } }
}
