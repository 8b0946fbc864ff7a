//! Workflow through its public face, beside the real tickets service, on both engines.
#![expect(clippy::expect_used, reason = "a test that is answered otherwise fails with these words")]

mod definitions;
mod families;
mod forgetting;
mod handing;
mod importing;
mod journey;
mod lifecycle;
mod merges;
mod replicas;
mod reports;
mod routing;
mod support;
mod transitions;
