//! What there is on the broker. Everything is declared by whoever connects; declaring twice changes nothing.
//!
//! | name | what |
//! |---|---|
//! | `ticketmesh.events` | topic exchange every event is published to |
//! | `ticketmesh.<group>` | quorum queue of a durable group, one active consumer |
//! | `ticketmesh.<group>.parked` | refused events rest here, then the broker moves them back |
//! | `ticketmesh.<group>.dead` | dead letters, each with a header that says why, on their way into the database of the service |

use lapin::{
    Channel, ExchangeKind,
    options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions},
    types::{AMQPValue, FieldTable, ShortString},
};

use super::{Settings, broken, wire::short};
use crate::error::Result;

/// Deliveries without an answer after which the broker itself declares an event dead: it kills whoever handles it.
const DELIVERY_LIMIT: i32 = 30;
/// Events that may wait for a replica's own listener before the oldest are dropped.
const EPHEMERAL_LENGTH: i32 = 50_000;

pub(crate) fn exchange(settings: &Settings) -> String {
    format!("{}.events", settings.prefix)
}

pub(crate) fn queue(settings: &Settings, group: &str) -> String {
    format!("{}.{group}", settings.prefix)
}

pub(crate) fn parked(settings: &Settings, group: &str) -> String {
    format!("{}.{group}.parked", settings.prefix)
}

pub(crate) fn dead(settings: &Settings, group: &str) -> String {
    format!("{}.{group}.dead", settings.prefix)
}

pub(super) async fn declare_exchange(channel: &Channel, settings: &Settings) -> Result<()> {
    let options = ExchangeDeclareOptions { durable: true, ..ExchangeDeclareOptions::default() };
    let name = short(&exchange(settings))?;
    channel.exchange_declare(name, ExchangeKind::Topic, options, FieldTable::default()).await.map_err(broken)
}

/// The three queues of a durable group, bound to what it wants.
pub(super) async fn declare_durable(
    channel: &Channel,
    settings: &Settings,
    group: &str,
    keys: &[&str],
) -> Result<()> {
    let (queue, parked, dead) = (queue(settings, group), parked(settings, group), dead(settings, group));
    let mut main = moving_to(&dead);
    main.insert("x-single-active-consumer".into(), AMQPValue::Boolean(true));
    main.insert("x-delivery-limit".into(), AMQPValue::LongInt(DELIVERY_LIMIT));
    let mut rest = moving_to(&queue);
    let rest_for = i32::try_from(settings.parked_for.as_millis()).unwrap_or(i32::MAX);
    rest.insert("x-message-ttl".into(), AMQPValue::LongInt(rest_for));
    declare_dead(channel, settings, group).await?;
    for (name, arguments) in [(&parked, rest), (&queue, main)] {
        declare(channel, name, arguments).await?;
    }
    bind(channel, settings, &short(&queue)?, keys).await
}

/// Where dead letters of a durable group lie until its service keeps them.
pub(super) async fn declare_dead(channel: &Channel, settings: &Settings, group: &str) -> Result<()> {
    declare(channel, &dead(settings, group), quorum()).await
}

async fn declare(channel: &Channel, name: &str, arguments: FieldTable) -> Result<()> {
    let declared = channel.queue_declare(short(name)?, QueueDeclareOptions::durable(), arguments).await;
    declared.map(drop).map_err(broken)
}

/// A queue of this connection alone, bound to what it wants. Returns its name.
pub(super) async fn declare_ephemeral(
    channel: &Channel,
    settings: &Settings,
    keys: &[&str],
) -> Result<ShortString> {
    let options =
        QueueDeclareOptions { exclusive: true, auto_delete: true, ..QueueDeclareOptions::default() };
    let mut arguments = FieldTable::default();
    arguments.insert("x-max-length".into(), AMQPValue::LongInt(EPHEMERAL_LENGTH));
    let queue = channel.queue_declare(ShortString::default(), options, arguments).await.map_err(broken)?;
    bind(channel, settings, queue.name(), keys).await?;
    Ok(queue.name().clone())
}

async fn bind(channel: &Channel, settings: &Settings, queue: &ShortString, keys: &[&str]) -> Result<()> {
    for key in keys {
        let (exchange, key) = (short(&exchange(settings))?, short(key)?);
        channel
            .queue_bind(queue.clone(), exchange, key, QueueBindOptions::default(), FieldTable::default())
            .await
            .map_err(broken)?;
    }
    Ok(())
}

fn quorum() -> FieldTable {
    let mut arguments = FieldTable::default();
    arguments.insert("x-queue-type".into(), AMQPValue::LongString("quorum".into()));
    arguments
}

/// A quorum queue whose expired and rejected messages move to `target`, safely.
fn moving_to(target: &str) -> FieldTable {
    let mut arguments = quorum();
    for (name, value) in [
        ("x-dead-letter-exchange", ""),
        ("x-dead-letter-routing-key", target),
        ("x-dead-letter-strategy", "at-least-once"),
        ("x-overflow", "reject-publish"),
    ] {
        arguments.insert(name.into(), AMQPValue::LongString(value.into()));
    }
    arguments
}
