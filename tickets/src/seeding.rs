//! Many made-up tickets at once, for stores to try things on and to measure.
//!
//! The invariant: what is written is what filing, answering and placing those tickets would have left, but for the news, which nobody
//! waits for.

use std::sync::Arc;

use jiff::Timestamp;
use mesh_core::{
    audit::Deed,
    db::Db,
    error::{Error, Result},
    service::Process,
};
use proto::tickets::v1::{Comment as WireComment, CommentKind, Field, Ticket as WireTicket, TimelineEntry};

use crate::{
    Config, MIGRATIONS,
    catalogue::{Adoption, Catalogue, Category, Fields, Value, templates},
    column::Words,
    comment::Comment,
    entry::{Entry, What},
    markdown,
    number::Style,
    store::{
        Store, arrivals,
        catalogue::{self, Catalogues},
        haystack,
    },
    ticket::{NEVER, Ticket},
    wire::micros,
};

/// Tickets that are told in one transaction when they are due.
const TOLD: usize = 500;

/// Writes made-up tickets.
#[derive(Debug)]
pub struct Seeding {
    store: Store,
    style: Style,
    /// As far as parts of it were adopted.
    catalogue: Arc<Catalogue>,
}

/// A category to make tickets in.
#[derive(Clone, Debug)]
pub struct SeededCategory {
    /// `cat_…`.
    pub id: String,
    /// The fields of its form, in order.
    pub fields: Vec<Field>,
}

/// When a ticket is due.
#[derive(Clone, Debug)]
pub struct SeededDue {
    /// `tkt_…`.
    pub ticket_id: String,
    /// Its next answer, if ever.
    pub response: Option<Timestamp>,
    /// Its resolution, if ever.
    pub resolve: Option<Timestamp>,
}

/// A ticket with all it has.
#[derive(Clone, Debug)]
pub struct Seeded {
    /// With its id, number, place in the workflow and times.
    pub ticket: WireTicket,
    /// With their ids, authors and times, oldest first.
    pub comments: Vec<WireComment>,
    /// What happened besides, oldest first.
    pub entries: Vec<TimelineEntry>,
}

impl Seeding {
    /// Opens and migrates the database.
    pub async fn open(config: &Config, process: &Process) -> Result<Self> {
        let style = Style::new(&config.ticket_prefix)?;
        let db = Db::open(&config.database_url, &process.ids, &process.clock)?;
        db.migrate(MIGRATIONS).await?;
        Ok(Self { store: Store::new(db), style, catalogue: Arc::default() })
    }

    /// Reserves so many numbers; the first of them.
    pub async fn reserve(&self, count: i64) -> Result<i64> {
        Ok(self.store.reserve_numbers(count).await? - count)
    }

    /// The number for people.
    pub fn number(&self, number: i64) -> String {
        self.style.write(number)
    }

    /// Takes these templates of the shipped catalogue into a department. Answers with all of its categories, by name.
    pub async fn adopt(&mut self, department_id: &str, keys: &[&str]) -> Result<Vec<SeededCategory>> {
        let shipped = templates()?;
        let wanted = shipped.templates.iter().filter(|template| keys.contains(&template.key.as_str()));
        let (mut tx, before) = catalogue::begin(&self.store).await?;
        let adoption = Adoption::of(&shipped, &wanted.collect::<Vec<_>>(), &before, department_id, tx.ids())?;
        catalogue::adopt(&mut tx, &adoption).await?;
        catalogue::raise(&mut tx).await?;
        tx.commit().await?;
        self.catalogue = Catalogues::new(self.store.clone()).now().await?;
        let mut categories: Vec<_> = self.catalogue.in_use(department_id).collect();
        categories.sort_by_key(|category| category.name_key());
        let seeded = |category: &Category| SeededCategory {
            id: category.id.clone(),
            fields: self
                .catalogue
                .form(&category.id)
                .fields()
                .map(crate::catalogue::Field::to_proto)
                .collect(),
        };
        Ok(categories.into_iter().map(seeded).collect())
    }

    /// Says when tickets are due.
    pub async fn due(&self, all: &[SeededDue]) -> Result<()> {
        for some in all.chunks(TOLD) {
            let mut tx = self.store.db().begin().await?;
            for SeededDue { ticket_id, response, resolve } in some {
                let response = response.map_or(0, Timestamp::as_microsecond);
                let resolve = resolve.map_or(NEVER, Timestamp::as_microsecond);
                arrivals::due(&mut tx, ticket_id, [response, resolve]).await?;
            }
            tx.commit().await?;
        }
        Ok(())
    }

    /// Writes these tickets.
    pub async fn keep(&self, seeded: &[Seeded]) -> Result<()> {
        let arrivals = seeded.iter().map(|one| self.arrival(one)).collect::<Result<Vec<_>>>()?;
        let mut tx = self.store.db().begin().await?;
        arrivals::keep(&mut tx, &arrivals.iter().collect::<Vec<_>>()).await?;
        tx.commit().await
    }

    /// Says in the audit log that so many were made, has the database look at what is in it now, and closes it.
    pub async fn finish(self, made: u64) -> Result<()> {
        let mut tx = self.store.db().begin().await?;
        Deed::new("seed.made", "").saying("tickets", made).note_command(&mut tx).await?;
        tx.commit().await?;
        self.store.db().look_anew().await?;
        self.store.db().close().await;
        Ok(())
    }

    /// What stands in a ticket's form.
    fn fields(&self, sent: &WireTicket) -> Fields {
        let mut fields = Fields::default();
        for (key, value) in &sent.fields {
            if let Some(field) = self.catalogue.field(key) {
                fields.set(key, Value::kept(field.kind, value));
            }
        }
        fields
    }

    fn arrival(&self, seeded: &Seeded) -> Result<arrivals::Arrival> {
        let sent = &seeded.ticket;
        let number = self.style.read(&sent.number);
        let number =
            number.ok_or_else(|| Error::invalid("ticket.number", "is no number of this installation"))?;
        let comments: Vec<_> = seeded.comments.iter().map(comment).collect();
        let notes = comments.iter().filter(|comment| comment.is_internal()).count();
        let ticket = Ticket {
            number,
            comment_count: i32::try_from(comments.len() - notes).unwrap_or(i32::MAX),
            note_count: i32::try_from(notes).unwrap_or(i32::MAX),
            fields: self.fields(sent),
            ..ticket(sent)
        };
        let haystack = haystack(&sent.number, &sent.subject);
        let entries = seeded.entries.iter().filter_map(entry).collect();
        Ok(arrivals::Arrival { ticket, haystack, comments, entries })
    }
}

/// The ticket as it is stored, but for its number, its form and counts.
fn ticket(sent: &WireTicket) -> Ticket {
    let stage = sent.stage.clone().unwrap_or_default();
    let time = |time: &Option<prost_types::Timestamp>| micros(time.as_ref()).unwrap_or_default();
    Ticket {
        id: sent.id.clone(),
        subject: sent.subject.clone(),
        description: sent.description.clone(),
        description_html: markdown::render(&sent.description),
        requester_id: sent.requester_id.clone(),
        cc_ids: Words::of(&sent.cc_ids),
        watcher_ids: Words::of(&sent.watcher_ids),
        department_id: sent.department_id.clone(),
        category_id: sent.category_id.clone(),
        priority: sent.priority(),
        tags: Words::of(&sent.tags),
        language: sent.language.clone(),
        source: sent.source(),
        status: sent.status(),
        stage_key: stage.key,
        stage_label: stage.label,
        run_id: sent.run_id.clone(),
        run_version: sent.run_version,
        assignee_id: sent.assignee_id.clone(),
        queue_id: sent.queue_id.clone(),
        wait_reason: sent.wait_reason(),
        resolve_due: NEVER,
        first_response_time: time(&sent.first_response_time),
        resolve_time: time(&sent.resolve_time),
        close_time: time(&sent.close_time),
        score: sent.satisfaction.as_ref().map_or(0, |said| said.score),
        rate_time: sent.satisfaction.as_ref().map_or(0, |said| time(&said.rate_time)),
        update_time: time(&sent.update_time),
        ..Ticket::blank(time(&sent.create_time))
    }
}

fn comment(sent: &WireComment) -> Comment {
    Comment {
        id: sent.id.clone(),
        ticket_id: sent.ticket_id.clone(),
        internal: i64::from(sent.kind() == CommentKind::Internal),
        text: sent.text.clone(),
        html: markdown::render(&sent.text),
        author: sent.author.clone().unwrap_or_default().into(),
        ..Comment::blank(micros(sent.create_time.as_ref()).unwrap_or_default())
    }
}

fn entry(sent: &TimelineEntry) -> Option<Entry> {
    Some(Entry {
        id: sent.id.clone(),
        time: micros(sent.time.as_ref()).unwrap_or_default(),
        actor: sent.actor.clone().unwrap_or_default().into(),
        cause: sent.cause.clone(),
        internal: sent.internal,
        what: What::of(sent.what.clone()?)?,
    })
}
