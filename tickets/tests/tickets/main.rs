//! Tickets through its public face, on both engines.
#![expect(clippy::expect_used, reason = "a test that is answered otherwise fails with these words")]

mod bad_input;
mod comments;
mod drafts;
mod filing;
mod forgetting;
mod knowledge;
mod lists;
mod notes;
mod projection;
mod search;
mod search_visibility;
mod support;
mod update;
mod visibility;
mod watchers;
