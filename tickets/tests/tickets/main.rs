//! Tickets through its public face, on both engines.
#![expect(clippy::expect_used, reason = "a test that is answered otherwise fails with these words")]

mod bad_input;
mod bulk;
mod bulk_property;
mod bulk_undo;
mod comments;
mod drafts;
mod filing;
mod filters;
mod forgetting;
mod lists;
mod macros;
mod notes;
mod projection;
mod support;
mod update;
mod views;
mod visibility;
mod watchers;
