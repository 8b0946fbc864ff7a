//! The specimens of the pattern book.

mod account;
mod charts;
mod choosing;
mod told;

use proto::tickets::v1::{Priority, Status};
use sycamore::prelude::*;

use crate::api;
use crate::app::App;
use crate::parts::{
    AreaField, Badge, Bones, Button, CheckField, Choice, Draw, Empty, Failed, Form, Icon, Initials, Kind,
    Mark, MenuItem, Modal, Notice, PasswordField, Person, Picker, Popover, PresenceDot, PriorityMark,
    Question, Reason, SearchBox, SelectBox, SelectField, Shape, SpanField, StatusPill, TextField, Tone,
    Track, form_foot,
};

pub(super) use account::{second_factor, secrets};
pub(super) use charts::charts;
pub(super) use choosing::{combos, files, form_fields, markdown, rows, rules, selection, stars, tabs};
pub(super) use told::{attached, composer, timeline};

pub(super) fn colours() -> View {
    let names = [
        "ground", "surface", "raised", "line", "ink", "ink-2", "ink-3", "accent", "new", "wait", "done",
        "late", "note",
    ];
    let swatches = names.map(|name| view! { span(class="swatch") { i(data-c=name) {} (name) } });
    let swatches = View::from(swatches.into_iter().collect::<Vec<_>>());
    view! { div(class="shelf") { (swatches) } }
}

pub(super) fn buttons() -> View {
    view! {
        div(class="shelf") {
            Button(kind=Kind::Primary, label="Primary")
            Button(label="Plain")
            Button(kind=Kind::Quiet, label="Quiet")
            Button(kind=Kind::Danger, label="Danger")
            Button(kind=Kind::Note, icon="lock", label="Note")
            Button(icon="plus", label="With icon")
            Button(icon="refresh", aria-label="Icon only")
            Button(kind=Kind::Primary, label="Busy", busy=true)
            Button(label="Disabled", disabled=true)
            Button(kind=Kind::Primary, label="Disabled", disabled=true)
            Button(label="Says why", aria-disabled="true", data-tip="Assign the ticket first.")
            Button(label="Pressed", aria-pressed="true")
            kbd { "j" } kbd { "Ctrl" }
        }
    }
}

pub(super) fn fields() -> View {
    let (form, wrong) = (Form::new(), Form::new());
    let text = |value: &str| create_signal(value.to_owned());
    wrong.refuse("kit_wrong", "Is empty; give 1 to 255 characters.".to_owned());
    let options = vec![("it".to_owned(), "IT › Network".to_owned()), ("hr".to_owned(), "People".to_owned())];
    view! {
        div(class="shelf tall") {
            div(class="pair") {
                TextField(name="kit_text", label="Text", value=text("The door is stuck"), form=form, hint="What it is about, in a few words.")
                TextField(name="kit_wrong", label="Wrong", value=text(""), form=wrong)
                TextField(name="kit_off", label="Disabled", value=text("Fixed"), form=form, disabled=true, optional=true)
                SelectField(name="kit_select", label="Choice", value=text("it"), options=options, form=form)
                SpanField(name="kit_span", label="Length of time", count=text("30"), unit=text("m"), form=form, hint="Default 30 minutes")
                SelectBox(label="Narrow by role", value=text(""), options=vec![(String::new(), "Any role".to_owned())])
                PasswordField(name="kit_password", label="Password", value=text("correct horse"), form=form)
                SearchBox(label="Find people", value=text(""))
            }
            AreaField(name="kit_area", label="Several lines", value=text("It grows\nwith what is written."), form=form)
            CheckField(label="Keep me signed in", value=create_signal(true), hint="On this device, for 30 days.")
            CheckField(label="Not for you", value=create_signal(false), disabled=true)
        }
    }
}

const STATUSES: [Status; 8] = [
    Status::New,
    Status::Open,
    Status::Pending,
    Status::OnHold,
    Status::Resolved,
    Status::Closed,
    Status::Rejected,
    Status::Withdrawn,
];
const PRIORITIES: [Priority; 4] = [Priority::Low, Priority::Normal, Priority::High, Priority::Urgent];

pub(super) fn pills() -> View {
    let pills = View::from(
        STATUSES.map(|status| view! { StatusPill(status=status) }).into_iter().collect::<Vec<_>>(),
    );
    let marks = View::from(
        PRIORITIES.map(|priority| view! { PriorityMark(priority=priority) }).into_iter().collect::<Vec<_>>(),
    );
    view! {
        div(class="shelf") { (pills) }
        div(class="shelf") { (marks) Badge(count=3) Badge(count=128) Badge(count=17, tone="plain") }
    }
}

pub(super) fn people() -> View {
    let faces = [
        ("usr_ada", "AL"),
        ("usr_alan", "AT"),
        ("usr_grace", "GH"),
        ("usr_edsger", "ED"),
        ("usr_barbara", "BL"),
        ("usr_ken", "KT"),
    ];
    let faces = faces.map(|(id, letters)| {
        view! { Initials(id=id, letters=letters) }
    });
    let faces = View::from(faces.into_iter().collect::<Vec<_>>());
    view! {
        div(class="shelf") {
            (faces)
            Initials(id="usr_ada", letters="AL", size="large")
            Initials(id="usr_grace", letters="GH", size="huge")
            Person(id="")
            span(class="line") { PresenceDot(presence="online") "Online" }
            span(class="line") { PresenceDot(presence="away") "Away" }
            span(class="line") { PresenceDot(presence="offline") "Offline" }
        }
    }
}

pub(super) fn menus() -> View {
    let chosen = create_signal("b".to_owned());
    let choices = create_signal(
        [("a", "Agent North"), ("b", "Agent South"), ("c", "Requester 1")]
            .map(|(value, label)| Choice {
                value: value.into(),
                label: label.into(),
                detail: "3 open".into(),
                person: None,
            })
            .to_vec(),
    );
    let inside = Draw::from(|| {
        view! {
            MenuItem(icon="edit", label="Rename")
            MenuItem(icon="sun", label="Light", checked=true)
            hr {}
            MenuItem(icon="x", label="Delete", kind="danger")
        }
    });
    view! {
        div(class="shelf") {
            Popover(inside=inside, button="btn") { "Menu" Icon(name="chevron-down") }
            Picker(label="Assign", choices=*choices, chosen=chosen, on_choose=move |value| chosen.set(value), button="btn") { "Picker" }
            span(class="line") { "Chosen: " (chosen.get_clone()) }
        }
    }
}

pub(super) fn floats() -> View {
    let app = use_context::<App>();
    let toasts = app.toasts;
    let shown = create_signal(None::<Shape>);
    let form = Form::new();
    view! {
        div(class="shelf") {
            Button(label="Dialog", on:click=move |_| shown.set(Some(Shape::Dialog)))
            Button(label="Wide dialog", on:click=move |_| shown.set(Some(Shape::Wide)))
            Button(label="Drawer", on:click=move |_| shown.set(Some(Shape::Drawer)))
            Button(label="Question", on:click=move |_| ask(app))
            Button(label="Toast", on:click=move |_| toasts.say("Moved to Resolved"))
            Button(label="Toast with undo", on:click=move |_| toasts.offer_undo("Saved", move |()| toasts.say("Undone")))
            Button(label="Toast of what stopped", on:click=move |_| toasts.stop("The fields stand. Then it stopped.", move |()| toasts.say("Undone")))
        }
        (match shown.get() {
            Some(shape) => view! {
                Modal(title="Resolve", shape=shape, on_close=move |()| shown.set(None)) {
                    div(class="body") { p { "What a dialog asks stands here." } }
                    (form_foot(form, "Resolve", move |()| shown.set(None)))
                }
            },
            None => View::new(),
        })
    }
}

/// A question that asks for everything a question can ask for.
fn ask(app: App) {
    let question = Question {
        title: "Delete account".into(),
        text: "This can never be taken back.".into(),
        deed: "Delete account".into(),
        kind: Kind::Danger,
        reason: Reason::Required,
        typed: "agent@example.org".into(),
    };
    app.questions.ask(question, |_| async { Ok(()) });
}

pub(super) fn notices() -> View {
    view! {
        div(class="shelf tall") {
            Notice(text="The link is valid for 72 hours.")
            Notice(tone=Tone::New, text="Nobody has signed in yet. Open the set-up link that was printed at start.")
            Notice(tone=Tone::Wait, text="Your session has ended. Sign in again to go on.")
            Notice(tone=Tone::Done, text="Invited.")
            Notice(tone=Tone::Late, text="E-mail or password is wrong.")
        }
    }
}

pub(super) fn track() -> View {
    let stages = [
        ("New", true, false),
        ("Open", true, false),
        ("Pending", true, true),
        ("Resolved", false, false),
        ("Closed", false, false),
    ];
    let marks =
        stages.map(|(label, visited, current)| Mark { label: label.to_owned(), visited, current }).to_vec();
    view! { div(class="shelf") { Track(marks=marks) } }
}

pub(super) fn states() -> View {
    let offline = tonic::Status::unavailable("");
    let trouble = api::Trouble::of(&offline);
    view! {
        div(class="shelf tall") {
            Empty(icon="done", title="Nothing to do here", text="Every ticket of this view is taken care of.") { Button(label="Show all") }
        }
        div(class="shelf tall") { Bones(rows=4) Bones(rows=4, text=true) }
        div(class="shelf tall") { Failed(trouble=trouble, retry=|()| {}) }
    }
}
