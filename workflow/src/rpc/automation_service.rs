//! `AutomationService`: automations and what they did.

use mesh_core::{
    audit::Deed,
    caller::{self, Caller},
    error::{Error, Result, Violations},
    idempotency::RequestKey,
    page,
    policy::{self, Action, Scope},
};
use proto::workflow::v1::{
    Automation as Wire, CreateAutomationRequest, DryRunAutomationRequest, DryRunAutomationResponse,
    ListAutomationRunsRequest, ListAutomationRunsResponse, ListAutomationsRequest, ListAutomationsResponse,
    ReorderAutomationsRequest, UpdateAutomationRequest, automation_service_server::AutomationService,
};
use sqlx::AnyConnection;
use tonic::{Request, Response, Status};

use super::{access::expect_etag, cut};
use crate::{
    automating,
    automation::{Automation, Heard, MOST, changed, check, check_condition},
    run::Run,
    store::{automations, runs},
    workflow::Workflow,
};

const CREATE: &str = "/ticketmesh.workflow.v1.AutomationService/CreateAutomation";
/// Whoever changes automations is alone, so that names and places in the order stay their own.
const SECTION: &str = "workflow.automations";
/// Rows a page has when nothing was asked.
const PAGE: i32 = 50;
/// Before all automations.
const START: (i64, String) = (0, String::new());
/// Events one is tried on when nothing was asked.
const TRIED: i32 = 100;
/// And at most.
const MOST_TRIED: i32 = 1_000;

/// The service.
#[derive(Debug)]
pub(super) struct Automations(pub(super) Workflow);

#[tonic::async_trait]
impl AutomationService for Automations {
    async fn list_automations(
        &self,
        request: Request<ListAutomationsRequest>,
    ) -> Result<Response<ListAutomationsResponse>, Status> {
        let (caller, ask) = opened(request)?;
        let query = ListAutomationsRequest::default();
        let after = self.0.pages.open(&caller, &query, &ask.page_token)?.unwrap_or(START);
        let size = page::size(ask.page_size, PAGE);
        let mut conn = self.0.read().await?;
        let mut rows = automations::after(&mut conn, after, size + 1).await?;
        let next_page_token = match cut(&mut rows, size) {
            Some(last) => self.0.pages.seal(&caller, &query, &(last.position, &last.said.id))?,
            None => String::new(),
        };
        let automations = rows.iter().map(Automation::to_proto).collect();
        Ok(Response::new(ListAutomationsResponse { automations, next_page_token }))
    }

    async fn create_automation(
        &self,
        request: Request<CreateAutomationRequest>,
    ) -> Result<Response<Wire>, Status> {
        let (caller, ask) = opened(request)?;
        Ok(Response::new(self.0.create_automation(&caller, ask).await?))
    }

    async fn update_automation(
        &self,
        request: Request<UpdateAutomationRequest>,
    ) -> Result<Response<Wire>, Status> {
        let (caller, ask) = opened(request)?;
        Ok(Response::new(self.0.update_automation(&caller, ask).await?))
    }

    async fn reorder_automations(
        &self,
        request: Request<ReorderAutomationsRequest>,
    ) -> Result<Response<ListAutomationsResponse>, Status> {
        let (caller, ask) = opened(request)?;
        let automations = self.0.reorder_automations(&caller, &ask).await?;
        Ok(Response::new(ListAutomationsResponse { automations, next_page_token: String::new() }))
    }

    async fn dry_run_automation(
        &self,
        request: Request<DryRunAutomationRequest>,
    ) -> Result<Response<DryRunAutomationResponse>, Status> {
        let (_, ask) = opened(request)?;
        Ok(Response::new(self.0.try_automation(ask).await?))
    }

    async fn list_automation_runs(
        &self,
        request: Request<ListAutomationRunsRequest>,
    ) -> Result<Response<ListAutomationRunsResponse>, Status> {
        let (caller, ask) = opened(request)?;
        let query = ListAutomationRunsRequest { page_size: 0, page_token: String::new(), ..ask.clone() };
        let before = self.0.pages.open(&caller, &query, &ask.page_token)?;
        let size = page::size(ask.page_size, PAGE);
        let mut conn = self.0.read().await?;
        let known = automations::by_id(&mut conn, &ask.automation_id).await?;
        known.ok_or_else(|| Error::not_found("automation", &ask.automation_id))?;
        let before = before.unwrap_or((i64::MAX, String::new()));
        let mut rows = automations::runs(&mut conn, &ask.automation_id, before, size + 1).await?;
        let next_page_token = match cut(&mut rows, size) {
            Some((place, _)) => self.0.pages.seal(&caller, &query, place)?,
            None => String::new(),
        };
        let runs = rows.into_iter().map(|(_, run)| run).collect();
        Ok(Response::new(ListAutomationRunsResponse { runs, next_page_token }))
    }
}

/// Automations do things to tickets of every department, so only who may set them up everywhere may at all.
fn opened<T>(request: Request<T>) -> Result<(Caller, T)> {
    let (caller, ask) = caller::open(request)?;
    policy::check(&caller, Action::AutomationManage, &Scope::everywhere())?;
    Ok((caller, ask))
}

impl Workflow {
    /// Makes one, behind all others; it is its maker's unless said otherwise.
    async fn create_automation(&self, caller: &Caller, ask: CreateAutomationRequest) -> Result<Wire> {
        let key = RequestKey::new(caller, CREATE, &ask.request_id, &ask)?;
        let sent = ask.automation.unwrap_or_default();
        let mut said = changed(&Wire::default(), &sent, &[], &mut Violations::default());
        if said.owner_id.is_empty() {
            caller.user_id().unwrap_or_default().clone_into(&mut said.owner_id);
        }
        expect_sound(&said)?;
        let mut tx = self.db.begin_alone(SECTION).await?;
        if let Some(done) = key.replay(&mut tx).await? {
            return Ok(done);
        }
        expect_room(automations::after(tx.conn(), START, i64::MAX).await?.len())?;
        let (id, now) = (tx.ids().id("aut"), tx.now());
        said.id.clone_from(&id);
        let new = Automation { said, position: 0, version: 1, enabled_at: now };
        if !automations::add(tx.conn(), &new, now).await? {
            return Err(taken());
        }
        automating::set_alarm(&mut tx, &new).await?;
        let kept = automations::by_id(tx.conn(), &id).await?;
        let answer = kept.ok_or_else(|| Error::internal("a new automation is gone"))?.to_proto();
        Deed::new("automation.created", &id).made(&answer)?.note(&mut tx, caller).await?;
        key.record(&mut tx, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// Changes one, or enables it again: what failed before is forgiven.
    async fn update_automation(&self, caller: &Caller, ask: UpdateAutomationRequest) -> Result<Wire> {
        let sent = ask.automation.unwrap_or_default();
        let paths = ask.update_mask.unwrap_or_default().paths;
        let mut tx = self.db.begin_alone(SECTION).await?;
        let before = automations::by_id(tx.conn(), &sent.id).await?;
        let before = before.ok_or_else(|| Error::not_found("automation", &sent.id))?;
        expect_etag(caller, &sent.etag, &before.version.to_string(), || before.to_proto())?;
        let mut wrong = Violations::default();
        let said = changed(&before.said, &sent, &paths, &mut wrong);
        wrong.into_result()?;
        expect_sound(&said)?;
        if automations::is_taken(tx.conn(), &said.name, &said.id).await? {
            return Err(taken());
        }
        let now = tx.now();
        let enabled_at = if said.enabled && !before.said.enabled { now } else { before.enabled_at };
        let told = before.to_proto();
        let after = Automation { said, enabled_at, ..before };
        if !automations::save(tx.conn(), &after, now).await? {
            return Err(Error::conflict(
                "the automation was changed at the same moment; send the same request again",
            ));
        }
        let after = Automation { version: after.version + 1, ..after };
        automating::set_alarm(&mut tx, &after).await?;
        let answer = after.to_proto();
        Deed::new("automation.updated", &answer.id).edited(&told, &answer)?.note(&mut tx, caller).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// Puts all of them in an order.
    async fn reorder_automations(
        &self,
        caller: &Caller,
        ask: &ReorderAutomationsRequest,
    ) -> Result<Vec<Wire>> {
        let ids = &ask.automation_ids;
        let mut tx = self.db.begin_alone(SECTION).await?;
        let all = automations::after(tx.conn(), START, i64::MAX).await?;
        let mut known: Vec<_> = all.iter().map(|automation| &automation.said.id).collect();
        let mut asked: Vec<_> = ids.iter().collect();
        known.sort();
        asked.sort();
        if known != asked {
            let problem = "are not all there are, each once; list them and send every id";
            return Err(Error::invalid("automation_ids", problem));
        }
        for (id, position) in ids.iter().zip(1..) {
            automations::place(tx.conn(), id, position).await?;
        }
        let all = automations::after(tx.conn(), START, i64::MAX).await?;
        Deed::new("automation.reordered", "").made(ask)?.note(&mut tx, caller).await?;
        tx.commit().await?;
        Ok(all.iter().map(Automation::to_proto).collect())
    }

    /// What one would have done when the latest events came, to the tickets as they are now.
    async fn try_automation(&self, ask: DryRunAutomationRequest) -> Result<DryRunAutomationResponse> {
        let said = ask.automation.unwrap_or_default();
        let mut wrong = Violations::default();
        check(&said, &mut wrong);
        let is_number = (0..=MOST_TRIED).contains(&ask.events);
        wrong.when(!is_number, "events", "is out of range; give 1 to 1,000, or 0 for 100");
        wrong.into_result()?;
        check_condition(&said.condition)?;
        let (mut conn, now) = (self.read().await?, self.db.clock().now());
        let automation = Automation { said, position: 0, version: 0, enabled_at: now };
        let most = i64::from(if ask.events == 0 { TRIED } else { ask.events });
        let mut runs = vec![];
        for (run, heard) in occasions(&mut conn, automation.event(), most).await? {
            let verdict = automation.consider(&run, heard.as_ref(), now);
            let at = heard.as_ref().map_or(now, |heard| heard.time);
            runs.push(verdict.record(&automation.said.id, &run, heard.as_ref(), at));
        }
        Ok(DryRunAutomationResponse { runs })
    }
}

/// What an automation is tried on: the latest events of a name with their tickets, or open tickets for a schedule.
async fn occasions(conn: &mut AnyConnection, event: &str, most: i64) -> Result<Vec<(Run, Option<Heard>)>> {
    if event.is_empty() {
        let open = runs::open_runs_after(conn, "", most).await?;
        return Ok(open.into_iter().map(|run| (run, None)).collect());
    }
    let mut found = vec![];
    for heard in automations::heard(conn, event, most).await? {
        if let Some(run) = runs::by_ticket(conn, &heard.ticket_id).await? {
            found.push((run, Some(heard)));
        }
    }
    Ok(found)
}

/// Fine while another one fits.
fn expect_room(known: usize) -> Result<()> {
    if known < MOST {
        return Ok(());
    }
    Err(Error::invalid("automation", "would be the 201st; change one of those there are instead"))
}

fn expect_sound(said: &Wire) -> Result<()> {
    let mut wrong = Violations::default();
    check(said, &mut wrong);
    wrong.into_result()?;
    check_condition(&said.condition)
}

fn taken() -> Error {
    Error::already_exists("automation.name", "another automation has this name; choose another one")
}
