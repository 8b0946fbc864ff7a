//! Tickets through its public face, on both engines.
#![expect(clippy::expect_used, reason = "a test that is answered otherwise fails with these words")]

mod bad_input;
mod comments;
mod drafts;
mod filing;
mod forgetting;
mod links;
mod lists;
mod merge_undone;
mod merging;
mod notes;
mod projection;
mod rating;
mod reactions;
mod relocating;
mod support;
mod update;
mod visibility;
mod watchers;
