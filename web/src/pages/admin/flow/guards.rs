//! Guards: what must hold, and what people are told while it does not.

use proto::workflow::v1::{Condition, Guard};
use sycamore::prelude::*;

use super::super::rule_words::press_words;
use super::pen::Pen;
use super::rows::{Listed, rows};
use super::words::conditions;
use crate::parts::{RuleField, SelectField, TextField};
use crate::text::t;

/// A list of guards; only those of a transition may look at other tickets.
pub(super) fn guards(pen: &Pen<Vec<Guard>>, words: Listed, list: &[Guard], of_transition: bool) -> View {
    rows(pen, words, list, Guard::default(), move |pen, guard| guard_row(pen, guard, of_transition))
}

fn guard_row(pen: &Pen<Guard>, guard: &Guard, of_transition: bool) -> View {
    let condition = guard.condition().as_str_name().to_owned();
    let condition = pen.bind("condition", condition, |guard, name: String| {
        guard.condition = Condition::from_str_name(&name).unwrap_or_default().into();
        if guard.condition() != Condition::Unspecified {
            guard.rule.clear();
        }
    });
    let rule = pen.bind("rule", guard.rule.clone(), |guard, rule| guard.rule = rule);
    let message = pen.bind("message", guard.message.clone(), |guard, message| guard.message = message);
    let by_rule =
        create_selector(move || condition.with(|name| name == Condition::Unspecified.as_str_name()));
    let [kind_name, rule_name, message_name] = ["condition", "rule", "message"].map(|field| pen.name(field));
    let (form, words) = (pen.form, *create_signal(press_words()));
    view! {
        SelectField(name=kind_name, label=t!("flow-guard-kind"), value=condition, options=conditions(of_transition), form=form)
        (if by_rule.get() {
            let name = rule_name.clone();
            view! { RuleField(name=name, label=t!("flow-guard-rule"), value=rule, offers=words, form=form, hint=t!("flow-rule-hint")) }
        } else {
            View::new()
        })
        TextField(name=message_name, label=t!("flow-guard-message"), value=message, form=form, hint=t!("flow-guard-message-hint"), maxlength="300", autocomplete="off")
    }
}
