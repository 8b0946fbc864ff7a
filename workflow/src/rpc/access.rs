//! Who may see and do what to a run, and with which version in hand.
//!
//! A ticket the caller may not see is not found: that it exists is not his business.

use mesh_core::{
    caller::Caller,
    db::Tx,
    error::{Error, Result},
    policy::{self, Action, Relation, Scope},
};
use prost::{Message, Name};
use proto::{errors::v1::ErrorReason, workflow::v1::ErrorReason as Reason};
use sqlx::AnyConnection;

use crate::{definition::Definition, engine::Standing, run::Run, store};

/// The run of a ticket the caller may see, or is offered.
pub(super) async fn visible(conn: &mut AnyConnection, caller: &Caller, ticket_id: &str) -> Result<Run> {
    let run = store::runs::by_ticket(conn, ticket_id).await?;
    let run = run.filter(|run| is_offered(caller, run) || may(caller, Action::TicketRead, run).is_ok());
    run.ok_or_else(|| Error::not_found("run of ticket", ticket_id))
}

/// Whether the run waits for the caller's answer.
pub(super) fn is_offered(caller: &Caller, run: &Run) -> bool {
    caller.user_id().is_ok_and(|user_id| run.is_offered_to(user_id))
}

/// As [`visible`], for what only the staff sees.
pub(super) async fn visible_inside(
    conn: &mut AnyConnection,
    caller: &Caller,
    ticket_id: &str,
) -> Result<Run> {
    let run = visible(conn, caller, ticket_id).await?;
    may(caller, Action::TicketReadNotes, &run)?;
    Ok(run)
}

/// Fine when the caller may do this to the run.
pub(super) fn may(caller: &Caller, action: Action, run: &Run) -> Result<()> {
    let relations = relations(caller, run);
    policy::check(caller, action, &Scope::department(&run.facts.department_id).related(&relations))
}

/// What the caller is to a run's buttons. An agent is whoever may move the department's tickets, or has this one.
pub(super) fn standing(caller: &Caller, run: &Run) -> Standing {
    let relations = relations(caller, run);
    let assignee = relations.contains(&Relation::Assignee);
    let own: &[Relation] = if assignee { &[Relation::Assignee] } else { &[] };
    let scope = Scope::department(&run.facts.department_id).related(own);
    Standing {
        agent: policy::check(caller, Action::TicketTransition, &scope).is_ok(),
        requester: relations.contains(&Relation::Owner),
        assignee,
    }
}

fn relations(caller: &Caller, run: &Run) -> Vec<Relation> {
    let Ok(user_id) = caller.user_id() else {
        return Vec::new();
    };
    let participates = run.facts.participants.iter().any(|id| id == user_id);
    [
        (Relation::Owner, run.facts.is_for(user_id)),
        (Relation::Participant, participates),
        (Relation::Assignee, run.is_with(user_id)),
    ]
    .into_iter()
    .filter_map(|(relation, holds)| holds.then_some(relation))
    .collect()
}

/// Fine when the etag is the run's; a person at a screen must give one.
pub(super) fn check_etag(caller: &Caller, etag: &str, definition: &Definition, run: &Run) -> Result<()> {
    expect_etag(caller, etag, &run.etag(), || run.to_proto(definition))
}

/// Fine when the etag is the one the thing has now; a person at a screen must give one.
pub(super) fn expect_etag<R: Message + Name>(
    caller: &Caller,
    given: &str,
    current: &str,
    thing: impl FnOnce() -> R,
) -> Result<()> {
    if given.is_empty() && caller.is_interactive() {
        let problem = "is missing; send the etag that came with what you read";
        return Err(Error::invalid_because(&ErrorReason::EtagRequired, "etag", problem));
    }
    if given.is_empty() || given == current { Ok(()) } else { Err(Error::stale(&thing())) }
}

/// Fine while the run is not over.
pub(super) fn check_open(run: &Run) -> Result<()> {
    if run.is_open() {
        return Ok(());
    }
    let message = match run.parked {
        Some(_) => "the ticket was merged into another one; go on there",
        None => "the ticket is closed; nobody works on it any more",
    };
    Err(Error::failed_precondition(&Reason::RunEnded, message))
}

/// Fine while the run is not over, or when this transition leads out of the end it reached.
pub(super) fn check_leads_on(definition: &Definition, run: &Run, transition: &str) -> Result<()> {
    let mut ways = definition.stage(&run.stage).filter(|stage| stage.end).into_iter();
    let leads_out = ways.any(|end| definition.leaving(end).any(|way| way.key == transition));
    if leads_out { Ok(()) } else { check_open(run) }
}

/// Fine when somebody may work on the run: in its department, or because its queue asks them.
pub(super) async fn check_agent(tx: &mut Tx, user_id: &str, run: &Run) -> Result<()> {
    if store::agents::works_on(tx.conn(), user_id, run).await? {
        return Ok(());
    }
    Err(Error::failed_precondition(
        &Reason::NotAnAgent,
        "this person is no agent of the ticket's department; choose one who is",
    ))
}
