//! Tickets in motion: transitions, assignments, clocks, presence, and why.

use proto::workflow::v1::{
    AgentLoad, AgentProfile, AssignTicketRequest, AssignmentExplanation, ClaimTicketRequest, Clock,
    ClockExplanation, ExplainAssignmentRequest, ExplainClockRequest, GetAgentLoadRequest, GetRunRequest,
    ListClocksRequest, ListTransitionsRequest, ListTransitionsResponse, Presence, ReleaseTicketRequest, Run,
    SetPresenceRequest, TransitionRequest, routing_service, run_service, sla_service,
};

use super::{Answer, ask, request_id};

/// A ticket's run with its stage track.
pub(crate) async fn get(ticket_id: String) -> Answer<Run> {
    ask(run_service::GET_RUN, GetRunRequest { ticket_id }).await
}

/// The buttons, with the reasons of those that cannot be pressed.
pub(crate) async fn transitions(ticket_id: String) -> Answer<ListTransitionsResponse> {
    ask(run_service::LIST_TRANSITIONS, ListTransitionsRequest { ticket_id }).await
}

/// Presses a button; the request brings its own id, so that a second try is the same press.
pub(crate) async fn transition(asked: TransitionRequest) -> Answer<Run> {
    ask(run_service::TRANSITION, asked).await
}

/// Gives the ticket to an agent.
pub(crate) async fn assign(ticket_id: String, assignee_id: String, etag: String) -> Answer<Run> {
    let asked =
        AssignTicketRequest { request_id: request_id(), ticket_id, assignee_id, etag, reason: String::new() };
    ask(run_service::ASSIGN_TICKET, asked).await
}

/// Takes a waiting ticket oneself.
pub(crate) async fn claim(ticket_id: String, etag: String) -> Answer<Run> {
    let asked = ClaimTicketRequest { request_id: request_id(), ticket_id, etag };
    ask(run_service::CLAIM_TICKET, asked).await
}

/// Gives a ticket back to its queue.
pub(crate) async fn release(ticket_id: String, etag: String) -> Answer<Run> {
    let asked = ReleaseTicketRequest { request_id: request_id(), ticket_id, etag, reason: String::new() };
    ask(run_service::RELEASE_TICKET, asked).await
}

/// Why a ticket is with whom it is.
pub(crate) async fn explain(ticket_id: String) -> Answer<AssignmentExplanation> {
    let asked = ExplainAssignmentRequest { ticket_id, ..ExplainAssignmentRequest::default() };
    ask(routing_service::EXPLAIN_ASSIGNMENT, asked).await
}

/// The clocks of a ticket, by metric and turn.
pub(crate) async fn clocks(ticket_id: String) -> Answer<Vec<Clock>> {
    ask(sla_service::LIST_CLOCKS, ListClocksRequest { ticket_id }).await.map(|answer| answer.clocks)
}

/// Why a clock is due when it is.
pub(crate) async fn explain_clock(clock_id: String) -> Answer<ClockExplanation> {
    ask(sla_service::EXPLAIN_CLOCK, ExplainClockRequest { clock_id }).await
}

/// The agents of a department (all one may see when empty), with presence and load.
pub(crate) async fn agents(department_id: String) -> Answer<Vec<AgentLoad>> {
    let asked = GetAgentLoadRequest { department_id, page_size: 200, ..GetAgentLoadRequest::default() };
    ask(routing_service::GET_AGENT_LOAD, asked).await.map(|answer| answer.agents)
}

/// One agent with presence and load; none when the person is no agent.
pub(crate) async fn agent(user_id: String) -> Answer<Option<AgentLoad>> {
    let asked = GetAgentLoadRequest { user_id, ..GetAgentLoadRequest::default() };
    let answer = ask(routing_service::GET_AGENT_LOAD, asked).await?;
    Ok(answer.agents.into_iter().next())
}

/// Says whether the caller takes work.
pub(crate) async fn set_presence(presence: Presence) -> Answer<AgentProfile> {
    let asked = SetPresenceRequest { user_id: String::new(), presence: presence.into() };
    ask(routing_service::SET_PRESENCE, asked).await
}
