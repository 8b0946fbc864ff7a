//! Who must agree before a transition is taken.

use proto::workflow::v1::{ApprovalDue, ApprovalLevel, ApprovalPolicy, Quorum, RejectRule, Transition};
use sycamore::prelude::*;

use super::super::rule_words::ticket_words;
use super::lists::Lists;
use super::pen::{Pen, later};
use super::rows::{Listed, rows, tick};
use super::stage::wrong;
use super::words::{dues, quorums, reject_rules};
use crate::parts::{
    Button, CheckField, Icon, Kind, Maybe, Person, Picker, RuleField, SelectField, SpanField, T, TextField,
    Words,
};
use crate::text::t;
use crate::time::{from_units, in_units};

const LEVELS: Listed =
    Listed { title: "flow-levels", add: "flow-level-add", member: "flow-level", first: "quorum" };
/// How long a level has as it is first offered.
const DAY: i64 = 86_400;

/// The fields; without a policy only the offer to have one.
#[component(inline_props)]
pub(super) fn ApprovalForm(pen: Pen<Transition>, lists: Lists, policy: Maybe<ApprovalPolicy>) -> View {
    let has = policy.is_some();
    let (turner, form) = (pen.clone(), pen.form);
    let turn = move || turner.reshape(|way| way.approval = (!has).then(first));
    let needs =
        tick(t!("flow-approval"), "flow-approval-hint", *create_signal(has), pen.board.may_draw, turn);
    let inside = policy.map(|policy| {
        let part = pen.part("approval", |way| way.approval.as_mut());
        let levels = part.part("levels", |policy| Some(&mut policy.levels));
        let levels =
            rows(&levels, LEVELS, &policy.levels, level(), move |pen, level| level_row(pen, lists, level));
        let (rules, due) = (rules(&part, &policy), due(&part, &policy));
        view! { (levels) (wrong(form, "approval.levels")) (rules) (due) }
    });
    let inside = View::from(inside);
    view! { (needs) (wrong(form, "approval")) (inside) }
}

fn level() -> ApprovalLevel {
    ApprovalLevel { quorum: Quorum::Any.into(), ..ApprovalLevel::default() }
}

/// A policy as it is first offered.
fn first() -> ApprovalPolicy {
    ApprovalPolicy {
        levels: vec![level()],
        reject_rule: RejectRule::First.into(),
        exclude_requester: true,
        comment_on_reject: true,
        ..ApprovalPolicy::default()
    }
}

fn level_row(pen: &Pen<ApprovalLevel>, lists: Lists, level: &ApprovalLevel) -> View {
    let quorum = pen.bind("quorum", level.quorum().as_str_name().to_owned(), |level, name: String| {
        level.quorum = Quorum::from_str_name(&name).unwrap_or_default().into();
    });
    let value = pen.bind("quorum_value", level.quorum_value.to_string(), |level, text: String| {
        level.quorum_value = text.trim().parse().unwrap_or_default();
    });
    let rule = pen.bind("rule", level.rule.clone(), |level, rule| level.rule = rule);
    let field = pen
        .bind("field", level.field.clone(), |level, field: String| field.trim().clone_into(&mut level.field));
    let counts = create_selector(move || {
        let by_number = [Quorum::Count, Quorum::Percent].map(|quorum| quorum.as_str_name());
        quorum.with(|name| by_number.contains(&name.as_str()))
    });
    let [people_name, quorum_name, value_name, rule_name, field_name] =
        ["user_ids", "quorum", "quorum_value", "rule", "field"].map(|field| pen.name(field));
    let (people, form, words) = (people(pen, lists, level), pen.form, *create_signal(ticket_words()));
    view! {
        (people)
        (match form.wrong(&people_name) {
            Some(sentence) => view! { span(class="wrong small") { Icon(name="alert") span { (sentence) } } },
            None => View::new(),
        })
        TextField(name=field_name, label=t!("flow-level-field"), value=field, form=form, hint=t!("flow-level-field-hint"), optional=true, autocomplete="off")
        RuleField(name=rule_name, label=t!("flow-level-rule"), value=rule, offers=words, form=form, hint=t!("flow-level-rule-hint"), optional=true)
        SelectField(name=quorum_name, label=t!("flow-quorum"), value=quorum, options=quorums(), form=form)
        (if counts.get() {
            let name = value_name.clone();
            view! { TextField(name=name, label=t!("flow-quorum-value"), value=value, form=form, inputmode="numeric", autocomplete="off") }
        } else {
            View::new()
        })
    }
}

/// The people who are asked by name.
fn people(pen: &Pen<ApprovalLevel>, lists: Lists, level: &ApprovalLevel) -> View {
    let named = level.user_ids.clone();
    let tags = named.iter().map(|id| {
        let (own, gone, taker) = (id.clone(), id.clone(), pen.clone());
        let take = move |_| taker.reshape(|level| level.user_ids.retain(|known| *known != gone));
        view! { span(class="tag") { Person(id=own) Button(kind=Kind::Quiet, icon="x", aria-label=t!("remove"), on:click=take) } }
    });
    let tags = View::from(tags.collect::<Vec<_>>());
    let choices = create_memo(move || {
        lists
            .people
            .with(|people| people.iter().filter(|person| !named.contains(&person.value)).cloned().collect())
    });
    let adder = pen.clone();
    let add = move |id: String| adder.reshape(|level| level.user_ids.push(id.clone()));
    view! {
        div(class="field") {
            span(class="label") { T(id="flow-level-people") }
            div(class="tags") { (tags) }
            div { Picker(label=t!("flow-level-person-add"), choices=choices, chosen=Words::from(""), on_choose=add, button="btn") { Icon(name="user-plus") T(id="flow-level-person-add") } }
        }
    }
}

fn rules(pen: &Pen<ApprovalPolicy>, policy: &ApprovalPolicy) -> View {
    let reject = match policy.reject_rule() {
        RejectRule::Unspecified => RejectRule::First,
        known => known,
    };
    let reject = pen.bind("reject_rule", reject.as_str_name().to_owned(), |policy, name: String| {
        policy.reject_rule = RejectRule::from_str_name(&name).unwrap_or_default().into();
    });
    let requester = pen.bind("exclude_requester", policy.exclude_requester, |policy, excluded| {
        policy.exclude_requester = excluded;
    });
    let assignee = pen.bind("exclude_assignee", policy.exclude_assignee, |policy, excluded| {
        policy.exclude_assignee = excluded;
    });
    let comment = pen.bind("comment_on_reject", policy.comment_on_reject, |policy, needed| {
        policy.comment_on_reject = needed;
    });
    let (name, form) = (pen.name("reject_rule"), pen.form);
    view! {
        SelectField(name=name, label=t!("flow-reject-rule"), value=reject, options=reject_rules(), form=form)
        CheckField(label=t!("flow-exclude-requester"), value=requester)
        CheckField(label=t!("flow-exclude-assignee"), value=assignee)
        CheckField(label=t!("flow-comment-on-reject"), value=comment)
    }
}

/// When a level is due, and what happens then: both or neither.
fn due(pen: &Pen<ApprovalPolicy>, policy: &ApprovalPolicy) -> View {
    let (count, unit) = in_units(policy.due_after.as_ref().map_or(DAY, |after| after.seconds));
    let (count, unit) = (create_signal(count.to_string()), create_signal(unit.key().to_owned()));
    let then = create_signal(policy.when_due().as_str_name().to_owned());
    let written = pen.bind("when_due", (ApprovalDue::Unspecified, 0), |policy, (due, seconds)| {
        let is_due = due != ApprovalDue::Unspecified;
        policy.when_due = due.into();
        policy.due_after = is_due.then_some(prost_types::Duration { seconds, nanos: 0 });
    });
    for field in [then, count, unit] {
        later(field, move |_| {
            let due = ApprovalDue::from_str_name(&then.get_clone_untracked()).unwrap_or_default();
            let seconds = from_units(&count.get_clone_untracked(), &unit.get_clone_untracked());
            written.set((due, seconds.unwrap_or_default()));
        });
    }
    let (name, form) = (pen.name("when_due"), pen.form);
    let is_due = create_selector(move || then.with(|name| name != ApprovalDue::Unspecified.as_str_name()));
    view! {
        SelectField(name=name, label=t!("flow-when-due"), value=then, options=dues(), form=form)
        (if is_due.get() {
            view! { SpanField(name="approval.due_after", label=t!("flow-due-after"), count=count, unit=unit, form=form) }
        } else {
            View::new()
        })
    }
}

#[cfg(test)]
mod tests {
    use proto::workflow::v1::Quorum;

    use super::first;

    #[test]
    fn a_policy_begins_with_one_level_in_which_anybody_suffices() {
        let policy = first();
        assert_eq!((policy.levels.len(), policy.levels[0].quorum()), (1, Quorum::Any));
        assert!(policy.exclude_requester, "nobody agrees to his own request by a slip");
    }
}
