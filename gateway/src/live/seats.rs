//! How many streams, or other things that last, each caller holds open. A seat is taken by opening one and given back by
//! dropping it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use mesh_core::error::{Error, Result};
use proto::gateway::v1::ErrorReason;

/// How long a caller with too many streams should wait: closing one is enough.
const RETRY: Duration = Duration::from_secs(5);

/// All seats. Clones share them.
#[derive(Clone, Debug)]
pub(crate) struct Seats {
    each: usize,
    /// What is held open.
    what: &'static str,
    taken: Arc<Mutex<HashMap<String, usize>>>,
}

/// One caller's right to one of them.
#[derive(Debug)]
pub(crate) struct Seat {
    seats: Seats,
    user_id: String,
}

impl Seats {
    /// So many for each caller.
    pub(crate) fn new(each: usize, what: &'static str) -> Self {
        Self { each, what, taken: Arc::default() }
    }

    /// How many are taken.
    pub(crate) fn taken(&self) -> usize {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).values().sum()
    }

    /// One more for this caller.
    pub(crate) fn take(&self, user_id: &str) -> Result<Seat> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.entry(user_id.to_owned()).or_default();
        if *count >= self.each {
            let message = format!("{} {} are open already; close one first", self.each, self.what);
            let error = Error::resource_exhausted(&ErrorReason::TooManyStreams, message, RETRY);
            return Err(error.counting(format!("user:{user_id}")));
        }
        *count += 1;
        Ok(Seat { seats: self.clone(), user_id: user_id.to_owned() })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(count) = taken.get_mut(&self.user_id) else {
            return;
        };
        *count -= 1;
        if *count == 0 {
            taken.remove(&self.user_id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Seats;

    #[test]
    fn a_closed_stream_makes_room_for_another_and_each_caller_has_his_own_seats() {
        let seats = Seats::new(1, "streams");
        let first = seats.take("usr_1").expect("free");
        assert!(seats.take("usr_1").is_err());
        assert!(seats.take("usr_2").is_ok());
        drop(first);
        assert!(seats.take("usr_1").is_ok());
    }
}
