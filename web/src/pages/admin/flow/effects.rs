//! Effects: what happens to the ticket on the way.

use proto::workflow::v1::effect::Effect as Does;
use proto::workflow::v1::{CreateChild, Effect, SetField, WriteComment};
use sycamore::prelude::*;

use super::super::rule_words::ticket_words;
use super::lists::Lists;
use super::pen::Pen;
use super::rows::{Listed, rows};
use crate::parts::{AreaField, CheckField, RuleField, SelectField, TextField};
use crate::text::t;

/// What can be offered, each with the id of its words. What is drawn already and not among them stays and can be taken away.
const KINDS: [(&str, &str); 6] = [
    ("set_field", "flow-does-set-field"),
    ("add_tag", "flow-does-add-tag"),
    ("remove_tag", "flow-does-remove-tag"),
    ("comment", "flow-does-comment"),
    ("create_child", "flow-does-create-child"),
    ("close_children", "flow-does-close-children"),
];
const OTHER: &str = "other";
/// What can be set besides the fields of forms.
const PROPERTIES: [&str; 3] = ["priority", "impact", "urgency"];

/// A list of effects.
pub(super) fn effects(pen: &Pen<Vec<Effect>>, words: Listed, lists: Lists, list: &[Effect]) -> View {
    let fresh = fresh("add_tag");
    rows(pen, words, list, fresh, move |pen, effect| effect_row(pen, lists, effect))
}

fn kind(effect: &Effect) -> &'static str {
    match &effect.effect {
        Some(Does::SetField(_)) => "set_field",
        Some(Does::AddTag(_)) => "add_tag",
        Some(Does::RemoveTag(_)) => "remove_tag",
        Some(Does::Comment(_)) => "comment",
        Some(Does::CreateChild(_)) => "create_child",
        Some(Does::CloseChildren(_)) => "close_children",
        Some(Does::Notify(_) | Does::WebhookId(_)) | None => OTHER,
    }
}

/// An effect of a kind that says nothing yet.
fn fresh(kind: &str) -> Effect {
    let effect = match kind {
        "set_field" => Does::SetField(SetField::default()),
        "add_tag" => Does::AddTag(String::new()),
        "remove_tag" => Does::RemoveTag(String::new()),
        "comment" => Does::Comment(WriteComment { internal: true, ..WriteComment::default() }),
        "create_child" => Does::CreateChild(CreateChild::default()),
        "close_children" => Does::CloseChildren(String::new()),
        _ => return Effect::default(),
    };
    Effect { effect: Some(effect) }
}

fn effect_row(pen: &Pen<Effect>, lists: Lists, effect: &Effect) -> View {
    let own = kind(effect);
    let chosen = create_signal(own.to_owned());
    let changer = pen.clone();
    super::pen::later(chosen, move |kind: String| changer.reshape(|effect| *effect = fresh(&kind)));
    let mut kinds: Vec<_> = KINDS.map(|(kind, words)| (kind.to_owned(), t!(words))).to_vec();
    if own == OTHER {
        kinds.push((OTHER.to_owned(), t!("flow-does-other")));
    }
    let (name, form, inside) = (pen.name("kind"), pen.form, inside(pen, lists, effect));
    view! {
        SelectField(name=name, label=t!("flow-effect-kind"), value=chosen, options=kinds, form=form)
        (inside)
    }
}

fn inside(pen: &Pen<Effect>, lists: Lists, effect: &Effect) -> View {
    match effect.effect.clone() {
        Some(Does::SetField(set)) => set_field(pen, lists, set),
        Some(Does::AddTag(tag)) => tag_field(pen, tag, Does::AddTag),
        Some(Does::RemoveTag(tag)) => tag_field(pen, tag, Does::RemoveTag),
        Some(Does::Comment(comment)) => comment_fields(pen, comment),
        Some(Does::CreateChild(child)) => child_fields(pen, lists, child),
        Some(Does::CloseChildren(text)) => {
            let text = pen
                .bind("close_children", text, |effect, text| effect.effect = Some(Does::CloseChildren(text)));
            let (name, form) = (pen.name("close_children"), pen.form);
            view! { AreaField(name=name, label=t!("flow-does-comment-text"), value=text, form=form, rows="2") }
        }
        Some(Does::Notify(_) | Does::WebhookId(_)) | None => View::new(),
    }
}

fn set_field(pen: &Pen<Effect>, lists: Lists, set: SetField) -> View {
    let part = pen.part("", |effect| match &mut effect.effect {
        Some(Does::SetField(set)) => Some(set),
        _ => None,
    });
    let field = part.bind("field", set.field, |set, field| set.field = field);
    let value = part.bind("value", set.value, |set, value| set.value = value);
    let options = create_memo(move || settable(lists));
    let [field_name, value_name] = ["field", "value"].map(|field| part.name(field));
    let (form, words) = (pen.form, *create_signal(ticket_words()));
    view! {
        SelectField(name=field_name, label=t!("flow-does-field"), value=field, options=options, form=form)
        RuleField(name=value_name, label=t!("flow-does-value"), value=value, offers=words, form=form, hint=t!("flow-does-value-hint"))
    }
}

/// What can be set: properties of the ticket, then the fields of forms.
fn settable(lists: Lists) -> Vec<(String, String)> {
    let properties = PROPERTIES.map(|name| (name.to_owned(), t!(&format!("flow-property-{name}"))));
    let fields = lists.fields.get_clone().into_iter().map(|field| (field.key, field.label));
    let first = std::iter::once((String::new(), t!("choose")));
    first.chain(properties).chain(fields).collect()
}

fn tag_field(pen: &Pen<Effect>, tag: String, does: fn(String) -> Does) -> View {
    let tag = pen.bind("", tag, move |effect, tag: String| effect.effect = Some(does(tag.trim().to_owned())));
    let (name, form) = (pen.name(""), pen.form);
    view! { TextField(name=name, label=t!("flow-does-tag"), value=tag, form=form, maxlength="50", autocomplete="off") }
}

fn comment_fields(pen: &Pen<Effect>, comment: WriteComment) -> View {
    let part = pen.part("", |effect| match &mut effect.effect {
        Some(Does::Comment(comment)) => Some(comment),
        _ => None,
    });
    let text = part.bind("text", comment.text, |comment, text| comment.text = text);
    let internal = part.bind("internal", comment.internal, |comment, internal| comment.internal = internal);
    let (name, form) = (part.name("text"), pen.form);
    view! {
        AreaField(name=name, label=t!("flow-does-comment-text"), value=text, form=form, rows="2")
        CheckField(label=t!("flow-does-internal"), value=internal)
    }
}

fn child_fields(pen: &Pen<Effect>, lists: Lists, child: CreateChild) -> View {
    let part = pen.part("", |effect| match &mut effect.effect {
        Some(Does::CreateChild(child)) => Some(child),
        _ => None,
    });
    let subject = part.bind("subject", child.subject, |child, subject| child.subject = subject);
    let text = part.bind("description", child.description, |child, text| child.description = text);
    let category = part.bind("category_id", child.category_id, |child, id| child.category_id = id);
    let options = create_memo(move || {
        let none = std::iter::once((String::new(), t!("nothing")));
        none.chain(lists.categories.get_clone()).collect::<Vec<_>>()
    });
    let [subject_name, text_name, category_name] =
        ["subject", "description", "category_id"].map(|field| part.name(field));
    let form = pen.form;
    view! {
        TextField(name=subject_name, label=t!("flow-does-subject"), value=subject, form=form, maxlength="255", autocomplete="off")
        AreaField(name=text_name, label=t!("flow-does-text"), value=text, form=form, optional=true, rows="2")
        SelectField(name=category_name, label=t!("flow-does-category"), value=category, options=options, form=form, optional=true)
    }
}

#[cfg(test)]
mod tests {
    use super::{KINDS, OTHER, fresh, kind};

    #[test]
    fn every_kind_that_is_offered_can_be_made() {
        for (name, _) in KINDS {
            assert_eq!(kind(&fresh(name)), name);
        }
        assert_eq!(kind(&fresh("webhook")), OTHER);
    }
}
