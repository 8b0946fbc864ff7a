//! A field whose value is chosen out of many, found by typing: a select with search.

use sycamore::prelude::*;

use super::field::{Field, Name, described_by};
use super::{Act, Choice, Form, Icon, Picker, Words};
use crate::text::t;

/// The field. `value` is that of the chosen one, empty for none; an optional one has a line that chooses nothing.
#[component(inline_props)]
pub(crate) fn ComboField(
    #[prop(setter(into))] name: Name,
    #[prop(setter(into))] label: String,
    value: Signal<String>,
    choices: ReadSignal<Vec<Choice>>,
    form: Form,
    #[prop(default, setter(into))] hint: String,
    #[prop(default = MaybeDyn::Static(false), setter(into))] optional: MaybeDyn<bool>,
    /// Hears what is typed, to bring more to choose from.
    #[prop(default, setter(into))]
    on_words: Act<String>,
) -> View {
    let shown = move || choices.with(|choices| value.with(|value| label_of(choices, value)));
    let face = move || shown().unwrap_or_else(|| t!("choose"));
    let may_be_none = optional.clone();
    let offered = create_memo(move || with_none(&choices.get_clone(), may_be_none.get()));
    let field = name.clone();
    let invalid = move || form.wrong(&field).is_some();
    let (described, id, title) = (described_by(&name), name.to_string(), label.clone());
    let said = move || format!("{title}: {}", face());
    let title = label.clone();
    view! {
        Field(name=name, label=label, hint=hint, optional=optional, form=form) {
            Picker(label=title, name=Some(Words::from(said)), choices=offered, chosen=value, on_choose=move |chosen| value.set(chosen), on_words=on_words, button="input combo", id=id,
                described=described, invalid=invalid) {
                span(class="one-line grow") { (face()) }
                Icon(name="chevron-down")
            }
        }
    }
}

fn label_of(choices: &[Choice], value: &str) -> Option<String> {
    choices
        .iter()
        .find(|choice| choice.value == value && !value.is_empty())
        .map(|choice| choice.label.clone())
}

/// What is offered: where nothing may be chosen, that first.
fn with_none(choices: &[Choice], optional: bool) -> Vec<Choice> {
    let none = optional.then(|| Choice { label: t!("nothing"), ..Choice::default() });
    none.into_iter().chain(choices.iter().cloned()).collect()
}

#[cfg(test)]
mod tests {
    use sycamore::prelude::*;

    use super::{ComboField, with_none};
    use crate::app::drawn;
    use crate::parts::{Choice, Form};

    fn choices() -> Vec<Choice> {
        let choice = |value: &str, label: &str| Choice {
            value: value.into(),
            label: label.into(),
            ..Choice::default()
        };
        vec![choice("it", "IT › Network"), choice("hr", "People")]
    }

    #[test]
    fn the_button_says_label_and_choice_and_what_is_wrong() {
        let html = drawn(|| {
            let (form, value) = (Form::new(), create_signal("hr".to_owned()));
            form.refuse("department_id", "Is archived.".to_owned());
            view! { ComboField(name="department_id", label="Department", value=value, choices=*create_signal(choices()), form=form) }
        });
        for part in ["aria-label=\"Department: People\"", "Is archived.", "aria-invalid=\"true\""] {
            assert!(html.contains(part), "{part} in {html}");
        }
    }

    #[test]
    fn nothing_is_offered_only_where_it_may_be_chosen() {
        assert_eq!(with_none(&choices(), false).len(), 2);
        assert_eq!(with_none(&choices(), true)[0].value, "");
    }
}
