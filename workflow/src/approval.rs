//! Approvals: who is asked, and what their votes come to.
//!
//! Pure. Invariant: only as many people as the quorum says, of those who were asked, approve; or time, where the policy says so. A level
//! nobody can be asked in rejects.

use jiff::{SignedDuration, Timestamp};
use mesh_core::{
    clock,
    rule::{Formula, Value},
};
use proto::{
    tickets::v1::field_value::Value as Given,
    workflow::v1::{
        Approval, ApprovalDue, ApprovalLevel, ApprovalPolicy, ApprovalState, Decision, Quorum, RejectRule,
        TransitionRequest, Vote,
    },
};

use crate::{definition::Definition, run::Run, vocabulary};

/// An approval that is or was asked for, and what is taken once it is approved.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Asked {
    pub(crate) approval: Approval,
    pub(crate) press: TransitionRequest,
    pub(crate) version: i64,
}

/// What the votes of a level come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Others have to vote.
    Open,
    /// Enough agree in this level.
    Agreed,
    Rejected,
}

impl Asked {
    /// The approval of a press, asked of the first level; `None` when nobody, or not enough, can be asked.
    pub(crate) fn open(
        id: String,
        policy: &ApprovalPolicy,
        run: &Run,
        press: TransitionRequest,
        now: Timestamp,
    ) -> Option<Self> {
        let approval = Approval {
            id,
            run_id: run.id.clone(),
            ticket_id: run.facts.ticket_id.clone(),
            transition_key: press.transition_key.clone(),
            state: ApprovalState::Open.into(),
            open_time: Some(clock::to_proto(now)),
            ticket_number: run.facts.number.clone(),
            ticket_subject: run.facts.subject.clone(),
            requester_id: run.facts.requester_id.clone(),
            level_count: i32::try_from(policy.levels.len()).unwrap_or(i32::MAX),
            comment_on_reject: policy.comment_on_reject,
            ..Approval::default()
        };
        let mut asked = Self { approval, press, version: 1 };
        asked.ask(policy, 0, run, now).then_some(asked)
    }

    /// Says what is asked for in words of the workflow, and by whom, for people who may not see the ticket.
    pub(crate) fn told(mut self, definition: &Definition, asker_id: &str) -> Self {
        let transition = definition.transition(&self.approval.transition_key);
        if let Some(transition) = transition {
            self.approval.transition_label.clone_from(&transition.label);
            let stage = definition.stage(&transition.to);
            self.approval.to_stage_label = stage.map(|stage| stage.label.clone()).unwrap_or_default();
        }
        asker_id.clone_into(&mut self.approval.asker_id);
        self
    }

    /// Notes somebody's vote.
    pub(crate) fn vote(&mut self, user_id: &str, decision: Decision, comment: &str, now: Timestamp) {
        for vote in self.approval.votes.iter_mut().filter(|vote| vote.user_id == user_id) {
            vote.decision = decision.into();
            comment.clone_into(&mut vote.comment);
            vote.time = Some(clock::to_proto(now));
        }
    }

    /// What the votes come to now.
    pub(crate) fn verdict(&self, policy: &ApprovalPolicy) -> Verdict {
        let level = policy.levels.get(self.level());
        level.map_or(Verdict::Rejected, |level| verdict(level, policy.reject_rule(), &self.approval.votes))
    }

    /// Goes on with what a level came to.
    pub(crate) fn settle(&mut self, verdict: Verdict, policy: &ApprovalPolicy, run: &Run, now: Timestamp) {
        match verdict {
            Verdict::Open => {}
            Verdict::Rejected => self.close(ApprovalState::Rejected, now),
            Verdict::Agreed if self.level() + 1 >= policy.levels.len() => {
                self.close(ApprovalState::Approved, now);
            }
            Verdict::Agreed => {
                let next = self.level() + 1;
                if !self.ask(policy, next, run, now) {
                    self.close(ApprovalState::Rejected, now);
                }
            }
        }
    }

    pub(crate) fn close(&mut self, state: ApprovalState, now: Timestamp) {
        self.approval.state = state.into();
        self.approval.close_time = Some(clock::to_proto(now));
    }

    /// What those said in this level who have voted.
    pub(crate) fn voted(&self) -> Vec<Vote> {
        let voted = |vote: &&Vote| vote.decision() != Decision::Unspecified;
        self.approval.votes.iter().filter(voted).cloned().collect()
    }

    /// Those who are asked in the level it has come to.
    pub(crate) fn approvers(&self) -> impl Iterator<Item = &str> {
        self.approval.votes.iter().map(|vote| vote.user_id.as_str())
    }

    pub(crate) fn is_open(&self) -> bool {
        self.approval.state() == ApprovalState::Open
    }

    /// When the level is due.
    pub(crate) fn due(&self) -> Option<Timestamp> {
        self.approval.due_time.as_ref().and_then(clock::from_proto)
    }

    /// For the wire.
    pub(crate) fn to_proto(&self) -> Approval {
        Approval { etag: self.version.to_string(), ..self.approval.clone() }
    }

    pub(crate) fn level(&self) -> usize {
        usize::try_from(self.approval.level).unwrap_or_default()
    }

    /// Asks the people of a level; false when there are not enough.
    fn ask(&mut self, policy: &ApprovalPolicy, index: usize, run: &Run, now: Timestamp) -> bool {
        let Some(level) = policy.levels.get(index) else { return false };
        let people = candidates(policy, level, run, now);
        let needed = needed(level, people.len());
        if people.is_empty() || needed > people.len() {
            return false;
        }
        self.approval.needed = i32::try_from(needed).unwrap_or(i32::MAX);
        let vote = |user_id| Vote { user_id, ..Vote::default() };
        self.approval.votes = people.into_iter().map(vote).collect();
        self.approval.level = i32::try_from(index).unwrap_or(i32::MAX);
        let time = policy.due_after.as_ref().map(|time| SignedDuration::from_secs(time.seconds));
        let due = time.and_then(|time| now.saturating_add(time).ok());
        self.approval.due_time = due.map(clock::to_proto);
        true
    }
}

/// What happens to a level that is due.
pub(crate) fn when_due(policy: &ApprovalPolicy) -> Verdict {
    match policy.when_due() {
        ApprovalDue::Approve => Verdict::Agreed,
        ApprovalDue::Reject => Verdict::Rejected,
        ApprovalDue::Escalate | ApprovalDue::Unspecified => Verdict::Open,
    }
}

/// Whom a level asks, each once: those who are named, in a field of the form, or by a rule; without those who may not count.
fn candidates(policy: &ApprovalPolicy, level: &ApprovalLevel, run: &Run, now: Timestamp) -> Vec<String> {
    let mut people = level.user_ids.clone();
    let field = run.facts.details.fields.get(&level.field).and_then(|field| field.value.as_ref());
    if let Some(Given::Text(user_id)) = field {
        people.push(user_id.clone());
    }
    if let Ok(formula) = Formula::parse(&level.rule, vocabulary::ticket()) {
        match formula.value(&vocabulary::values(run), now) {
            Ok(Value::Text(user_id)) => people.push(user_id.into_owned()),
            Ok(Value::Texts(user_ids)) => people.extend(user_ids.iter().cloned()),
            _ => {}
        }
    }
    let excluded = |id: &str| {
        (policy.exclude_requester && run.facts.is_for(id)) || (policy.exclude_assignee && run.is_with(id))
    };
    people.retain(|id| !id.is_empty());
    people.retain(|id| !excluded(id));
    people.sort();
    people.dedup();
    people
}

/// How many of so many people must agree.
fn needed(level: &ApprovalLevel, people: usize) -> usize {
    let value = usize::try_from(level.quorum_value).unwrap_or_default();
    match level.quorum() {
        Quorum::Any => 1,
        Quorum::Count => value.max(1),
        Quorum::Percent => (people * value).div_ceil(100).max(1),
        Quorum::All | Quorum::PerGroup | Quorum::Unspecified => people,
    }
}

fn verdict(level: &ApprovalLevel, rule: RejectRule, votes: &[Vote]) -> Verdict {
    let count = |decision: Decision| votes.iter().filter(|vote| vote.decision() == decision).count();
    let (agree, reject, open) =
        (count(Decision::Approve), count(Decision::Reject), count(Decision::Unspecified));
    let needed = needed(level, votes.len());
    let rejected = match rule {
        RejectRule::First | RejectRule::Unspecified => reject > 0,
        RejectRule::Quorum => agree + open < needed,
        RejectRule::WaitAll => open == 0 && agree < needed,
    };
    if rejected {
        Verdict::Rejected
    } else if agree >= needed && needed > 0 {
        Verdict::Agreed
    } else {
        Verdict::Open
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proto::workflow::v1::{
        ApprovalLevel, ApprovalPolicy, ApprovalState, Decision, Quorum, RejectRule, TransitionRequest,
    };

    use super::{Asked, Verdict};
    use crate::engine::tests::{START, drawn, run};

    fn level(people: usize, quorum: Quorum, quorum_value: i32) -> ApprovalLevel {
        let user_ids = (0..people).map(|number| format!("usr_{number}")).collect();
        ApprovalLevel { user_ids, quorum: quorum.into(), quorum_value, ..ApprovalLevel::default() }
    }

    fn policy(levels: Vec<ApprovalLevel>, rule: RejectRule) -> ApprovalPolicy {
        ApprovalPolicy { levels, reject_rule: rule.into(), ..ApprovalPolicy::default() }
    }

    fn open(policy: &ApprovalPolicy) -> Option<Asked> {
        let definition = drawn(vec![], vec![]);
        let run = run(&definition, Some("usr_a"));
        Asked::open("apr_1".into(), policy, &run, TransitionRequest::default(), START)
    }

    #[test]
    fn nobody_to_ask_asks_nobody_and_approves_nothing() {
        assert_eq!(open(&policy(vec![level(0, Quorum::Any, 0)], RejectRule::First)), None);
        assert_eq!(open(&policy(vec![level(2, Quorum::Count, 3)], RejectRule::First)), None);
        let mut own = level(0, Quorum::Any, 0);
        own.rule = "ticket.requester".into();
        let asked = open(&policy(vec![own.clone()], RejectRule::First)).expect("the requester");
        assert_eq!(asked.approvers().collect::<Vec<_>>(), ["usr_r"]);
        let without = ApprovalPolicy { exclude_requester: true, ..policy(vec![own], RejectRule::First) };
        assert_eq!(open(&without), None);
    }

    #[test]
    fn levels_are_asked_one_after_the_other() {
        let policy = policy(vec![level(1, Quorum::Any, 0), level(2, Quorum::All, 0)], RejectRule::First);
        let definition = drawn(vec![], vec![]);
        let run = run(&definition, None);
        let mut asked = open(&policy).expect("the first level");
        for (voter, level, state) in [
            ("usr_0", 1, ApprovalState::Open),
            ("usr_1", 1, ApprovalState::Open),
            ("usr_0", 1, ApprovalState::Approved),
        ] {
            asked.vote(voter, Decision::Approve, "", START);
            asked.settle(asked.verdict(&policy), &policy, &run, START);
            assert_eq!((asked.approval.level, asked.approval.state()), (level, state));
        }
    }

    proptest! {
        #[test]
        fn every_ballot_ends_and_only_a_quorum_approves(
            people in 1_usize..6,
            (quorum, value) in prop_oneof![
                Just((Quorum::Any, 0)), Just((Quorum::All, 0)), (1_i32..4).prop_map(|value| (Quorum::Count, value)),
                (1_i32..=100).prop_map(|value| (Quorum::Percent, value)),
            ],
            rule in prop_oneof![Just(RejectRule::First), Just(RejectRule::Quorum), Just(RejectRule::WaitAll)],
            ballots in prop::collection::vec(any::<bool>(), 6),
        ) {
            let policy = policy(vec![level(people, quorum, value)], rule);
            let Some(mut asked) = open(&policy) else {
                prop_assert!(quorum == Quorum::Count);
                return Ok(());
            };
            let mut agree = 0_usize;
            for (number, ballot) in ballots.into_iter().take(people).enumerate() {
                prop_assert_eq!(asked.verdict(&policy), Verdict::Open);
                let decision = if ballot { Decision::Approve } else { Decision::Reject };
                agree += usize::from(ballot);
                asked.vote(&format!("usr_{number}"), decision, "", START);
                if asked.verdict(&policy) != Verdict::Open { break; }
            }
            let needed = match quorum {
                Quorum::Any => 1,
                Quorum::All => people,
                Quorum::Percent => (people * usize::try_from(value).expect("positive")).div_ceil(100),
                _ => usize::try_from(value).expect("positive"),
            };
            match asked.verdict(&policy) {
                Verdict::Agreed => prop_assert!(agree >= needed),
                Verdict::Rejected => prop_assert!(rule == RejectRule::First || agree < needed),
                Verdict::Open => prop_assert!(false, "everybody has voted"),
            }
        }
    }
}
