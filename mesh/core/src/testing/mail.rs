//! Letters that go nowhere and can be read.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;

use crate::{
    error::Result,
    mail::{Letter, Mail},
};

/// A mail adapter that keeps what was sent.
#[derive(Debug, Default)]
pub struct Letters(Mutex<Vec<Letter>>);

impl Letters {
    /// What was sent, in order; a letter sent again counts once.
    pub fn all(&self) -> Vec<Letter> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What was sent to an address, in order.
    pub fn to(&self, address: &str) -> Vec<Letter> {
        self.all().into_iter().filter(|letter| letter.to == address).collect()
    }
}

#[async_trait]
impl Mail for Letters {
    async fn send(&self, letter: &Letter) -> Result<()> {
        let mut letters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        letters.retain(|sent| sent.id.is_empty() || sent.id != letter.id);
        letters.push(letter.clone());
        Ok(())
    }

    async fn ping(&self) -> Result<()> {
        Ok(())
    }
}
