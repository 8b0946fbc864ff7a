//! Status, priority and counts: always an icon and a word, never colour alone.

use proto::tickets::v1::{Priority, Status};
use proto::workflow::v1::SlaMetric;
use sycamore::prelude::*;

use super::Icon;
use crate::text::t;

/// The word of a status for texts.
pub(crate) const fn status_key(status: Status) -> &'static str {
    match status {
        Status::Unspecified | Status::New => "new",
        Status::Open => "open",
        Status::Pending => "pending",
        Status::OnHold => "on-hold",
        Status::Resolved => "resolved",
        Status::Closed => "closed",
        Status::Rejected => "rejected",
        Status::Withdrawn => "withdrawn",
    }
}

/// Tone and icon of a status.
pub(crate) const fn status_look(status: Status) -> (&'static str, &'static str) {
    match status {
        Status::Unspecified | Status::New => ("new", "ring"),
        Status::Open => ("open", "half"),
        Status::Pending => ("wait", "clock"),
        Status::OnHold => ("wait", "pause"),
        Status::Resolved => ("done", "done"),
        Status::Closed => ("closed", "closed"),
        Status::Rejected => ("late", "rejected"),
        Status::Withdrawn => ("closed", "undo"),
    }
}

/// A state, said by colour, icon and word.
#[component(inline_props)]
pub(crate) fn Pill(tone: &'static str, icon: &'static str, #[prop(setter(into))] label: String) -> View {
    view! { span(class="pill", data-tone=tone) { Icon(name=icon) (label) } }
}

/// Where a ticket stands; the stage's own label where it has one.
#[component(inline_props)]
pub(crate) fn StatusPill(status: Status, #[prop(default, setter(into))] label: String) -> View {
    let (tone, icon) = status_look(status);
    let label = if label.is_empty() { t!(&format!("status-{}", status_key(status))) } else { label };
    view! { Pill(tone=tone, icon=icon, label=label) }
}

/// The word of a priority for texts and styles.
pub(crate) const fn priority_key(priority: Priority) -> &'static str {
    match priority {
        Priority::Low => "low",
        Priority::Unspecified | Priority::Normal => "normal",
        Priority::High => "high",
        Priority::Urgent => "urgent",
    }
}

const fn priority_icon(priority: Priority) -> &'static str {
    match priority {
        Priority::Low => "priority-low",
        Priority::Unspecified | Priority::Normal => "priority-normal",
        Priority::High => "priority-high",
        Priority::Urgent => "priority-urgent",
    }
}

/// The word of a metric for texts.
pub(crate) const fn metric_key(metric: SlaMetric) -> &'static str {
    match metric {
        SlaMetric::Unspecified | SlaMetric::FirstReply => "first-reply",
        SlaMetric::NextReply => "next-reply",
        SlaMetric::PeriodicUpdate => "periodic-update",
        SlaMetric::AgentWork => "agent-work",
        SlaMetric::RequesterWait => "requester-wait",
        SlaMetric::Resolution => "resolution",
        SlaMetric::Ownership => "ownership",
        SlaMetric::FirstAssignment => "first-assignment",
        SlaMetric::Stage => "stage",
    }
}

/// How urgent a ticket is.
#[component(inline_props)]
pub(crate) fn PriorityMark(priority: Priority) -> View {
    let key = priority_key(priority);
    let label = t!(&format!("priority-{key}"));
    let icon = priority_icon(priority);
    view! { span(class="priority", data-level=key) { Icon(name=icon) (label) } }
}

/// A number that asks to be looked at; over 99 is many. `silent` where words beside it say the same.
#[component(inline_props)]
pub(crate) fn Badge(
    count: i64,
    #[prop(default = "accent")] tone: &'static str,
    #[prop(default)] silent: bool,
) -> View {
    let text = if count > 99 { "99+".to_owned() } else { count.to_string() };
    let hidden = silent.then_some("true");
    view! { span(class="badge", data-tone=tone, aria-hidden=hidden) { (text) } }
}

#[cfg(test)]
mod tests {
    use proto::tickets::v1::{Priority, Status};
    use sycamore::prelude::*;

    use super::{PriorityMark, StatusPill};
    use crate::app::drawn;

    #[test]
    fn a_status_is_an_icon_and_a_word_and_the_stage_may_bring_its_own() {
        let pill = drawn(|| view! { StatusPill(status=Status::Pending) });
        assert!(pill.contains("#icon-clock") && pill.contains("Pending"), "{pill}");
        let named = drawn(|| view! { StatusPill(status=Status::Pending, label="Waiting for vendor") });
        assert!(named.contains("Waiting for vendor") && !named.contains(">Pending<"), "{named}");
    }

    #[test]
    fn a_priority_is_an_icon_and_a_word() {
        let mark = drawn(|| view! { PriorityMark(priority=Priority::Urgent) });
        assert!(mark.contains("#icon-priority-urgent") && mark.contains("Urgent"), "{mark}");
    }
}
