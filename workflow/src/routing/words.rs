//! Routing's decisions in sentences for people.

use mesh_core::clock;
use proto::workflow::v1::{self as wire, DropReason, RoutingMethod};

/// Nobody is asked.
pub(super) const MANUAL: &str = "people take the tickets of this queue themselves";

/// The decision in one sentence. `known` says that the first one knows the matter.
pub(super) fn summary(method: RoutingMethod, able: usize, known: bool, dropped: &[DropReason]) -> String {
    match (able, dropped.len()) {
        (0, 0) => "nobody works in this department".into(),
        (0, _) => {
            let count = |wanted| dropped.iter().filter(|reason| **reason == wanted).count();
            let (offline, off) = (count(DropReason::Offline), count(DropReason::OffShift));
            let others = dropped.len() - offline - off;
            let off = if off == 0 { String::new() } else { format!(", {off} off shift") };
            format!("nobody could take it: {offline} offline{off}, {others} not available")
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
pub(crate) fn reason(candidate: &wire::Candidate, method: RoutingMethod) -> String {
    let sentence = match candidate.dropped() {
        DropReason::Unspecified if candidate.rank == 1 => "chosen",
        DropReason::Unspecified => behind(method),
        DropReason::Away => "is away",
        DropReason::Busy => "is busy",
        DropReason::Offline => "is offline",
        DropReason::Requester => "filed the ticket",
        DropReason::Full => "has as much work as capacity allows",
        DropReason::Skill => "lacks a skill the ticket needs",
        DropReason::OffShift => "is off shift",
        DropReason::OutOfOffice => "is out of office",
        DropReason::GaveBack => "gave the ticket back",
        DropReason::NotYet => "is asked when the ticket has waited longer",
    };
    match candidate.back_time.as_ref().and_then(clock::from_proto) {
        Some(back) => format!("{sentence} until {}", back.strftime("%Y-%m-%d %H:%M UTC")),
        None => sentence.to_owned(),
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
