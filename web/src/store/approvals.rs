//! What waits for the person's vote: few, counted in every frame, so all of them are loaded once and kept fresh by events.
//!
//! Invariant: an approval is here exactly while it is open and asks the person, voted or not.

use std::rc::Rc;

use proto::events::v1::Envelope;
use proto::events::v1::envelope::Event;
use proto::workflow::v1::{Approval, ApprovalState, Decision, Vote};
use sycamore::prelude::*;

use super::Load;
use crate::api;

/// The open approvals the person is asked for, the newest first.
#[derive(Clone, Copy)]
pub(crate) struct Approvals {
    open: Signal<Load<Rc<Vec<Approval>>>>,
    /// Grows with every vote and decision heard of.
    heard: Signal<u32>,
}

impl Approvals {
    pub(crate) fn new() -> Self {
        Self { open: create_signal(Load::Waiting), heard: create_signal(0) }
    }

    /// Asks for all of them; what was known stays without an answer.
    pub(crate) async fn load(self) {
        let answer = api::approvals::open().await.map(Rc::new);
        if answer.is_ok() || self.open.with_untracked(|open| !matches!(open, Load::Ready(_))) {
            self.open.set(answer.into());
        }
    }

    /// Whoever comes next is asked for others.
    pub(crate) fn forget(self) {
        self.open.set(Load::Waiting);
    }

    pub(crate) fn open(self) -> Signal<Load<Rc<Vec<Approval>>>> {
        self.open
    }

    /// Follow it to hear that some approval changed.
    pub(crate) fn heard(self) -> ReadSignal<u32> {
        *self.heard
    }

    /// How many wait for this person's vote.
    pub(crate) fn waiting(self, me: &str) -> i64 {
        self.open.with(|open| match open {
            Load::Ready(open) => {
                let waiting = open.iter().filter(|approval| waits_for(approval, me)).count();
                i64::try_from(waiting).unwrap_or_default()
            }
            _ => 0,
        })
    }

    /// The one that asks the person about this ticket, as it is known now.
    pub(crate) fn of_ticket(self, ticket_id: &str) -> Option<Approval> {
        self.known(|approval| approval.ticket_id == ticket_id)
    }

    /// One of them, as it is known now.
    pub(crate) fn find(self, id: &str) -> Option<Approval> {
        self.known(|approval| approval.id == id)
    }

    fn known(self, is_meant: impl Fn(&Approval) -> bool) -> Option<Approval> {
        self.open.with_untracked(|open| match open {
            Load::Ready(open) => open.iter().find(|approval| is_meant(approval)).cloned(),
            _ => None,
        })
    }

    /// Takes an approval as a call or an event brought it.
    pub(crate) fn put(self, me: &str, approval: &Approval) {
        if let Load::Ready(open) = self.open.get_clone_untracked() {
            let mut open = open.to_vec();
            take(&mut open, approval, me);
            self.open.set(Load::Ready(Rc::new(open)));
        }
        self.heard.set(self.heard.get_untracked().wrapping_add(1));
    }

    /// Takes what an event says of an approval, if it says anything.
    pub(crate) fn hear(self, me: &str, envelope: &Envelope) {
        if let Some(Event::WorkflowApprovalChanged(changed)) = envelope.event.as_ref()
            && let Some(approval) = &changed.approval
        {
            self.put(me, approval);
        }
    }
}

/// The vote of a person, if that one is asked.
pub(crate) fn vote_of<'a>(approval: &'a Approval, user_id: &str) -> Option<&'a Vote> {
    approval.votes.iter().find(|vote| vote.user_id == user_id)
}

/// Whether the person can vote now.
pub(crate) fn waits_for(approval: &Approval, user_id: &str) -> bool {
    let own = vote_of(approval, user_id);
    approval.state() == ApprovalState::Open
        && own.is_some_and(|vote| vote.decision() == Decision::Unspecified)
}

/// Puts an approval in the place of what was known of it; one that is over or asks others is taken out, older news changes nothing.
fn take(open: &mut Vec<Approval>, approval: &Approval, me: &str) {
    let version = |approval: &Approval| approval.etag.parse::<i64>().unwrap_or_default();
    let belongs = approval.state() == ApprovalState::Open && vote_of(approval, me).is_some();
    match open.iter().position(|known| known.id == approval.id) {
        Some(at) if version(&open[at]) > version(approval) => {}
        Some(at) if belongs => open[at] = approval.clone(),
        Some(at) => drop(open.remove(at)),
        None if belongs => open.insert(0, approval.clone()),
        None => {}
    }
}

#[cfg(test)]
mod tests {
    use proto::workflow::v1::{Approval, ApprovalState, Decision, Vote};

    use super::{take, waits_for};

    fn approval(etag: &str, state: ApprovalState, own: Option<Decision>) -> Approval {
        let vote = |decision: Decision| Vote {
            user_id: "usr_1".into(),
            decision: decision.into(),
            ..Vote::default()
        };
        let votes = own.map(vote).into_iter().collect();
        Approval { id: "apr_1".into(), etag: etag.into(), state: state.into(), votes, ..Approval::default() }
    }

    #[test]
    fn an_approval_is_kept_while_it_is_open_and_asks_the_person() {
        let mut open = Vec::new();
        let asked = approval("1", ApprovalState::Open, Some(Decision::Unspecified));
        take(&mut open, &asked, "usr_1");
        assert!(open.len() == 1 && waits_for(&open[0], "usr_1") && !waits_for(&open[0], "usr_2"));
        let voted = approval("2", ApprovalState::Open, Some(Decision::Approve));
        take(&mut open, &voted, "usr_1");
        take(&mut open, &asked, "usr_1");
        assert!(open.len() == 1 && !waits_for(&open[0], "usr_1"), "older news changes nothing");
        take(&mut open, &approval("3", ApprovalState::Open, None), "usr_1");
        assert!(open.is_empty(), "the next level asks others");
        take(&mut open, &approval("4", ApprovalState::Approved, Some(Decision::Approve)), "usr_1");
        assert!(open.is_empty());
    }
}
