//! Automations in words.

use proto::workflow::v1::automation::Trigger;
use proto::workflow::v1::effect::Effect as What;
use proto::workflow::v1::{Automation, Effect};

use crate::text::{maybe, t};

/// What one can wait for.
pub(super) const EVENTS: [&str; 10] = [
    "tickets.ticket.created",
    "tickets.ticket.changed",
    "tickets.ticket.rated",
    "tickets.comment.added",
    "workflow.run.moved",
    "workflow.run.finished",
    "workflow.assignment.made",
    "workflow.assignment.released",
    "workflow.clock.warned",
    "workflow.clock.breached",
];

/// One nobody has made yet: off, until somebody has tried it.
pub(super) fn fresh() -> Automation {
    let trigger = Some(Trigger::Event(EVENTS[0].to_owned()));
    Automation { trigger, error_budget: 10, ..Automation::default() }
}

/// What an event is called; its own name where there are no words for it.
pub(super) fn event(name: &str) -> String {
    maybe(&format!("automation-on-{}", name.replace('.', "-"))).unwrap_or_else(|| name.to_owned())
}

/// What it waits for, and under which condition.
pub(super) fn waits_for(automation: &Automation) -> String {
    let when = match &automation.trigger {
        Some(Trigger::Event(name)) => event(name),
        Some(Trigger::Schedule(schedule)) => {
            let zone = if automation.time_zone.is_empty() { "UTC" } else { &automation.time_zone };
            t!("automation-at", schedule = schedule.as_str(), zone = zone)
        }
        None => String::new(),
    };
    if automation.condition.is_empty() {
        return when;
    }
    t!("automation-if", when = when, condition = automation.condition.as_str())
}

/// Everything it does, in a line.
pub(super) fn does(automation: &Automation) -> String {
    automation.effects.iter().map(effect).collect::<Vec<_>>().join(" · ")
}

/// One thing it does.
pub(super) fn effect(effect: &Effect) -> String {
    match &effect.effect {
        Some(What::SetField(set)) => {
            t!("effect-said-set", field = set.field.as_str(), value = set.value.as_str())
        }
        Some(What::AddTag(tag)) => t!("effect-said-add-tag", tag = tag.as_str()),
        Some(What::RemoveTag(tag)) => t!("effect-said-remove-tag", tag = tag.as_str()),
        Some(What::Comment(comment)) if comment.internal => t!("effect-note"),
        Some(What::Comment(_)) => t!("effect-reply"),
        Some(What::CreateChild(child)) => t!("effect-said-child", subject = child.subject.as_str()),
        Some(What::CloseChildren(_)) => t!("effect-close-children"),
        Some(What::Notify(_)) => t!("effect-notify"),
        Some(What::WebhookId(_)) => t!("effect-webhook"),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use proto::workflow::v1::automation::Trigger;
    use proto::workflow::v1::effect::Effect as What;
    use proto::workflow::v1::{Automation, Effect};

    use super::{EVENTS, does, event, fresh, waits_for};

    #[test]
    fn every_event_has_words() {
        for name in EVENTS {
            assert_ne!(event(name), name);
        }
        assert_eq!(event("some.new.event"), "some.new.event");
    }

    #[test]
    fn an_automation_is_told_in_two_lines() {
        let effects = [What::AddTag("vip".into()), What::CloseChildren("Done.".into())];
        let effects = effects.map(|effect| Effect { effect: Some(effect) }).to_vec();
        let automation = Automation {
            condition: "ticket.priority == \"URGENT\"".into(),
            effects,
            trigger: Some(Trigger::Schedule("0 8 * * 1".into())),
            ..fresh()
        };
        assert_eq!(waits_for(&automation), "At 0 8 * * 1 (UTC), if ticket.priority == \"URGENT\"");
        assert_eq!(does(&automation), "add the tag vip · Close children");
    }
}
