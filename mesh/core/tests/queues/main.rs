//! What waits for others: news, jobs, answers; on both engines, over both buses.
#![expect(clippy::expect_used, reason = "what helps a test fails it")]

mod amqp;
mod common;
mod faults;
mod idempotency;
mod inbox;
mod jobs;
mod outbox;
mod wire;
