//! A field of a category's form, drawn by its type; and what was entered, as a ticket keeps it.
//!
//! Whether a field is shown or must be filled its rules decide, which only the server reads; both are told from outside. A blank
//! that is not shown says nothing, whatever was typed into it before.

mod value;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use proto::tickets::v1::{Field as Asked, FieldType, FieldValue};
use sycamore::prelude::*;

use super::field::{Field, Name};
use super::{AreaField, CheckField, Choice, ComboField, Form, Maybe, SelectField, TextField};
use crate::text::t;
use value::{entered, read};

/// The most options a plain list has; more are found by typing.
const PLAIN: usize = 8;

/// One field of a form and what was entered so far.
#[derive(Clone)]
pub(crate) struct Blank {
    asked: Rc<Asked>,
    text: Signal<String>,
    /// The currency of an amount.
    unit: Signal<String>,
    /// The ticked options, with a signal each.
    ticks: Rc<Vec<(String, Signal<bool>)>>,
}

impl Blank {
    /// A blank with the value a ticket has already, else with the one new tickets begin with.
    pub(crate) fn new(asked: Asked, given: Option<FieldValue>) -> Self {
        let value = given.or_else(|| asked.default_value.clone()).and_then(|value| value.value);
        let (text, unit, ticked) = entered(value);
        let tick = |key: &String| (key.clone(), create_signal(ticked.contains(key)));
        let ticks = offered(&asked, &ticked).map(|(key, _)| tick(&key)).collect();
        Self {
            asked: Rc::new(asked),
            text: create_signal(text),
            unit: create_signal(unit),
            ticks: Rc::new(ticks),
        }
    }

    /// What a ticket calls it.
    pub(crate) fn key(&self) -> &str {
        &self.asked.key
    }

    /// The name of the field in requests, by which the server says what is wrong with it.
    pub(crate) fn name(&self) -> Name {
        format!("fields.{}", self.asked.key).into()
    }

    /// What it asks for.
    pub(crate) fn asked(&self) -> &Asked {
        &self.asked
    }

    /// What was typed so far, right or wrong, as [`Self::write`] takes it back. Follows what is typed.
    pub(crate) fn typed(&self) -> String {
        match self.asked.r#type() {
            FieldType::MultiChoice => {
                let ticked = self.ticks.iter().filter(|(_, tick)| tick.get());
                ticked.map(|(key, _)| key.as_str()).collect::<Vec<_>>().join(",")
            }
            FieldType::Money => format!("{} {}", self.text.get_clone(), self.unit.get_clone()),
            _ => self.text.get_clone(),
        }
    }

    /// Takes what was typed another time.
    pub(crate) fn write(&self, typed: &str) {
        match self.asked.r#type() {
            FieldType::MultiChoice => {
                for (key, tick) in self.ticks.iter() {
                    tick.set(typed.split(',').any(|ticked| ticked == key));
                }
            }
            FieldType::Money => {
                let (text, unit) = typed.rsplit_once(' ').unwrap_or((typed, ""));
                self.text.set(text.to_owned());
                self.unit.set(unit.to_owned());
            }
            _ => self.text.set(typed.to_owned()),
        }
    }

    /// What was entered; nothing for an empty one, a sentence for what is no value of its type. Follows what is typed.
    pub(crate) fn value(&self) -> Result<Option<FieldValue>, String> {
        let ticked = self.ticks.iter().filter(|(_, tick)| tick.get()).map(|(key, _)| key.clone()).collect();
        let value =
            read(self.asked.r#type(), self.text.get_clone().trim(), self.unit.get_clone().trim(), ticked);
        value.map(|value| value.map(|value| FieldValue { value: Some(value) })).map_err(|words| t!(words))
    }
}

/// The values of blanks by key, and what is wrong with the others by the name of each.
type Values = (BTreeMap<String, FieldValue>, Vec<(String, String)>);

/// The values of all blanks that are shown, each with whether it must be filled.
pub(crate) fn values<'a>(shown: impl IntoIterator<Item = (&'a Blank, bool)>) -> Values {
    let (mut values, mut wrong) = (BTreeMap::new(), Vec::new());
    for (blank, required) in shown {
        match untrack(|| blank.value()) {
            Ok(Some(value)) => drop(values.insert(blank.key().to_owned(), value)),
            Ok(None) if required => wrong.push((blank.name().into_owned(), t!("form-field-missing"))),
            Ok(None) => {}
            Err(sentence) => wrong.push((blank.name().into_owned(), sentence)),
        }
    }
    (values, wrong)
}

/// The same for a request; none when something is missing or wrong, and the form says so of every such field at once.
pub(crate) fn filled<'a>(
    form: Form,
    shown: impl IntoIterator<Item = (&'a Blank, bool)>,
) -> Option<BTreeMap<String, FieldValue>> {
    let (values, wrong) = values(shown);
    if wrong.is_empty() {
        return Some(values);
    }
    form.refuse_all(wrong);
    None
}

/// The blank as one sees it. `people` are offered where somebody is to be chosen.
#[component(inline_props)]
pub(crate) fn FormField(
    blank: Blank,
    form: Form,
    #[prop(default = MaybeDyn::Static(false), setter(into))] required: MaybeDyn<bool>,
    #[prop(default = MaybeDyn::Static(true), setter(into))] shown: MaybeDyn<bool>,
    #[prop(default)] people: Maybe<ReadSignal<Vec<Choice>>>,
) -> View {
    let is_shown = create_selector(move || shown.get());
    let optional = move || !required.get();
    view! {
        (if is_shown.get() { control(&blank, form, optional.clone(), people) } else { View::new() })
    }
}

fn control(
    blank: &Blank,
    form: Form,
    optional: impl Fn() -> bool + Clone + 'static,
    people: Maybe<ReadSignal<Vec<Choice>>>,
) -> View {
    let (name, label, hint, value) =
        (blank.name(), blank.asked.label.clone(), hint(&blank.asked), blank.text);
    match blank.asked.r#type() {
        FieldType::LongText => {
            view! { AreaField(name=name, label=label, value=value, form=form, hint=hint, optional=optional) }
        }
        FieldType::Bool => {
            let options =
                vec![(String::new(), t!("nothing")), ("true".into(), t!("yes")), ("false".into(), t!("no"))];
            view! { SelectField(name=name, label=label, value=value, options=options, form=form, hint=hint, optional=optional) }
        }
        FieldType::Choice => choice(blank, form, optional),
        FieldType::MultiChoice => ticks(blank, form, optional),
        FieldType::User => {
            let choices = people.unwrap_or_else(|| *create_signal(Vec::new()));
            view! { ComboField(name=name, label=label, value=value, choices=choices, form=form, hint=hint, optional=optional) }
        }
        FieldType::Money => money(blank, form, optional),
        other => {
            let (r#type, mode) = match other {
                FieldType::Number => ("text", "decimal"),
                FieldType::Date => ("date", "none"),
                FieldType::Url => ("url", "url"),
                _ => ("text", "text"),
            };
            view! {
                TextField(name=name, label=label, value=value, form=form, hint=hint, optional=optional, r#type=r#type, inputmode=mode)
            }
        }
    }
}

fn hint(asked: &Asked) -> String {
    let staff = if asked.staff_only { t!("form-field-staff-only") } else { String::new() };
    [asked.help.clone(), staff].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" ")
}

fn choice(blank: &Blank, form: Form, optional: impl Fn() -> bool + Clone + 'static) -> View {
    let (name, label, hint, value) =
        (blank.name(), blank.asked.label.clone(), hint(&blank.asked), blank.text);
    let options: Vec<_> = offered(&blank.asked, &[value.get_clone_untracked()].into()).collect();
    if options.len() > PLAIN {
        let choices = options.into_iter().map(|(value, label)| Choice { value, label, ..Choice::default() });
        let choices = *create_signal(choices.collect());
        return view! { ComboField(name=name, label=label, value=value, choices=choices, form=form, hint=hint, optional=optional) };
    }
    let options: Vec<_> = [(String::new(), t!("choose"))].into_iter().chain(options).collect();
    view! { SelectField(name=name, label=label, value=value, options=options, form=form, hint=hint, optional=optional) }
}

fn ticks(blank: &Blank, form: Form, optional: impl Fn() -> bool + Clone + 'static) -> View {
    let labels: Vec<_> = blank.asked.options.iter().map(|option| (&option.key, &option.label)).collect();
    let label_of =
        |key: &String| labels.iter().find(|(known, _)| *known == key).map(|(_, label)| (*label).clone());
    let boxes = blank.ticks.iter().map(|(key, tick)| {
        let (label, tick) = (label_of(key).unwrap_or_else(|| key.clone()), *tick);
        view! { CheckField(label=label, value=tick) }
    });
    let boxes = View::from(boxes.collect::<Vec<_>>());
    let (name, label, hint) = (blank.name(), blank.asked.label.clone(), hint(&blank.asked));
    let (id, group_label) = (name.clone(), label.clone());
    view! {
        Field(name=name, label=label, hint=hint, optional=optional, form=form) {
            div(class="ticks", role="group", id=id, aria-label=group_label, tabindex="-1") { (boxes) }
        }
    }
}

fn money(blank: &Blank, form: Form, optional: impl Fn() -> bool + Clone + 'static) -> View {
    let (name, label, hint, value, unit) =
        (blank.name(), blank.asked.label.clone(), hint(&blank.asked), blank.text, blank.unit);
    let (id, field_name) = (name.clone(), name.clone());
    let invalid = move || form.wrong(&field_name).is_some().to_string();
    let described = super::field::described_by(&name);
    let currency = format!("{label}: {}", t!("currency"));
    view! {
        Field(name=name, label=label, hint=hint, optional=optional, form=form) {
            div(class="money") {
                input(class="input number", id=id, inputmode="decimal", autocomplete="off", aria-describedby=described, aria-invalid=invalid, bind:value=value)
                input(class="input mono", aria-label=currency, maxlength="3", autocomplete="off", autocapitalize="characters", placeholder="EUR", bind:value=unit)
            }
        }
    }
}

/// Key and label of each option that is offered: those in use, and a retired one only while it is chosen.
fn offered<'a>(
    asked: &'a Asked,
    chosen: &'a BTreeSet<String>,
) -> impl Iterator<Item = (String, String)> + use<'a> {
    let options = asked.options.iter().filter(|option| !option.retired || chosen.contains(&option.key));
    options.map(|option| (option.key.clone(), option.label.clone()))
}

#[cfg(test)]
mod tests {
    use proto::tickets::v1::field_value::Value;
    use proto::tickets::v1::{Field as Asked, FieldType, Option as Choosable};
    use sycamore::prelude::*;

    use super::{Blank, FormField, filled};
    use crate::app::drawn;
    use crate::parts::Form;

    fn asked(r#type: FieldType) -> Asked {
        let option = |key: &str, retired| Choosable { key: key.into(), label: key.to_uppercase(), retired };
        Asked {
            key: "device".into(),
            label: "Device".into(),
            help: "What is broken.".into(),
            r#type: r#type.into(),
            options: vec![option("phone", false), option("fax", true)],
            ..Asked::default()
        }
    }

    const TYPES: [FieldType; 11] = [
        FieldType::Text,
        FieldType::LongText,
        FieldType::Number,
        FieldType::Money,
        FieldType::Date,
        FieldType::Bool,
        FieldType::Choice,
        FieldType::MultiChoice,
        FieldType::User,
        FieldType::Asset,
        FieldType::Url,
    ];

    #[test]
    fn every_type_has_a_labelled_control_and_says_what_is_wrong() {
        for r#type in TYPES {
            let html = drawn(move || {
                let form = Form::new();
                form.refuse("ticket.fields.device", "Is missing.".to_owned());
                let blank = Blank::new(asked(r#type), None);
                view! { FormField(blank=blank, form=form) }
            });
            for part in ["Device", "What is broken.", "Is missing.", "id=\"fields.device\""] {
                assert!(html.contains(part), "{type:?}: {part} in {html}");
            }
        }
    }

    #[test]
    fn everything_missing_or_wrong_is_marked_at_once() {
        let _root = create_root(|| {
            let form = Form::new();
            let blank = |key: &str, r#type, text: &str| {
                let blank = Blank::new(Asked { key: key.to_owned(), ..asked(r#type) }, None);
                blank.text.set(text.to_owned());
                blank
            };
            let (name, size, note) = (
                blank("name", FieldType::Text, ""),
                blank("size", FieldType::Number, "big"),
                blank("note", FieldType::Text, "x"),
            );
            assert_eq!(filled(form, [(&name, true), (&size, false), (&note, true)]), None);
            assert!(form.wrong("fields.name").is_some() && form.wrong("fields.size").is_some());
            assert!(form.wrong("fields.note").is_none());
            let values = filled(form, [(&name, false), (&note, true)]).unwrap();
            assert_eq!(values.into_keys().collect::<Vec<_>>(), ["note"]);
        });
    }

    #[test]
    fn what_was_typed_is_taken_back_as_it_was_right_or_wrong() {
        let _root = create_root(|| {
            for (r#type, typed) in [
                (FieldType::Text, "a, b"),
                (FieldType::Number, "not a number"),
                (FieldType::Money, "12 000.50 EUR"),
                (FieldType::Money, " "),
                (FieldType::MultiChoice, "phone"),
            ] {
                let blank = Blank::new(asked(r#type), None);
                blank.write(typed);
                assert_eq!(blank.typed(), typed, "{type:?}");
            }
        });
    }

    #[test]
    fn what_is_not_shown_is_not_there() {
        let html = drawn(|| {
            let blank = Blank::new(asked(FieldType::Text), None);
            view! { FormField(blank=blank, form=Form::new(), shown=false) }
        });
        assert!(!html.contains("Device"), "{html}");
    }

    #[test]
    fn a_retired_option_is_offered_only_while_it_is_chosen() {
        let html = |given: Option<Value>| {
            drawn(move || {
                let given = given.clone().map(|value| super::FieldValue { value: Some(value) });
                view! { FormField(blank=Blank::new(asked(FieldType::Choice), given), form=Form::new()) }
            })
        };
        assert!(html(None).contains("PHONE") && !html(None).contains("FAX"));
        assert!(html(Some(Value::Text("fax".into()))).contains("FAX"));
    }
}
