//! Choosing a password: what is asked of it is said before, and how far it goes while one types. The server has the last word.

use std::collections::BTreeSet;

use proto::identity::v1::PasswordRules;
use sycamore::prelude::*;

use super::{Form, PasswordField};
use crate::text::t;

/// The least length where the server has not said another.
const LEAST: i32 = 8;

/// A password field with a meter under it.
#[component(inline_props)]
pub(crate) fn NewPassword(
    name: &'static str,
    #[prop(setter(into))] label: String,
    value: Signal<String>,
    form: Form,
    rules: Signal<PasswordRules>,
) -> View {
    let least = move || rules.with(|rules| if rules.min_length > 0 { rules.min_length } else { LEAST });
    let level = create_selector(move || value.with(|value| level(value, least())));
    let words = move || match level.get() {
        0 | 1 => t!("password-hint", count = i64::from(least())),
        2 => t!("password-fair"),
        3 => t!("password-good"),
        _ => t!("password-strong"),
    };
    let hint = format!("{name}-hint");
    let shown = move || level.get().to_string();
    view! {
        div(class="new-password") {
            PasswordField(name=name, label=label, value=value, form=form, autocomplete="new-password")
            div(class="meter", data-level=shown, aria-hidden="true") { i {} i {} i {} i {} }
            p(class="hint", id=hint, role="status") { (words()) }
        }
    }
}

/// How far a password goes, 0 (nothing) to 4, by its length; the same few letters over and over count little.
fn level(password: &str, least: i32) -> u8 {
    let least = usize::try_from(least).unwrap_or_default();
    let different = password.chars().collect::<BTreeSet<_>>().len();
    match password.chars().count().min(2 * different) {
        0 => 0,
        length if length < least => 1,
        length if length < 12 => 2,
        length if length < 18 => 3,
        _ => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::level;

    #[test]
    fn length_makes_a_password_and_repetition_does_not() {
        assert_eq!(level("", 8), 0);
        assert_eq!(level("lantern", 8), 1);
        assert_eq!(level("aaaaaaaaaaaaaaaaaaaaaa", 8), 1);
        assert_eq!(level("lanterns!", 8), 2);
        assert_eq!(level("nine lanterns", 8), 3);
        assert_eq!(level("nine purple lanterns", 8), 4);
    }
}
