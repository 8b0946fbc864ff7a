//! Time as a parameter. Everything that asks for the time asks a [`Clock`], so tests can say what time it is.
//!
//! Inside the mesh an instant is a [`jiff::Timestamp`]; a database keeps it as microseconds since 1970 in UTC (`bigint`), the
//! wire as `google.protobuf.Timestamp`.

use std::{fmt::Debug, sync::Arc, time::Duration};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use tokio::{sync::watch, time::sleep};

/// Tells the time.
#[async_trait]
pub trait Clock: Debug + Send + Sync {
    /// The instant it is now, cut to microseconds so that it is the same after a trip through a database.
    fn now(&self) -> Timestamp;

    /// Waits until the clock shows `instant` or a later one.
    async fn reaches(&self, instant: Timestamp);
}

/// The longest nap of somebody who waits for an instant: how late he notices that the machine's clock was put forward.
const NAP: Duration = Duration::from_secs(10);

/// A clock many parts of a process share.
pub type SharedClock = Arc<dyn Clock>;

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    fn now(&self) -> Timestamp {
        from_micros(Timestamp::now().as_microsecond())
    }

    async fn reaches(&self, instant: Timestamp) {
        while let Ok(left @ 1..) = u64::try_from(instant.as_microsecond() - self.now().as_microsecond()) {
            sleep(Duration::from_micros(left).min(NAP)).await;
        }
    }
}

/// A clock that stands until it is told to move. For tests and simulations.
#[derive(Debug)]
pub struct ManualClock(watch::Sender<Timestamp>);

impl ManualClock {
    /// A clock that stands at `start`.
    pub fn at(start: Timestamp) -> Self {
        Self(watch::Sender::new(start))
    }

    /// Moves the clock by `step`, also backwards.
    pub fn advance(&self, step: SignedDuration) {
        self.0.send_modify(|now| *now = now.saturating_add(step).unwrap_or(Timestamp::MAX));
    }

    /// Puts the clock to `instant`.
    pub fn set(&self, instant: Timestamp) {
        self.0.send_replace(instant);
    }
}

#[async_trait]
impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.0.borrow()
    }

    async fn reaches(&self, instant: Timestamp) {
        // The sender is this clock itself, so waiting fails never.
        let _ = self.0.subscribe().wait_for(|now| *now >= instant).await;
    }
}

/// The instant that many microseconds after 1970, the form of a database column. Beyond jiff's range it is the range's end.
pub fn from_micros(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or(if micros < 0 { Timestamp::MIN } else { Timestamp::MAX })
}

/// An instant for the wire, where nanoseconds count forward also before 1970.
pub fn to_proto(instant: Timestamp) -> prost_types::Timestamp {
    let mut wire =
        prost_types::Timestamp { seconds: instant.as_second(), nanos: instant.subsec_nanosecond() };
    wire.normalize();
    wire
}

/// An instant from the wire, cut to microseconds; `None` when it is out of range.
pub fn from_proto(instant: &prost_types::Timestamp) -> Option<Timestamp> {
    let exact = Timestamp::new(instant.seconds, instant.nanos).ok()?;
    Some(from_micros(exact.as_microsecond()))
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};

    use super::{Clock, ManualClock, SystemClock, from_micros, from_proto, to_proto};

    #[test]
    fn an_instant_survives_the_wire_and_the_database_also_before_1970() {
        for micros in [0, 1, -1, 1_700_000_000_123_456, -62_000_000_000_000_001] {
            let instant = from_micros(micros);
            let wire = to_proto(instant);
            assert!((0..1_000_000_000).contains(&wire.nanos));
            assert_eq!(from_proto(&wire), Some(instant));
            assert_eq!(instant.as_microsecond(), micros);
        }
    }

    #[test]
    fn a_manual_clock_moves_only_when_told() {
        let clock = ManualClock::at(Timestamp::UNIX_EPOCH);
        clock.advance(SignedDuration::from_secs(90));
        assert_eq!(clock.now().as_second(), 90);
        assert_eq!(clock.now(), clock.now());
    }

    #[tokio::test]
    async fn whoever_waits_for_an_instant_wakes_when_the_clock_is_moved_there() {
        let clock = ManualClock::at(Timestamp::UNIX_EPOCH);
        let noon = from_micros(43_200_000_000);
        tokio::join!(clock.reaches(noon), async {
            clock.advance(SignedDuration::from_hours(12));
        });
        assert_eq!(clock.now(), noon);
        SystemClock.reaches(noon).await;
    }
}
