//! `ImportTickets`.
//!
//! The invariants: a row's name is claimed in the transaction that keeps its ticket, so sending a stream again goes on where it broke
//! off; nothing is looked up row by row.

mod linking;

use std::collections::{HashMap, HashSet};

use mesh_core::{
    audit::Deed,
    caller::Caller,
    db::Tx,
    error::{Result, Violations},
    outbox::{self, Cause},
    policy::{self, Action, Scope},
};
use prost::Message as _;
use proto::tickets::v1::{ImportFailure, ImportTicketsRequest, ImportTicketsResponse};
use tonic::Streaming;

use super::{Tickets, links::SECTION};
use crate::{
    catalogue::Catalogue,
    directory::MOST_PEOPLE,
    events,
    import::{self, Key, Known, Maker, Numbered, Person},
    store::{arrivals, haystack, imports},
};

/// Rows and bytes kept in one transaction: few enough to let others write in between.
const BATCH: usize = 200;
const BATCH_BYTES: usize = 8 * 1024 * 1024;
/// Failures that are told one by one.
const MOST_FAILURES: usize = 1_000;
/// People remembered; then they are looked up anew.
const MOST_REMEMBERED: usize = 50_000;

/// A row with its place in the stream.
type Row = (i64, ImportTicketsRequest);

/// An import under way.
struct Importing<'i> {
    desk: &'i Tickets,
    caller: &'i Caller,
    departments: Vec<(String, String)>,
    people: HashMap<String, Person>,
    /// Names of a dry run's rows: nothing claims them.
    seen: HashSet<Key>,
    dry_run: bool,
    /// The audit log knows of it: with the first ticket that is kept.
    noted: bool,
    report: ImportTicketsResponse,
}

impl Tickets {
    /// Takes tickets of another system.
    pub(super) async fn import(
        &self,
        caller: &Caller,
        mut rows: Streaming<ImportTicketsRequest>,
    ) -> Result<ImportTicketsResponse> {
        policy::check_somewhere(caller, Action::TicketBulk)?;
        let mut importing = Importing::begin(self, caller).await?;
        let (mut batch, mut bytes, mut place) = (vec![], 0, 0);
        loop {
            let next = rows.message().await;
            let is_last = !matches!(next, Ok(Some(_)));
            if is_last || batch.len() >= BATCH || bytes >= BATCH_BYTES {
                // Also of a stream that broke off, what came is kept.
                importing.take(std::mem::take(&mut batch)).await?;
                bytes = 0;
            }
            if is_last {
                importing.finish().await?;
            }
            let Some(row) = next? else { return Ok(importing.report) };
            place += 1;
            importing.dry_run |= place == 1 && row.dry_run;
            bytes += row.encoded_len();
            batch.push((place, row));
        }
    }
}

impl<'i> Importing<'i> {
    async fn begin(desk: &'i Tickets, caller: &'i Caller) -> Result<Self> {
        Ok(Self {
            desk,
            caller,
            departments: desk.directory.departments(caller).await?,
            people: HashMap::new(),
            seen: HashSet::new(),
            dry_run: false,
            noted: false,
            report: ImportTicketsResponse::default(),
        })
    }
}

impl Importing<'_> {
    /// Takes the next rows: those known are passed over first, since nothing has to be looked up for them.
    async fn take(&mut self, mut rows: Vec<Row>) -> Result<()> {
        let named = rows.iter().filter(|(_, row)| import::is_named(row));
        let keys: Vec<_> = named.map(|(_, row)| Key::of(row)).collect();
        let claimed = self.desk.store.claimed(&keys).await?;
        rows.retain(|(_, row)| {
            let key = Key::of(row);
            let is_known = self.seen.contains(&key) || claimed.contains(&key);
            self.report.known += i32::from(is_known);
            !is_known
        });
        if rows.is_empty() {
            return Ok(());
        }
        self.look_up(&rows).await?;
        let catalogue = self.desk.catalogues.now().await?;
        let made = self.make(rows, &catalogue);
        if self.dry_run {
            self.report.created += tally(made.len());
            self.seen.extend(made.into_iter().map(|numbered| numbered.key));
            return Ok(());
        }
        self.keep(made).await
    }

    /// Remembers everybody the rows name who is known to identity.
    async fn look_up(&mut self, rows: &[Row]) -> Result<()> {
        if self.people.len() > MOST_REMEMBERED {
            self.people.clear();
        }
        let own = self.caller.user_id().unwrap_or_default().to_owned();
        let named = rows.iter().flat_map(|(_, row)| import::people_of(row)).chain([own]);
        let unknown: HashSet<_> = named.filter(|name| !self.people.contains_key(name)).collect();
        let (emails, ids): (Vec<_>, Vec<_>) = unknown.into_iter().partition(|name| name.contains('@'));
        let ids: Vec<_> = ids.into_iter().filter(|id| proto::id::is("usr", id)).collect();
        let (mut ids, mut emails) = (ids.chunks(MOST_PEOPLE), emails.chunks(MOST_PEOPLE));
        loop {
            let (ids, emails) = (ids.next().unwrap_or_default(), emails.next().unwrap_or_default());
            if ids.is_empty() && emails.is_empty() {
                return Ok(());
            }
            let found = self.desk.directory.people(self.caller, ids.to_vec(), emails.to_vec()).await?;
            for user in found {
                let person = Person { id: user.id.clone(), name: user.display_name };
                if !user.email.is_empty() {
                    self.people.insert(user.email, person.clone());
                }
                self.people.insert(user.id, person);
            }
        }
    }

    /// The tickets of those rows that are right, each name's once; the others are reported.
    fn make(&mut self, rows: Vec<Row>, catalogue: &Catalogue) -> Vec<Numbered> {
        let db = self.desk.store.db();
        let known = Known {
            people: &self.people,
            departments: &self.departments,
            catalogue,
            importer: self.caller.user_id().unwrap_or_default(),
            now: db.clock().now().as_microsecond(),
        };
        let maker = Maker { known: &known, ids: db.ids() };
        let (mut made, mut taken) = (Vec::with_capacity(rows.len()), HashSet::new());
        for (place, row) in rows {
            let external_id = row.external_id.chars().take(255).collect();
            match import::check(row, &known).and_then(|row| self.permitted(row)) {
                Ok(row) if taken.insert(Key::of(&row)) => made.push(maker.make(row)),
                Ok(_) => self.report.known += 1,
                Err(wrong) => {
                    self.report.refused += 1;
                    if self.report.failures.len() < MOST_FAILURES {
                        let message = wrong.sentence();
                        self.report.failures.push(ImportFailure { row: place, external_id, message });
                    }
                }
            }
        }
        made
    }

    /// The row, if the caller may import into its department.
    fn permitted(&self, row: ImportTicketsRequest) -> std::result::Result<ImportTicketsRequest, Violations> {
        let department_id = row.ticket.as_ref().map_or("", |ticket| &ticket.department_id);
        if policy::check(self.caller, Action::TicketBulk, &Scope::department(department_id)).is_ok() {
            return Ok(row);
        }
        let mut wrong = Violations::default();
        wrong.add(
            "ticket.department_id",
            "is a department in which you may not import; it takes ticket.bulk there",
        );
        Err(wrong)
    }

    /// Keeps those whose names nobody claimed meanwhile.
    async fn keep(&mut self, mut made: Vec<Numbered>) -> Result<()> {
        if made.is_empty() {
            return Ok(());
        }
        let style = &self.desk.style;
        let numbers = self.desk.filings.numbers(made.len()).await?;
        for (one, number) in made.iter_mut().zip(numbers) {
            one.arrival.ticket.number = number;
            one.arrival.haystack = haystack(&style.write(number), &one.arrival.ticket.subject);
        }
        let ends = self.ends(&made).await?;
        let linked = made.iter().any(|one| !one.links.is_empty());
        let mut tx = if linked {
            self.desk.store.db().begin_alone(SECTION).await?
        } else {
            self.desk.store.db().begin().await?
        };
        let names: Vec<_> = made.iter().map(|one| (&one.key, one.arrival.ticket.id.as_str())).collect();
        let claimed = imports::claim(&mut tx, names).await?;
        let kept: Vec<_> = made.iter().filter(|one| claimed.contains(&one.arrival.ticket.id)).collect();
        if !kept.is_empty() {
            arrivals::keep(&mut tx, &kept.iter().map(|one| &one.arrival).collect::<Vec<_>>()).await?;
        }
        let cause = Cause::of(self.caller);
        let news = kept.iter().map(|one| (&cause, events::imported(&one.arrival.ticket, style))).collect();
        outbox::push_all(&mut tx, news).await?;
        let passed = self.link(&mut tx, &kept, ends).await?;
        self.note_begin(&mut tx, kept.first().copied()).await?;
        tx.commit().await?;
        self.noted |= !kept.is_empty();
        self.report.passed_links += passed;
        self.report.created += tally(kept.len());
        self.report.known += tally(made.len() - kept.len());
        Ok(())
    }
}

impl Importing<'_> {
    /// Tells the audit log of an import with the first ticket it keeps.
    async fn note_begin(&self, tx: &mut Tx, first: Option<&Numbered>) -> Result<()> {
        let Some(first) = first.filter(|_| !self.noted) else { return Ok(()) };
        let deed = Deed::new("import.begun", "").saying("system", first.key.system.as_str());
        deed.note(tx, self.caller).await
    }

    /// Tells the audit log what came of an import that kept anything.
    async fn finish(&self) -> Result<()> {
        if !self.noted {
            return Ok(());
        }
        let report = ImportTicketsResponse { failures: vec![], ..self.report.clone() };
        let mut tx = self.desk.store.db().begin().await?;
        Deed::new("import.finished", "").made(&report)?.note(&mut tx, self.caller).await?;
        tx.commit().await
    }
}

fn tally(rows: usize) -> i32 {
    i32::try_from(rows).unwrap_or(i32::MAX)
}
