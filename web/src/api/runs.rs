//! Tickets in motion: transitions, assignments, clocks, presence, and why.

use proto::workflow::v1::{
    AgentLoad, AgentProfile, AssignTicketRequest, AssignmentExplanation, ClaimTicketRequest, Clock,
    ClockExplanation, CreateQueueRequest, DeclineOfferRequest, EscalateTicketRequest,
    ExplainAssignmentRequest, ExplainClockRequest, GetAgentLoadRequest, GetRunRequest, ListClocksRequest,
    ListOffersRequest, ListQueuesRequest, ListTransitionsRequest, ListTransitionsResponse, Offer, Presence,
    Queue, ReleaseTicketRequest, Run, SetPresenceRequest, SnoozeTicketRequest, TransferTicketRequest,
    TransitionRequest, UpdateAgentProfileRequest, UpdateQueueRequest, routing_service, run_service,
    sla_service, snooze_ticket_request::Until,
};

use super::{Answer, ask, mask, request_id};

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
    assign_because(AssignTicketRequest {
        request_id: request_id(),
        ticket_id,
        assignee_id,
        etag,
        reason: String::new(),
    })
    .await
}

/// The same with a reason.
pub(crate) async fn assign_because(asked: AssignTicketRequest) -> Answer<Run> {
    ask(run_service::ASSIGN_TICKET, asked).await
}

/// Takes a waiting ticket oneself.
pub(crate) async fn claim(ticket_id: String, etag: String) -> Answer<Run> {
    let asked = ClaimTicketRequest { request_id: request_id(), ticket_id, etag };
    ask(run_service::CLAIM_TICKET, asked).await
}

/// What is offered to the caller, what ends first first.
pub(crate) async fn offers() -> Answer<Vec<Offer>> {
    ask(run_service::LIST_OFFERS, ListOffersRequest {}).await.map(|answer| answer.offers)
}

/// Does not take a ticket one is offered, whatever changed on it since.
pub(crate) async fn decline(ticket_id: String) -> Answer<Run> {
    let asked = DeclineOfferRequest { request_id: request_id(), ticket_id, ..DeclineOfferRequest::default() };
    ask(run_service::DECLINE_OFFER, asked).await
}

/// Sets a ticket aside for a while or until a time, and where that is wanted until the requester answers.
pub(crate) async fn set_aside(
    ticket_id: String,
    etag: String,
    until: Until,
    wake_on_reply: bool,
) -> Answer<Run> {
    let asked =
        SnoozeTicketRequest { request_id: request_id(), ticket_id, etag, until: Some(until), wake_on_reply };
    ask(run_service::SNOOZE_TICKET, asked).await
}

/// Hands a ticket from whoever has it to another agent; the same `request_id` never does it twice.
pub(crate) async fn transfer(asked: TransferTicketRequest) -> Answer<Run> {
    ask(run_service::TRANSFER_TICKET, asked).await
}

/// Hands a ticket up as its stage says.
pub(crate) async fn escalate(asked: EscalateTicketRequest) -> Answer<Run> {
    ask(run_service::ESCALATE_TICKET, asked).await
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

/// All of them, whatever their number.
pub(crate) async fn team(department_id: String) -> Answer<Vec<AgentLoad>> {
    let mut all = Vec::new();
    let mut asked = GetAgentLoadRequest { department_id, page_size: 200, ..GetAgentLoadRequest::default() };
    loop {
        let page = ask(routing_service::GET_AGENT_LOAD, asked.clone()).await?;
        all.extend(page.agents);
        if page.next_page_token.is_empty() {
            return Ok(all);
        }
        asked.page_token = page.next_page_token;
    }
}

/// One agent with presence and load; none when the person is no agent.
pub(crate) async fn agent(user_id: String) -> Answer<Option<AgentLoad>> {
    let asked = GetAgentLoadRequest { user_id, ..GetAgentLoadRequest::default() };
    let answer = ask(routing_service::GET_AGENT_LOAD, asked).await?;
    Ok(answer.agents.into_iter().next())
}

/// The queues one may see, in their order.
pub(crate) async fn queues() -> Answer<Vec<Queue>> {
    queues_of(String::new()).await
}

/// Those of a department (all one may see when empty).
pub(crate) async fn queues_of(department_id: String) -> Answer<Vec<Queue>> {
    let asked = ListQueuesRequest { page_size: 200, department_id, ..ListQueuesRequest::default() };
    ask(routing_service::LIST_QUEUES, asked).await.map(|answer| answer.queues)
}

/// Makes a queue; the same `request_id` never makes it twice.
pub(crate) async fn create_queue(queue: Queue, request_id: String) -> Answer<Queue> {
    ask(routing_service::CREATE_QUEUE, CreateQueueRequest { request_id, queue: Some(queue) }).await
}

/// Changes the named fields of a queue as it was read.
pub(crate) async fn update_queue(queue: Queue, paths: &[&str]) -> Answer<Queue> {
    let asked = UpdateQueueRequest { queue: Some(queue), update_mask: Some(mask(paths)) };
    ask(routing_service::UPDATE_QUEUE, asked).await
}

/// Changes the named fields of an agent's profile as it was read.
pub(crate) async fn update_profile(profile: AgentProfile, paths: &[&str]) -> Answer<AgentProfile> {
    let asked = UpdateAgentProfileRequest { profile: Some(profile), update_mask: Some(mask(paths)) };
    ask(routing_service::UPDATE_AGENT_PROFILE, asked).await
}

/// Says whether the caller takes work.
pub(crate) async fn set_presence(presence: Presence) -> Answer<AgentProfile> {
    let asked = SetPresenceRequest { user_id: String::new(), presence: presence.into() };
    ask(routing_service::SET_PRESENCE, asked).await
}
