//! Takes events off a queue and gives them to a handler.
//!
//! The invariant: a delivery is acknowledged only after it was handled, or after the broker confirmed that it lies in the
//! parking or dead-letter queue. Whatever breaks before that brings it back.

use std::{sync::Arc, time::Duration};

use futures::{FutureExt, StreamExt};
use lapin::{
    Channel, Connection, Consumer,
    message::Delivery,
    options::{BasicAckOptions, BasicConsumeOptions, BasicQosOptions, ConfirmSelectOptions},
    types::{FieldTable, ShortString},
};
use proto::events::v1::Envelope;
use tokio_util::sync::CancellationToken;

use super::{Group, Shared, broken, lanes::Lanes, publish, topology, wire};
use crate::{
    bus::Subscription,
    error::{Error, Result},
    retry::Backoff,
};

/// Deliveries the broker hands over before it waits for an acknowledgement.
const PREFETCH: u16 = 64;
/// The pauses between connecting: the first one, and the longest.
pub(super) const PAUSES: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(15));

/// Listens until told to stop, connecting anew for as long as it takes.
pub(super) async fn run(
    shared: Arc<Shared>,
    subscription: Arc<Subscription>,
    stop: CancellationToken,
) -> Result<()> {
    let mut backoff = Backoff::new(PAUSES.0, PAUSES.1);
    let mut has_listened = false;
    loop {
        let group = subscription.group.name();
        let Some(opened) = stop.run_until_cancelled(open(&shared, &subscription)).await else {
            return Ok(());
        };
        let heard = match opened {
            Ok(line) => {
                backoff = Backoff::new(PAUSES.0, PAUSES.1);
                tracing::info!(group, "listening");
                if has_listened && !subscription.group.is_durable() {
                    subscription.handler.missed().await;
                }
                has_listened = true;
                line.listen(&shared, &subscription, &stop).await
            }
            Err(error) => Err(error),
        };
        let Err(error) = heard else { return Ok(()) };
        tracing::warn!(group, error = error.with_causes(), "not listening; connecting again");
        if stop.run_until_cancelled(backoff.pause()).await.is_none() {
            return Ok(());
        }
    }
}

/// An open connection with a consumer on it.
struct Line {
    connection: Connection,
    channel: Channel,
    consumer: Consumer,
}

async fn open(shared: &Shared, subscription: &Subscription) -> Result<Line> {
    let connection = shared.connect(subscription.group.name()).await?;
    let channel = connection.create_channel().await.map_err(broken)?;
    channel.confirm_select(ConfirmSelectOptions::default()).await.map_err(broken)?;
    channel.basic_qos(PREFETCH, BasicQosOptions::default()).await.map_err(broken)?;
    topology::declare_exchange(&channel, &shared.settings).await?;
    let queue = match subscription.group {
        Group::Durable(group) => {
            topology::declare_durable(&channel, &shared.settings, group, subscription.keys).await?;
            wire::short(&topology::queue(&shared.settings, group))?
        }
        Group::Ephemeral(_) => {
            topology::declare_ephemeral(&channel, &shared.settings, subscription.keys).await?
        }
    };
    let consumer = channel
        .basic_consume(queue, ShortString::default(), BasicConsumeOptions::default(), FieldTable::default())
        .await
        .map_err(broken)?;
    Ok(Line { connection, channel, consumer })
}

impl Line {
    /// Handles what comes until told to stop (fine) or until the line breaks (an error). A broken line drops what runs: its
    /// events come again.
    async fn listen(
        mut self,
        shared: &Arc<Shared>,
        subscription: &Arc<Subscription>,
        stop: &CancellationToken,
    ) -> Result<()> {
        let desk = Arc::new(Desk {
            shared: shared.clone(),
            subscription: subscription.clone(),
            channel: self.channel.clone(),
            stop: stop.clone(),
        });
        let mut lanes = Lanes::new({
            let desk = desk.clone();
            move |(delivery, envelope)| desk.clone().handle(delivery, envelope).boxed()
        });
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                Some(handled) = lanes.next() => handled.map_err(Error::internal)??,
                delivery = self.consumer.next() => match delivery {
                    Some(delivery) => desk.sort(delivery.map_err(broken)?, &mut lanes).await?,
                    None => return Err(Error::unavailable("the broker ended the delivery")),
                }
            }
        }
        lanes.finish().await;
        // What was not acknowledged goes back to the queue with the connection, whether or not it closes nicely.
        let _ = self.connection.close(200, "stopping".into()).await;
        Ok(())
    }
}

/// What handling a delivery needs.
struct Desk {
    shared: Arc<Shared>,
    subscription: Arc<Subscription>,
    channel: Channel,
    stop: CancellationToken,
}

type DeliveryLanes = Lanes<(Delivery, Envelope), Result<()>>;

impl Desk {
    /// Puts a delivery behind the others of its subject. What is no event at all is a dead letter at once.
    async fn sort(&self, delivery: Delivery, lanes: &mut DeliveryLanes) -> Result<()> {
        match wire::envelope(&delivery) {
            Ok(envelope) => lanes.add(envelope.subject.clone(), (delivery, envelope)),
            Err(error) => self.bury(&delivery, 0, &error.with_causes()).await?,
        }
        Ok(())
    }

    /// Has an event handled and acknowledges it. An error means that the line is broken.
    async fn handle(self: Arc<Self>, delivery: Delivery, envelope: Envelope) -> Result<()> {
        let (first, longest) = self.shared.settings.pauses;
        let mut backoff = Backoff::new(first, longest);
        let mut attempts = wire::attempts(&delivery);
        loop {
            let Err(error) = self.subscription.deliver(&envelope).await else {
                return ack(&delivery).await;
            };
            let reason = error.with_causes();
            tracing::warn!(
                group = self.subscription.group.name(),
                id = envelope.id,
                error = reason,
                "an event was not taken"
            );
            if !self.subscription.group.is_durable() {
                return ack(&delivery).await;
            }
            attempts += u32::from(!error.is_transient());
            if !error.is_transient() && attempts >= self.shared.settings.most_attempts {
                return self.bury(&delivery, attempts, &reason).await;
            }
            if !error.is_transient() && attempts.is_multiple_of(self.shared.settings.attempts_in_place) {
                return self.park(&delivery, attempts, &reason).await;
            }
            if self.stop.run_until_cancelled(backoff.pause()).await.is_none() {
                return Ok(());
            }
        }
    }

    /// Lets a refused event rest; the broker brings it back.
    async fn park(&self, delivery: &Delivery, attempts: u32, reason: &str) -> Result<()> {
        let queue = topology::parked(&self.shared.settings, self.subscription.group.name());
        self.pass_on(&queue, delivery, attempts, reason).await
    }

    /// Puts a refused event aside for good.
    async fn bury(&self, delivery: &Delivery, attempts: u32, reason: &str) -> Result<()> {
        let group = self.subscription.group;
        tracing::error!(
            group = group.name(),
            attempts,
            reason,
            "an event was refused too often and is a dead letter now"
        );
        if !group.is_durable() {
            return ack(delivery).await;
        }
        self.pass_on(&topology::dead(&self.shared.settings, group.name()), delivery, attempts, reason).await
    }

    /// Moves a delivery: first it is safe there, then it leaves here.
    async fn pass_on(&self, queue: &str, delivery: &Delivery, attempts: u32, reason: &str) -> Result<()> {
        let message = wire::passed_on(delivery, attempts, reason);
        let confirmation = publish(&self.channel, "", queue, &message).await?;
        if confirmation.take_message().is_some() {
            return Err(Error::unavailable(format!("the queue {queue} is gone from the broker")));
        }
        ack(delivery).await
    }
}

pub(super) async fn ack(delivery: &Delivery) -> Result<()> {
    delivery.ack(BasicAckOptions::default()).await.map_err(broken).map(drop)
}
