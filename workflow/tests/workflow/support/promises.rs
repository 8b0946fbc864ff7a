//! Service levels as tests ask for them.

use jiff::SignedDuration;
use mesh_core::clock::from_proto;
use prost_types::FieldMask;
use proto::{
    tickets::v1::{Priority, Ticket, UpdateTicketRequest},
    workflow::v1::{
        Clock, ClockExplanation, ClockState, CreatePolicyRequest, ExplainClockRequest, ListClocksRequest,
        ListPoliciesRequest, ListPoliciesResponse, SlaMetric, SlaPolicy, SlaTarget, UpdatePolicyRequest,
    },
};

use super::{Client, fresh};

pub(crate) const SHIPPED_CALENDAR: &str = "cal_00000000000000000000000001";
pub(crate) const SHIPPED_POLICY: &str = "pol_00000000000000000000000001";
pub(crate) const FIRST_REPLY: SlaMetric = SlaMetric::FirstReply;
pub(crate) const RESOLUTION: SlaMetric = SlaMetric::Resolution;

pub(crate) fn target(metric: SlaMetric, hours: i64) -> SlaTarget {
    SlaTarget {
        metric: metric.into(),
        target: Some(prost_types::Duration { seconds: hours * 3_600, nanos: 0 }),
        warn_at: vec![50, 75, 90],
        ..SlaTarget::default()
    }
}

/// Around the clock, for every ticket.
pub(crate) fn policy(name: &str, targets: &[SlaTarget]) -> SlaPolicy {
    SlaPolicy {
        name: name.into(),
        calendar_id: SHIPPED_CALENDAR.into(),
        targets: targets.to_vec(),
        enabled: true,
        ..SlaPolicy::default()
    }
}

impl Client {
    pub(crate) async fn promise(&self, policy: SlaPolicy) -> SlaPolicy {
        let ask = CreatePolicyRequest { request_id: fresh(), policy: Some(policy) };
        self.levels.clone().create_policy(ask).await.expect("a policy").into_inner()
    }

    pub(crate) async fn edit(&self, policy: SlaPolicy, paths: &[&str]) -> Result<SlaPolicy, tonic::Status> {
        let update_mask = Some(FieldMask { paths: paths.iter().map(|path| (*path).into()).collect() });
        let ask = UpdatePolicyRequest { policy: Some(policy), update_mask };
        self.levels.clone().update_policy(ask).await.map(tonic::Response::into_inner)
    }

    pub(crate) async fn policies(&self) -> ListPoliciesResponse {
        let ask = ListPoliciesRequest::default();
        self.levels.clone().list_policies(ask).await.expect("policies").into_inner()
    }

    pub(crate) async fn clocks(&self, ticket_id: &str) -> Vec<Clock> {
        let ask = ListClocksRequest { ticket_id: ticket_id.into() };
        self.levels.clone().list_clocks(ask).await.expect("clocks").into_inner().clocks
    }

    pub(crate) async fn why(&self, clock: &Clock) -> ClockExplanation {
        let ask = ExplainClockRequest { clock_id: clock.id.clone() };
        self.levels.clone().explain_clock(ask).await.expect("an explanation").into_inner()
    }

    /// State and hours used of each clock.
    pub(crate) async fn stand(&self, ticket_id: &str) -> Vec<(ClockState, i64)> {
        let hours = |clock: &Clock| clock.spent.map_or(0, |spent| spent.seconds / 3_600);
        self.clocks(ticket_id).await.iter().map(|clock| (clock.state(), hours(clock))).collect()
    }

    pub(crate) async fn prioritise(&self, ticket_id: &str, priority: Priority) {
        let ticket = self.ticket(ticket_id).await;
        let ask = UpdateTicketRequest {
            ticket: Some(Ticket {
                id: ticket.id,
                etag: ticket.etag,
                priority: priority.into(),
                ..Ticket::default()
            }),
            update_mask: Some(FieldMask { paths: vec!["priority".into()] }),
            request_id: fresh(),
            ..UpdateTicketRequest::default()
        };
        self.tickets.clone().update_ticket(ask).await.expect("another priority");
    }
}

pub(crate) fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

/// How long after its ticket was filed something is due, in hours.
pub(crate) fn after(ticket: &Ticket, due: Option<prost_types::Timestamp>) -> Option<i64> {
    let filed = ticket.create_time.as_ref().and_then(from_proto)?;
    Some((due.as_ref().and_then(from_proto)?.as_second() - filed.as_second()) / 3_600)
}
