//! What the audit log has to know of, wherever it was done: what administrators change, and what leaves the mesh as a file.
//!
//! The log is identity's, which is below everybody and hears no news. So a deed is written down as a job in the transaction that does
//! it, and the job carries it down. The invariants: there is a line exactly when there was the deed, however often the job runs (the
//! line's id is given here); whoever does something does not wait for identity; and what is told are fields that differ, never
//! long texts, which are told by their digest.

mod told;

use async_trait::async_trait;
use prost::{Message, Name};
use proto::identity::v1::{
    AuditEvent, RecordAuditEventRequest, security_service_client::SecurityServiceClient,
};
use serde_json::{Map, Value};

use self::told::{fields, keep_what_differs};
use crate::{
    caller::{self, Caller},
    clock,
    db::Tx,
    error::{Error, Result},
    jobs::{self, Job},
    peer::Peer,
};

/// The kind of the jobs that carry deeds down.
pub const KIND: &str = "audit";
/// Who did what a command did: whoever typed it is known to the machine, not to the mesh.
const COMMAND_LINE: &str = "command line";

/// Something that was done.
#[derive(Clone, Debug)]
#[must_use = "a deed is in the log once it is noted"]
pub struct Deed {
    action: &'static str,
    target: String,
    reason: String,
    before: Map<String, Value>,
    after: Map<String, Value>,
    /// It is an edit that changes nothing.
    is_idle: bool,
}

impl Deed {
    /// `<noun>.<past verb>` on this resource, or on none in particular.
    pub fn new(action: &'static str, target: impl Into<String>) -> Self {
        let (before, after) = (Map::new(), Map::new());
        Self { action, target: target.into(), reason: String::new(), before, after, is_idle: false }
    }

    /// With the reason that was given.
    pub fn because(mut self, reason: &str) -> Self {
        reason.clone_into(&mut self.reason);
        self
    }

    /// What there is now, or what was asked for.
    pub fn made<M: Name>(mut self, after: &M) -> Result<Self> {
        self.after = fields(after)?;
        Ok(self)
    }

    /// What there was.
    pub fn gone<M: Name>(mut self, before: &M) -> Result<Self> {
        self.before = fields(before)?;
        Ok(self)
    }

    /// What was, and what is instead. Nothing is noted when both are alike.
    pub fn edited<M: Name>(mut self, before: &M, after: &M) -> Result<Self> {
        (self.before, self.after) = (fields(before)?, fields(after)?);
        self.is_idle = !keep_what_differs(&mut self.before, &mut self.after);
        Ok(self)
    }

    /// Also this, of what is now.
    pub fn saying(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.after.insert(field.to_owned(), told::brief(value.into()));
        self
    }

    /// Writes it down in the transaction that does it.
    pub async fn note(self, tx: &mut Tx, caller: &Caller) -> Result<()> {
        let actor = caller.actor();
        let by = AuditEvent {
            actor_id: actor.user_id,
            actor_name: actor.display_name,
            address: caller.address().to_owned(),
            session_id: caller.session_id().unwrap_or_default().to_owned(),
            ..AuditEvent::default()
        };
        self.write(tx, by).await
    }

    /// The same for what is done at the command line, on the database of any service.
    pub async fn note_command(self, tx: &mut Tx) -> Result<()> {
        let actor = caller::system(COMMAND_LINE);
        let by =
            AuditEvent { actor_id: actor.system, actor_name: actor.display_name, ..AuditEvent::default() };
        self.write(tx, by).await
    }

    async fn write(self, tx: &mut Tx, by: AuditEvent) -> Result<()> {
        if self.is_idle {
            return Ok(());
        }
        let line = AuditEvent {
            id: tx.ids().id("aud"),
            time: Some(clock::to_proto(tx.now())),
            action: self.action.to_owned(),
            target: self.target.clone(),
            reason: self.reason,
            before_json: told::text(self.before),
            after_json: told::text(self.after),
            ..by
        };
        let payload = RecordAuditEventRequest { audit_event: Some(line) }.encode_to_vec();
        let job = Job { kind: KIND, key: self.target, due: tx.now(), payload };
        jobs::enqueue(tx, job).await.map(drop)
    }
}

/// What a job of this kind carries.
pub fn carried(job: &Job) -> Result<RecordAuditEventRequest> {
    RecordAuditEventRequest::decode(job.payload.as_slice()).map_err(Error::internal)
}

/// Carries deeds down to identity.
#[derive(Debug)]
pub struct Courier(pub Peer);

#[async_trait]
impl jobs::Handler for Courier {
    async fn run(&self, job: &Job) -> Result<()> {
        SecurityServiceClient::new(self.0.for_worker()).record_audit_event(carried(job)?).await?;
        Ok(())
    }
}
