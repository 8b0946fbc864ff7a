//! Whose tickets are: a role, a department, a queue, or whoever a field of the form names.

use proto::workflow::v1::owner::Owner as Whose;
use proto::workflow::v1::{Owner, Stage};
use sycamore::prelude::*;

use super::lists::Lists;
use super::pen::{Pen, later};
use super::words::Words;
use crate::parts::{Maybe, SelectField};
use crate::text::t;

/// The kinds of owners, each with the id of its words.
const KINDS: [(&str, &str); 5] = [
    ("", "flow-owner-none"),
    ("role", "flow-owner-role"),
    ("department", "flow-owner-department"),
    ("queue", "flow-owner-queue"),
    ("field", "flow-owner-field"),
];

/// Two fields: what kind of owner, and which.
#[component(inline_props)]
pub(super) fn OwnerForm(pen: Pen<Stage>, lists: Lists, field: &'static str, owner: Maybe<Owner>) -> View {
    let (kind, which) = parts(owner.as_ref());
    let (kind, which) = (create_signal(kind.to_owned()), create_signal(which));
    let written = pen.bind(field, (String::new(), String::new()), move |stage, (kind, which)| {
        let owner = made(&kind, which);
        *if field == "owner" { &mut stage.owner } else { &mut stage.escalation } = owner;
    });
    later(kind, move |_| which.set(String::new()));
    for typed in [kind, which] {
        later(typed, move |_| written.set((kind.get_clone_untracked(), which.get_clone_untracked())));
    }
    let (app, form) = (pen.board.app, pen.form);
    let options = create_memo(move || {
        with_first(match kind.get_clone().as_str() {
            "role" => lists.roles.get_clone(),
            "department" => app.departments.paths(),
            "queue" => lists.queues.get_clone(),
            _ => lists
                .fields
                .with(|fields| fields.iter().map(|field| (field.key.clone(), field.label.clone())).collect()),
        })
    });
    let kinds = KINDS.map(|(kind, words)| (kind.to_owned(), t!(words))).to_vec();
    let (label, hint) = (t!(&format!("flow-{field}")), t!(&format!("flow-{field}-hint")));
    let name = format!("{field}.which");
    view! {
        SelectField(name=field, label=label, value=kind, options=kinds, form=form, hint=hint)
        (if kind.with(String::is_empty) {
            View::new()
        } else {
            let name = name.clone();
            view! { SelectField(name=name, label=t!("flow-owner-which"), value=which, options=options, form=form) }
        })
    }
}

fn with_first(options: Vec<Words>) -> Vec<Words> {
    std::iter::once((String::new(), t!("choose"))).chain(options).collect()
}

fn parts(owner: Option<&Owner>) -> (&'static str, String) {
    match owner.and_then(|owner| owner.owner.clone()) {
        None => ("", String::new()),
        Some(Whose::RoleId(id)) => ("role", id),
        Some(Whose::DepartmentId(id)) => ("department", id),
        Some(Whose::QueueId(id)) => ("queue", id),
        Some(Whose::Field(key)) => ("field", key),
    }
}

fn made(kind: &str, which: String) -> Option<Owner> {
    let owner = match kind {
        "role" => Whose::RoleId(which),
        "department" => Whose::DepartmentId(which),
        "queue" => Whose::QueueId(which),
        "field" => Whose::Field(which),
        _ => return None,
    };
    Some(Owner { owner: Some(owner) })
}

#[cfg(test)]
mod tests {
    use super::{KINDS, made, parts};

    #[test]
    fn every_kind_of_owner_is_read_as_it_is_made() {
        for (kind, _) in KINDS {
            let owner = made(kind, "x".into());
            assert_eq!(parts(owner.as_ref()).0, kind);
            assert_eq!(owner.is_none(), kind.is_empty());
        }
    }
}
