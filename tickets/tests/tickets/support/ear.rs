//! Hears everything tickets publishes.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use mesh_core::{
    bus::{Group, Handler, Subscription},
    error::Result,
};
use proto::events::v1::Envelope;

/// What was heard, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ear(Arc<Mutex<Vec<Envelope>>>);

impl Ear {
    pub(crate) fn subscription(&self) -> Subscription {
        Subscription { group: Group::Durable("ear"), keys: &["tickets.#"], handler: Arc::new(self.clone()) }
    }

    pub(crate) fn heard(&self) -> Vec<Envelope> {
        self.0.lock().expect("no test panicked here").clone()
    }

    /// The names of what was heard.
    pub(crate) fn names(&self) -> Vec<String> {
        self.heard()
            .iter()
            .filter_map(|envelope| envelope.event.as_ref())
            .map(|event| proto::event::name(event).to_owned())
            .collect()
    }
}

#[async_trait]
impl Handler for Ear {
    async fn handle(&self, envelope: &Envelope) -> Result<()> {
        self.0.lock().expect("no test panicked here").push(envelope.clone());
        Ok(())
    }
}
