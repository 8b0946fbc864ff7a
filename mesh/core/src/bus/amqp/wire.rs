//! An event as an AMQP message: the binary envelope as body, `CloudEvents` attributes and the trace context as headers.

use lapin::{
    BasicProperties,
    message::Delivery,
    types::{AMQPValue, FieldTable, ShortString},
};
use prost::Message as _;
use proto::events::v1::Envelope;

use crate::{
    clock,
    error::{Error, Result},
};

/// How often a group has refused an event, on its way through the parking queue.
const ATTEMPTS: &str = "ticketmesh-attempts";
/// Why an event is a dead letter.
const REASON: &str = "ticketmesh-reason";
/// The most of a reason that is kept; frames have a limit.
const REASON_BYTES: usize = 4096;
/// Kept on disk.
const PERSISTENT: u8 = 2;

/// Something to publish.
pub(super) struct Message {
    pub(super) properties: BasicProperties,
    pub(super) body: Vec<u8>,
}

/// The message of an event called `name`.
pub(super) fn message(envelope: &Envelope, name: &str) -> Message {
    let source = name.split('.').next().unwrap_or_default();
    let time = envelope.time.as_ref().and_then(clock::from_proto).map(|time| time.to_string());
    let attributes = [
        ("ce-specversion", Some("1.0".to_owned())),
        ("ce-id", Some(envelope.id.clone())),
        ("ce-type", Some(name.to_owned())),
        ("ce-source", Some(format!("/ticketmesh/{source}"))),
        ("ce-subject", Some(envelope.subject.clone())),
        ("ce-time", time),
        ("traceparent", Some(envelope.traceparent.clone()).filter(|context| !context.is_empty())),
    ];
    let mut headers = FieldTable::default();
    for (name, value) in attributes {
        if let Some(value) = value {
            headers.insert(name.into(), AMQPValue::LongString(value.into()));
        }
    }
    let mut properties = BasicProperties::default()
        .with_content_type("application/protobuf".into())
        .with_delivery_mode(PERSISTENT)
        .with_headers(headers);
    if let Ok(id) = short(&envelope.id) {
        properties = properties.with_message_id(id);
    }
    Message { properties, body: envelope.encode_to_vec() }
}

/// The event inside a delivery.
pub(super) fn envelope(delivery: &Delivery) -> Result<Envelope> {
    Envelope::decode(delivery.data.as_slice())
        .map_err(|error| Error::internal(format!("this is no event: {error}")))
}

/// How often the group has refused it so far.
pub(super) fn attempts(delivery: &Delivery) -> u32 {
    let headers = delivery.properties.headers().as_ref();
    match headers.and_then(|headers| headers.inner().get(ATTEMPTS)) {
        Some(AMQPValue::LongUInt(attempts)) => *attempts,
        _ => 0,
    }
}

/// Why the group refused it, if the group said so.
pub(super) fn reason(delivery: &Delivery) -> Option<String> {
    match delivery.properties.headers().as_ref()?.inner().get(REASON)? {
        AMQPValue::LongString(reason) => Some(reason.to_string()),
        _ => None,
    }
}

/// The delivery as it goes on to another queue after so many refusals, and why.
pub(super) fn passed_on(delivery: &Delivery, attempts: u32, reason: &str) -> Message {
    let mut headers = delivery.properties.headers().clone().unwrap_or_default();
    let kept = &reason[..reason.floor_char_boundary(REASON_BYTES)];
    headers.insert(ATTEMPTS.into(), AMQPValue::LongUInt(attempts));
    headers.insert(REASON.into(), AMQPValue::LongString(kept.into()));
    let properties = delivery.properties.clone().with_headers(headers).with_delivery_mode(PERSISTENT);
    Message { properties, body: delivery.data.clone() }
}

/// A name for the wire, which has at most 255 bytes for it.
pub(super) fn short(name: &str) -> Result<ShortString> {
    ShortString::try_new(name)
        .map_err(|_| Error::internal(format!("{name} is too long for a name on the broker")))
}
