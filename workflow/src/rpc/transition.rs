//! Pressing a transition.
//!
//! Values and a comment that come along are written first, through tickets, under the same request id, the comment in the caller's
//! name: a crash in between leaves them without a move, which repeating the call completes; never a move without what it asked for.
//! The call is announced before, so that the news of the comment does not move the run once more.

use std::{collections::BTreeMap, sync::Arc};

use mesh_core::{
    clock,
    db::Tx,
    error::{Error, Result, Violations},
    policy::Action,
};
use proto::{
    tickets::v1::{
        AddCommentRequest, Comment, CommentKind, FieldValue, Ticket, UpdateTicketRequest,
        ticket_service_client::TicketServiceClient,
    },
    workflow::v1::{
        self as wire, ApprovalPolicy, ChildrenChoice, CommentAsk, ErrorReason, Refusal, RefusalCode,
        TransitionRequest,
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
    form::Form,
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

/// What a press depends on and brings along besides itself, found before anything is written.
struct Along {
    family: Option<Family>,
    /// Values for the form, by field key.
    given: BTreeMap<String, FieldValue>,
}

impl Along {
    /// The run as its rules see it: with the values that come along.
    fn over(&self, run: &Run) -> Run {
        let mut run = run.clone();
        let given = self.given.iter().map(|(key, value)| (key.clone(), value.clone()));
        run.facts.details.fields.extend(given);
        run
    }
}

impl Workflow {
    /// Takes the transition, with what comes along.
    pub(super) async fn transition(&self, call: &Call<'_>, ask: &TransitionRequest) -> Result<wire::Run> {
        let along = self.along(call, ask).await?;
        let speaks = !ask.comment.trim().is_empty();
        if speaks || !along.given.is_empty() {
            match conflict::retried(|| self.announce(call, ask, &along)).await? {
                Checked::Done(answer) => return Ok(*answer),
                Checked::Ready(kind) => {
                    self.write_values(ask, &along).await?;
                    if speaks {
                        self.write_comment(call, ask, kind).await?;
                    }
                }
            }
        }
        conflict::retried(|| self.press(call, ask, &along)).await
    }

    /// Finds out what the transition would be refused for. Nothing is written.
    pub(super) async fn rehearse(&self, call: &Call<'_>, ask: &TransitionRequest) -> Result<()> {
        let along = self.along(call, ask).await?;
        conflict::retried(|| async {
            let mut tx = self.db.begin().await?;
            self.checked(&mut tx, call, ask, &along).await?;
            tx.rollback().await // What children would do goes with it.
        })
        .await
    }

    /// The run and its definition, if the transition can be taken.
    async fn checked(
        &self,
        tx: &mut Tx,
        call: &Call<'_>,
        ask: &TransitionRequest,
        along: &Along,
    ) -> Result<(Arc<Definition>, Run)> {
        let (definition, run) = self.pressed_run(tx, call, ask).await?;
        self.step(tx, call, ask, (&*definition, &run), along).await?;
        Ok((definition, run))
    }

    async fn along(&self, call: &Call<'_>, ask: &TransitionRequest) -> Result<Along> {
        let mut conn = self.read().await?;
        let run = visible(&mut conn, call.caller, call.ticket_id).await?;
        let definition = self.definition(&mut conn, &run).await?;
        drop(conn);
        let family = self.family(&run, definition.transition(&ask.transition_key)).await?;
        let given = self.given(&run, &ask.inputs).await?;
        Ok(Along { family, given })
    }

    /// The inputs that say something, as values of the ticket's form.
    async fn given(
        &self,
        run: &Run,
        inputs: &BTreeMap<String, String>,
    ) -> Result<BTreeMap<String, FieldValue>> {
        let said: Vec<_> = inputs.iter().filter(|(_, value)| !value.trim().is_empty()).collect();
        if said.is_empty() {
            return Ok(BTreeMap::new());
        }
        let form = Form::of(self, &run.facts.details.category_id).await?;
        let (mut given, mut wrong) = (BTreeMap::new(), Violations::default());
        for (key, value) in said {
            match form.value(key, &value.as_str().into()) {
                Ok(value) => drop(given.insert(key.clone(), value)),
                Err(problem) => wrong.add(format!("inputs.{key}"), problem),
            }
        }
        wrong.into_result()?;
        Ok(given)
    }

    /// Checks everything before anything is written, and announces the comment.
    async fn announce(&self, call: &Call<'_>, ask: &TransitionRequest, along: &Along) -> Result<Checked> {
        let mut tx = self.db.begin().await?;
        if let Some(done) = call.key.replay(&mut tx).await? {
            return Ok(Checked::Done(Box::new(done)));
        }
        let (definition, run) = self.checked(&mut tx, call, ask, along).await?;
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

    /// Whoever may take the transition may give what it asks for, so the values are written in the workflow's name.
    async fn write_values(&self, ask: &TransitionRequest, along: &Along) -> Result<()> {
        if along.given.is_empty() {
            return Ok(());
        }
        let paths = along.given.keys().map(|key| format!("fields.{key}")).collect();
        let ticket = Ticket { id: ask.ticket_id.clone(), fields: along.given.clone(), ..Ticket::default() };
        let update = UpdateTicketRequest {
            ticket: Some(ticket),
            update_mask: Some(prost_types::FieldMask { paths }),
            request_id: ask.request_id.clone(),
            cause: "given along with a transition".to_owned(),
        };
        TicketServiceClient::new(self.tickets.for_worker()).update_ticket(update).await?;
        Ok(())
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

    async fn press(&self, call: &Call<'_>, ask: &TransitionRequest, along: &Along) -> Result<wire::Run> {
        let mut tx = self.db.begin().await?;
        if let Some(done) = call.key.replay(&mut tx).await? {
            return Ok(done);
        }
        let (definition, run) = self.pressed_run(&mut tx, call, ask).await?;
        let step = self.step(&mut tx, call, ask, (&*definition, &run), along).await?;
        let occasion = Occasion::call(call.caller);
        let mut change = Change::of(&definition, &occasion, run);
        if let Some(policy) = policy(&definition, ask) {
            self.ask(&mut tx, policy, &mut change, ask.clone()).await?;
        } else {
            change.step(Doing::Actors, step);
            self.release_from_strangers(&mut tx, &mut change).await?;
            self.find_agent(&mut tx, &mut change).await?;
        }
        call.settle(tx, &definition, change).await
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
        along: &Along,
    ) -> Result<Step> {
        let inputs: Vec<_> = along.given.keys().map(String::as_str).collect();
        let press = Press {
            transition: &ask.transition_key,
            has_comment: !ask.comment.trim().is_empty(),
            wait_reason: ask.wait_reason(),
            wait_until: ask.wait_until.as_ref().and_then(clock::from_proto),
            inputs: &inputs,
        };
        if ask.children() == ChildrenChoice::Cascade && policy(definition, ask).is_some() {
            let problem = "can't be taken along with what must be approved; resolve them first";
            return Err(Error::invalid("children", problem));
        }
        let undone = match &along.family {
            Some(family) if ask.children() == ChildrenChoice::Cascade => {
                self.cascade(tx, call.caller, family, &press).await?;
                Some(family.undone(tx.conn(), call.caller).await?)
            }
            Some(family) => Some(family.undone(tx.conn(), call.caller).await?),
            None => None,
        };
        let asked = store::approvals::open_of(tx.conn(), &run.id).await?;
        let around = Around {
            undone: undone.as_ref(),
            caller: call.caller.user_id().ok(),
            awaited: asked.as_ref().map(|asked| asked.approval.transition_key.as_str()),
            ..Around::at(tx.now())
        };
        let run = &along.over(run);
        engine::press(definition, run, standing(call.caller, run), &press, around).map_err(refused)
    }
}

/// Who must approve what is pressed, if anybody.
fn policy<'d>(definition: &'d Definition, ask: &TransitionRequest) -> Option<&'d ApprovalPolicy> {
    definition.transition(&ask.transition_key)?.approval.as_ref()
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
        RefusalCode::InputMissing | RefusalCode::InputNotTaken => Some("inputs"),
        _ => None,
    }
}
