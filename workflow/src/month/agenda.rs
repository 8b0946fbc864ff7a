//! What comes when, in order, and a die that always falls the same way.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use proto::workflow::v1::Presence;

/// Something that comes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Due {
    /// Somebody files a ticket.
    File,
    /// The agent of a ticket gets round to it.
    Act(usize),
    /// The requester of a ticket answers.
    Answer(usize),
    /// A ticket has been long enough where it came to at an instant.
    Ring(usize, Timestamp),
    /// An agent's shift begins, or is to be planned.
    Shift(usize),
    /// An agent comes or goes.
    Presence(usize, Presence),
}

/// The agenda.
pub(super) struct Agenda {
    now: Timestamp,
    /// By time, and in the order in which it was put down.
    coming: BTreeMap<(Timestamp, u64), Due>,
    number: u64,
    die: u64,
}

impl Agenda {
    pub(super) fn new(now: Timestamp) -> Self {
        Self { now, coming: BTreeMap::new(), number: 0, die: 2_026 }
    }

    pub(super) fn next(&mut self) -> Option<(Timestamp, Due)> {
        let ((at, _), due) = self.coming.pop_first()?;
        self.now = at;
        Some((at, due))
    }

    pub(super) fn at(&mut self, at: Timestamp, due: Due) {
        self.number += 1;
        self.coming.insert((at, self.number), due);
    }

    /// Between so many seconds from now.
    pub(super) fn within(&mut self, least: i64, most: i64, due: Due) {
        let span = usize::try_from(most - least).expect("a span");
        let seconds = least + i64::try_from(self.below(span)).expect("some seconds");
        self.at(self.now + SignedDuration::from_secs(seconds), due);
    }

    /// A number from 0 on; splitmix64.
    pub(super) fn below(&mut self, limit: usize) -> usize {
        self.die = self.die.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut fallen = self.die;
        fallen = (fallen ^ (fallen >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        fallen = (fallen ^ (fallen >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let limit = u64::try_from(limit).expect("a limit");
        usize::try_from((fallen ^ (fallen >> 31)) % limit).expect("below the limit")
    }
}
