//! Filing tickets, many in one transaction.
//!
//! Writing to disk is what a new ticket waits for, so those who file at the same time share it: whoever finds a turn free files
//! for everybody who waits. Alone nobody waits for company. The invariants: a ticket is filed whole or not at all, its answer
//! is given after the commit, and what is wrong with one filing never harms another.

use std::sync::{Arc, Mutex, PoisonError};

use mesh_core::{
    caller::Caller,
    db::{Engine, Tx},
    error::{Error, Result},
    idempotency::RequestKey,
    outbox::{self, Cause},
};
use prost::Message as _;
use proto::tickets::v1 as wire;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use crate::{
    entry::{Entry, What},
    events, files,
    number::{Numbers, Style},
    store::{
        Store,
        attachments::Target,
        haystack, history, tickets,
        words::{self, Changed},
    },
    ticket::Ticket,
    wire::ticket_for,
};

/// The most tickets in one transaction. Batches are powers of two, so that few statements are prepared.
const MOST: usize = 32;
/// Batches written at once on PostgreSQL; SQLite has one writer.
const TURNS: usize = 3;

/// A ticket to be filed, checked.
#[derive(Clone, Debug)]
pub(crate) struct Filing {
    pub(crate) caller: Caller,
    pub(crate) key: RequestKey,
    pub(crate) cause: Cause,
    /// The ticket, but for id, number and times.
    pub(crate) draft: Ticket,
    /// The caller's uploads that come with it.
    pub(crate) attachment_ids: Vec<String>,
}

/// Files tickets. Clones share the queue.
#[derive(Clone, Debug)]
pub(crate) struct Filings(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    store: Store,
    style: Arc<Style>,
    numbers: Numbers,
    queue: Mutex<Vec<Waiting>>,
    turns: Arc<Semaphore>,
}

/// A filing and where its answer goes.
#[derive(Debug)]
struct Waiting {
    filing: Filing,
    answer: oneshot::Sender<Result<wire::Ticket>>,
}

impl Filings {
    /// Files into this store.
    pub(crate) fn new(store: Store, style: Arc<Style>) -> Self {
        let turns = match store.db().engine() {
            Engine::Sqlite => 1,
            Engine::Postgres => TURNS,
        };
        Self(Arc::new(Inner {
            store,
            style,
            numbers: Numbers::new(),
            queue: Mutex::default(),
            turns: Arc::new(Semaphore::new(turns)),
        }))
    }

    /// So many numbers nobody else gets, for tickets that are kept another way.
    pub(crate) async fn numbers(&self, count: usize) -> Result<Vec<i64>> {
        self.0.numbers.take(&self.0.store, count).await
    }

    /// Files one ticket, together with others that wait. Once begun it is done, also when the caller goes away.
    pub(crate) async fn file(&self, filing: Filing) -> Result<wire::Ticket> {
        let (sender, mut answer) = oneshot::channel();
        self.queue().push(Waiting { filing, answer: sender });
        loop {
            tokio::select! {
                biased;
                answer = &mut answer => return answer.unwrap_or_else(|_| Err(interrupted())),
                turn = self.0.turns.clone().acquire_owned() => {
                    let batch = self.take_batch();
                    if batch.is_empty() {
                        // Everybody who waited is being filed, this caller too.
                        break;
                    }
                    self.begin(batch, turn.map_err(Error::internal)?);
                }
            }
        }
        answer.await.unwrap_or_else(|_| Err(interrupted()))
    }

    /// Files for those who wait, in a task of its own that keeps the turn until it is done.
    fn begin(&self, batch: Vec<Waiting>, turn: OwnedSemaphorePermit) {
        let filings = self.clone();
        tokio::spawn(async move {
            filings.file_batch(batch).await;
            drop(turn);
        });
    }

    fn take_batch(&self) -> Vec<Waiting> {
        let mut queue = self.queue();
        let fitting = queue.len().min(MOST);
        let length = fitting.checked_ilog2().map_or(0, |power| 1 << power);
        queue.drain(..length).collect()
    }

    fn queue(&self) -> std::sync::MutexGuard<'_, Vec<Waiting>> {
        self.0.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Files all at once; those that can't be so are filed one by one.
    async fn file_batch(&self, batch: Vec<Waiting>) {
        let filings: Vec<_> = batch.iter().map(|waiting| &waiting.filing).collect();
        let answers = match self.file_together(&filings).await {
            Ok(answers) => answers,
            Err(error) if error.is_transient() => {
                let message = error.to_string();
                let refuse = |waiting: Waiting| waiting.give(Err(Error::unavailable(message.clone())));
                return batch.into_iter().for_each(refuse);
            }
            Err(_) => vec![None; batch.len()],
        };
        let mut left = vec![];
        for (waiting, answer) in batch.into_iter().zip(answers) {
            match answer {
                Some(ticket) => waiting.give(Ok(ticket)),
                None => left.push(waiting),
            }
        }
        for waiting in left {
            let answer = self.file_alone(&waiting.filing).await;
            waiting.give(answer);
        }
    }

    /// Files in one transaction. `None` stands for a call that was made before, or twice.
    async fn file_together(&self, filings: &[&Filing]) -> Result<Vec<Option<wire::Ticket>>> {
        let numbers = self.0.numbers.take(&self.0.store, filings.len()).await?;
        let mut tx = self.0.store.db().begin().await?;
        let tickets: Vec<_> =
            filings.iter().zip(numbers).map(|(filing, number)| filing.ticket(&tx, number)).collect();
        let answer =
            |(filing, ticket): (&&Filing, &Ticket)| ticket_for(&filing.caller, ticket, &self.0.style);
        let answers: Vec<_> = filings.iter().zip(&tickets).map(answer).collect();
        let calls: Vec<_> = filings
            .iter()
            .zip(&answers)
            .map(|(filing, answer)| (&filing.key, answer.encode_to_vec()))
            .collect();
        let first = RequestKey::claim_all(&mut tx, &calls).await?;
        let filed = filings.iter().zip(&tickets).zip(&first).filter(|(_, first)| **first);
        let filed: Vec<_> = filed.map(|((filing, ticket), _)| (*filing, ticket)).collect();
        self.write(&mut tx, &filed).await?;
        tx.commit().await?;
        Ok(answers.into_iter().zip(first).map(|(answer, first)| first.then_some(answer)).collect())
    }

    /// Files one, or gives the answer it got before.
    async fn file_alone(&self, filing: &Filing) -> Result<wire::Ticket> {
        let numbers = self.0.numbers.take(&self.0.store, 1).await?;
        let mut tx = self.0.store.db().begin().await?;
        if let Some(done) = filing.key.replay(&mut tx).await? {
            return Ok(done);
        }
        let ticket = filing.ticket(&tx, numbers.into_iter().next().unwrap_or_default());
        self.write(&mut tx, &[(filing, &ticket)]).await?;
        let answer = ticket_for(&filing.caller, &ticket, &self.0.style);
        filing.key.record(&mut tx, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// Writes tickets, the first entries of their histories, and their news.
    async fn write(&self, tx: &mut Tx, filed: &[(&Filing, &Ticket)]) -> Result<()> {
        if filed.is_empty() {
            return Ok(());
        }
        let style = &*self.0.style;
        let row = |ticket: &Ticket| haystack(&style.write(ticket.number), &ticket.subject);
        let rows: Vec<_> = filed.iter().map(|(_, ticket)| (*ticket, row(ticket))).collect();
        tickets::insert(tx, &rows).await?;
        let entries: Vec<_> = filed.iter().map(|(filing, ticket)| filing.entry(tx, ticket)).collect();
        let entries: Vec<_> =
            filed.iter().zip(&entries).map(|((_, ticket), entry)| (ticket.id.as_str(), entry)).collect();
        history::add(tx, &entries).await?;
        for (filing, ticket) in filed {
            filing.use_files(tx, ticket).await?;
        }
        let news =
            filed.iter().map(|(filing, ticket)| (&filing.cause, events::created(ticket, style))).collect();
        outbox::push_all(tx, news).await.map(drop)
    }
}

impl Waiting {
    /// Gives the answer, unless who asked has gone away.
    fn give(self, answer: Result<wire::Ticket>) {
        let _ = self.answer.send(answer);
    }
}

impl Filing {
    /// The new ticket.
    fn ticket(&self, tx: &Tx, number: i64) -> Ticket {
        let now = tx.micros();
        Ticket { id: tx.ids().id("tkt"), number, create_time: now, update_time: now, ..self.draft.clone() }
    }

    /// Uses the caller's uploads with his ticket.
    async fn use_files(&self, tx: &mut Tx, ticket: &Ticket) -> Result<()> {
        if self.attachment_ids.is_empty() {
            return Ok(());
        }
        let target = Target { ticket_id: &ticket.id, comment_id: "", owner_id: self.caller.user_id()? };
        files::bind(tx, &self.attachment_ids, target).await?;
        words::refresh(tx, ticket.number, Changed::Public).await // They are found by their names.
    }

    /// The history's first entry.
    fn entry(&self, tx: &Tx, ticket: &Ticket) -> Entry {
        Entry {
            id: tx.ids().id("his"),
            time: tx.micros(),
            actor: self.cause.actor().clone().into(),
            cause: String::new(),
            internal: false,
            what: What::Filed {
                source: ticket.source.into(),
                on_behalf_of_id: ticket.on_behalf_of_id.clone(),
            },
        }
    }
}

fn interrupted() -> Error {
    Error::unavailable("filing was interrupted; send the same request again")
}
