//! What leads to a change: a call, an event, or time itself. History and news say who acted, and what the workflow did in
//! consequence.

use mesh_core::{
    caller::{self, Caller},
    outbox::Cause,
};
use proto::{events::v1::Envelope, identity::v1::Actor};

/// The part of the system that acts here.
pub(crate) const PART: &str = "workflow";

/// What leads to a change.
#[derive(Clone, Debug)]
pub(crate) struct Occasion {
    by_actor: Cause,
    by_itself: Cause,
    /// Id of the event or call behind it.
    pub(crate) causation_id: String,
}

/// Whose doing a part of a change is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Doing {
    /// Whoever called, or caused the event.
    Actors,
    /// The workflow's own: routing, timers.
    Own,
}

impl Occasion {
    /// A call.
    pub(crate) fn call(caller: &Caller) -> Self {
        let by_itself = Cause::of_itself(caller::system(PART), caller.request_id());
        Self { by_actor: Cause::of(caller), by_itself, causation_id: caller.request_id().to_owned() }
    }

    /// What somebody asked for in a call that was answered already.
    pub(crate) fn asked(actor: Actor, request_id: &str) -> Self {
        let by_itself = Cause::of_itself(caller::system(PART), request_id);
        Self { by_actor: Cause::of_itself(actor, request_id), by_itself, causation_id: request_id.to_owned() }
    }

    /// Another service's news.
    pub(crate) fn event(envelope: &Envelope) -> Self {
        let actor = envelope.actor.clone().unwrap_or_default();
        Self {
            by_actor: Cause::following(envelope, actor),
            by_itself: Cause::following(envelope, caller::system(PART)),
            causation_id: envelope.id.clone(),
        }
    }

    /// Nobody's doing: something that was due.
    pub(crate) fn due(subject: &str) -> Self {
        let cause = Cause::of_itself(caller::system(PART), subject);
        Self { by_actor: cause.clone(), by_itself: cause, causation_id: String::new() }
    }

    /// Whether the workflow itself leads to it.
    pub(crate) fn is_own(&self) -> bool {
        self.by_actor.actor().system == PART
    }

    /// The cause of a part of the change.
    pub(crate) fn cause(&self, doing: Doing) -> &Cause {
        match doing {
            Doing::Actors => &self.by_actor,
            Doing::Own => &self.by_itself,
        }
    }
}
