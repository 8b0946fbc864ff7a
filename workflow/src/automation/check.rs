//! What somebody says of an automation, checked field by field.

use mesh_core::{
    error::{Error, Result, Violations},
    rule::Rule,
};
use proto::workflow::v1::{Automation as Wire, ErrorReason, automation::Trigger};

use super::{EVENTS, cron::Schedule, heard, zone};
use crate::check;

/// Characters of a condition.
const CONDITION: usize = 2_000;
const MOST_FAILURES: i32 = 10_000;
/// The fields that can be changed.
pub(crate) const PATHS: [&str; 9] =
    ["name", "enabled", "event", "schedule", "time_zone", "condition", "effects", "error_budget", "owner_id"];

/// Names what is wrong, but for the condition.
pub(crate) fn check(said: &Wire, wrong: &mut Violations) {
    wrong.text("automation.name", &said.name, 1..=100);
    match &said.trigger {
        Some(Trigger::Event(name)) if EVENTS.contains(&name.as_str()) => {}
        Some(Trigger::Event(_)) => {
            wrong.add("automation.event", format!("is unknown; use one of {}", EVENTS.join(", ")));
        }
        Some(Trigger::Schedule(text)) => {
            if let Err(problem) = Schedule::parse(text) {
                wrong.add("automation.schedule", problem);
            }
        }
        None => wrong.add("automation.event", "is missing, and so is schedule; give one of them"),
    }
    let unknown = "is unknown; use an IANA name such as Europe/Berlin, or leave it empty for UTC";
    wrong.when(zone(&said.time_zone).is_none(), "automation.time_zone", unknown);
    wrong.when(said.effects.is_empty(), "automation.effects", "are none; say what is to be done");
    wrong.inside(check::in_effects(&said.effects), |field| format!("automation.{field}"));
    let is_budget = (0..=MOST_FAILURES).contains(&said.error_budget);
    wrong.when(!is_budget, "automation.error_budget", "is out of range; give 1 to 10,000, or 0 for 10");
    wrong.optional_id("automation.owner_id", &said.owner_id, "usr");
}

/// Fine when the condition can be asked.
pub(crate) fn check_condition(condition: &str) -> Result<()> {
    if condition.is_empty() {
        return Ok(());
    }
    let problem = match Rule::parse(condition, heard::schema()) {
        _ if condition.chars().nth(CONDITION).is_some() => {
            "is too long; give at most 2,000 characters".to_owned()
        }
        Err(problem) => problem.of_field(),
        Ok(_) => return Ok(()),
    };
    Err(Error::invalid_because(&ErrorReason::RuleInvalid, "automation.condition", problem))
}

/// What was said before, with what is said now of these fields; of all when none is named.
pub(crate) fn changed(before: &Wire, said: &Wire, paths: &[String], wrong: &mut Violations) -> Wire {
    let all = PATHS.map(str::to_owned);
    let mut after = before.clone();
    for path in if paths.is_empty() { all.as_slice() } else { paths } {
        match path.as_str() {
            "name" => after.name.clone_from(&said.name),
            "enabled" => after.enabled = said.enabled,
            "event" | "schedule" => after.trigger.clone_from(&said.trigger),
            "time_zone" => after.time_zone.clone_from(&said.time_zone),
            "condition" => after.condition.clone_from(&said.condition),
            "effects" => after.effects.clone_from(&said.effects),
            "error_budget" => after.error_budget = said.error_budget,
            "owner_id" => after.owner_id.clone_from(&said.owner_id),
            other => wrong.add("update_mask", format!("names {other:?}; name {}", PATHS.join(", "))),
        }
    }
    if after.enabled {
        after.paused_because.clear();
    }
    after
}
