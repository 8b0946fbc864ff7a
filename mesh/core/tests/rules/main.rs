//! The rule language through its public face: in memory, on both engines, on its reference page, and under attack.
#![expect(clippy::expect_used, clippy::panic, reason = "a test that can't go on fails")]

mod agreement;
mod completion;
mod desk;
mod hostile;
mod meaning;
mod page;
