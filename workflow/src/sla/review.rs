//! Stories told anew after an edit of policies or calendars: a job after the other, some runs each, until every open ticket follows.
//!
//! Invariant: an edit and the review it asks for are one transaction. A new edit begins a new review, and the one before it stops where
//! it is. A run whose clocks change has a moment for it.

use async_trait::async_trait;
use jiff::Timestamp;
use mesh_core::{
    clock::to_proto,
    db::Tx,
    error::{Error, Result},
    id::Ids,
    jobs::{self, Handler, Job},
};
use proto::workflow::v1::{ClockChange, SlaMetric};
use serde::{Deserialize, Serialize};
use sqlx::AnyConnection;

use super::{
    book::Book,
    clock::Clock,
    follow::{LONGEST_STORY, add, after, write},
    moment::{Event, Moment, State},
    past,
    projection::{Ticket, due_times},
    shelf,
};
use crate::{
    conflict,
    definition::Definition,
    project,
    run::Run,
    store::{self, clocks},
    vocabulary,
    workflow::Workflow,
};

/// The kind of these jobs; they have one key, for there is one review at a time.
pub(crate) const KIND: &str = "sla_review";
const KEY: &str = "tickets";
/// Runs looked at in one job.
const BATCH: i64 = 100;

/// What a job goes on with.
#[derive(Debug, Serialize, Deserialize)]
struct Stretch {
    review_id: String,
    /// The last run that was looked at.
    behind: String,
}

/// What an edit means for a run.
pub(crate) struct Verdict {
    /// The moments it would be, that of the edit last, and the clocks that change with them.
    new: Vec<Moment>,
    latest: Vec<Clock>,
    changed: Vec<Clock>,
}

/// Has every open ticket follow what was edited in this transaction.
pub(crate) async fn begin(tx: &mut Tx) -> Result<()> {
    let (review_id, now) = (tx.ids().id("rvw"), tx.now());
    clocks::begin_review(tx.conn(), &review_id, now).await?;
    jobs::cancel(tx, KIND, KEY).await?;
    Stretch { review_id, behind: String::new() }.enqueue(tx).await
}

impl Stretch {
    async fn enqueue(&self, tx: &mut Tx) -> Result<()> {
        let payload = serde_json::to_vec(self).map_err(Error::internal)?;
        let job = Job { kind: KIND, key: KEY.into(), due: tx.now(), payload };
        jobs::enqueue(tx, job).await.map(drop)
    }
}

/// Tells stories anew.
#[derive(Clone, Debug)]
pub(crate) struct Reviewer(pub(crate) Workflow);

#[async_trait]
impl Handler for Reviewer {
    async fn run(&self, job: &Job) -> Result<()> {
        let stretch: Stretch = serde_json::from_slice(&job.payload).map_err(Error::internal)?;
        let mut conn = self.0.read().await?;
        let is_latest = clocks::review(&mut conn).await?.is_some_and(|(id, _)| id == stretch.review_id);
        let runs = store::runs::open_after(&mut conn, &stretch.behind, BATCH).await?;
        drop(conn);
        if !is_latest {
            return Ok(());
        }
        let changed = conflict::retried(|| self.review_all(&runs)).await?;
        self.go_on(stretch, &runs, changed).await
    }
}

impl Reviewer {
    /// Tells some stories anew. Answers how many clocks changed.
    async fn review_all(&self, runs: &[String]) -> Result<i64> {
        let mut tx = self.0.db.begin().await?;
        let book = shelf::book(tx.conn()).await?;
        let mut changed = 0;
        for run_id in runs {
            changed += self.0.review(&mut tx, &book, run_id).await?;
        }
        tx.commit().await?;
        Ok(changed)
    }

    async fn go_on(&self, stretch: Stretch, runs: &[String], changed: i64) -> Result<()> {
        let mut tx = self.0.db.begin().await?;
        let done = i64::try_from(runs.len()).unwrap_or(i64::MAX);
        let ended = (done < BATCH).then(|| tx.now());
        clocks::continue_review(tx.conn(), &stretch.review_id, (done, changed), ended).await?;
        if let Some(last) = runs.last().filter(|_| ended.is_none()) {
            Stretch { behind: last.clone(), ..stretch }.enqueue(&mut tx).await?;
        }
        tx.commit().await
    }
}

impl Workflow {
    /// Tells the story of an open run anew. Answers how many clocks changed.
    pub(crate) async fn review(&self, tx: &mut Tx, book: &Book, run_id: &str) -> Result<i64> {
        let Some(run) = store::runs::by_id(tx.conn(), run_id).await?.filter(Run::is_open) else {
            return Ok(0);
        };
        let definition = self.definition(tx.conn(), &run).await?;
        let (ids, now) = (tx.ids().clone(), tx.now());
        let verdict = judge(tx.conn(), &ids, &definition, &run, book, now).await?;
        if verdict.changed.is_empty() && !verdict.moment_matters() {
            return Ok(0);
        }
        add(tx, &run, &verdict.new).await?;
        write(tx, book, &run, &verdict.changed).await?;
        if due_times(&verdict.latest) != due_times(&verdict.after()) {
            project::retimed(tx, &run).await?;
        }
        Ok(i64::try_from(verdict.changed.len()).unwrap_or(i64::MAX))
    }
}

impl Workflow {
    /// Gives a run the clocks of a book, for a ticket that is told of them by whoever asks: when its next answer and its resolution
    /// are due.
    pub(crate) async fn promise(
        &self,
        tx: &mut Tx,
        book: &Book,
        run_id: &str,
    ) -> Result<Option<(String, [Option<Timestamp>; 2])>> {
        let Some(run) = store::runs::by_id(tx.conn(), run_id).await? else { return Ok(None) };
        let definition = self.definition(tx.conn(), &run).await?;
        let (ids, now) = (tx.ids().clone(), tx.now());
        let verdict = judge(tx.conn(), &ids, &definition, &run, book, now).await?;
        add(tx, &run, &verdict.new).await?;
        write(tx, book, &run, &verdict.changed).await?;
        Ok(Some((run.facts.ticket_id, due_times(&verdict.after()))))
    }
}

impl Verdict {
    /// Whether another policy applies than before.
    fn moment_matters(&self) -> bool {
        let chosen = self.new.last().map_or("", |moment| moment.policy_id.as_str());
        self.latest.iter().any(|clock| clock.is_open() && clock.terms.policy_id != chosen)
    }

    /// The latest clocks after it.
    fn after(&self) -> Vec<Clock> {
        after(&self.latest, &self.changed)
    }

    /// The due times it changes.
    pub(crate) fn changes(&self, ticket_id: &str) -> Vec<ClockChange> {
        let after = self.after();
        let due = |clocks: &[Clock], metric: SlaMetric| {
            let open = clocks.iter().filter(|clock| clock.metric == metric && clock.is_open());
            open.filter_map(|clock| clock.due).max().map(to_proto)
        };
        let mut metrics: Vec<_> = self.changed.iter().map(|clock| clock.metric).collect();
        metrics.dedup();
        let change = |metric: SlaMetric| ClockChange {
            ticket_id: ticket_id.to_owned(),
            metric: metric.into(),
            due_before: due(&self.latest, metric),
            due_after: due(&after, metric),
        };
        metrics.into_iter().map(change).filter(|change| change.due_before != change.due_after).collect()
    }
}

/// What a book means for an open run, whether it is the one that is kept or one somebody tries.
pub(crate) async fn judge(
    conn: &mut AnyConnection,
    ids: &Ids,
    definition: &Definition,
    run: &Run,
    book: &Book,
    now: Timestamp,
) -> Result<Verdict> {
    let mut story = clocks::story(conn, &run.id).await?;
    let known = story.len();
    if known == 0 {
        let history = store::history::since(conn, &run.id, 0, LONGEST_STORY).await?;
        story = past::moments(definition, run, &history);
    }
    let latest = clocks::latest(conn, &run.id).await?;
    let last = story.last();
    story.push(Moment {
        seq: last.map_or(0, |last| last.seq) + 1,
        at: last.map_or(now, |last| last.at.max(now)),
        event: Event::Reviewed,
        state: State::of(run, definition, last.is_some_and(|last| last.state.answered)),
        policy_id: book.choose(&vocabulary::values(run), now),
        cause: String::new(),
        since: None,
    });
    let changed = told_anew(ids, book, run, &latest, &story, now);
    Ok(Verdict { new: story.split_off(known), latest, changed })
}

fn told_anew(
    ids: &Ids,
    book: &Book,
    run: &Run,
    latest: &[Clock],
    story: &[Moment],
    now: Timestamp,
) -> Vec<Clock> {
    let ticket = Ticket { id: &run.facts.ticket_id, latest, ids: &|| ids.id("clk") };
    ticket.review(book, story, now)
}
