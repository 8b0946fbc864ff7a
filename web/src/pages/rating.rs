//! Saying how content one is: stars and a word on why. The same on a request and behind the link of a letter.

use sycamore::prelude::*;
use sycamore::web::events::SubmitEvent;

use crate::parts::{Act, AreaField, Button, Form, Icon, Kind, Stars, refusal};
use crate::text::t;

/// What was said: stars, and why.
pub(super) type Verdict = (i32, String);

/// The form; without a star it is not sent.
#[component(inline_props)]
pub(super) fn RatingForm(form: Form, #[prop(setter(into))] on_send: Act<Verdict>) -> View {
    let (score, comment) = (create_signal(0), create_signal(String::new()));
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if score.get() == 0 {
            return form.refuse("score", t!("rate-missing"));
        }
        on_send.with((score.get(), comment.get_clone().trim().to_owned()));
    };
    view! {
        form(class="form", novalidate=true, on:submit=submit) {
            (refusal(form))
            div(class="field") {
                Stars(name="score", label=t!("rate-stars"), value=score)
                (match form.wrong("score") {
                    Some(sentence) => view! { span(class="wrong", role="alert") { Icon(name="alert") span { (sentence) } } },
                    None => View::new(),
                })
            }
            AreaField(name="comment", label=t!("rate-comment"), value=comment, form=form, optional=true, rows="3", maxlength="2000")
            footer { Button(kind=Kind::Primary, icon="star", label=t!("rate-send"), r#type="submit", busy=form.busy()) }
        }
    }
}

#[cfg(test)]
mod tests {
    use sycamore::prelude::*;

    use super::RatingForm;
    use crate::app::drawn;
    use crate::parts::Form;

    #[test]
    fn what_is_wrong_stands_below_the_stars_and_below_the_words() {
        let html = drawn(|| {
            let form = Form::new();
            form.refuse_all(vec![
                ("score".to_owned(), "Give 1 to 5.".to_owned()),
                ("comment".to_owned(), "Is too long.".to_owned()),
            ]);
            view! { RatingForm(form=form, on_send=|_| {}) }
        });
        assert!(html.contains("Give 1 to 5.") && html.contains("Is too long."), "{html}");
    }
}
