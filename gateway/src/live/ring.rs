//! The recent past: the last minutes of events in the order this replica heard them.
//!
//! One ring serves every stream. A stream is a position in it, so a slow reader costs a number and not a copy, and memory is
//! bounded by the ring alone. Each event is kept once, however often the bus delivers it. Positions only grow. What every stream has
//! read in all likelihood is kept as it travels: that takes a fraction of the memory, and is unpacked for whoever comes back.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use jiff::{SignedDuration, Timestamp};
use prost::Message;
use proto::events::v1::Envelope;

/// How much is remembered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Memory {
    pub(crate) events: usize,
    pub(crate) age: SignedDuration,
    /// The newest of them, which are at hand for every stream.
    pub(crate) at_hand: usize,
}

#[derive(Debug)]
struct Entry {
    heard: Timestamp,
    id: Arc<str>,
    kept: Kept,
}

/// How an event is kept.
#[derive(Debug)]
enum Kept {
    AtHand(Arc<Envelope>),
    /// As it travels.
    Packed(Box<[u8]>),
}

impl Entry {
    fn pack(&mut self) {
        if let Kept::AtHand(envelope) = &self.kept {
            self.kept = Kept::Packed(envelope.encode_to_vec().into());
        }
    }

    fn envelope(&self) -> Option<Arc<Envelope>> {
        match &self.kept {
            Kept::AtHand(envelope) => Some(envelope.clone()),
            Kept::Packed(bytes) => Envelope::decode(&**bytes).ok().map(Arc::new),
        }
    }
}

/// The ring. `first` is the position of the oldest event kept.
#[derive(Debug)]
pub(crate) struct Ring {
    memory: Memory,
    first: u64,
    /// The position of the first event after the last gap.
    gap: u64,
    entries: VecDeque<Entry>,
    positions: HashMap<Arc<str>, u64>,
}

/// What a stream finds after its position.
#[derive(Debug, PartialEq)]
pub(crate) enum Found {
    /// These events, and the position after them. Nothing new is an empty list.
    News(Vec<Arc<Envelope>>, u64),
    /// Events after the position have been forgotten.
    Forgotten,
}

impl Ring {
    /// An empty ring.
    pub(crate) fn new(memory: Memory) -> Self {
        Self { memory, first: 0, gap: 0, entries: VecDeque::new(), positions: HashMap::new() }
    }

    /// Keeps an event. False when it is known already.
    pub(crate) fn push(&mut self, envelope: Arc<Envelope>, now: Timestamp) -> bool {
        if self.positions.contains_key(envelope.id.as_str()) {
            return false;
        }
        let id: Arc<str> = envelope.id.as_str().into();
        self.positions.insert(id.clone(), self.end());
        self.entries.push_back(Entry { heard: now, id, kept: Kept::AtHand(envelope) });
        let packed = self.entries.len().checked_sub(self.memory.at_hand + 1);
        if let Some(entry) = packed.and_then(|index| self.entries.get_mut(index)) {
            entry.pack();
        }
        self.forget(now);
        true
    }

    /// The position after the newest event.
    pub(crate) fn end(&self) -> u64 {
        self.first + self.entries.len() as u64
    }

    /// Id of the newest event before a position.
    pub(crate) fn id_before(&self, position: u64) -> Option<&str> {
        let index = usize::try_from(position.checked_sub(self.first + 1)?).ok()?;
        self.entries.get(index).map(|entry| &*entry.id)
    }

    /// The position right after an event; `None` when it is forgotten or was never heard.
    pub(crate) fn after(&self, id: &str) -> Option<u64> {
        self.positions.get(id).map(|position| position + 1)
    }

    /// A position `overlap` before `position`, as far as the ring reaches back.
    pub(crate) fn rewound(&self, position: u64, overlap: SignedDuration) -> u64 {
        let end = usize::try_from(position.saturating_sub(self.first))
            .unwrap_or(usize::MAX)
            .min(self.entries.len());
        let Some(from) = end.checked_sub(1).map(|last| self.entries[last].heard - overlap) else {
            return position;
        };
        let back = self.entries.range(..end).rev().take_while(|entry| entry.heard >= from).count();
        position - back as u64
    }

    /// At most `limit` events from a position on.
    pub(crate) fn read(&self, position: u64, limit: usize) -> Found {
        let Some(skip) = position.checked_sub(self.first) else {
            return Found::Forgotten;
        };
        let skip = usize::try_from(skip).unwrap_or(usize::MAX).min(self.entries.len());
        let news: Option<Vec<_>> = self.entries.range(skip..).take(limit).map(Entry::envelope).collect();
        news.map_or(Found::Forgotten, |news| {
            let position = position + news.len() as u64;
            Found::News(news, position)
        })
    }

    /// Forgets everything, so that every position before now is [`Found::Forgotten`]: after a gap nobody knows what is missing.
    pub(crate) fn clear(&mut self) {
        self.first = self.end() + 1;
        self.gap = self.first;
        self.entries.clear();
        self.positions.clear();
    }

    /// Whether a position is from before the last [`clear`](Self::clear).
    pub(crate) const fn is_before_gap(&self, position: u64) -> bool {
        position < self.gap
    }

    /// Drops what is too old or too much.
    pub(crate) fn forget(&mut self, now: Timestamp) {
        let oldest = now - self.memory.age;
        while let Some(entry) = self.entries.front()
            && (entry.heard < oldest || self.entries.len() > self.memory.events)
        {
            self.positions.remove(&entry.id);
            self.entries.pop_front();
            self.first += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::{SignedDuration, Timestamp};
    use proto::events::v1::Envelope;

    use super::{Found, Memory, Ring};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("in range")
    }

    fn envelope(id: u64) -> Arc<Envelope> {
        Arc::new(Envelope { id: format!("evt_{id}"), ..Envelope::default() })
    }

    /// Event n heard at second n; the last two are at hand.
    fn ring(events: usize, age: i64, pushed: u64) -> Ring {
        let mut ring = Ring::new(Memory { events, age: SignedDuration::from_secs(age), at_hand: 2 });
        for id in 0..pushed {
            assert!(ring.push(envelope(id), at(i64::try_from(id).expect("small"))));
        }
        ring
    }

    fn ids(found: Found) -> Vec<String> {
        let Found::News(news, _) = found else { panic!("forgotten") };
        news.iter().map(|envelope| envelope.id.clone()).collect()
    }

    #[test]
    fn a_stream_goes_on_right_after_the_event_it_saw_last() {
        let ring = ring(10, 600, 5);
        let position = ring.after("evt_2").expect("known");
        assert_eq!(ids(ring.read(position, 100)), ["evt_3", "evt_4"]);
        assert_eq!(ids(ring.read(position, 1)), ["evt_3"]);
        assert_eq!(ring.id_before(position), Some("evt_2"));
        assert_eq!(ids(ring.read(ring.end(), 100)), [""; 0]);
    }

    #[test]
    fn what_is_too_much_or_too_old_is_forgotten() {
        let mut ring = ring(3, 600, 5);
        assert_eq!(ring.after("evt_1"), None);
        assert_eq!(ring.read(0, 100), Found::Forgotten);
        assert_eq!(ids(ring.read(2, 100)), ["evt_2", "evt_3", "evt_4"]);
        ring.forget(at(604));
        assert_eq!(ids(ring.read(4, 100)), ["evt_4"]);
        assert_eq!(ring.read(3, 100), Found::Forgotten);
    }

    #[test]
    fn an_event_delivered_twice_is_kept_once() {
        let mut ring = ring(10, 600, 2);
        assert!(!ring.push(envelope(1), at(9)));
        assert_eq!(ring.end(), 2);
    }

    #[test]
    fn rewinding_goes_back_by_the_time_events_were_heard() {
        let ring = ring(10, 600, 6);
        let position = ring.after("evt_4").expect("known");
        assert_eq!(
            ids(ring.read(ring.rewound(position, SignedDuration::from_secs(2)), 100)),
            ["evt_2", "evt_3", "evt_4", "evt_5"]
        );
    }

    #[test]
    fn after_a_gap_every_older_position_is_forgotten() {
        let mut ring = ring(10, 600, 3);
        let position = ring.end();
        ring.clear();
        assert_eq!(ring.read(position, 100), Found::Forgotten);
        assert_eq!(ids(ring.read(ring.end(), 100)), [""; 0]);
        assert!(ring.push(envelope(7), at(9)));
        assert_eq!(ring.after("evt_7"), Some(ring.end()));
    }
}
