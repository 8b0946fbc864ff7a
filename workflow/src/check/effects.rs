//! The effects of a graph: what they need is there, and their values are of the type of what they set.

use std::ops::RangeInclusive;

use mesh_core::{
    error::Violations,
    rule::{Formula, Type},
};
use proto::workflow::v1::{Effect, SetField, Stage, dwell::Then, effect::Effect as Does};

use super::{
    Findings, Place,
    rules::{report, too_long},
};
use crate::{effect::Target, vocabulary};

/// Effects at one place.
const MOST: usize = 20;
/// Bytes of a comment.
const COMMENT: usize = 65_536;
/// Characters of what people are told.
const MESSAGE: RangeInclusive<usize> = 1..=200;

pub(super) fn check(place: Place<'_>, field: &str, effects: &[Effect], found: &mut Findings) {
    found.when(effects.len() > MOST, place, field, "at most 20 things happen at one place; remove some");
    for (index, effect) in effects.iter().take(MOST).enumerate() {
        check_one(place, &format!("{field}[{index}]"), effect, found);
    }
}

/// What happens when somebody has stayed too long.
pub(super) fn check_dwell(stage: &Stage, found: &mut Findings) {
    if let Some(Then::Effect(effect)) = stage.dwell.as_ref().and_then(|dwell| dwell.then.as_ref()) {
        check_one(Place::Stage(stage), "dwell.effect", effect, found);
    }
}

/// One effect.
fn check_one(place: Place<'_>, field: &str, effect: &Effect, found: &mut Findings) {
    let mut wrong = Violations::default();
    match &effect.effect {
        None => wrong.add(field, "says nothing; choose what happens, or remove it"),
        Some(Does::SetField(set)) => check_set(place, field, set, found),
        Some(Does::AddTag(tag) | Does::RemoveTag(tag)) => {
            let fits = |letter: char| letter.is_alphanumeric() || matches!(letter, '-' | '_' | '.');
            let is_tag = (1..=50).contains(&tag.chars().count()) && tag.chars().all(fits);
            wrong.when(!is_tag, field, "is no tag; use 1 to 50 letters, digits, -, _ and .");
        }
        Some(Does::Comment(comment)) => {
            wrong.long_text(&format!("{field}.text"), &comment.text, 1..=COMMENT);
        }
        Some(Does::CreateChild(child)) => {
            wrong.optional_id(&format!("{field}.category_id"), &child.category_id, "cat");
            wrong.text(&format!("{field}.subject"), &child.subject, 1..=255);
            wrong.long_text(&format!("{field}.description"), &child.description, 0..=COMMENT);
        }
        Some(Does::CloseChildren(text)) => {
            wrong.long_text(&format!("{field}.close_children"), text, 1..=COMMENT);
        }
        Some(Does::Notify(notify)) => {
            wrong.text(&format!("{field}.message"), &notify.message, MESSAGE);
            check_recipients(place, &format!("{field}.recipients"), &notify.recipients, found);
        }
        // That is told by `unbuilt`.
        Some(Does::WebhookId(_)) => {}
    }
    found.take(place, wrong);
}

fn check_recipients(place: Place<'_>, field: &str, rule: &str, found: &mut Findings) {
    if let Some(message) = too_long(rule) {
        return found.error(place, field, message);
    }
    match Formula::parse(rule, vocabulary::ticket()) {
        Err(problem) => report(place, field, rule, &problem, found),
        Ok(formula) if !matches!(formula.gives(), Type::Text | Type::Texts) => {
            let message = format!(
                "it tells people by their ids, a text or a list of texts as in ticket.assignee, and this is {}",
                formula.gives()
            );
            found.error(place, field, message);
        }
        Ok(_) => {}
    }
}

fn check_set(place: Place<'_>, field: &str, set: &SetField, found: &mut Findings) {
    let value = format!("{field}.value");
    let Some(target) = Target::named(&set.field) else {
        let message = "name priority, impact, urgency, or the key of a field of the form";
        found.error(place, format!("{field}.field"), message);
        return;
    };
    if let Some(message) = too_long(&set.value) {
        found.error(place, value, message);
        return;
    }
    match Formula::parse(&set.value, vocabulary::ticket()) {
        Err(problem) => report(place, &value, &set.value, &problem, found),
        Ok(formula) if !target.takes(formula.gives()) => {
            let message = format!("{} takes {}, and this is {}", set.field, target.wants(), formula.gives());
            found.error(place, value, message);
        }
        Ok(_) => {}
    }
}
