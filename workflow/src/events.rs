//! What this service tells, and who may hear of it.
//!
//! Where a run stands is for everybody who may see its ticket; who works on it and why is for the staff.

use mesh_core::outbox::News;
use proto::{
    events::v1::{
        AssignmentMade, AssignmentReleased, Audience, PresenceChanged, RunFinished, RunMoved, RunStarted,
        envelope::Event,
    },
    identity::v1::Permission,
    workflow::v1::{self as wire, run_history_entry::Change as What},
};

use crate::{agent::Agent, definition::Definition, run::Run};

/// The news of one thing that happened to a run.
pub(crate) fn news(run: &Run, definition: &Definition, what: &What, reason: &str) -> Vec<News> {
    let wire = || Some(run.to_proto(definition));
    let tell = |audience, event| News {
        subject: run.facts.ticket_id.clone(),
        version: run.version,
        audience,
        event,
    };
    match what {
        What::Started(_) => vec![tell(everybody(run), Event::WorkflowRunStarted(RunStarted { run: wire() }))],
        What::Moved(moved) => {
            let event = RunMoved {
                run: wire(),
                from_stage_key: moved.from_stage_key.clone(),
                transition_key: moved.transition_key.clone(),
            };
            let mut news = vec![tell(everybody(run), Event::WorkflowRunMoved(event))];
            if !run.is_open() {
                news.push(tell(everybody(run), Event::WorkflowRunFinished(RunFinished { run: wire() })));
            }
            news
        }
        What::Ended(_) => vec![tell(everybody(run), Event::WorkflowRunFinished(RunFinished { run: wire() }))],
        What::AssigneeChanged(changed) => {
            vec![tell(staff(run, changed), handed(run, wire(), changed, reason))]
        }
        // That its ticket is one again is the news of tickets.
        What::FactsChanged(_) | What::Waiting(_) | What::Resumed(_) => Vec::new(),
    }
}

fn handed(run: &Run, wire: Option<wire::Run>, changed: &wire::AssigneeChanged, reason: &str) -> Event {
    let (previous_assignee_id, reason) = (changed.from_id.clone(), reason.to_owned());
    if changed.to_id.is_empty() {
        return Event::WorkflowAssignmentReleased(AssignmentReleased {
            run: wire,
            previous_assignee_id,
            reason,
        });
    }
    let ticket_subject = run.facts.subject.clone();
    Event::WorkflowAssignmentMade(AssignmentMade { run: wire, previous_assignee_id, ticket_subject, reason })
}

/// An agent came or went.
pub(crate) fn presence(agent: &Agent, departments: Vec<String>) -> News {
    let event = PresenceChanged { user_id: agent.access.user_id.clone(), presence: agent.presence.into() };
    News {
        subject: agent.access.user_id.clone(),
        version: agent.version,
        audience: Audience {
            user_ids: vec![agent.access.user_id.clone()],
            permission: Permission::TicketRead.into(),
            department_ids: departments,
            ..Audience::default()
        },
        event: Event::WorkflowPresenceChanged(event),
    }
}

/// Everybody who may see the ticket.
fn everybody(run: &Run) -> Audience {
    let facts = &run.facts;
    let named = [&facts.requester_id, &facts.on_behalf_of_id]
        .into_iter()
        .chain(&facts.participants)
        .chain(&run.assignee);
    audience(run, named)
}

/// Those who may see the ticket's inside, and whoever had or has it.
fn staff(run: &Run, changed: &wire::AssigneeChanged) -> Audience {
    audience(run, [&changed.from_id, &changed.to_id])
}

/// Holders of the right to see the ticket's inside, and these people.
pub(crate) fn audience<'a>(run: &Run, named: impl IntoIterator<Item = &'a String>) -> Audience {
    let mut user_ids: Vec<_> = named.into_iter().filter(|id| !id.is_empty()).cloned().collect();
    user_ids.sort();
    user_ids.dedup();
    Audience {
        user_ids,
        permission: Permission::TicketRead.into(),
        department_ids: vec![run.facts.department_id.clone()],
        ..Audience::default()
    }
}
