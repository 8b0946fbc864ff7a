//! Service levels: what is promised for a ticket, and the clocks that say whether it is kept.
//!
//! # The model
//! - A `Calendar` says when there is work; a `Policy` says what is promised for which tickets. A `Book` is all of them as of now.
//! - A `Moment` is what happened to a ticket and how it stood then. Moments are kept for every ticket.
//! - A `Clock` is one metric of a ticket. Clocks are a `projection` of moments by the book: the last moment changes them in the transaction
//!   of what happened; an edit of the book tells stories anew, in jobs.
//!
//! # How it hangs together
//! | pure | with the database |
//! |---|---|
//! | `calendar`, `ical`, `metric`, `policy`, `book` | `shelf` reads the book |
//! | `moment`, `past`, `clock`, `course`, `projection` | `follow` keeps moments and clocks with every change; `review` tells stories anew |
//! | `explain` | `bells` rings when a threshold is reached |

pub(crate) mod bells;
pub(crate) mod book;
pub(crate) mod calendar;
pub(crate) mod clock;
mod course;
pub(crate) mod explain;
pub(crate) mod follow;
pub(crate) mod ical;
pub(crate) mod metric;
pub(crate) mod moment;
mod past;
pub(crate) mod policy;
pub(crate) mod projection;
pub(crate) mod review;
pub(crate) mod shelf;
pub(crate) mod shipped;

#[cfg(test)]
mod tests;
