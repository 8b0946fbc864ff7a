//! Service levels: policies, and the calendars they are measured by.

use proto::workflow::v1::{
    Calendar, CreateCalendarRequest, CreatePolicyRequest, DryRunPolicyRequest, DryRunPolicyResponse,
    ListCalendarsRequest, ListPoliciesRequest, ListPoliciesResponse, ReorderPoliciesRequest, SlaPolicy,
    UpdateCalendarRequest, UpdatePolicyRequest, sla_service,
};

use super::{Answer, ask, mask};

/// As many as there can be.
const ALL: i32 = 200;

/// Every policy in its order, and how far tickets follow the last edit.
pub(crate) async fn policies() -> Answer<ListPoliciesResponse> {
    ask(sla_service::LIST_POLICIES, ListPoliciesRequest { page_size: ALL, page_token: String::new() }).await
}

/// Makes a policy, behind all others.
pub(crate) async fn create_policy(policy: SlaPolicy, request_id: String) -> Answer<SlaPolicy> {
    let asked = CreatePolicyRequest { request_id, policy: Some(policy) };
    ask(sla_service::CREATE_POLICY, asked).await
}

/// Changes the named parts of a policy as it was read.
pub(crate) async fn update_policy(policy: SlaPolicy, paths: &[&str]) -> Answer<SlaPolicy> {
    let asked = UpdatePolicyRequest { policy: Some(policy), update_mask: Some(mask(paths)) };
    ask(sla_service::UPDATE_POLICY, asked).await
}

/// Puts all policies in this order.
pub(crate) async fn reorder(policy_ids: Vec<String>) -> Answer<ListPoliciesResponse> {
    ask(sla_service::REORDER_POLICIES, ReorderPoliciesRequest { policy_ids }).await
}

/// What a policy would change.
pub(crate) async fn dry_run(policy: SlaPolicy) -> Answer<DryRunPolicyResponse> {
    ask(sla_service::DRY_RUN_POLICY, DryRunPolicyRequest { policy: Some(policy) }).await
}

/// The calendars, by name.
pub(crate) async fn calendars() -> Answer<Vec<Calendar>> {
    let asked = ListCalendarsRequest { page_size: ALL, page_token: String::new() };
    ask(sla_service::LIST_CALENDARS, asked).await.map(|answer| answer.calendars)
}

/// Makes a calendar.
pub(crate) async fn create_calendar(calendar: Calendar, request_id: String) -> Answer<Calendar> {
    let asked = CreateCalendarRequest { request_id, calendar: Some(calendar) };
    ask(sla_service::CREATE_CALENDAR, asked).await
}

/// Changes the named parts of a calendar as it was read, and adds the holidays of an iCalendar text.
pub(crate) async fn update_calendar(
    calendar: Calendar,
    paths: &[&str],
    import_ical: String,
) -> Answer<Calendar> {
    let asked =
        UpdateCalendarRequest { calendar: Some(calendar), update_mask: Some(mask(paths)), import_ical };
    ask(sla_service::UPDATE_CALENDAR, asked).await
}
