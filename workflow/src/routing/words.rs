//! Routing's decisions in sentences for people.

use proto::workflow::v1::{self as wire, DropReason, RoutingMethod};

/// Nobody is asked.
pub(super) const MANUAL: &str = "people take the tickets of this queue themselves";

/// The decision in one sentence. `known` says that the first one knows the matter.
pub(super) fn summary(method: RoutingMethod, able: usize, known: bool, dropped: &[DropReason]) -> String {
    match (able, dropped.len()) {
        (0, 0) => "nobody works in this department".into(),
        (0, _) => {
            let present = dropped.iter().filter(|reason| !matches!(reason, DropReason::Offline)).count();
            let absent = dropped.len() - present;
            format!("nobody could take it: {absent} offline, {present} not available")
        }
        (1, _) => "the only agent who could take it".into(),
        (_, _) if known => format!("knows the requester, of {able} agents who could take it"),
        (_, _) => format!("{} of {able} agents who could take it", first(method)),
    }
}

/// What made the first one the first.
const fn first(method: RoutingMethod) -> &'static str {
    match method {
        RoutingMethod::LeastLoaded => "least loaded: the least work for their capacity",
        RoutingMethod::MostSpare => "most spare: the most room for work",
        RoutingMethod::Weighted => "weighted: the furthest behind their share",
        RoutingMethod::RoundRobin | RoutingMethod::Manual | RoutingMethod::Unspecified => {
            "round robin: the longest without a ticket"
        }
    }
}

/// Why somebody could or could not, for people.
pub(crate) fn reason(candidate: &wire::Candidate, method: RoutingMethod) -> &'static str {
    match candidate.dropped() {
        DropReason::Unspecified if candidate.rank == 1 => "chosen",
        DropReason::Unspecified => behind(method),
        DropReason::Away => "is away",
        DropReason::Busy => "is busy",
        DropReason::Offline => "is offline",
        DropReason::Requester => "filed the ticket",
        DropReason::Full => "has as much work as capacity allows",
        DropReason::Skill => "lacks a skill the ticket needs",
        DropReason::OffShift => "is not on shift",
        DropReason::OutOfOffice => "is out of office",
        DropReason::GaveBack => "gave the ticket back",
        DropReason::NotYet => "is asked when the ticket has waited longer",
    }
}

/// Why somebody who could is not the first.
const fn behind(method: RoutingMethod) -> &'static str {
    match method {
        RoutingMethod::LeastLoaded => "could take it; others had less to do",
        RoutingMethod::MostSpare => "could take it; others had more room",
        RoutingMethod::Weighted => "could take it; others were further behind their share",
        RoutingMethod::RoundRobin | RoutingMethod::Manual | RoutingMethod::Unspecified => {
            "could take it; others waited longer"
        }
    }
}
