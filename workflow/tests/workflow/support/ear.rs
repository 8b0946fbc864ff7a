//! Hears everything that is published.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use mesh_core::{
    bus::{Group, Handler, Subscription},
    error::Result,
};
use proto::{event, events::v1::Envelope};

/// What was heard, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ear(Arc<Mutex<Vec<Envelope>>>);

impl Ear {
    pub(crate) fn subscription(&self) -> Subscription {
        Subscription { group: Group::Durable("ear"), keys: &["#"], handler: Arc::new(self.clone()) }
    }

    /// Events about a subject, each once, in order.
    pub(crate) fn about(&self, subject: &str) -> Vec<Envelope> {
        let mut heard: Vec<Envelope> = Vec::new();
        for envelope in self
            .0
            .lock()
            .expect("no test panicked here")
            .iter()
            .filter(|envelope| envelope.subject == subject)
        {
            if heard.iter().all(|known| known.id != envelope.id) {
                heard.push(envelope.clone());
            }
        }
        heard
    }

    /// Names of workflow's events about a subject, in order.
    pub(crate) fn names(&self, subject: &str) -> Vec<&'static str> {
        let heard = self.about(subject);
        let names = heard.iter().filter_map(|envelope| envelope.event.as_ref()).map(event::name);
        names.filter(|name| name.starts_with("workflow.")).collect()
    }

    /// The first event of this name about a subject.
    pub(crate) fn event(&self, subject: &str, name: &str) -> Envelope {
        let named = |envelope: &Envelope| envelope.event.as_ref().map(event::name) == Some(name);
        self.about(subject)
            .into_iter()
            .find(named)
            .unwrap_or_else(|| panic!("nobody told {name} about {subject}"))
    }
}

#[async_trait]
impl Handler for Ear {
    async fn handle(&self, envelope: &Envelope) -> Result<()> {
        self.0.lock().expect("no test panicked here").push(envelope.clone());
        Ok(())
    }
}
