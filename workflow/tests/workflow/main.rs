//! Workflow through its public face, beside the real tickets service, on both engines.

mod definitions;
mod families;
mod forgetting;
mod handing;
mod journey;
mod lifecycle;
mod merges;
mod replicas;
mod routing;
mod support;
mod transitions;
