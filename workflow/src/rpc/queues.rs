//! Making and changing queues.

use mesh_core::{
    audit::Deed,
    caller::Caller,
    db::Tx,
    error::{Error, Result, Violations},
    idempotency::RequestKey,
    policy::{self, Action, Reach, Scope},
};
use proto::{
    errors::v1::ErrorReason,
    workflow::v1::{self as wire, CreateQueueRequest, UpdateQueueRequest},
};

use crate::{
    conflict, placing,
    queue::Queue,
    store::{self, queues::Wanted},
    workflow::Workflow,
};

const CREATE: &str = "/ticketmesh.workflow.v1.RoutingService/CreateQueue";

impl Workflow {
    /// Makes a queue; what waits elsewhere and belongs there moves.
    pub(super) async fn create_queue(
        &self,
        caller: &Caller,
        ask: &CreateQueueRequest,
    ) -> Result<wire::Queue> {
        let key = RequestKey::new(caller, CREATE, &ask.request_id, ask)?;
        let sent = ask.queue.as_ref().ok_or_else(missing)?;
        check_manages(caller, &sent.department_id)?;
        conflict::retried(|| self.try_create_queue(caller, &key, sent)).await
    }

    async fn try_create_queue(
        &self,
        caller: &Caller,
        key: &RequestKey,
        sent: &wire::Queue,
    ) -> Result<wire::Queue> {
        let mut tx = self.db.begin().await?;
        if let Some(done) = key.replay(&mut tx).await? {
            return Ok(done);
        }
        let queue = Queue::new(tx.ids().id("que"), sent)?;
        let now = tx.now();
        store::queues::insert(tx.conn(), &queue, now).await?;
        placing::sort(&mut tx, &queue.id).await?;
        let answer = listed(&mut tx, &queue.id).await?;
        Deed::new("queue.created", &queue.id).made(&as_set(&answer))?.note(&mut tx, caller).await?;
        key.record(&mut tx, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// Changes a queue; what waits is sorted anew.
    pub(super) async fn update_queue(
        &self,
        caller: &Caller,
        ask: &UpdateQueueRequest,
    ) -> Result<wire::Queue> {
        let sent = ask.queue.as_ref().ok_or_else(missing)?;
        let mut wrong = Violations::default();
        wrong.id("queue.id", &sent.id, "que");
        wrong.into_result()?;
        policy::check_somewhere(caller, Action::RoutingManage)?;
        let paths = ask.update_mask.as_ref().map(|mask| mask.paths.as_slice()).unwrap_or_default();
        let mut tx = self.db.begin().await?;
        let before = store::queues::by_id(tx.conn(), &sent.id).await?;
        // Another department's queue looks like one that never was; one without a department is no secret.
        let is_his = |queue: &Queue| queue.home.is_empty() || check_manages(caller, &queue.home).is_ok();
        let before = before.filter(is_his).ok_or_else(|| Error::not_found("queue", &sent.id))?;
        check_manages(caller, &before.home)?;
        let after = before.with(sent, paths)?;
        let current = listed(&mut tx, &sent.id).await?;
        check_etag(caller, &sent.etag, "queue.etag", &current.etag, &current)?;
        if !store::queues::update(tx.conn(), &after).await? {
            return Err(Error::conflict("the queue changed at the same moment; send the same request again"));
        }
        placing::sort(&mut tx, &after.id).await?;
        let answer = listed(&mut tx, &after.id).await?;
        let deed = Deed::new("queue.updated", &after.id).edited(&as_set(&current), &as_set(&answer))?;
        deed.note(&mut tx, caller).await?;
        tx.commit().await?;
        Ok(answer)
    }
}

/// The queue as somebody set it: without what waits in it at the moment.
fn as_set(queue: &wire::Queue) -> wire::Queue {
    wire::Queue { waiting: 0, waiting_since: None, online_agents: 0, ..queue.clone() }
}

fn missing() -> Error {
    Error::invalid("queue", "is missing; send the queue")
}

/// Fine for whoever manages routing in the department; a queue without one concerns all of them.
fn check_manages(caller: &Caller, department_id: &str) -> Result<()> {
    let scope = if department_id.is_empty() { Scope::everywhere() } else { Scope::department(department_id) };
    policy::check(caller, Action::RoutingManage, &scope)
}

/// A queue as lists have it.
async fn listed(tx: &mut Tx, id: &str) -> Result<wire::Queue> {
    let wanted = Wanted { reach: &Reach::Everywhere, department_id: "", id, after: None };
    let found = store::queues::list(tx.conn(), wanted, 1).await?.pop();
    found.ok_or_else(|| Error::internal("a queue that was just written is gone"))
}

/// Fine when the etag is that of the resource as it is; a person at a screen must give one.
pub(super) fn check_etag<R: prost::Message + prost::Name>(
    caller: &Caller,
    etag: &str,
    field: &str,
    current: &str,
    resource: &R,
) -> Result<()> {
    if etag.is_empty() && caller.is_interactive() {
        let problem = "is missing; send the one that came with what you read";
        return Err(Error::invalid_because(&ErrorReason::EtagRequired, field, problem));
    }
    if etag.is_empty() || etag == current { Ok(()) } else { Err(Error::stale(resource)) }
}
