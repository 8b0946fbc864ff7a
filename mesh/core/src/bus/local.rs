//! The bus inside one process: publishing is calling the handlers.
//!
//! The invariant: [`Bus::publish`] succeeds only after every durable group has handled the event. Until then its outbox row
//! stays, so a kill at any moment loses nothing and no second store is needed.

use std::{
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

use async_trait::async_trait;
use futures::future::join_all;
use proto::{event, events::v1::Envelope};
use quick_cache::sync::Cache;

use super::{Bus, Subscription, doubled};
use crate::{
    error::{Error, Result},
    service::Worker,
};

/// How many half-heard events are remembered. Forgetting one makes a handler see it twice, which it copes with.
const HALF_HEARD: usize = 1024;

/// A bus for services that share a process.
pub struct Local {
    subscriptions: RwLock<Vec<Arc<Subscription>>>,
    /// Which subscriptions have heard an event that another one could not take, by the event's id.
    heard: Cache<String, Arc<Vec<usize>>>,
}

impl Local {
    /// A bus nobody listens to yet.
    pub fn new() -> Self {
        Self { subscriptions: RwLock::default(), heard: Cache::new(HALF_HEARD) }
    }

    /// Who wants the event and has not heard it yet, each with its place in the list.
    fn listeners(&self, name: &str, heard: &[usize]) -> Vec<(usize, Arc<Subscription>)> {
        let subscriptions = self.subscriptions.read().unwrap_or_else(PoisonError::into_inner);
        let all = subscriptions.iter().cloned().enumerate();
        all.filter(|(place, subscription)| subscription.wants(name) && !heard.contains(place)).collect()
    }
}

impl Default for Local {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Bus for Local {
    async fn publish(&self, envelope: &Envelope) -> Result<()> {
        let Some(event) = &envelope.event else {
            return Ok(());
        };
        let heard = self.heard.get(&envelope.id).unwrap_or_default();
        let listeners = self.listeners(event::name(event), &heard);
        let outcomes = join_all(listeners.iter().map(|(_, listener)| listener.deliver(envelope))).await;
        let mut heard = Vec::clone(&heard);
        let mut failure: Option<Error> = None;
        for ((place, listener), outcome) in listeners.iter().zip(outcomes) {
            match outcome {
                Err(error) if listener.group.is_durable() => {
                    failure = Some(graver(failure, named(listener, error)));
                }
                Err(error) => {
                    heard.push(*place);
                    tracing::warn!(
                        group = listener.group.name(),
                        error = error.with_causes(),
                        "an event was missed"
                    );
                }
                Ok(()) => heard.push(*place),
            }
        }
        let Some(error) = failure else {
            self.heard.remove(&envelope.id);
            return Ok(());
        };
        self.heard.insert(envelope.id.clone(), Arc::new(heard));
        Err(error)
    }

    /// The subscription counts from now on; there is nothing left for the worker to do. It is never taken back, because an
    /// event nobody listens to would count as delivered while the process stops.
    fn subscribe(&self, subscription: Subscription) -> Worker {
        let (group, name) = (subscription.group, subscription.worker_name());
        let mut subscriptions = self.subscriptions.write().unwrap_or_else(PoisonError::into_inner);
        if group.is_durable() && subscriptions.iter().any(|other| other.group == group) {
            return doubled(group);
        }
        subscriptions.push(Arc::new(subscription));
        Worker::new(name, |stop| async move {
            stop.cancelled().await;
            Ok(())
        })
    }
}

/// The error with the name of the group that met it.
fn named(listener: &Subscription, error: Error) -> Error {
    let group = listener.group.name();
    if error.is_transient() {
        return Error::unavailable_because(format!("{group} can't take the event now"), error);
    }
    Error::internal(format!("{group}: {}", error.with_causes()))
}

/// Of two errors the one that counts as a refusal.
fn graver(first: Option<Error>, second: Error) -> Error {
    match first {
        Some(first) if !first.is_transient() => first,
        _ => second,
    }
}

impl fmt::Debug for Local {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Local").field("subscriptions", &self.subscriptions).finish_non_exhaustive()
    }
}
