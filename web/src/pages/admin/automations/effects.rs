//! What an automation does, a line for each thing. An effect this page has no fields for stays as it was.

use proto::workflow::v1::effect::Effect as What;
use proto::workflow::v1::{CreateChild, Effect, SetField, WriteComment};
use sycamore::prelude::*;

use super::words::effect as said;
use crate::parts::{Form, Named, Rows, SelectBox};
use crate::text::t;

/// Kinds of effects, with the id of their words.
const KINDS: [(&str, &str); 7] = [
    ("set", "effect-set"),
    ("add-tag", "effect-add-tag"),
    ("remove-tag", "effect-remove-tag"),
    ("note", "effect-note"),
    ("reply", "effect-reply"),
    ("child", "effect-child"),
    ("close-children", "effect-close-children"),
];
/// The kind of what stays as it was.
const KEPT: &str = "kept";

/// An effect as it is typed: what `first` and `second` are says the kind.
#[derive(Clone, Copy)]
pub(super) struct Line {
    kind: Signal<String>,
    first: Signal<String>,
    second: Signal<String>,
    /// As it was read.
    was: Signal<Effect>,
}

/// All of them.
pub(super) type Lines = Rows<Line>;

/// The lines of what is done.
pub(super) fn lines(effects: &[Effect]) -> Lines {
    Rows::of(effects.iter().map(line))
}

/// What the lines come to; those in which nothing is typed are left out.
pub(super) fn read(lines: Lines) -> Vec<Effect> {
    lines.all().into_iter().filter_map(effect).collect()
}

fn line(known: &Effect) -> Line {
    let (kind, first, second) = match &known.effect {
        Some(What::SetField(set)) => ("set", set.field.clone(), set.value.clone()),
        Some(What::AddTag(tag)) => ("add-tag", tag.clone(), String::new()),
        Some(What::RemoveTag(tag)) => ("remove-tag", tag.clone(), String::new()),
        Some(What::Comment(comment)) if comment.internal => ("note", comment.text.clone(), String::new()),
        Some(What::Comment(comment)) => ("reply", comment.text.clone(), String::new()),
        Some(What::CreateChild(child)) => ("child", child.subject.clone(), child.description.clone()),
        Some(What::CloseChildren(text)) => ("close-children", text.clone(), String::new()),
        Some(What::Notify(_) | What::WebhookId(_)) => (KEPT, String::new(), String::new()),
        None => ("add-tag", String::new(), String::new()),
    };
    Line {
        kind: create_signal(kind.to_owned()),
        first: create_signal(first),
        second: create_signal(second),
        was: create_signal(known.clone()),
    }
}

fn effect(line: Line) -> Option<Effect> {
    let typed = |text: Signal<String>| text.get_clone().trim().to_owned();
    let (first, second) = (typed(line.first), typed(line.second));
    let kind = line.kind.get_clone();
    if kind == KEPT {
        return Some(line.was.get_clone());
    }
    if first.is_empty() && second.is_empty() {
        return None;
    }
    let comment = |internal| What::Comment(WriteComment { text: first.clone(), internal });
    let effect = match kind.as_str() {
        "set" => What::SetField(SetField { field: first, value: second }),
        "remove-tag" => What::RemoveTag(first),
        "note" => comment(true),
        "reply" => comment(false),
        "child" => child(line, first, second),
        "close-children" => What::CloseChildren(first),
        _ => What::AddTag(first),
    };
    Some(Effect { effect: Some(effect) })
}

/// A child keeps the category it had.
fn child(line: Line, subject: String, description: String) -> What {
    let category_id = line.was.with(|was| match &was.effect {
        Some(What::CreateChild(child)) => child.category_id.clone(),
        _ => String::new(),
    });
    What::CreateChild(CreateChild { category_id, subject, description })
}

/// The lines to type into.
pub(super) fn field(lines: Lines, form: Form) -> View {
    let named = Named { label: "effects", hint: "effects-hint", add: "effect-add" };
    lines.field("effects", named, form, || line(&Effect::default()), fields)
}

fn fields(number: usize, line: Line) -> View {
    let kind = create_selector(move || line.kind.get_clone());
    let label = t!("effect-kind", number = number);
    let kinds: Vec<_> = KINDS.map(|(kind, words)| (kind.to_owned(), t!(words))).to_vec();
    view! {
        (if kind.with(|kind| kind == KEPT) {
            let words = line.was.with(said);
            view! { span(class="grow muted") { (words) } }
        } else {
            let (label, kinds) = (label.clone(), kinds.clone());
            let typed = typed(number, line, &kind.get_clone());
            view! { SelectBox(label=label, value=line.kind, options=kinds) (typed) }
        })
    }
}

/// What a kind asks for.
fn typed(number: usize, line: Line, kind: &str) -> View {
    let one = |words: &str, value: Signal<String>| {
        let (label, hint) = (t!("effect-field", number = number, what = t!(words)), t!(words));
        view! { input(class="input", aria-label=label, placeholder=hint, autocomplete="off", bind:value=value) }
    };
    let many = |words: &str, value: Signal<String>| {
        let (label, hint) = (t!("effect-field", number = number, what = t!(words)), t!(words));
        view! { textarea(class="input", aria-label=label, placeholder=hint, rows="2", bind:value=value) }
    };
    match kind {
        "set" => {
            let (field, value) = (one("effect-set-field", line.first), one("effect-set-value", line.second));
            view! { (field) (value) }
        }
        "note" | "reply" | "close-children" => many("effect-text", line.first),
        "child" => {
            let (subject, text) =
                (one("effect-subject", line.first), many("effect-description", line.second));
            view! { (subject) (text) }
        }
        _ => one("effect-tag", line.first),
    }
}

#[cfg(test)]
mod tests {
    use proto::workflow::v1::effect::Effect as What;
    use proto::workflow::v1::{CreateChild, Effect, NotifyPeople, SetField, WriteComment};
    use sycamore::prelude::*;

    use super::{lines, read};

    fn effects(all: impl IntoIterator<Item = What>) -> Vec<Effect> {
        all.into_iter().map(|effect| Effect { effect: Some(effect) }).collect()
    }

    #[test]
    fn effects_stay_as_they_were_when_nothing_is_typed() {
        let all = effects([
            What::SetField(SetField { field: "priority".into(), value: "\"HIGH\"".into() }),
            What::AddTag("vip".into()),
            What::RemoveTag("new".into()),
            What::Comment(WriteComment { text: "Look.".into(), internal: true }),
            What::Comment(WriteComment { text: "We look.".into(), internal: false }),
            What::CreateChild(CreateChild {
                category_id: "cat_1".into(),
                subject: "Parts".into(),
                ..CreateChild::default()
            }),
            What::CloseChildren("Done.".into()),
            What::Notify(NotifyPeople { recipients: "ticket.assignee".into(), ..NotifyPeople::default() }),
            What::WebhookId("whk_1".into()),
        ]);
        let _root = create_root(|| assert_eq!(read(lines(&all)), all));
    }

    #[test]
    fn a_line_nothing_is_typed_into_does_nothing_and_another_kind_keeps_what_was_typed() {
        let _root = create_root(|| {
            let lines = lines(&effects([What::AddTag("vip".into()), What::AddTag(" ".into())]));
            lines.all()[0].kind.set("remove-tag".into());
            assert_eq!(read(lines), effects([What::RemoveTag("vip".into())]));
        });
    }
}
