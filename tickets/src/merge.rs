//! Merging tickets and taking them apart, without I/O.
//!
//! The invariants: a merge and its undoing leave everybody in copy and every watcher as they were, with whatever was changed by
//! hand in between; who is on a ticket because of two merges stays until both are undone.

use std::collections::BTreeMap;

use mesh_core::error::{Error, Result, Violations};
use proto::tickets::v1::{self as wire, DraftKind, ErrorReason};

use crate::{
    column::Words,
    draft::Draft,
    ticket::{Micros, Ticket},
};

/// Tickets merged at once.
const MOST_SOURCES: usize = 50;
/// Bytes of the word to the sources' requesters.
const WORD: std::ops::RangeInclusive<usize> = 0..=65_536;
/// People in copy, and watchers.
const MOST_CCS: usize = 50;
const MOST_WATCHERS: usize = 200;

/// A merge as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct Merge {
    pub(crate) id: String,
    pub(crate) target_id: String,
    #[sqlx(flatten)]
    pub(crate) claims: Claims,
    pub(crate) create_time: Micros,
    /// 0 while it stands.
    pub(crate) undo_time: Micros,
}

/// A ticket that became a stub, and the comment that says on the target what it asked.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct Source {
    pub(crate) source_id: String,
    pub(crate) opening_id: String,
}

/// Who is on a ticket because of merges.
#[derive(Clone, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct Claims {
    #[sqlx(try_from = "String")]
    pub(crate) cc_ids: Words,
    #[sqlx(try_from = "String")]
    pub(crate) watcher_ids: Words,
}

impl Claims {
    /// All of them together.
    pub(crate) fn of(all: impl IntoIterator<Item = Self>) -> Self {
        all.into_iter().fold(Self::default(), |sum, claims| Self {
            cc_ids: sum.cc_ids.with(&claims.cc_ids),
            watcher_ids: sum.watcher_ids.with(&claims.watcher_ids),
        })
    }

    /// Those who have to be on the target because of its sources: who asked and who was in copy, and who watched.
    fn needed(target: &Ticket, sources: &[Ticket]) -> Self {
        let mut claims = Self::default();
        for source in sources {
            let askers = [source.requester_id.clone(), source.on_behalf_of_id.clone()];
            let asked = Words::of(&askers.into_iter().filter(|id| !id.is_empty()).collect::<Vec<_>>());
            claims.cc_ids = claims.cc_ids.with(&asked).with(&source.cc_ids);
            claims.watcher_ids = claims.watcher_ids.with(&source.watcher_ids);
        }
        let own = Words::of(&[target.requester_id.clone(), target.on_behalf_of_id.clone()]);
        Self { cc_ids: claims.cc_ids.without(&own), ..claims }
    }
}

/// The target with the sources' people, and who of them is there because of this merge. `earlier` is who is there because of
/// merges that stand already.
pub(crate) fn joined(target: &Ticket, sources: &[Ticket], earlier: &Claims) -> Result<(Ticket, Claims)> {
    let needed = Claims::needed(target, sources);
    let own_ccs = target.cc_ids.without(&earlier.cc_ids);
    let own_watchers = target.watcher_ids.without(&earlier.watcher_ids);
    let after = Ticket {
        cc_ids: target.cc_ids.with(&needed.cc_ids),
        watcher_ids: target.watcher_ids.with(&needed.watcher_ids),
        ..target.clone()
    };
    if after.cc_ids.len() > MOST_CCS || after.watcher_ids.len() > MOST_WATCHERS {
        let message = "more than 50 people would be in copy or more than 200 would watch; remove some first";
        return Err(Error::failed_precondition(&ErrorReason::TooMany, message));
    }
    let claims = Claims {
        cc_ids: needed.cc_ids.without(&own_ccs),
        watcher_ids: needed.watcher_ids.without(&own_watchers),
    };
    Ok((after, claims))
}

/// The target without those who were there because of a merge alone. `others` is who is there because of merges that stand.
pub(crate) fn parted(target: &Ticket, claims: &Claims, others: &Claims) -> Ticket {
    Ticket {
        cc_ids: target.cc_ids.without(&claims.cc_ids.without(&others.cc_ids)),
        watcher_ids: target.watcher_ids.without(&claims.watcher_ids.without(&others.watcher_ids)),
        ..target.clone()
    }
}

/// Fine when the merge can be undone: it stands, and its tickets are what it made of them.
pub(crate) fn expect_undoable(merge: &Merge, target: &Ticket, sources: &[Ticket]) -> Result<()> {
    let problem = if merge.undo_time != 0 {
        "the merge was undone before"
    } else if target.is_stub() {
        "the ticket was merged further; undo that merge first"
    } else if sources.iter().any(|source| source.merged_into_id != target.id) {
        "a ticket of the merge is no part of it any more"
    } else {
        return Ok(());
    };
    Err(not_undoable(problem))
}

/// Why a merge can't be undone.
pub(crate) fn not_undoable(problem: &str) -> Error {
    Error::failed_precondition(&ErrorReason::NotUndoable, problem)
}

/// Names what is wrong with a merge to be made.
pub(crate) fn check(sent: &wire::Merge, word: &str) -> Result<()> {
    let mut wrong = Violations::default();
    wrong.id("merge.target_id", &sent.target_id, "tkt");
    let fits = (1..=MOST_SOURCES).contains(&sent.source_ids.len());
    wrong.when(!fits, "merge.source_ids", "are none or too many; give 1 to 50");
    for (index, id) in sent.source_ids.iter().take(MOST_SOURCES).enumerate() {
        let path = format!("merge.source_ids[{index}]");
        wrong.id(&path, id, "tkt");
        wrong.when(sent.source_ids[..index].contains(id), &path, "stands there twice; give each once");
    }
    wrong.long_text("comment", word, WORD);
    wrong.into_result()?;
    if sent.source_ids.contains(&sent.target_id) {
        let message = "a ticket can't be merged into itself; leave it out of the sources";
        return Err(Error::failed_precondition(&ErrorReason::LinkCircle, message));
    }
    Ok(())
}

/// A draft a merge moved, as it was.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct KeptDraft {
    /// The source, or the target with a draft of its own.
    pub(crate) ticket_id: String,
    pub(crate) person_id: String,
    #[sqlx(try_from = "i32")]
    pub(crate) kind: DraftKind,
    #[sqlx(flatten)]
    pub(crate) draft: Draft,
}

/// What one person was writing on the tickets of a merge: on the target, and on the sources in their order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Writing {
    pub(crate) own: Option<Draft>,
    pub(crate) came: Vec<(String, Draft)>,
}

impl Writing {
    /// What lies on the target while the merge stands.
    pub(crate) fn joined(&self) -> Option<Draft> {
        Draft::joined(self.own.clone(), self.came.iter().map(|(_, draft)| draft))
    }
}

/// Whose writing it is, and of what.
pub(crate) type Writer = (String, DraftKind);

/// Kept drafts by whose they are. The sources' come in the order given.
pub(crate) fn writings(target_id: &str, sources: &[Source], kept: &[KeptDraft]) -> BTreeMap<Writer, Writing> {
    let mut writings: BTreeMap<Writer, Writing> = BTreeMap::new();
    let lying_on =
        |id: &str| kept.iter().filter(move |draft| draft.ticket_id == id).cloned().collect::<Vec<_>>();
    for draft in lying_on(target_id) {
        writings.entry((draft.person_id, draft.kind)).or_default().own = Some(draft.draft);
    }
    for source in sources {
        for KeptDraft { ticket_id, person_id, kind, draft } in lying_on(&source.source_id) {
            writings.entry((person_id, kind)).or_default().came.push((ticket_id, draft));
        }
    }
    writings
}

#[cfg(test)]
mod tests {
    use super::{Claims, joined, parted};
    use crate::{column::Words, ticket::Ticket};

    fn ticket(requester: &str, ccs: &str, watchers: &str) -> Ticket {
        Ticket {
            requester_id: requester.into(),
            cc_ids: Words::from(ccs.to_owned()),
            watcher_ids: Words::from(watchers.to_owned()),
            ..Ticket::blank(0)
        }
    }

    fn people(ticket: &Ticket) -> (String, String) {
        (ticket.cc_ids.to_column(), ticket.watcher_ids.to_column())
    }

    #[test]
    fn who_came_with_two_merges_goes_with_the_second_undo() {
        let target = ticket("r", "a", "w");
        let none = Claims::default();
        let (after, first) = joined(&target, &[ticket("b", "a r", "x")], &none).expect("fits");
        assert_eq!(people(&after), ("a b".into(), "w x".into()));
        let (after, second) = joined(&after, &[ticket("b", "", "x w")], &first).expect("fits");
        let once = parted(&after, &first, &second);
        assert_eq!(people(&once), ("a b".into(), "w x".into()));
        assert_eq!(people(&parted(&once, &second, &none)), people(&target));
        let other_way = parted(&after, &second, &first);
        assert_eq!(people(&parted(&other_way, &first, &none)), people(&target));
    }

    #[test]
    fn more_people_than_a_ticket_holds_are_refused() {
        let crowd: Vec<_> = (0..51).map(|number| format!("usr_{number}")).collect();
        assert!(
            joined(&ticket("r", "", ""), &[ticket("b", &crowd.join(" "), "")], &Claims::default()).is_err()
        );
    }
}
