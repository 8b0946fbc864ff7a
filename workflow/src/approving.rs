//! Asking for approvals, and what becomes of a run when they are decided, due, or of no use any more.
//!
//! Invariant: at most one approval of a run is open, and only while the run stands where it was asked; votes and what they lead to
//! are written in one transaction.

use async_trait::async_trait;
use mesh_core::{
    db::Tx,
    error::{Error, Result},
    jobs::{self, Handler, Job},
    outbox,
};
use proto::workflow::v1::{ApprovalPolicy, ApprovalState, ErrorReason, Refusal, TransitionRequest};

use crate::{
    approval::{Asked, Verdict, when_due},
    change::Change,
    conflict,
    definition::Definition,
    engine::{self, Around, Undone},
    events,
    occasion::{Doing, Occasion},
    run::Run,
    store::{self, approvals},
    workflow::Workflow,
};

/// The kind of jobs that end what is due; their key is the approval.
pub(crate) const KIND: &str = "approval_due";

/// An approval that came to something, and what it is about.
#[derive(Debug)]
pub(crate) struct Decided<'a> {
    pub(crate) definition: &'a Definition,
    pub(crate) occasion: &'a Occasion,
    pub(crate) doing: Doing,
    pub(crate) run: Run,
    pub(crate) asked: Asked,
    pub(crate) verdict: Verdict,
    /// What the transition depends on besides the run.
    pub(crate) undone: Option<Undone>,
}

impl Workflow {
    /// Asks for the approval of a press.
    pub(crate) async fn ask(
        &self,
        tx: &mut Tx,
        policy: &ApprovalPolicy,
        change: &mut Change<'_>,
        press: TransitionRequest,
    ) -> Result<()> {
        let asked = Asked::open(tx.ids().id("apr"), policy, change.run(), press, tx.now());
        let Some(asked) = asked else {
            let message =
                "it must be approved, and nobody can be asked; have an administrator look at the workflow";
            return Err(Error::failed_precondition(&ErrorReason::TransitionRefused, message));
        };
        let asked = asked.told(change.definition(), change.asker());
        if !approvals::insert(tx.conn(), &asked).await? {
            return Err(Error::conflict(
                "an approval was asked for at the same moment; send the same request again",
            ));
        }
        watch(tx, &asked).await?;
        change.approve(Doing::Actors, asked, Vec::new());
        Ok(())
    }

    /// Writes what an approval came to: others are asked, or it is closed and the run goes on.
    pub(crate) async fn settle(&self, tx: &mut Tx, decided: Decided<'_>) -> Result<Asked> {
        let Decided { definition, occasion, doing, run, mut asked, verdict, undone } = decided;
        let (policy, level, now) = (policy(definition, &asked)?, asked.level(), tx.now());
        let voted = asked.voted();
        asked.settle(verdict, policy, &run, now);
        asked.version += 1;
        if !approvals::save(tx.conn(), &asked).await? {
            return Err(Error::conflict("somebody voted at the same moment; send the same request again"));
        }
        if asked.is_open() && asked.level() != level {
            watch(tx, &asked).await?;
            let mut change = Change::of(definition, occasion, run);
            change.approve(doing, asked.clone(), voted);
            change.save(tx).await?;
            return Ok(asked);
        }
        if asked.is_open() {
            let news = events::approval_changed(&asked, &run, definition);
            outbox::push(tx, occasion.cause(doing), news).await?;
            return Ok(asked);
        }
        let step = (asked.approval.state() == ApprovalState::Approved)
            .then(|| taken(definition, &run, &asked, Around { undone: undone.as_ref(), ..Around::at(now) }));
        let mut change = Change::of(definition, occasion, run);
        change.approve(doing, asked.clone(), voted);
        if let Some(step) = step {
            change.step(Doing::Own, step?);
        }
        self.find_agent(tx, &mut change).await?;
        change.save(tx).await?;
        Ok(asked)
    }
}

/// The approval a run waited for, closed because the run left the stage it was asked in.
pub(crate) async fn cancel(tx: &mut Tx, run: &Run) -> Result<Option<Asked>> {
    let Some(mut asked) = approvals::open_of(tx.conn(), &run.id).await? else { return Ok(None) };
    asked.close(ApprovalState::Cancelled, tx.now());
    asked.version += 1;
    jobs::cancel(tx, KIND, &asked.approval.id).await?;
    if approvals::save(tx.conn(), &asked).await? {
        return Ok(Some(asked));
    }
    Err(Error::conflict("somebody voted at the same moment; send the same request again"))
}

/// The policy an approval follows.
pub(crate) fn policy<'d>(definition: &'d Definition, asked: &Asked) -> Result<&'d ApprovalPolicy> {
    let transition = definition.transition(&asked.approval.transition_key);
    let policy = transition.and_then(|transition| transition.approval.as_ref());
    policy.ok_or_else(|| Error::internal("an approval is open that no transition asks for"))
}

/// The transition that was approved, taken under the rules as they are now.
fn taken(definition: &Definition, run: &Run, asked: &Asked, around: Around<'_>) -> Result<engine::Step> {
    let transition = definition.transition(&asked.approval.transition_key);
    let transition = transition.ok_or_else(|| Error::internal("a transition was approved that is gone"))?;
    let until = asked.press.wait_until.as_ref().and_then(mesh_core::clock::from_proto);
    engine::retake(definition, run, transition, (asked.press.wait_reason(), until), around).map_err(
        |refusals| {
            let reasons: Vec<_> = refusals.into_iter().map(|Refusal { message, .. }| message).collect();
            Error::failed_precondition(&ErrorReason::TransitionRefused, reasons.join("; "))
        },
    )
}

/// Has the level looked at when it is due.
async fn watch(tx: &mut Tx, asked: &Asked) -> Result<()> {
    let key = asked.approval.id.clone();
    jobs::cancel(tx, KIND, &key).await?;
    let Some(due) = asked.due() else { return Ok(()) };
    let payload = asked.approval.level.to_be_bytes().to_vec();
    jobs::enqueue(tx, Job { kind: KIND, key, due, payload }).await.map(drop)
}

/// Ends what is due.
#[derive(Clone, Debug)]
pub(crate) struct Deadlines(pub(crate) Workflow);

#[async_trait]
impl Handler for Deadlines {
    async fn run(&self, job: &Job) -> Result<()> {
        match conflict::retried(|| self.end(job, None)).await {
            // Approved by its time, but the transition cannot be taken: then it is not.
            Err(Error::FailedPrecondition { .. }) => {
                conflict::retried(|| self.end(job, Some(Verdict::Rejected))).await
            }
            ended => ended,
        }
    }
}

impl Deadlines {
    /// As the policy says, or as `otherwise` says.
    async fn end(&self, job: &Job, otherwise: Option<Verdict>) -> Result<()> {
        let mut tx = self.0.db.begin().await?;
        let asked = approvals::by_id(tx.conn(), &job.key).await?;
        let same_level = |asked: &Asked| asked.approval.level.to_be_bytes().as_slice() == job.payload;
        let Some(asked) = asked.filter(|asked| asked.is_open() && same_level(asked)) else { return Ok(()) };
        let Some(run) = store::runs::by_id(tx.conn(), &asked.approval.run_id).await? else { return Ok(()) };
        let definition = self.0.definition(tx.conn(), &run).await?;
        let due = when_due(policy(&definition, &asked)?);
        let verdict = otherwise.unwrap_or(due);
        let occasion = Occasion::due(&run.facts.ticket_id);
        let (definition, occasion) = (&*definition, &occasion);
        let decided = Decided { definition, occasion, doing: Doing::Own, run, asked, verdict, undone: None };
        self.0.settle(&mut tx, decided).await?;
        tx.commit().await
    }
}
