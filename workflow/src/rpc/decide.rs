//! Voting on approvals, and the lists of them.
//!
//! An approval one was not asked for is not found: that it exists is not one's business.

use mesh_core::{
    caller::Caller,
    error::{Error, Result},
    idempotency::RequestKey,
    page,
    policy::{self, Action, Relation, Scope},
};
use proto::workflow::v1::{
    self as wire, ApprovalPolicy, DecideRequest, Decision, ErrorReason, ListApprovalsRequest,
    ListApprovalsResponse,
};
use sqlx::AnyConnection;

use super::{
    access::{expect_etag, visible_inside},
    cut,
    family::Family,
};
use crate::{
    approval::Asked,
    approving::{self, Decided},
    conflict,
    occasion::{Doing, Occasion},
    run::Run,
    store::{
        self,
        approvals::{self, Whose},
    },
    workflow::Workflow,
};

/// Approvals a page has when nothing was asked.
const PAGE: i32 = 50;

impl Workflow {
    /// Votes.
    pub(super) async fn decide(
        &self,
        caller: &Caller,
        key: &RequestKey,
        ask: &DecideRequest,
    ) -> Result<wire::Approval> {
        let mut conn = self.read().await?;
        let (asked, run) = asked_of(&mut conn, caller, &ask.approval_id).await?;
        let definition = self.definition(&mut conn, &run).await?;
        drop(conn);
        let transition = definition.transition(&asked.approval.transition_key);
        let family = self.family(&run, transition).await?;
        conflict::retried(|| self.try_decide(caller, key, ask, family.as_ref())).await
    }

    async fn try_decide(
        &self,
        caller: &Caller,
        key: &RequestKey,
        ask: &DecideRequest,
        family: Option<&Family>,
    ) -> Result<wire::Approval> {
        let mut tx = self.db.begin().await?;
        if let Some(done) = key.replay(&mut tx).await? {
            return Ok(done);
        }
        let (mut asked, run) = asked_of(tx.conn(), caller, &ask.approval_id).await?;
        let scope = Scope::department(&run.facts.department_id).related(&[Relation::Participant]);
        policy::check(caller, Action::TicketApprove, &scope)?;
        expect_etag(caller, &ask.etag, &asked.version.to_string(), || asked.to_proto())?;
        let definition = self.definition(tx.conn(), &run).await?;
        let policy = approving::policy(&definition, &asked)?;
        expect_vote(caller, ask, &asked, policy)?;
        asked.vote(caller.user_id()?, ask.decision(), &ask.comment, tx.now());
        let undone = match family {
            Some(family) => Some(family.undone(tx.conn(), caller).await?),
            None => None,
        };
        let (verdict, occasion) = (asked.verdict(policy), Occasion::call(caller));
        let (definition, occasion, doing) = (&*definition, &occasion, Doing::Actors);
        let decided = Decided { definition, occasion, doing, run, asked, verdict, undone };
        let answer = self.settle(&mut tx, decided).await?.to_proto();
        key.record(&mut tx, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// Approvals asked of the caller, or those of a ticket.
    pub(super) async fn list_approvals(
        &self,
        caller: &Caller,
        ask: &ListApprovalsRequest,
    ) -> Result<ListApprovalsResponse> {
        let query = ListApprovalsRequest { page_size: 0, page_token: String::new(), ..ask.clone() };
        let before: Option<String> = self.pages.open(caller, &query, &ask.page_token)?;
        let before = before.unwrap_or_else(|| proto::id::encode("apr", u128::MAX));
        let size = page::size(ask.page_size, PAGE);
        let mut conn = self.read().await?;
        let run_id = match ask.ticket_id.as_str() {
            "" => None,
            ticket_id => Some(visible_inside(&mut conn, caller, ticket_id).await?.id),
        };
        let whose = match &run_id {
            Some(run_id) => Whose::Run(run_id),
            None => Whose::Person(caller.user_id()?),
        };
        let mut rows = approvals::before(&mut conn, whose, &before, ask.show_closed, size + 1).await?;
        let next_page_token = match cut(&mut rows, size) {
            Some(last) => self.pages.seal(caller, &query, &last.approval.id)?,
            None => String::new(),
        };
        let approvals = rows.iter().map(Asked::to_proto).collect();
        Ok(ListApprovalsResponse { approvals, next_page_token })
    }
}

/// The approval the caller is asked for, and the run that waits.
async fn asked_of(conn: &mut AnyConnection, caller: &Caller, id: &str) -> Result<(Asked, Run)> {
    let user_id = caller.user_id()?;
    let asked = approvals::by_id(conn, id).await?;
    let asked = asked.filter(|asked| asked.approvers().any(|approver| approver == user_id));
    let asked = asked.ok_or_else(|| Error::not_found("approval", id))?;
    let run = store::runs::by_id(conn, &asked.approval.run_id).await?;
    let run = run.ok_or_else(|| Error::internal("an approval has lost its run"))?;
    Ok((asked, run))
}

/// Fine while the approval is open, the caller has not voted, and says why where that is asked.
fn expect_vote(caller: &Caller, ask: &DecideRequest, asked: &Asked, policy: &ApprovalPolicy) -> Result<()> {
    let user_id = caller.user_id()?;
    let own = asked.approval.votes.iter().find(|vote| vote.user_id == user_id);
    let voted = own.is_some_and(|vote| vote.decision() != Decision::Unspecified);
    if voted || !asked.is_open() {
        let message = if voted { "you have voted already" } else { "the approval is closed" };
        return Err(Error::failed_precondition(&ErrorReason::ApprovalClosed, message));
    }
    let mute = ask.comment.trim().is_empty();
    if policy.comment_on_reject && ask.decision() == Decision::Reject && mute {
        return Err(Error::invalid("comment", "is missing; say why you reject it"));
    }
    Ok(())
}
