//! What this service tells, and who may hear of it.
//!
//! Where a run stands is for everybody who may see its ticket; who works on it and why is for the staff.

use mesh_core::outbox::News;
use proto::{
    events::v1::{
        ApprovalChanged, AssignmentMade, AssignmentReleased, Audience, AutomationPaused, NoticeSent,
        OfferEnded, OfferMade, PresenceChanged, RunFinished, RunMoved, RunSnoozed, RunStarted,
        WorkflowChanged, envelope::Event,
    },
    identity::v1::Permission,
    workflow::v1::{self as wire, run_history_entry::Change as What},
};

use crate::{agent::Agent, approval::Asked, automation::Automation, definition::Definition, run::Run};

/// The news of one thing that happened to a run.
pub(crate) fn news(run: &Run, definition: &Definition, what: &What, reason: &str) -> Vec<News> {
    let told = told(run, &run.to_proto(definition), what, reason);
    let news = |(audience, event)| News {
        subject: run.facts.ticket_id.clone(),
        version: run.version,
        audience,
        event,
    };
    told.into_iter().map(news).collect()
}

/// What is told of it, and to whom.
fn told(run: &Run, wire: &wire::Run, what: &What, reason: &str) -> Vec<(Audience, Event)> {
    let wire = || Some(wire.clone());
    let finished = || (everybody(run), Event::WorkflowRunFinished(RunFinished { run: wire() }));
    match what {
        What::Started(_) => vec![(everybody(run), Event::WorkflowRunStarted(RunStarted { run: wire() }))],
        What::Moved(moved) => {
            let moved = moved_from(wire(), &moved.from_stage_key, &moved.transition_key);
            let moved = (everybody(run), moved);
            if run.is_open() { vec![moved] } else { vec![moved, finished()] }
        }
        What::Migrated(migrated) => {
            vec![(everybody(run), moved_from(wire(), &migrated.from_stage_key, ""))]
        }
        What::Ended(_) => vec![finished()],
        What::AssigneeChanged(changed) => vec![(staff(run, changed), handed(run, wire(), changed, reason))],
        What::Snoozed(_) | What::Woken(_) => {
            vec![(everybody(run), Event::WorkflowRunSnoozed(RunSnoozed { run: wire() }))]
        }
        What::Offered(offered) => {
            let event = OfferMade { run: wire(), ticket_subject: run.facts.subject.clone() };
            vec![(audience(run, [&offered.to_id]), Event::WorkflowOfferMade(event))]
        }
        What::OfferEnded(ended) => {
            let event = OfferEnded { run: wire(), user_id: ended.to_id.clone() };
            vec![(audience(run, [&ended.to_id]), Event::WorkflowOfferEnded(event))]
        }
        // That its ticket is one again is the news of tickets; approvals are told with those who are asked.
        What::FactsChanged(_) | What::Waiting(_) | What::Resumed(_) | What::Approval(_) => Vec::new(),
    }
}

/// A run came to another stage; without a transition when somebody moved it to another version.
fn moved_from(run: Option<wire::Run>, stage_key: &str, transition_key: &str) -> Event {
    let (from_stage_key, transition_key) = (stage_key.to_owned(), transition_key.to_owned());
    Event::WorkflowRunMoved(RunMoved { run, from_stage_key, transition_key })
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

/// An approval was asked for, voted on, or came to an end. It is for those who are asked, and for the staff.
pub(crate) fn approval_changed(asked: &Asked, run: &Run, definition: &Definition) -> News {
    let approvers: Vec<_> = asked.approvers().map(str::to_owned).collect();
    let event = ApprovalChanged {
        approval: Some(asked.to_proto()),
        run: Some(run.to_proto(definition)),
        ticket_subject: run.facts.subject.clone(),
    };
    News {
        subject: run.facts.ticket_id.clone(),
        version: run.version,
        audience: audience(run, &approvers),
        event: Event::WorkflowApprovalChanged(event),
    }
}

/// A workflow was made or changed. It belongs to no department.
pub(crate) fn workflow_changed(workflow: &wire::Workflow) -> News {
    News {
        subject: workflow.id.clone(),
        version: workflow.etag.parse().unwrap_or_default(),
        audience: Audience {
            permission: Permission::WorkflowRead.into(),
            anywhere: true,
            ..Audience::default()
        },
        event: Event::WorkflowWorkflowChanged(WorkflowChanged { workflow: Some(workflow.clone()) }),
    }
}

/// An automation failed too often.
pub(crate) fn automation_paused(automation: &Automation) -> News {
    let owner = Some(automation.said.owner_id.clone()).filter(|id| !id.is_empty());
    News {
        subject: automation.said.id.clone(),
        version: automation.version,
        audience: Audience {
            user_ids: owner.into_iter().collect(),
            permission: Permission::AutomationManage.into(),
            ..Audience::default()
        },
        event: Event::WorkflowAutomationPaused(AutomationPaused { automation: Some(automation.to_proto()) }),
    }
}

/// People are told something about a ticket.
pub(crate) fn notice(run: &Run, user_ids: Vec<String>, message: String) -> News {
    let facts = &run.facts;
    let audience = Audience { user_ids: user_ids.clone(), ..Audience::default() };
    let (ticket_id, ticket_number) = (facts.ticket_id.clone(), facts.number.clone());
    let event = NoticeSent { ticket_id, ticket_number, user_ids, message };
    News {
        subject: facts.ticket_id.clone(),
        version: run.version,
        audience,
        event: Event::WorkflowNoticeSent(event),
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
