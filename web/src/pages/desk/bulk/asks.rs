//! What shall be done with many tickets: the fields of each kind of change, and the deed that comes of them.

use proto::tickets::v1::{CommentKind, Macro, Priority, Ticket};
use proto::workflow::v1::AgentLoad;
use sycamore::prelude::*;
use sycamore_futures::spawn_local_scoped;

use crate::api;
use crate::app::App;
use crate::desk::bulk::{Deed, words};
use crate::pages::desk::props;
use crate::pages::ready::{Sorting, moves_of};
use crate::parts::{AreaField, Bones, Choice, ComboField, Form, SelectField, TextField, priority_key};
use crate::text::t;

/// What is being entered.
#[derive(Clone, Copy)]
pub(super) struct Asks {
    kind: &'static str,
    /// The chosen value: a person, a priority, a macro, a transition, or who reads the comment.
    choice: Signal<String>,
    text: Signal<String>,
    fewer: Signal<String>,
    /// What there is to choose; none until known.
    choices: Signal<Option<Vec<Choice>>>,
    /// Of the kind that sorts.
    sorting: Option<Sorting>,
}

impl Asks {
    /// The question of this kind for these tickets.
    pub(super) fn new(app: App, kind: &'static str, ids: Vec<String>) -> Self {
        let first = match kind {
            "priority" => Priority::High.as_str_name(),
            "comment" => CommentKind::Internal.as_str_name(),
            _ => "",
        };
        let asks = Self {
            kind,
            choice: create_signal(first.to_owned()),
            text: create_signal(String::new()),
            fewer: create_signal(String::new()),
            choices: create_signal(None),
            sorting: (kind == "sort").then(|| Sorting::of(app, &Ticket::default())),
        };
        let departments = app.departments;
        match kind {
            "assign" => spawn_local_scoped(async move {
                let agents = api::runs::agents(String::new()).await.unwrap_or_default();
                asks.choices.set(Some(agents_of(&agents)));
            }),
            "macro" => spawn_local_scoped(async move {
                let macros = api::views::macros().await.unwrap_or_default();
                asks.choices.set(Some(macro_choices(&macros, |id| departments.name(id))));
            }),
            "move" => spawn_local_scoped(async move {
                asks.choices.set(Some(moves_of(ids).await));
            }),
            _ => {}
        }
        asks
    }

    /// What comes of it, or what is missing or wrong, by the names of the fields.
    pub(super) fn deed(self) -> Result<Deed, Vec<(String, String)>> {
        match self.sorting {
            Some(sorting) => sorted(sorting),
            None => self.plain_deed().map_err(|(field, sentence)| vec![(field.to_owned(), sentence)]),
        }
    }

    fn plain_deed(self) -> Result<Deed, (&'static str, String)> {
        let choice = self.choice.get_clone_untracked();
        let text = self.text.get_clone_untracked().trim().to_owned();
        match self.kind {
            "assign" if choice.is_empty() => Err(("choice", t!("bulk-nothing-chosen"))),
            // What the list of choices calls nobody.
            "assign" => Ok(Deed::Assign(if choice == NOBODY { String::new() } else { choice })),
            "priority" => {
                let priority = Priority::from_str_name(&choice).unwrap_or_default().into();
                let ticket = Ticket { priority, ..Ticket::default() };
                Ok(Deed::Set { ticket: Box::new(ticket), paths: vec!["priority".to_owned()] })
            }
            "comment" if text.is_empty() => Err(("text", t!("comment-missing"))),
            "comment" => {
                let kind = CommentKind::from_str_name(&choice).unwrap_or(CommentKind::Internal);
                Ok(Deed::Comment { kind, text })
            }
            "tags" => {
                let fewer = words(&self.fewer.get_clone_untracked());
                let more = words(&text);
                if more.is_empty() && fewer.is_empty() {
                    return Err(("text", t!("bulk-tags-missing")));
                }
                Ok(Deed::Tags { more, fewer })
            }
            _ if choice.is_empty() => Err(("choice", t!("bulk-nothing-chosen"))),
            "macro" => Ok(Deed::Macro(choice)),
            _ => Ok(Deed::Move { key: choice, comment: text }),
        }
    }

    /// The fields of its kind.
    pub(super) fn fields(self, form: Form) -> View {
        match self.kind {
            "priority" => self.priority(form),
            "comment" => self.comment(form),
            "tags" => {
                let (more, fewer) = (self.text, self.fewer);
                view! {
                    TextField(name="text", label=t!("bulk-tags-more"), value=more, form=form, hint=t!("bulk-tags-hint"), optional=true, autocomplete="off", "autofocus"="")
                    TextField(name="fewer", label=t!("bulk-tags-fewer"), value=fewer, form=form, optional=true, autocomplete="off")
                }
            }
            "move" => {
                let (choice, text) = (self.chooser(form, t!("bulk-move-which")), self.text);
                view! {
                    (choice)
                    AreaField(name="text", label=t!("bulk-move-comment"), value=text, form=form, hint=t!("bulk-move-comment-hint"), optional=true, rows="3")
                }
            }
            "macro" => self.chooser(form, t!("macro")),
            "sort" => View::from(self.sorting.map(|sorting| sorting.fields(form))),
            _ => self.chooser(form, t!("assign")),
        }
    }

    /// One of many, once they are known.
    fn chooser(self, form: Form, label: String) -> View {
        let known = create_memo(move || self.choices.get_clone().unwrap_or_default());
        let is_known = create_selector(move || self.choices.with(Option::is_some));
        view! {
            (if is_known.get() {
                let label = label.clone();
                view! { ComboField(name="choice", label=label, value=self.choice, choices=known, form=form) }
            } else {
                view! { Bones(rows=2, text=true) }
            })
        }
    }

    fn priority(self, form: Form) -> View {
        let all = [Priority::Urgent, Priority::High, Priority::Normal, Priority::Low];
        let options = all.map(|priority| {
            (priority.as_str_name().to_owned(), t!(&format!("priority-{}", priority_key(priority))))
        });
        view! { SelectField(name="choice", label=t!("field-priority"), value=self.choice, options=options.to_vec(), form=form) }
    }

    fn comment(self, form: Form) -> View {
        let kinds = [(CommentKind::Internal, "composer-note"), (CommentKind::Public, "composer-reply")];
        let options = kinds.map(|(kind, words)| (kind.as_str_name().to_owned(), t!(words))).to_vec();
        let text = self.text;
        view! {
            SelectField(name="choice", label=t!("composer-mode"), value=self.choice, options=options, form=form)
            AreaField(name="text", label=t!("bulk-comment-text"), value=text, form=form, rows="5", "autofocus"="")
        }
    }
}

/// Department, category and fields, as far as they were entered.
fn sorted(sorting: Sorting) -> Result<Deed, Vec<(String, String)>> {
    let mut ticket = Ticket::default();
    let paths = sorting.read(&mut ticket)?;
    if paths.is_empty() {
        return Err(vec![("department_id".to_owned(), t!("bulk-nothing-chosen"))]);
    }
    Ok(Deed::Set { ticket: Box::new(ticket), paths })
}

/// The value of the choice that gives tickets back to their queues; a field's empty value is "not chosen yet".
const NOBODY: &str = "-";

fn agents_of(agents: &[AgentLoad]) -> Vec<Choice> {
    let named = props::choices(agents).into_iter();
    named
        .map(
            |choice| {
                if choice.value.is_empty() { Choice { value: NOBODY.to_owned(), ..choice } } else { choice }
            },
        )
        .collect()
}

/// Macros as one chooses among them, each with whose it is.
pub(in crate::pages::desk) fn macro_choices(
    macros: &[Macro],
    department: impl Fn(&str) -> String,
) -> Vec<Choice> {
    let choice = |kept: &Macro| {
        let place = kept.sharing.as_ref().map(|sharing| sharing.department_id.as_str()).unwrap_or_default();
        let detail = if place.is_empty() { String::new() } else { department(place) };
        Choice { value: kept.id.clone(), label: kept.name.clone(), detail, ..Choice::default() }
    };
    macros.iter().map(choice).collect()
}

#[cfg(test)]
mod tests {
    use super::Asks;
    use crate::app::App;
    use crate::desk::bulk::Deed;
    use sycamore::prelude::*;

    /// The fields that are missing.
    fn named(asks: Asks) -> Vec<String> {
        asks.deed().err().unwrap_or_default().into_iter().map(|(field, _)| field).collect()
    }

    #[test]
    fn what_is_missing_is_named_by_its_field() {
        let _root = create_root(|| {
            let app = App::new(*create_signal(0.0));
            let asks = Asks::new(app, "tags", Vec::new());
            assert_eq!(named(asks), ["text"]);
            asks.fewer.set("vip".to_owned());
            let deed = Deed::Tags { more: Vec::new(), fewer: vec!["vip".to_owned()] };
            assert_eq!(asks.deed(), Ok(deed));
            assert_eq!(named(Asks::new(app, "sort", Vec::new())), ["department_id"]);
            let asks = Asks::new(app, "comment", Vec::new());
            assert_eq!(named(asks), ["text"]);
        });
    }
}
