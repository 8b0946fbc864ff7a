//! Pressing a transition.
//!
//! A comment that comes along is written first, through tickets, in the caller's name and under the same request id: a crash in
//! between leaves a comment without a move, which repeating the call completes; never a move without the comment it asked for. The
//! call is announced before, so that the news of the comment does not move the run once more.

use std::{collections::BTreeMap, sync::Arc};

use mesh_core::{
    clock,
    db::Tx,
    error::{Error, Result, Violations},
    policy::Action,
};
use proto::{
    tickets::v1::{AddCommentRequest, Comment, CommentKind, ticket_service_client::TicketServiceClient},
    workflow::v1::{
        self as wire, ChildrenChoice, CommentAsk, ErrorReason, Refusal, RefusalCode, TransitionRequest,
    },
};

use super::{
    access::{check_etag, check_leads_on, may, standing, visible},
    call::Call,
    family::Family,
};
use crate::{
    change::Change,
    conflict,
    definition::Definition,
    engine::{self, Around, Press, Step},
    occasion::{Doing, Occasion},
    run::Run,
    store,
    workflow::Workflow,
};

/// What became of a call before anything was changed.
enum Checked {
    /// It was done before, with this answer.
    Done(Box<wire::Run>),
    /// It can be done; a comment of this kind comes along.
    Ready(CommentKind),
}

impl Workflow {
    /// Takes the transition, with its comment.
    pub(super) async fn transition(&self, call: &Call<'_>, ask: &TransitionRequest) -> Result<wire::Run> {
        let family = self.pressed_family(call, ask).await?;
        let family = family.as_ref();
        if !ask.comment.trim().is_empty() {
            match conflict::retried(|| self.announce(call, ask, family)).await? {
                Checked::Done(answer) => return Ok(*answer),
                Checked::Ready(kind) => self.write_comment(call, ask, kind).await?,
            }
        }
        conflict::retried(|| self.press(call, ask, family)).await
    }

    /// Whom the transition depends on, asked before anything is written.
    async fn pressed_family(&self, call: &Call<'_>, ask: &TransitionRequest) -> Result<Option<Family>> {
        let mut conn = self.read().await?;
        let run = visible(&mut conn, call.caller, call.ticket_id).await?;
        let definition = self.definition(&mut conn, &run).await?;
        drop(conn);
        self.family(&run, definition.transition(&ask.transition_key)).await
    }

    /// Checks everything before the comment is written, and announces it.
    async fn announce(
        &self,
        call: &Call<'_>,
        ask: &TransitionRequest,
        family: Option<&Family>,
    ) -> Result<Checked> {
        let mut tx = self.db.begin().await?;
        if let Some(done) = call.key.replay(&mut tx).await? {
            return Ok(Checked::Done(Box::new(done)));
        }
        let (definition, run) = self.pressed_run(&mut tx, call, ask).await?;
        self.step(&mut tx, call, ask, (&*definition, &run), family).await?;
        tx.rollback().await?; // What children did comes with the press itself.
        let mut tx = self.db.begin().await?;
        let now = tx.now();
        store::presses::announce(tx.conn(), &run.facts.ticket_id, call.caller.request_id(), now).await?;
        tx.commit().await?;
        let comment = definition.transition(&ask.transition_key).map(wire::Transition::comment);
        Ok(Checked::Ready(match comment {
            Some(CommentAsk::NoteOptional | CommentAsk::NoteRequired) => CommentKind::Internal,
            _ => CommentKind::Public,
        }))
    }

    async fn write_comment(&self, call: &Call<'_>, ask: &TransitionRequest, kind: CommentKind) -> Result<()> {
        let comment = Comment {
            ticket_id: ask.ticket_id.clone(),
            kind: kind.into(),
            text: ask.comment.clone(),
            ..Comment::default()
        };
        let add = AddCommentRequest {
            comment: Some(comment),
            request_id: ask.request_id.clone(),
            ..AddCommentRequest::default()
        };
        TicketServiceClient::new(self.tickets.for_caller(call.caller)).add_comment(add).await?;
        Ok(())
    }

    async fn press(
        &self,
        call: &Call<'_>,
        ask: &TransitionRequest,
        family: Option<&Family>,
    ) -> Result<wire::Run> {
        let mut tx = self.db.begin().await?;
        if let Some(done) = call.key.replay(&mut tx).await? {
            return Ok(done);
        }
        let (definition, run) = self.pressed_run(&mut tx, call, ask).await?;
        let step = self.step(&mut tx, call, ask, (&*definition, &run), family).await?;
        let occasion = Occasion::call(call.caller);
        let mut change = Change::of(&definition, &occasion, run);
        change.step(Doing::Actors, step);
        self.release_from_strangers(&mut tx, &mut change).await?;
        self.find_agent(&mut tx, &mut change).await?;
        let answer = change.save(&mut tx).await?.to_proto(&definition);
        call.key.record(&mut tx, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    async fn pressed_run(
        &self,
        tx: &mut Tx,
        call: &Call<'_>,
        ask: &TransitionRequest,
    ) -> Result<(Arc<Definition>, Run)> {
        let run = visible(tx.conn(), call.caller, call.ticket_id).await?;
        may(call.caller, Action::TicketTransition, &run)?;
        let definition = self.definition(tx.conn(), &run).await?;
        check_etag(call.caller, call.etag, &definition, &run)?;
        check_leads_on(&definition, &run, &ask.transition_key)?;
        Ok((definition, run))
    }

    /// What the engine says to the press. Children that are to come along have taken the transition before.
    async fn step(
        &self,
        tx: &mut Tx,
        call: &Call<'_>,
        ask: &TransitionRequest,
        (definition, run): (&Definition, &Run),
        family: Option<&Family>,
    ) -> Result<Step> {
        let inputs = given(&ask.inputs);
        let press = Press {
            transition: &ask.transition_key,
            has_comment: !ask.comment.trim().is_empty(),
            wait_reason: ask.wait_reason(),
            wait_until: ask.wait_until.as_ref().and_then(clock::from_proto),
            inputs: &inputs,
        };
        let undone = match family {
            Some(family) if ask.children() == ChildrenChoice::Cascade => {
                self.cascade(tx, call.caller, family, &press).await?;
                Some(family.undone(tx.conn(), call.caller).await?)
            }
            Some(family) => Some(family.undone(tx.conn(), call.caller).await?),
            None => None,
        };
        let around = Around { now: tx.now(), undone: undone.as_ref() };
        engine::press(definition, run, standing(call.caller, run), &press, around).map_err(refused)
    }
}

fn given(inputs: &BTreeMap<String, String>) -> Vec<&str> {
    inputs.iter().filter(|(_, value)| !value.trim().is_empty()).map(|(key, _)| key.as_str()).collect()
}

/// What was pressed along is the caller's to mend, field by field; for the rest the run must change first.
fn refused(refusals: Vec<Refusal>) -> Error {
    if let Some(not_yours) = refusals.iter().find(|refusal| refusal.code() == RefusalCode::NotYours) {
        return Error::permission_denied(not_yours.message.clone());
    }
    let fields: Option<Vec<_>> =
        refusals.iter().map(|refusal| Some((field(refusal.code())?, refusal.message.clone()))).collect();
    let Some(fields) = fields else {
        let reasons: Vec<_> = refusals.into_iter().map(|refusal| refusal.message).collect();
        return Error::failed_precondition(&ErrorReason::TransitionRefused, reasons.join("; "));
    };
    let mut wrong = Violations::default();
    for (field, message) in fields {
        wrong.add(field, message);
    }
    wrong.into_result().err().unwrap_or_else(|| Error::internal("a refusal without a reason"))
}

/// The field of the request a refusal is about.
const fn field(code: RefusalCode) -> Option<&'static str> {
    match code {
        RefusalCode::CommentMissing | RefusalCode::CommentNotTaken => Some("comment"),
        RefusalCode::WaitReason => Some("wait_reason"),
        RefusalCode::InputMissing => Some("inputs"),
        _ => None,
    }
}
