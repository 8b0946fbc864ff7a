//! Ticket numbers for people: `TX-1042`.
//!
//! The invariant: no number is given twice. Replicas reserve blocks of them, so that filing never waits for a counter row. A
//! block is twice as long as the one before, up to a limit: a quiet installation loses few numbers at a restart, a busy one
//! reserves seldom.

use std::ops::Range;

use mesh_core::error::{Result, Violations};
use tokio::sync::Mutex;

use crate::store::Store;

/// The most numbers reserved at once.
const LONGEST_BLOCK: i64 = 512;

/// How numbers are written: a prefix of the installation's own.
#[derive(Clone, Debug)]
pub(crate) struct Style {
    prefix: String,
}

impl Style {
    /// A style with this prefix: 1 to 10 letters and digits, or why not.
    pub(crate) fn new(prefix: &str) -> Result<Self> {
        let fits =
            (1..=10).contains(&prefix.len()) && prefix.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let mut wrong = Violations::default();
        wrong.when(!fits, "ticket-prefix", "is no prefix for ticket numbers; use 1 to 10 letters and digits");
        wrong.into_result()?;
        Ok(Self { prefix: prefix.to_ascii_uppercase() })
    }

    /// The number for people.
    pub(crate) fn write(&self, number: i64) -> String {
        format!("{}-{number}", self.prefix)
    }

    /// The number behind what people write, in any case.
    pub(crate) fn read(&self, text: &str) -> Option<i64> {
        let (prefix, digits) = text.split_once('-')?;
        prefix.eq_ignore_ascii_case(&self.prefix).then(|| digits.parse().ok())?
    }
}

/// The numbers this replica has reserved.
#[derive(Debug)]
pub(crate) struct Numbers {
    block: Mutex<Block>,
}

#[derive(Debug)]
struct Block {
    free: Range<i64>,
    next_length: i64,
}

impl Numbers {
    /// Nothing reserved yet.
    pub(crate) fn new() -> Self {
        Self { block: Mutex::new(Block { free: 0..0, next_length: 1 }) }
    }

    /// So many numbers nobody else gets.
    pub(crate) async fn take(&self, store: &Store, count: usize) -> Result<Vec<i64>> {
        let mut block = self.block.lock().await;
        let mut taken: Vec<_> = block.free.by_ref().take(count).collect();
        while taken.len() < count {
            let length = block.next_length;
            let end = store.reserve_numbers(length).await?;
            block.free = end - length..end;
            block.next_length = (length * 2).min(LONGEST_BLOCK);
            let missing = count - taken.len();
            taken.extend(block.free.by_ref().take(missing));
        }
        Ok(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::Style;

    #[test]
    fn a_number_is_read_as_people_write_it() {
        let style = Style::new("tx").expect("a prefix");
        assert_eq!(style.write(1042), "TX-1042");
        assert_eq!(style.read("tx-1042"), Some(1042));
        for other in ["TX1042", "TY-1042", "TX-", "TX-1e3", "TX-99999999999999999999", "tkt_1", ""] {
            assert_eq!(style.read(other), None, "{other}");
        }
    }

    #[test]
    fn a_prefix_is_short_and_plain() {
        for wrong in ["", "T-X", "ÄB", "ABCDEFGHIJK"] {
            assert!(Style::new(wrong).is_err(), "{wrong}");
        }
    }
}
