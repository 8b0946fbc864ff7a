//! Tickets through its public face, on both engines.
#![expect(clippy::expect_used, reason = "a test that is answered otherwise fails with these words")]

mod bad_input;
mod comments;
mod drafts;
mod files;
mod filing;
mod forgetting;
mod lists;
mod notes;
mod projection;
mod scanning;
mod support;
mod update;
mod visibility;
mod watchers;
