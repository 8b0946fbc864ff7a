//! How content the requester is.
//!
//! The invariant: a ticket is rated once, after it was resolved.

use mesh_core::error::{Error, Result, Violations};
use proto::tickets::v1::{ErrorReason, Status};

use super::{Micros, Ticket};

/// Characters of the reason.
const COMMENT: std::ops::RangeInclusive<usize> = 0..=2_000;
/// Scores, bad to good.
const SCORES: std::ops::RangeInclusive<i32> = 1..=5;

/// Names what is wrong with a verdict.
pub(crate) fn check_rating(score: i32, comment: &str, wrong: &mut Violations) {
    wrong.when(!SCORES.contains(&score), "score", "is none; give 1 (bad) to 5 (good)");
    wrong.when(
        comment.chars().count() > *COMMENT.end(),
        "comment",
        "is too long; give at most 2000 characters",
    );
    wrong.long_text("comment", comment, 0..=4 * COMMENT.end());
}

impl Ticket {
    /// Whether its requester may say how content he is.
    pub(crate) fn is_ratable(&self) -> bool {
        !self.is_stub() && self.rate_time == 0 && matches!(self.status, Status::Resolved | Status::Closed)
    }

    /// Fine when its requester may say how content he is.
    pub(crate) fn expect_ratable(&self) -> Result<()> {
        self.expect_whole()?;
        if self.is_ratable() {
            return Ok(());
        }
        let message = if self.rate_time == 0 {
            "the ticket is not resolved; rate it when it is"
        } else {
            "the ticket was rated before"
        };
        Err(Error::failed_precondition(&ErrorReason::NotRatable, message))
    }

    /// The ticket with the verdict, or why there can't be one.
    pub(crate) fn rated(&self, score: i32, comment: String, now: Micros) -> Result<Self> {
        self.expect_ratable()?;
        let (update_time, version) = (now, self.version + 1);
        Ok(Self { score, score_comment: comment, rate_time: now, update_time, version, ..self.clone() })
    }
}
