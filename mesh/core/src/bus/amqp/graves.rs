//! Takes dead letters off the broker into the database of the service that refused them.
//!
//! The invariant: a letter leaves the broker only once it is kept in [`crate::outbox::dead`], where those of both modes are counted,
//! listed, sent again and dropped. Whatever breaks before that brings it back.

use std::sync::Arc;

use futures::StreamExt;
use lapin::{
    message::Delivery,
    options::{BasicConsumeOptions, BasicQosOptions},
    types::{FieldTable, ShortString},
};
use prost::Message as _;
use proto::events::v1::Envelope;
use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;

use super::{
    Shared, broken,
    consumer::{PAUSES, ack},
    topology, wire,
};
use crate::{
    db::Db,
    error::{Error, Result},
    outbox::dead::{self, Letter},
    retry::Backoff,
};

/// Letters the broker hands over before it waits for an acknowledgement.
const PREFETCH: u16 = 16;
/// What is said of a letter without a reason of ours: the broker counts deliveries, too.
const GIVEN_UP: &str = "the broker gave it up: whoever it was handed to was gone before an answer";

/// Keeps what comes until told to stop, connecting anew for as long as it takes.
pub(super) async fn run(
    shared: Arc<Shared>,
    group: &'static str,
    db: Db,
    stop: CancellationToken,
) -> Result<()> {
    let mut backoff = Backoff::new(PAUSES.0, PAUSES.1);
    loop {
        let Some(ended) = stop.run_until_cancelled(take_in(&shared, group, &db, &mut backoff)).await else {
            return Ok(());
        };
        if let Err(error) = ended {
            tracing::warn!(group, error = error.with_causes(), "dead letters stay on the broker for now");
        }
        if stop.run_until_cancelled(backoff.pause()).await.is_none() {
            return Ok(());
        }
    }
}

async fn take_in(shared: &Shared, group: &'static str, db: &Db, backoff: &mut Backoff) -> Result<()> {
    let connection = shared.connect(&format!("dead letters of {group}")).await?;
    let channel = connection.create_channel().await.map_err(broken)?;
    channel.basic_qos(PREFETCH, BasicQosOptions::default()).await.map_err(broken)?;
    topology::declare_dead(&channel, &shared.settings, group).await?;
    let queue = wire::short(&topology::dead(&shared.settings, group))?;
    let options = BasicConsumeOptions::default();
    let consumer = channel.basic_consume(queue, ShortString::default(), options, FieldTable::default());
    let mut deliveries = consumer.await.map_err(broken)?;
    *backoff = Backoff::new(PAUSES.0, PAUSES.1);
    while let Some(delivery) = deliveries.next().await {
        let delivery = delivery.map_err(broken)?;
        dead::keep(db, letter(&delivery, group)).await?;
        ack(&delivery).await?;
    }
    Err(Error::unavailable("the broker ended the delivery"))
}

/// A delivery as a dead letter. One that is no event is called by its content, so that it is kept once however often it comes.
fn letter(delivery: &Delivery, group: &str) -> Letter {
    let envelope = Envelope::decode(delivery.data.as_slice()).ok().filter(|envelope| !envelope.id.is_empty());
    let (id, subject) = envelope.map_or_else(
        || (format!("sha_{}", hex::encode(Sha256::digest(&delivery.data))), String::new()),
        |envelope| (envelope.id, envelope.subject),
    );
    let reason = wire::reason(delivery).unwrap_or_else(|| GIVEN_UP.to_owned());
    let reason = format!("{group}: {reason}");
    Letter { id, subject, bytes: delivery.data.clone(), attempts: wire::attempts(delivery).into(), reason }
}
