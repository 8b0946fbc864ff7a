//! What desk and team share of things kept ready for use on tickets: who may use them, what they sort a ticket under, which steps there
//! are to take.

mod sharing;
mod sorting;
mod steps;

pub(super) use sharing::Shared;
pub(super) use sorting::Sorting;
pub(super) use steps::moves_of;
