//! `RoutingService`: who gets which ticket, and why.

use mesh_core::{
    caller::{self, Caller},
    clock,
    db::Tx,
    error::{Error, Result, Violations},
    page,
    policy::{self, Action, Scope},
};
use proto::workflow::v1::{
    AgentLoad, AgentProfile, AssignmentExplanation, CreateQueueRequest, ErrorReason,
    ExplainAssignmentRequest, GetAgentLoadRequest, GetAgentLoadResponse, ListQueuesRequest,
    ListQueuesResponse, Presence, Queue, RerouteRequest, SetPresenceRequest, UpdateAgentProfileRequest,
    UpdateQueueRequest, routing_service_server::RoutingService,
};
use tonic::{Request, Response, Status};

use super::{access::visible_inside, call::Call, cut};
use crate::{
    admission::admit,
    agent::{Access, Agent},
    occasion::{Doing, Occasion},
    presence,
    routing::{self, Units},
    store::{
        self,
        agents::{Told, Wanted},
    },
    workflow::Workflow,
};

/// Rows a page has when nothing was asked.
const PAGE: i32 = 50;
/// The longest reason, in characters.
const REASON: usize = 1000;

/// The service.
#[derive(Debug)]
pub(super) struct Routing(pub(super) Workflow);

#[tonic::async_trait]
impl RoutingService for Routing {
    async fn list_queues(
        &self,
        request: Request<ListQueuesRequest>,
    ) -> Result<Response<ListQueuesResponse>, Status> {
        let (caller, ask) = caller::open(request)?;
        policy::check_somewhere(&caller, Action::RoutingRead)?;
        let query = ListQueuesRequest { page_size: 0, page_token: String::new(), ..ask.clone() };
        let after = self.0.pages.open(&caller, &query, &ask.page_token)?;
        let (size, reach) = (page::size(ask.page_size, PAGE), policy::reach(&caller, Action::RoutingRead));
        let wanted =
            store::queues::Wanted { reach: &reach, department_id: &ask.department_id, id: "", after };
        let mut conn = self.0.read().await?;
        let mut queues = store::queues::list(&mut conn, wanted, size + 1).await?;
        let next_page_token = match cut(&mut queues, size) {
            Some(last) => self.0.pages.seal(&caller, &query, &(last.order, &last.name, &last.id))?,
            None => String::new(),
        };
        Ok(Response::new(ListQueuesResponse { queues, next_page_token }))
    }

    async fn create_queue(&self, request: Request<CreateQueueRequest>) -> Result<Response<Queue>, Status> {
        let (caller, ask) = caller::open(request)?;
        Ok(Response::new(self.0.create_queue(&caller, &ask).await?))
    }

    async fn update_queue(&self, request: Request<UpdateQueueRequest>) -> Result<Response<Queue>, Status> {
        let (caller, ask) = caller::open(request)?;
        Ok(Response::new(self.0.update_queue(&caller, &ask).await?))
    }

    async fn update_agent_profile(
        &self,
        request: Request<UpdateAgentProfileRequest>,
    ) -> Result<Response<AgentProfile>, Status> {
        let (caller, ask) = caller::open(request)?;
        Ok(Response::new(self.0.update_profile(&caller, &ask).await?))
    }

    async fn set_presence(
        &self,
        request: Request<SetPresenceRequest>,
    ) -> Result<Response<AgentProfile>, Status> {
        let (caller, ask) = caller::open(request)?;
        let mut wrong = Violations::default();
        wrong.optional_id("user_id", &ask.user_id, "usr");
        let known = Presence::try_from(ask.presence).is_ok_and(|presence| presence != Presence::Unspecified);
        wrong.when(!known, "presence", "is unknown; use ONLINE, AWAY, BUSY or OFFLINE");
        wrong.into_result()?;
        let user_id = if ask.user_id.is_empty() { caller.user_id()? } else { &ask.user_id };
        if caller.user_id().is_ok_and(|own| own != user_id) {
            policy::check_somewhere(&caller, Action::RoutingManage)?;
        }
        let agent = self.0.set_presence(&caller, user_id, ask.presence()).await?;
        Ok(Response::new(agent.to_proto()))
    }

    async fn get_agent_load(
        &self,
        request: Request<GetAgentLoadRequest>,
    ) -> Result<Response<GetAgentLoadResponse>, Status> {
        let (caller, ask) = caller::open(request)?;
        policy::check_somewhere(&caller, Action::RoutingRead)?;
        let query = GetAgentLoadRequest { page_size: 0, page_token: String::new(), ..ask.clone() };
        let wanted = Wanted {
            reach: &policy::reach(&caller, Action::RoutingRead),
            oneself: caller.user_id().unwrap_or_default(),
            department_id: &ask.department_id,
            user_id: &ask.user_id,
            after: self.0.pages.open(&caller, &query, &ask.page_token)?,
        };
        let size = page::size(ask.page_size, PAGE);
        let mut conn = self.0.read().await?;
        let mut agents = store::agents::list(&mut conn, wanted, size + 1).await?;
        let next_page_token = match cut(&mut agents, size) {
            Some(last) => {
                self.0.pages.seal(&caller, &query, &(&last.access.display_name, &last.access.user_id))?
            }
            None => String::new(),
        };
        let ids: Vec<_> = agents.iter().map(|agent| agent.access.user_id.clone()).collect();
        let loads = store::agents::loads(&mut conn, &ids).await?;
        let work = store::pools::work(&mut conn, &ids).await?;
        let load = |agent: &Agent| {
            let load = loads.get(&agent.access.user_id).copied().unwrap_or_default();
            let by_source = work.get(&agent.access.user_id).map(Units::by_source).unwrap_or_default();
            AgentLoad { source_units: by_source, ..load.to_proto(agent) }
        };
        Ok(Response::new(GetAgentLoadResponse { agents: agents.iter().map(load).collect(), next_page_token }))
    }

    async fn explain_assignment(
        &self,
        request: Request<ExplainAssignmentRequest>,
    ) -> Result<Response<AssignmentExplanation>, Status> {
        let (caller, ask) = caller::open(request)?;
        let mut conn = self.0.read().await?;
        let run = visible_inside(&mut conn, &caller, &ask.ticket_id).await?;
        let at = ask.time.as_ref().and_then(clock::from_proto).unwrap_or(jiff::Timestamp::MAX);
        let decision = match ask.assignment_id.as_str() {
            "" => store::assignments::latest(&mut conn, &run.id, at).await?,
            id => store::assignments::by_id(&mut conn, &run.id, id).await?,
        };
        let mut decision =
            decision.ok_or_else(|| Error::not_found("decision about ticket", &ask.ticket_id))?;
        let ids: Vec<_> = decision.candidates.iter().map(|candidate| candidate.user_id.clone()).collect();
        let names = store::agents::names(&mut conn, &ids).await?;
        let method = decision.method();
        for candidate in &mut decision.candidates {
            candidate.display_name = names.get(&candidate.user_id).cloned().unwrap_or_default();
            candidate.message = routing::reason(candidate, method);
        }
        Ok(Response::new(decision))
    }

    async fn reroute(
        &self,
        request: Request<RerouteRequest>,
    ) -> Result<Response<AssignmentExplanation>, Status> {
        let (caller, ask) = caller::open(request)?;
        let mut wrong = Violations::default();
        wrong.id("ticket_id", &ask.ticket_id, "tkt");
        wrong.text("reason", &ask.reason, 0..=REASON);
        wrong.into_result()?;
        let method = "/ticketmesh.workflow.v1.RoutingService/Reroute";
        let call = Call::new(&caller, method, &ask.request_id, &ask, &ask.ticket_id, &ask.etag)?;
        Ok(Response::new(self.0.reroute(&call, &ask.reason).await?))
    }
}

impl Workflow {
    /// An agent comes or goes; who comes gets what waits.
    async fn set_presence(&self, caller: &Caller, user_id: &str, to: Presence) -> Result<Agent> {
        let mut tx = self.db.begin().await?;
        let own = caller.user_id().is_ok_and(|own| own == user_id);
        if own {
            meet(&mut tx, caller, user_id).await?;
        }
        // Another department's agent looks like somebody who is none.
        let is_his = |agent: &Agent| agent.active && (own || check_manages(caller, agent).is_ok());
        let agent = store::agents::by_id(tx.conn(), user_id).await?.filter(is_his);
        let agent = agent.ok_or_else(|| not_an_agent(own))?;
        let occasion = Occasion::call(caller);
        let agent = presence::change(&mut tx, occasion.cause(Doing::Actors), agent, to).await?;
        presence::listen(&mut tx, &agent, self.away_after()).await?;
        tx.commit().await?;
        Ok(agent)
    }
}

fn not_an_agent(own: bool) -> Error {
    let message = if own {
        "you answer no tickets, so there is no work to come for"
    } else {
        "this person answers no tickets where you are in charge of routing"
    };
    Error::failed_precondition(&ErrorReason::NotAnAgent, message)
}

/// Somebody who comes to work before the news of his rights did is known by his token.
async fn meet(tx: &mut Tx, caller: &Caller, user_id: &str) -> Result<()> {
    if store::agents::by_id(tx.conn(), user_id).await?.is_some() {
        return Ok(());
    }
    let access = Access::granted(user_id, &caller.actor().display_name, caller.grants());
    let told = Told::ByList(tx.now());
    admit(tx, &access, told).await
}

/// Fine for whoever manages routing in a department the agent works in.
pub(super) fn check_manages(caller: &Caller, agent: &Agent) -> Result<()> {
    let manages = |department_id: &String| {
        policy::check(caller, Action::RoutingManage, &Scope::department(department_id)).is_ok()
    };
    if agent.access.department_ids.iter().any(manages) {
        return Ok(());
    }
    policy::check(caller, Action::RoutingManage, &Scope::everywhere())
}
