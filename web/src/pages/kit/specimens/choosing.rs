//! Choosing: many rows, one of many, tabs, stars, files, rules, and the fields of a category's form.

use std::rc::Rc;

use proto::tickets::v1::{Attachment, Field, FieldType, Option as Choosable};
use sycamore::prelude::*;

use crate::api::{Kind, Trouble};
use crate::app::App;
use crate::keys;
use crate::parts::{
    Blank, Button, Choice, ChooseAll, ChooseRow, ChosenBar, ComboField, FileField, Form, FormField,
    MarkdownField, Named, Offer, Rows, RuleField, Selection, Stars, StarsGiven, Tab, Tabs, filled,
};
use crate::store::uploads::{Stage, Uploads};

const SUBJECTS: [(&str, &str); 4] = [
    ("TX-1041", "The door is stuck"),
    ("TX-1042", "Badge printer is jammed"),
    ("TX-1043", "No sound in room 4"),
    ("TX-1044", "A chair with three legs"),
];

/// Keys `j`, `k` and `x` work here while no field has the focus.
pub(in crate::pages::kit) fn selection() -> View {
    let app = use_context::<App>();
    let order: Vec<String> = SUBJECTS.iter().map(|(number, _)| (*number).to_owned()).collect();
    let order = *create_signal(Rc::new(order));
    let (selection, cursor) = (Selection::of(order), create_signal(None::<String>));
    selection.turn("TX-1042");
    selection.take_keys(*cursor);
    keys::take(move |key| {
        let at = cursor.with_untracked(|at| {
            order.with_untracked(|order| order.iter().position(|id| Some(id) == at.as_ref()))
        });
        let to = match key {
            "j" => at.map_or(0, |at| at + 1),
            "k" => at.unwrap_or_default().saturating_sub(1),
            _ => return false,
        };
        cursor.set(order.with_untracked(|order| order.get(to).or_else(|| order.last()).cloned()));
        true
    });
    let rows = View::from(
        SUBJECTS
            .map(|(number, subject)| row(selection, cursor, number, subject))
            .into_iter()
            .collect::<Vec<_>>(),
    );
    view! {
        div(class="shelf tall") {
            div(class="table-box") {
                table(class="table") {
                    thead { tr { th { ChooseAll(selection=selection) } th(scope="col") { "Number" } th(scope="col") { "Subject" } } }
                    tbody { (rows) }
                }
                ChosenBar(selection=selection) { Button(label="Assign", on:click=move |_| app.toasts.say(selection.ids().join(", "))) Button(label="Set priority") }
            }
        }
    }
}

fn row(
    selection: Selection,
    cursor: Signal<Option<String>>,
    number: &'static str,
    subject: &'static str,
) -> View {
    let chosen = move || selection.holds(number).then_some("");
    let at = move || cursor.with(|cursor| cursor.as_deref() == Some(number)).then_some("");
    view! { tr(data-chosen=chosen, data-cursor=at) { td { ChooseRow(selection=selection, id=number, name=number) } td { (number) } td { (subject) } } }
}

/// Lists that grow: with two lines, and with something wrong.
pub(in crate::pages::kit) fn rows() -> View {
    let (form, wrong) = (Form::new(), Form::new());
    wrong.refuse("kit_rows_wrong", "Are too many; give at most 20.".to_owned());
    let named = Named { label: "name", hint: "finder-hint", add: "choose" };
    let new = || create_signal(String::new());
    let filled = Rows::of(["French", "Printers"].map(|skill| create_signal(skill.to_owned())));
    let empty = Rows::of(std::iter::empty::<Signal<String>>());
    let (filled, empty) = (
        filled.field("kit_rows", named, form, new, skill),
        empty.field("kit_rows_wrong", named, wrong, new, skill),
    );
    view! { div(class="shelf tall") { (filled) (empty) } }
}

fn skill(number: usize, value: Signal<String>) -> View {
    let label = format!("Skill {number}");
    view! { input(class="input", aria-label=label, bind:value=value) }
}

pub(in crate::pages::kit) fn combos() -> View {
    let (form, wrong) = (Form::new(), Form::new());
    wrong.refuse("kit_combo_wrong", "Is archived; choose another.".to_owned());
    let names = ["IT › Network", "IT › Workplace", "People", "Facilities", "Finance"];
    let choices =
        names.map(|name| Choice { value: name.into(), label: name.into(), ..Choice::default() }).to_vec();
    let choices = *create_signal(choices);
    let value = |text: &str| create_signal(text.to_owned());
    view! {
        div(class="shelf tall") {
            div(class="pair") {
                ComboField(name="kit_combo", label="Department", value=value("People"), choices=choices, form=form, hint="Type to find one.")
                ComboField(name="kit_combo_none", label="Nothing chosen", value=value(""), choices=choices, form=form, optional=true)
                ComboField(name="kit_combo_wrong", label="Wrong", value=value("Finance"), choices=choices, form=wrong)
                ComboField(name="kit_combo_empty", label="Nothing to choose", value=value(""), choices=*create_signal(Vec::new()), form=form)
            }
        }
    }
}

pub(in crate::pages::kit) fn tabs() -> View {
    let chosen = create_signal("talk");
    let tabs = vec![
        Tab { icon: "speech", ..Tab::new("talk", "Conversation") },
        Tab { count: Some(3), ..Tab::new("files", "Files") },
        Tab::new("history", "History"),
    ];
    view! {
        div(class="shelf tall") {
            Tabs(name="kit-tabs", label="Parts of a ticket", tabs=tabs, chosen=chosen) { p { "Shown: " (chosen.get()) } }
        }
    }
}

pub(in crate::pages::kit) fn stars() -> View {
    view! {
        div(class="shelf") {
            Stars(name="kit_stars_none", label="Not yet given", value=create_signal(0))
            Stars(name="kit_stars", label="How was it?", value=create_signal(4))
            Stars(name="kit_stars_off", label="Too late to change", value=create_signal(2), disabled=true)
            StarsGiven(score=5) StarsGiven(score=2) StarsGiven(score=0)
        }
    }
}

pub(in crate::pages::kit) fn files() -> View {
    let (none, some) = (Uploads::new(String::new(), 25 << 20), Uploads::new(String::new(), 25 << 20));
    let refused = Trouble::said(Kind::Refused, "The content is not what the name says.".to_owned());
    for (name, stage) in [
        ("floor-plan.pdf", Stage::There(Attachment::default())),
        ("switch.log", Stage::Sending(1_300_000)),
        ("a-picture-with-a-name-that-is-much-too-long-for-the-line-it-stands-in.png", Stage::Waiting),
        ("invoice.pdf.exe", Stage::Failed(refused)),
    ] {
        some.show(name.to_owned(), 2_000_000, stage, None);
    }
    let busy = move || some.is_busy();
    view! {
        div(class="shelf tall") {
            FileField(name="kit_files", label="Choose files", uploads=none)
            FileField(name="kit_files_some", label="Choose files", uploads=some)
            div(class="line") {
                span(class="small muted") { "There: " (some.ids().len().to_string()) }
                Button(label="Send", busy=busy, on:click=move |_| some.sent())
            }
            FileField(name="kit_files_off", label="Choose files", uploads=none, disabled=true)
        }
    }
}

pub(in crate::pages::kit) fn rules() -> View {
    let (form, wrong) = (Form::new(), Form::new());
    wrong.refuse("kit_rule_wrong", "Line 1, column 15: there is no variable `priorty`.".to_owned());
    let words = [
        ("subject", "text"),
        ("status", "text"),
        ("priority", "text"),
        ("tags", "list of texts"),
        ("size(", "how many"),
    ];
    let offers =
        words.map(|(word, detail)| Offer { word: word.to_owned(), detail: detail.to_owned() }).to_vec();
    let offers = *create_signal(offers);
    let value = |text: &str| create_signal(text.to_owned());
    view! {
        div(class="shelf tall") {
            RuleField(name="kit_rule", label="Condition", value=value("\"vip\" in tags && size(tags) > 1"), offers=offers, form=form, hint="Begin to type: subject, status, tags …")
            RuleField(name="kit_rule_wrong", label="Wrong", value=value("size(tags) > priorty"), offers=offers, form=wrong)
        }
    }
}

const TYPES: [(&str, FieldType); 11] = [
    ("Text", FieldType::Text),
    ("Long text", FieldType::LongText),
    ("Number", FieldType::Number),
    ("Money", FieldType::Money),
    ("Date", FieldType::Date),
    ("Yes or no", FieldType::Bool),
    ("Choice", FieldType::Choice),
    ("Several choices", FieldType::MultiChoice),
    ("Person", FieldType::User),
    ("Asset", FieldType::Asset),
    ("Address", FieldType::Url),
];

pub(in crate::pages::kit) fn form_fields() -> View {
    let app = use_context::<App>();
    let form = Form::new();
    let blanks: Vec<Blank> =
        TYPES.into_iter().enumerate().map(|(at, (label, r#type))| blank(at, label, r#type)).collect();
    let required = |at: usize| at.is_multiple_of(3);
    let fields = blanks.iter().cloned().enumerate().map(|(at, blank)| {
        let required = required(at);
        view! { FormField(blank=blank, form=form, required=required) }
    });
    let fields = View::from(fields.collect::<Vec<_>>());
    form.refuse("fields.kit_2", "Give a number, such as 12.5.".to_owned());
    let check = move |_| {
        form.show(None);
        let all = blanks.iter().enumerate().map(|(at, blank)| (blank, required(at)));
        if let Some(values) = filled(form, all) {
            app.toasts.say(values.into_keys().collect::<Vec<_>>().join(", "));
        }
    };
    view! { div(class="shelf tall") { div(class="pair") { (fields) } Button(label="Check", on:click=check) } }
}

fn blank(at: usize, label: &str, r#type: FieldType) -> Blank {
    let option = |key: &str| Choosable { key: key.to_lowercase(), label: key.to_owned(), retired: false };
    let asked = Field {
        key: format!("kit_{at}"),
        label: label.to_owned(),
        help: if at.is_multiple_of(2) { "What to enter, for people.".to_owned() } else { String::new() },
        r#type: r#type.into(),
        options: ["Phone", "Laptop", "Screen"].map(option).to_vec(),
        staff_only: r#type == FieldType::Asset,
        ..Field::default()
    };
    Blank::new(asked, None)
}

pub(in crate::pages::kit) fn markdown() -> View {
    let text = create_signal("It grows **with what is written**.".to_owned());
    let render =
        |_: String| async { Ok("<p>It grows <strong>with what is written</strong>.</p>".to_owned()) };
    view! {
        div(class="shelf tall") {
            MarkdownField(name="kit_markdown", label="Article", value=text, form=Form::new(), render=render, hint="Markdown works.")
        }
    }
}
