//! The approvals of a graph: somebody is asked, and enough of them to agree.

use mesh_core::rule::{Formula, Type};
use proto::workflow::v1::{ApprovalDue, ApprovalLevel, ApprovalPolicy, Quorum, Transition, TransitionKind};

use super::{
    Findings, Place,
    rules::{report, too_long},
};
use crate::vocabulary;

pub(super) fn check(transition: &Transition, found: &mut Findings) {
    let Some(policy) = &transition.approval else { return };
    let place = Place::Transition(transition);
    let pressed = transition.kind() == TransitionKind::User;
    found.when(!pressed, place, "approval", "only what a person presses can be approved; remove it");
    found.when(policy.levels.is_empty(), place, "approval.levels", "nobody is asked; name who must agree");
    let due = policy.when_due() != ApprovalDue::Unspecified;
    let both = policy.due_after.is_some() == due;
    found.when(!both, place, "approval.when_due", "say when it is due and what happens then, or neither");
    for (index, level) in policy.levels.iter().enumerate() {
        check_level(place, policy, index, level, found);
    }
}

/// A level whose people are all named cannot need more of them than there are. Members of departments and people named by fields
/// and rules are only known when the approval is opened: then nobody means escalation, never agreement.
fn check_level(
    place: Place<'_>,
    policy: &ApprovalPolicy,
    index: usize,
    level: &ApprovalLevel,
    found: &mut Findings,
) {
    let field = |name: &str| format!("approval.levels[{index}].{name}");
    if !level.rule.is_empty() {
        check_rule(place, &field("rule"), &level.rule, found);
    }
    let named = level.user_ids.len();
    let open = !level.department_ids.is_empty() || !level.field.is_empty() || !level.rule.is_empty();
    found.when(named == 0 && !open, place, &field("user_ids"), "nobody is asked; name who must agree");
    let needed = usize::try_from(level.quorum_value).unwrap_or(0);
    match level.quorum() {
        Quorum::Unspecified => found.error(place, field("quorum"), "say how many must agree"),
        Quorum::Any | Quorum::All => {}
        Quorum::Percent => {
            let fits = (1..=100).contains(&needed);
            found.when(!fits, place, &field("quorum_value"), "give a share of 1 to 100 percent");
        }
        Quorum::PerGroup => {
            let groups = level.department_ids.is_empty();
            found.when(groups, place, &field("quorum"), "there are no groups; name departments");
            found.when(needed == 0, place, &field("quorum_value"), "say how many of each group, 1 or more");
        }
        Quorum::Count => {
            found.when(needed == 0, place, &field("quorum_value"), "say how many, 1 or more");
            let missing = !open && needed > named;
            let message = format!("{needed} must agree, but only {named} are asked; ask more, or need fewer");
            found.when(missing, place, &field("quorum_value"), &message);
        }
    }
    if policy.exclude_requester && named == 1 && !open {
        let message = "if the only one asked is the requester, nobody is left and it escalates";
        found.warning(place, field("user_ids"), message);
    }
}

/// A rule that gives people.
fn check_rule(place: Place<'_>, field: &str, source: &str, found: &mut Findings) {
    if let Some(message) = too_long(source) {
        found.error(place, field, message);
        return;
    }
    match Formula::parse(source, vocabulary::ticket()) {
        Err(problem) => report(place, field, source, &problem, found),
        Ok(formula) if !matches!(formula.gives(), Type::Text | Type::Texts | Type::Dynamic) => {
            let message =
                format!("ids of people are needed, a text or a list, and this is {}", formula.gives());
            found.error(place, field, message);
        }
        Ok(_) => {}
    }
}
