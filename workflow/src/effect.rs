//! What a workflow does to a ticket on the way: it sets fields and tags, writes comments, files child tickets, tells people.
//!
//! The engine decides it, in the order in which it happens, with values as they are then ([`deeds`]). It leaves this service by jobs
//! that are written in the transaction of the change ([`order`]), one a deed, and each is done under a request id of its own: crash and
//! repetition lose nothing and do nothing twice.

mod carrying;
mod closing;

use async_trait::async_trait;
use jiff::Timestamp;
use mesh_core::{
    caller,
    db::Tx,
    error::{Error, Result},
    jobs::{self, Handler, Job},
    outbox::{self, Cause},
    rule::{Formula, Type, Value, Values},
};
use proto::workflow::v1::{Effect, effect::Effect as Does};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use tonic::Code;

use crate::{events, occasion::PART, run::Run, vocabulary, workflow::Workflow};

/// The kind of these jobs; their key is the run, so that what is done to a ticket is done in order.
pub(crate) const KIND: &str = "effect";

/// People one message goes to.
const MOST_TOLD: usize = 100;

/// One thing that is done to a ticket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Deed {
    /// A field gets a value; `null` empties it.
    Set {
        field: String,
        value: Json,
    },
    AddTag(String),
    RemoveTag(String),
    /// Markdown.
    Comment {
        text: String,
        internal: bool,
    },
    /// Filed for the same requester, in the same department.
    CreateChild {
        category_id: String,
        subject: String,
        description: String,
    },
    /// With this public comment.
    CloseChildren(String),
    /// Told in the product.
    Notify {
        user_ids: Vec<String>,
        message: String,
    },
}

/// What these effects come to for a run, in order. One whose value cannot be found is left out: publishing refuses it, so it is one
/// of a program to come.
pub(crate) fn deeds(effects: &[Effect], run: &Run, now: Timestamp) -> Vec<Deed> {
    effects.iter().filter_map(|effect| deed(effect, run, now)).collect()
}

fn deed(effect: &Effect, run: &Run, now: Timestamp) -> Option<Deed> {
    match effect.effect.as_ref()? {
        Does::SetField(set) => {
            let formula = Formula::parse(&set.value, vocabulary::ticket()).ok()?;
            let values: Values<'_> = vocabulary::values(run);
            let value = json(&formula.value(&values, now).ok()?);
            Some(Deed::Set { field: set.field.clone(), value })
        }
        Does::AddTag(tag) => Some(Deed::AddTag(tag.clone())),
        Does::RemoveTag(tag) => Some(Deed::RemoveTag(tag.clone())),
        Does::Comment(comment) => {
            Some(Deed::Comment { text: comment.text.clone(), internal: comment.internal })
        }
        Does::CreateChild(child) => Some(Deed::CreateChild {
            category_id: child.category_id.clone(),
            subject: child.subject.clone(),
            description: child.description.clone(),
        }),
        Does::CloseChildren(text) => Some(Deed::CloseChildren(text.clone())),
        Does::Notify(notify) => Some(Deed::Notify {
            user_ids: recipients(&notify.recipients, run, now)?,
            message: notify.message.clone(),
        }),
        Does::WebhookId(_) => None,
    }
}

/// The people a rule names now, each once; `None` when it names nobody.
fn recipients(rule: &str, run: &Run, now: Timestamp) -> Option<Vec<String>> {
    let formula = Formula::parse(rule, vocabulary::ticket()).ok()?;
    let values: Values<'_> = vocabulary::values(run);
    let mut user_ids = match formula.value(&values, now).ok()? {
        Value::Text(id) => vec![id.into_owned()],
        Value::Texts(ids) => ids.to_vec(),
        _ => vec![],
    };
    user_ids.retain(|id| id.starts_with("usr_"));
    user_ids.sort_unstable();
    user_ids.dedup();
    user_ids.truncate(MOST_TOLD);
    Some(user_ids).filter(|ids| !ids.is_empty())
}

/// A value as it travels; times as RFC 3339.
fn json(value: &Value<'_>) -> Json {
    match value {
        Value::Missing | Value::Duration(_) => Json::Null,
        Value::Text(text) => text.as_ref().into(),
        Value::Whole(whole) => (*whole).into(),
        Value::Number(number) => (*number).into(),
        Value::Bool(truth) => (*truth).into(),
        Value::Time(micros) => mesh_core::clock::from_micros(*micros).to_string().into(),
        Value::Texts(texts) => texts.to_vec().into(),
        Value::Dynamic(json) => json.clone().into_owned(),
    }
}

/// What an effect can set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Priority,
    Impact,
    Urgency,
    /// A field of the form, by its key.
    Form(String),
}

impl Target {
    /// The target of this name; `None` when it can be none.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let fits = |letter: u8| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == b'_';
        match name {
            "priority" => Some(Self::Priority),
            "impact" => Some(Self::Impact),
            "urgency" => Some(Self::Urgency),
            key if (1..=64).contains(&key.len()) && key.bytes().all(fits) => Some(Self::Form(key.into())),
            _ => None,
        }
    }

    /// Whether values of this type fit, as far as one can know before there is a ticket.
    pub(crate) const fn takes(&self, gives: Type) -> bool {
        match self {
            Self::Priority | Self::Impact | Self::Urgency => matches!(gives, Type::Text | Type::Dynamic),
            Self::Form(_) => !matches!(gives, Type::Duration),
        }
    }

    /// What it takes, for people.
    pub(crate) const fn wants(&self) -> &'static str {
        match self {
            Self::Priority | Self::Impact | Self::Urgency => "a text, as in \"HIGH\"",
            Self::Form(_) => "a text, a number, true or false, a time or a list of texts",
        }
    }
}

/// A deed on its way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Order {
    ticket_id: String,
    /// The same however often it is done.
    request_id: String,
    /// What the timeline says of it.
    #[serde(default = "by_workflow")]
    cause: String,
    deed: Deed,
}

/// The cause of what workflows do, also in orders of before, which named none.
fn by_workflow() -> String {
    "as its workflow says".to_owned()
}

impl Order {
    /// A deed to a ticket, under a request id that stays the same however often it is done.
    pub(crate) fn new(ticket_id: &str, request_id: String, deed: Deed) -> Self {
        Self { ticket_id: ticket_id.to_owned(), request_id, cause: by_workflow(), deed }
    }

    /// The same, for another cause.
    pub(crate) fn because(self, cause: String) -> Self {
        Self { cause, ..self }
    }

    pub(crate) fn ticket_id(&self) -> &str {
        &self.ticket_id
    }

    pub(crate) fn request_id(&self) -> &str {
        &self.request_id
    }
}

/// Tells people at once, by an event of this very transaction; any other deed is answered to be ordered.
pub(crate) async fn tell_or(tx: &mut Tx, run: &Run, deed: Deed) -> Result<Option<Deed>> {
    let Deed::Notify { user_ids, message } = deed else { return Ok(Some(deed)) };
    let cause = Cause::of_itself(caller::system(PART), run.facts.ticket_id.as_str());
    outbox::push(tx, &cause, events::notice(run, user_ids, message)).await?;
    Ok(None)
}

/// Has deeds done to the ticket of a run that is being saved, in their order.
pub(crate) async fn order(tx: &mut Tx, run: &Run, deeds: Vec<Deed>) -> Result<()> {
    for (index, deed) in deeds.into_iter().enumerate() {
        let Some(deed) = tell_or(tx, run, deed).await? else { continue };
        let request_id = format!("{}:{}:{index}", run.id, run.version);
        let order = Order::new(&run.facts.ticket_id, request_id, deed);
        let payload = serde_json::to_vec(&order).map_err(Error::internal)?;
        jobs::enqueue(tx, Job { kind: KIND, key: run.id.clone(), due: tx.now(), payload }).await?;
    }
    Ok(())
}

/// Does what was ordered.
#[derive(Clone, Debug)]
pub(crate) struct Effects(pub(crate) Workflow);

#[async_trait]
impl Handler for Effects {
    async fn run(&self, job: &Job) -> Result<()> {
        let order: Order = serde_json::from_slice(&job.payload).map_err(Error::internal)?;
        match order.carry_out(&self.0).await {
            // The ticket was deleted meanwhile.
            Err(Error::Peer(status)) if status.code() == Code::NotFound => Ok(()),
            done => done,
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use mesh_core::rule::Type;
    use proto::workflow::v1::{Effect, SetField, effect::Effect as Does};
    use serde_json::json;

    use super::{Deed, Target, deeds};
    use crate::engine::tests::{drawn, run};

    #[test]
    fn values_are_those_of_the_moment_in_the_order_of_the_effects() {
        let set = |field: &str, value: &str| Effect {
            effect: Some(Does::SetField(SetField { field: field.into(), value: value.into() })),
        };
        let tag = Effect { effect: Some(Does::AddTag("seen".into())) };
        let (definition, now) = (drawn(vec![], vec![]), Timestamp::UNIX_EPOCH);
        let effects = [set("priority", "ticket.unassigned ? \"HIGH\" : \"LOW\""), tag, set("due", "now")];
        let Some([priority, tag, due]) = deeds(&effects, &run(&definition, None), now).first_chunk().cloned()
        else {
            panic!("three deeds")
        };
        assert_eq!(priority, Deed::Set { field: "priority".into(), value: json!("HIGH") });
        assert_eq!(tag, Deed::AddTag("seen".into()));
        assert_eq!(due, Deed::Set { field: "due".into(), value: json!("1970-01-01T00:00:00Z") });
        assert!(deeds(&[set("due", "nonsense(")], &run(&definition, None), now).is_empty());
    }

    #[test]
    fn a_target_takes_what_fits_it() {
        assert!(Target::named("priority").is_some_and(|target| target.takes(Type::Text)));
        assert!(Target::named("urgency").is_some_and(|target| !target.takes(Type::Whole)));
        assert!(Target::named("serial_number").is_some_and(|target| !target.takes(Type::Duration)));
        assert_eq!((Target::named("Subject"), Target::named("")), (None, None));
    }
}
