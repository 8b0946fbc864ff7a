//! Automations: what happens by itself, tried out before, and looked at afterwards.

use proto::workflow::v1::{
    Automation, AutomationRun, CreateAutomationRequest, DryRunAutomationRequest, ListAutomationRunsRequest,
    ListAutomationRunsResponse, ListAutomationsRequest, ReorderAutomationsRequest, UpdateAutomationRequest,
    automation_service,
};

use super::{Answer, ask, mask};

/// As many as the server gives at a time.
const MOST: i32 = 200;

/// All of them, in their order.
pub(crate) async fn all() -> Answer<Vec<Automation>> {
    let mut all = Vec::new();
    let mut asked = ListAutomationsRequest { page_size: MOST, page_token: String::new() };
    loop {
        let page = ask(automation_service::LIST_AUTOMATIONS, asked.clone()).await?;
        all.extend(page.automations);
        if page.next_page_token.is_empty() {
            return Ok(all);
        }
        asked.page_token = page.next_page_token;
    }
}

/// Makes one, behind all others; the same `request_id` never makes it twice.
pub(crate) async fn create(automation: Automation, request_id: String) -> Answer<Automation> {
    let asked = CreateAutomationRequest { request_id, automation: Some(automation) };
    ask(automation_service::CREATE_AUTOMATION, asked).await
}

/// Changes the named fields of one as it was read.
pub(crate) async fn update(automation: Automation, paths: &[&str]) -> Answer<Automation> {
    let asked = UpdateAutomationRequest { automation: Some(automation), update_mask: Some(mask(paths)) };
    ask(automation_service::UPDATE_AUTOMATION, asked).await
}

/// Puts all of them in this order.
pub(crate) async fn reorder(automation_ids: Vec<String>) -> Answer<Vec<Automation>> {
    let asked = ReorderAutomationsRequest { automation_ids };
    ask(automation_service::REORDER_AUTOMATIONS, asked).await.map(|answer| answer.automations)
}

/// What one would have done lately; changes nothing.
pub(crate) async fn try_out(automation: Automation) -> Answer<Vec<AutomationRun>> {
    let asked = DryRunAutomationRequest { automation: Some(automation), events: 0 };
    ask(automation_service::DRY_RUN_AUTOMATION, asked).await.map(|answer| answer.runs)
}

/// A page of what one did, the newest first.
pub(crate) async fn runs(automation_id: String, page_token: String) -> Answer<ListAutomationRunsResponse> {
    let asked = ListAutomationRunsRequest { automation_id, page_size: 0, page_token };
    ask(automation_service::LIST_AUTOMATION_RUNS, asked).await
}
