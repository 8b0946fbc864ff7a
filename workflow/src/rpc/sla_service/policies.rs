//! Policies: listing, making, editing, ordering, and trying one before.

use std::collections::BTreeSet;

use mesh_core::{
    audit::Deed,
    caller::Caller,
    db::Tx,
    error::{Error, Result, Violations},
    idempotency::RequestKey,
    page,
};
use proto::workflow::v1::{
    CreatePolicyRequest, DryRunPolicyRequest, DryRunPolicyResponse, ErrorReason, ListPoliciesRequest,
    ListPoliciesResponse, ReorderPoliciesRequest, SlaPolicy, UpdatePolicyRequest,
};
use sqlx::AnyConnection;

use super::{super::cut, Levels, PAGE, expect_etag, overtaken, paths};
use crate::{
    sla::{
        book::Book,
        policy::{MOST_POLICIES, Policy, broken_rule, check},
        review, shelf,
    },
    store::{self, calendars, clocks},
    vocabulary,
};

const CREATE: &str = "/ticketmesh.workflow.v1.SlaService/CreatePolicy";
/// What an update may name.
const PATHS: &str =
    "name, matches, calendar_id, targets, on_priority_change, enabled, on_reopen, merge_oldest";
/// Before all policies.
const START: (i32, String) = (i32::MIN, String::new());
/// Open tickets a dry run looks at.
const MOST_TRIED: usize = 10_000;
/// Of those, read at a time.
const TRIED: i64 = 200;
/// Changes a dry run shows.
const MOST_SHOWN: usize = 1_000;

impl Levels {
    pub(super) async fn policies(
        &self,
        caller: &Caller,
        ask: &ListPoliciesRequest,
    ) -> Result<ListPoliciesResponse> {
        let query = ListPoliciesRequest::default();
        let after = self.0.pages.open(caller, &query, &ask.page_token)?.unwrap_or(START);
        let size = page::size(ask.page_size, PAGE);
        let mut conn = self.0.read().await?;
        let mut policies = calendars::policies_after(&mut conn, after, size + 1).await?;
        let next_page_token = match cut(&mut policies, size) {
            Some(last) => self.0.pages.seal(caller, &query, &(last.order, &last.id))?,
            None => String::new(),
        };
        let review = clocks::review(&mut conn).await?.map(|(_, review)| review);
        Ok(ListPoliciesResponse { policies, next_page_token, review })
    }

    pub(super) async fn add_policy(&self, caller: &Caller, ask: CreatePolicyRequest) -> Result<SlaPolicy> {
        let key = RequestKey::new(caller, CREATE, &ask.request_id, &ask)?;
        let sent = ask.policy.unwrap_or_default();
        checked(&sent)?;
        let mut tx = self.0.db.begin_alone("sla.policies").await?;
        if let Some(done) = key.replay(&mut tx).await? {
            return Ok(done);
        }
        expect_calendar(&mut tx, &sent).await?;
        let known = calendars::policies_after(tx.conn(), START, most()).await?;
        if known.len() >= MOST_POLICIES {
            return Err(Error::invalid(
                "policy",
                "would be the 201st; change one of those there are instead",
            ));
        }
        let policy = SlaPolicy { id: tx.ids().id("pol"), etag: String::new(), ..sent };
        let now = tx.now();
        if !calendars::insert_policy(tx.conn(), &policy, now).await? {
            return Err(name_taken());
        }
        review::begin(&mut tx).await?;
        let answer = present(&mut tx, &policy.id).await?;
        Deed::new("sla_policy.created", &policy.id).made(&answer)?.note(&mut tx, caller).await?;
        key.record(&mut tx, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    pub(super) async fn edit_policy(&self, caller: &Caller, ask: UpdatePolicyRequest) -> Result<SlaPolicy> {
        let (sent, paths) = (ask.policy.unwrap_or_default(), paths(ask.update_mask, PATHS));
        let mut tx = self.0.db.begin_alone("sla.policies").await?;
        let before = present(&mut tx, &sent.id).await?;
        expect_etag(caller, &sent.etag, &before.etag, &before)?;
        let mut wrong = Violations::default();
        let after = edited(&before, &sent, &paths, &mut wrong);
        wrong.into_result()?;
        checked(&after)?;
        expect_calendar(&mut tx, &after).await?;
        if after == before {
            return Ok(before);
        }
        let now = tx.now();
        if !calendars::update_policy(tx.conn(), &after, now).await? {
            let taken = calendars::is_policy_named(tx.conn(), &after.name, &after.id).await?;
            return Err(if taken { name_taken() } else { overtaken() });
        }
        review::begin(&mut tx).await?;
        let answer = present(&mut tx, &after.id).await?;
        Deed::new("sla_policy.updated", &after.id).edited(&before, &answer)?.note(&mut tx, caller).await?;
        tx.commit().await?;
        Ok(answer)
    }

    pub(super) async fn order_policies(
        &self,
        caller: &Caller,
        ask: &ReorderPoliciesRequest,
    ) -> Result<ListPoliciesResponse> {
        let mut tx = self.0.db.begin_alone("sla.policies").await?;
        let known = calendars::policies_after(tx.conn(), START, most()).await?;
        let known: BTreeSet<_> = known.into_iter().map(|policy| policy.id).collect();
        let named: BTreeSet<_> = ask.policy_ids.iter().cloned().collect();
        let mut wrong = Violations::default();
        let problem = "are not every policy's id, each once; list the policies and send all of their ids";
        wrong.when(known != named || named.len() != ask.policy_ids.len(), "policy_ids", problem);
        wrong.into_result()?;
        for (id, position) in ask.policy_ids.iter().zip(1..) {
            calendars::place_policy(tx.conn(), id, position).await?;
        }
        review::begin(&mut tx).await?;
        let policies = calendars::policies_after(tx.conn(), START, most()).await?;
        let review = clocks::review(tx.conn()).await?.map(|(_, review)| review);
        Deed::new("sla_policy.reordered", "").made(ask)?.note(&mut tx, caller).await?;
        tx.commit().await?;
        Ok(ListPoliciesResponse { policies, next_page_token: String::new(), review })
    }

    pub(super) async fn try_policy(&self, ask: DryRunPolicyRequest) -> Result<DryRunPolicyResponse> {
        let sent = ask.policy.unwrap_or_default();
        checked(&sent)?;
        let mut conn = self.0.read().await?;
        if calendars::by_id(&mut conn, &sent.calendar_id).await?.is_none() {
            return Err(no_calendar());
        }
        let mut book = shelf::book(&mut conn).await?;
        if book.policies.is_empty() {
            // A book without policies has no calendars either.
            book.calendars = shelf::calendars(&mut conn).await?;
        }
        let tried = Policy::read(sent, vocabulary::ticket())
            .ok_or_else(|| Error::internal("a policy that was checked can't be read"))?;
        match book.policies.iter_mut().find(|policy| policy.wire.id == tried.wire.id) {
            Some(policy) => *policy = tried,
            None => book.policies.push(tried),
        }
        let mut answer = DryRunPolicyResponse::default();
        let mut behind = String::new();
        while usize::try_from(answer.tickets).is_ok_and(|tickets| tickets < MOST_TRIED) {
            let runs = store::runs::open_after(&mut conn, &behind, TRIED).await?;
            let Some(last) = runs.last() else { break };
            behind.clone_from(last);
            for run_id in &runs {
                self.try_on(&mut conn, &book, run_id, &mut answer).await?;
            }
        }
        Ok(answer)
    }

    /// Notes what the book would change of one run.
    async fn try_on(
        &self,
        conn: &mut AnyConnection,
        book: &Book,
        run_id: &str,
        answer: &mut DryRunPolicyResponse,
    ) -> Result<()> {
        let Some(run) = store::runs::by_id(conn, run_id).await? else { return Ok(()) };
        let definition = self.0.definition(conn, &run).await?;
        let now = self.0.db.clock().now();
        let verdict = review::judge(conn, self.0.db.ids(), &definition, &run, book, now).await?;
        let changes = verdict.changes(&run.facts.ticket_id);
        answer.tickets += 1;
        answer.total_changes += i64::try_from(changes.len()).unwrap_or_default();
        let room = MOST_SHOWN.saturating_sub(answer.changes.len());
        answer.changes.extend(changes.into_iter().take(room));
        Ok(())
    }
}

fn most() -> i64 {
    i64::try_from(MOST_POLICIES).unwrap_or(i64::MAX)
}

/// Fine when a policy is one, as far as it says so itself.
fn checked(sent: &SlaPolicy) -> Result<()> {
    let mut wrong = Violations::default();
    check(sent, &mut wrong);
    wrong.into_result()?;
    match broken_rule(sent, vocabulary::ticket()) {
        Some((field, problem)) => {
            Err(Error::invalid_because(&ErrorReason::RuleInvalid, field, problem.of_field()))
        }
        None => Ok(()),
    }
}

/// The policy with what is named as it was sent.
fn edited(before: &SlaPolicy, sent: &SlaPolicy, paths: &[String], wrong: &mut Violations) -> SlaPolicy {
    let mut after = before.clone();
    for path in paths {
        match path.as_str() {
            "name" => after.name.clone_from(&sent.name),
            "matches" => after.matches.clone_from(&sent.matches),
            "calendar_id" => after.calendar_id.clone_from(&sent.calendar_id),
            "targets" => after.targets.clone_from(&sent.targets),
            "on_priority_change" => after.on_priority_change = sent.on_priority_change,
            "enabled" => after.enabled = sent.enabled,
            "on_reopen" => after.on_reopen = sent.on_reopen,
            "merge_oldest" => after.merge_oldest = sent.merge_oldest,
            other => wrong.add("update_mask", format!("names {other:?}; name {PATHS}")),
        }
    }
    after
}

async fn present(tx: &mut Tx, id: &str) -> Result<SlaPolicy> {
    let found = calendars::policy_by_id(tx.conn(), id).await?;
    found.ok_or_else(|| Error::not_found("policy", id))
}

async fn expect_calendar(tx: &mut Tx, policy: &SlaPolicy) -> Result<()> {
    let known = calendars::by_id(tx.conn(), &policy.calendar_id).await?;
    if known.is_some() { Ok(()) } else { Err(no_calendar()) }
}

fn no_calendar() -> Error {
    Error::invalid("policy.calendar_id", "is no calendar's id; make the calendar first")
}

fn name_taken() -> Error {
    Error::already_exists("policy.name", "is the name of another policy; choose another one")
}
