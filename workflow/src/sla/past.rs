//! What happened to a run before there were moments, as its history has it. What was said is not in there.

use jiff::Timestamp;
use mesh_core::clock::from_proto;
use proto::{
    tickets::v1::WaitReason,
    workflow::v1::{RunHistoryEntry, run_history_entry::Change as What},
};

use super::{
    follow::heard_of,
    moment::{Event, Moment, State, filed_at},
};
use crate::{
    definition::Definition,
    run::{Run, is_done},
};

/// The moments a run's history makes, oldest first; its beginning at least. Nobody knows which policy applied then.
pub(crate) fn moments(definition: &Definition, run: &Run, history: &[RunHistoryEntry]) -> Vec<Moment> {
    let begun = Moment {
        seq: 1,
        at: filed_at(run),
        event: Event::Created,
        state: beginning(definition, run),
        policy_id: String::new(),
        cause: String::new(),
        since: None,
    };
    let mut moments = vec![begun];
    for entry in history {
        let Some(what) = &entry.change else { continue };
        let (Some(last), Some(heard)) = (moments.last(), heard_of(what)) else { continue };
        let state = after(definition, &last.state, what);
        let reopens = is_done(last.state.status) && !is_done(state.status);
        let event = if reopens { Event::Reopened } else { heard.event };
        let at = entry.time.as_ref().and_then(from_proto).unwrap_or(Timestamp::MIN).max(last.at);
        let next = Moment { seq: last.seq + 1, at, event, state, cause: heard.cause, ..last.clone() };
        match moments.first_mut().filter(|_| heard.event == Event::Created) {
            // Its beginning stands already.
            Some(begun) => begun.state = next.state,
            None => moments.push(next),
        }
    }
    moments
}

/// As a run begins, with the facts it has now.
fn beginning(definition: &Definition, run: &Run) -> State {
    let now = State::of(run, definition, false);
    State { assignee_id: String::new(), wait_reason: WaitReason::Unspecified, parked: false, ..now }
        .in_stage(definition, &definition.start().key)
}

/// As it stood after this.
fn after(definition: &Definition, before: &State, what: &What) -> State {
    let mut state = before.clone();
    match what {
        What::Started(started) => return state.in_stage(definition, &started.stage_key),
        What::Moved(moved) => return state.in_stage(definition, &moved.to_stage_key),
        What::AssigneeChanged(changed) => state.assignee_id.clone_from(&changed.to_id),
        What::FactsChanged(changed) if changed.priority != 0 => state.priority = changed.priority(),
        What::Ended(_) => state.parked = true,
        What::Resumed(_) => state.parked = false,
        _ => {}
    }
    state
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};
    use mesh_core::clock::to_proto;
    use proto::{
        tickets::v1::{Status, Ticket},
        workflow::v1::{RunHistoryEntry, RunStarted, StageMoved, run_history_entry::Change as What},
    };

    use super::{Event, moments};
    use crate::{
        definition::Definition,
        run::{Facts, Run},
        simple,
    };

    #[test]
    fn a_history_becomes_the_moments_it_was() {
        let version = simple::versions().pop().expect("a version");
        let definition = Definition::new(version).expect("a definition");
        let start = Timestamp::UNIX_EPOCH;
        let facts = Facts::of(&Ticket::default(), 1);
        let run = Run::start("run_1".into(), &definition, facts, "que_1".into(), start);
        let entry = |hours: i64, change: What| {
            let at = start.checked_add(SignedDuration::from_hours(hours)).expect("a time");
            RunHistoryEntry { time: Some(to_proto(at)), change: Some(change), ..RunHistoryEntry::default() }
        };
        let moved = |to: &str| What::Moved(StageMoved { to_stage_key: to.into(), ..StageMoved::default() });
        let started = What::Started(RunStarted { stage_key: "new".into(), ..RunStarted::default() });
        let history = [
            entry(0, started),
            entry(1, moved("pending")),
            entry(2, moved("resolved")),
            entry(3, moved("open")),
        ];
        let told: Vec<_> = moments(&definition, &run, &history)
            .into_iter()
            .map(|moment| (moment.seq, moment.event, moment.state.status, moment.state.pauses))
            .collect();
        let expected = [
            (1, Event::Created, Status::New, false),
            (2, Event::Moved, Status::Pending, true),
            (3, Event::Moved, Status::Resolved, true),
            (4, Event::Reopened, Status::Open, false),
        ];
        assert_eq!(told, expected);
    }
}
