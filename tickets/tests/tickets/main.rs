//! Tickets through its public face, on both engines.
#![expect(clippy::expect_used, reason = "a test that is answered otherwise fails with these words")]

mod answers;
mod bad_answers;
mod bad_input;
mod categories;
mod comments;
mod drafts;
mod files;
mod filing;
mod forgetting;
mod form_fields;
mod form_rules;
mod knowledge;
mod links;
mod lists;
mod merge_undone;
mod merging;
mod notes;
mod priorities;
mod projection;
mod rating;
mod reactions;
mod relocating;
mod scanning;
mod search;
mod search_visibility;
mod shipped;
mod support;
mod update;
mod visibility;
mod watchers;
