//! One to five stars: five buttons of one choice, so that the arrow keys walk them and each says what it means.

use sycamore::prelude::*;

use super::{Icon, T};
use crate::text::t;

/// The most there is to give.
const MOST: i32 = 5;

/// Stars to give; 0 while nothing was given. `name` sets it apart from others on the page.
#[component(inline_props)]
pub(crate) fn Stars(
    name: &'static str,
    #[prop(setter(into))] label: String,
    value: Signal<i32>,
    #[prop(default)] disabled: bool,
) -> View {
    let stars = View::from((1..=MOST).map(|score| star(name, score, value, disabled)).collect::<Vec<_>>());
    let meaning = move || match value.get() {
        0 => String::new(),
        score => t!(&format!("stars-{score}")),
    };
    let off = disabled.then_some("");
    view! {
        fieldset(class="stars", "disabled"=off) {
            legend { (label) }
            div(class="line tight") {
                (stars)
                span(class="small muted", role="status") { (meaning()) }
            }
        }
    }
}

fn star(name: &'static str, score: i32, value: Signal<i32>, disabled: bool) -> View {
    let meaning = t!(&format!("stars-{score}"));
    let tip = meaning.clone();
    let given = move || (value.get() >= score).then_some("");
    view! {
        label(class="star", data-given=given, title=tip) {
            input(class="vh", r#type="radio", name=name, disabled=disabled, prop:checked=value.get() == score,
                on:change=move |_| value.set(score))
            Icon(name="star", class="icon large")
            span(class="vh") { (meaning) }
        }
    }
}

/// Stars that were given.
#[component(inline_props)]
pub(crate) fn StarsGiven(score: i32) -> View {
    let stars = (1..=MOST).map(|star| {
        let given = (score >= star).then_some("");
        view! { span(class="star", data-given=given, aria-hidden="true") { Icon(name="star") } }
    });
    let stars = View::from(stars.collect::<Vec<_>>());
    let said = if (1..=MOST).contains(&score) {
        let words = t!("stars-given", count = score);
        view! { (words) }
    } else {
        view! { T(id="stars-none") }
    };
    view! { span(class="stars-given") { (stars) span(class="vh") { (said) } } }
}

#[cfg(test)]
mod tests {
    use sycamore::prelude::*;

    use super::{Stars, StarsGiven};
    use crate::app::drawn;

    #[test]
    fn every_star_says_what_it_means() {
        let html = drawn(|| view! { Stars(name="rate", label="How was it?", value=create_signal(4)) });
        assert_eq!(
            (html.matches("type=\"radio\"").count(), html.matches("data-given").count()),
            (5, 4),
            "{html}"
        );
        assert!(html.contains("Very bad") && html.contains("Very good"), "{html}");
    }

    #[test]
    fn given_stars_are_said_in_words() {
        let html = drawn(|| view! { StarsGiven(score=2) });
        assert!(html.contains("2 of 5 stars"), "{html}");
        assert!(drawn(|| view! { StarsGiven(score=0) }).contains("Not rated"));
    }
}
