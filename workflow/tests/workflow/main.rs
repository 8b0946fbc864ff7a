//! Workflow through its public face, beside the real tickets service, on both engines.
#![expect(clippy::expect_used, reason = "a test that is answered otherwise fails with these words")]

mod absence;
mod approvals;
mod audited;
mod automations;
mod bulk;
mod capacity;
mod clocks;
mod definitions;
mod draining;
mod drawing;
mod effects;
mod escalating;
mod families;
mod forgetting;
mod handing;
mod importing;
mod journey;
mod levels;
mod lifecycle;
mod merge_property;
mod merges;
mod migrating;
mod month;
mod offers;
mod queues;
mod replicas;
mod reports;
mod routing;
mod shifts;
mod snoozing;
mod support;
mod transitions;
