//! Who decides whether a trace is exported: `OTEL_TRACES_SAMPLER` of the process at whose door it comes in, nobody before it.
//!
//! The invariant: a stranger's `traceparent` gives a trace its id and nothing else. Neither its `sampled` flag nor a well chosen id
//! makes this mesh export more, or less, than it was told to. Behind the door everybody follows what the door decided.

use opentelemetry::{
    Context, KeyValue,
    trace::{Link, SpanKind, TraceContextExt, TraceId},
};
use opentelemetry_sdk::trace::{Config, IdGenerator, RandomIdGenerator, SamplingResult, ShouldSample};

/// Marks the context of a parent that was named by somebody outside the mesh.
#[derive(Debug)]
pub(super) struct Stranger;

/// What the standard variables say, asked for a stranger's trace as if it began here.
#[derive(Clone, Debug)]
pub(super) struct Sampler {
    configured: Box<dyn ShouldSample>,
    ids: RandomIdGenerator,
}

impl Sampler {
    pub(super) fn configured() -> Self {
        Self::over(Config::default().sampler)
    }

    fn over(configured: Box<dyn ShouldSample>) -> Self {
        Self { configured, ids: RandomIdGenerator::default() }
    }
}

impl ShouldSample for Sampler {
    fn should_sample(
        &self,
        parent: Option<&Context>,
        trace_id: TraceId,
        name: &str,
        kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        // What goes on inside the call has the mark in its context, too, but a parent of ours.
        let by_a_stranger = parent.is_some_and(|parent| {
            parent.get::<Stranger>().is_some() && parent.span().span_context().is_remote()
        });
        if by_a_stranger {
            // About an id of our own: a sampler of some of all traces looks at the id, and this one was chosen.
            return self.configured.should_sample(
                None,
                self.ids.new_trace_id(),
                name,
                kind,
                attributes,
                links,
            );
        }
        self.configured.should_sample(parent, trace_id, name, kind, attributes, links)
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::{
        Context,
        trace::{SpanContext, SpanId, SpanKind, TraceContextExt, TraceFlags, TraceId, TraceState},
    };
    use opentelemetry_sdk::trace::{Sampler as Sdk, SamplingDecision, ShouldSample};

    use super::{Sampler, Stranger};

    /// A parent elsewhere, whose trace has the lowest id there is: every sampler of some of all traces takes it.
    fn parent(flags: TraceFlags) -> Context {
        let (trace_id, span_id) = (TraceId::from(1_u128), SpanId::from(1_u64));
        let parent = SpanContext::new(trace_id, span_id, flags, true, TraceState::default());
        Context::new().with_remote_span_context(parent)
    }

    fn samples(configured: Sdk, parent: &Context) -> bool {
        let (kind, id) = (SpanKind::Server, parent.span().span_context().trace_id());
        let sampler = Sampler::over(Box::new(Sdk::ParentBased(Box::new(configured))));
        let outcome = sampler.should_sample(Some(parent), id, "call", &kind, &[], &[]);
        outcome.decision == SamplingDecision::RecordAndSample
    }

    #[test]
    fn a_stranger_decides_nothing_and_a_service_of_the_mesh_is_followed() {
        for flags in [TraceFlags::SAMPLED, TraceFlags::NOT_SAMPLED] {
            let theirs = parent(flags).with_value(Stranger);
            assert!(samples(Sdk::AlwaysOn, &theirs) && !samples(Sdk::AlwaysOff, &theirs));
            let ours = parent(flags);
            assert_eq!(samples(Sdk::AlwaysOn, &ours), flags.is_sampled());
            assert_eq!(samples(Sdk::AlwaysOff, &ours), flags.is_sampled());
        }
    }

    #[test]
    fn a_well_chosen_id_gets_nobody_into_a_sample() {
        let theirs = parent(TraceFlags::SAMPLED).with_value(Stranger);
        assert!(!samples(Sdk::TraceIdRatioBased(1e-12), &theirs));
    }

    #[test]
    fn what_goes_on_inside_a_stranger_s_call_follows_the_call() {
        let (trace_id, span_id) = (TraceId::from(1_u128), SpanId::from(2_u64));
        let call = SpanContext::new(trace_id, span_id, TraceFlags::SAMPLED, false, TraceState::default());
        let inside = Context::new().with_value(Stranger).with_remote_span_context(call);
        assert!(samples(Sdk::AlwaysOff, &inside));
    }
}
