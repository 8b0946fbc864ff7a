//! Tickets in motion: transitions, assignments, presence, and why.

use proto::workflow::v1::routing_service_client::RoutingServiceClient;
use proto::workflow::v1::run_service_client::RunServiceClient;
use proto::workflow::v1::{
    AgentLoad, AgentProfile, AssignTicketRequest, AssignmentExplanation, ClaimTicketRequest,
    ExplainAssignmentRequest, GetAgentLoadRequest, GetRunRequest, ListTransitionsRequest,
    ListTransitionsResponse, Presence, ReleaseTicketRequest, Run, SetPresenceRequest, TransitionRequest,
};

use super::{Answer, Channel, ask, channel, request_id};

fn runs() -> RunServiceClient<Channel> {
    RunServiceClient::new(channel())
}

fn routing() -> RoutingServiceClient<Channel> {
    RoutingServiceClient::new(channel())
}

/// A ticket's run with its stage track.
pub(crate) async fn get(ticket_id: String) -> Answer<Run> {
    ask(GetRunRequest { ticket_id }, |asked| async move { runs().get_run(asked).await }).await
}

/// The buttons, with the reasons of those that cannot be pressed.
pub(crate) async fn transitions(ticket_id: String) -> Answer<ListTransitionsResponse> {
    ask(ListTransitionsRequest { ticket_id }, |asked| async move { runs().list_transitions(asked).await })
        .await
}

/// Presses a button; the request brings its own id, so that a second try is the same press.
pub(crate) async fn transition(asked: TransitionRequest) -> Answer<Run> {
    ask(asked, |asked| async move { runs().transition(asked).await }).await
}

/// Gives the ticket to an agent.
pub(crate) async fn assign(ticket_id: String, assignee_id: String, etag: String) -> Answer<Run> {
    let asked =
        AssignTicketRequest { request_id: request_id(), ticket_id, assignee_id, etag, reason: String::new() };
    ask(asked, |asked| async move { runs().assign_ticket(asked).await }).await
}

/// Takes a waiting ticket oneself.
pub(crate) async fn claim(ticket_id: String, etag: String) -> Answer<Run> {
    let asked = ClaimTicketRequest { request_id: request_id(), ticket_id, etag };
    ask(asked, |asked| async move { runs().claim_ticket(asked).await }).await
}

/// Gives a ticket back to its queue.
pub(crate) async fn release(ticket_id: String, etag: String) -> Answer<Run> {
    let asked = ReleaseTicketRequest { request_id: request_id(), ticket_id, etag, reason: String::new() };
    ask(asked, |asked| async move { runs().release_ticket(asked).await }).await
}

/// Why a ticket is with whom it is.
pub(crate) async fn explain(ticket_id: String) -> Answer<AssignmentExplanation> {
    let asked = ExplainAssignmentRequest { ticket_id, ..ExplainAssignmentRequest::default() };
    ask(asked, |asked| async move { routing().explain_assignment(asked).await }).await
}

/// The agents of a department (all one may see when empty), with presence and load.
pub(crate) async fn agents(department_id: String) -> Answer<Vec<AgentLoad>> {
    let asked = GetAgentLoadRequest { department_id, page_size: 200, ..GetAgentLoadRequest::default() };
    ask(asked, |asked| async move { routing().get_agent_load(asked).await }).await.map(|answer| answer.agents)
}

/// One agent with presence and load; none when the person is no agent.
pub(crate) async fn agent(user_id: String) -> Answer<Option<AgentLoad>> {
    let asked = GetAgentLoadRequest { user_id, ..GetAgentLoadRequest::default() };
    let answer = ask(asked, |asked| async move { routing().get_agent_load(asked).await }).await?;
    Ok(answer.agents.into_iter().next())
}

/// Says whether the caller takes work.
pub(crate) async fn set_presence(presence: Presence) -> Answer<AgentProfile> {
    let asked = SetPresenceRequest { user_id: String::new(), presence: presence.into() };
    ask(asked, |asked| async move { routing().set_presence(asked).await }).await
}
