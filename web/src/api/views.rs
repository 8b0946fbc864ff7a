//! Saved views and macros, and what may stand in a rule over tickets.

use std::collections::BTreeMap;

use proto::tickets::v1::{
    ApplyMacroRequest, ApplyMacroResponse, CompleteFilterRequest, CompleteFilterResponse, CountViewsRequest,
    CountViewsResponse, CreateMacroRequest, CreateViewRequest, DeleteMacroRequest, DeleteViewRequest,
    ListMacrosRequest, ListViewsRequest, Macro, UpdateMacroRequest, UpdateViewRequest, View, view_service,
};

use super::{Answer, ask, mask};

/// The fields of a view that a form changes.
const OF_A_VIEW: [&str; 6] = ["name", "sharing", "filter", "order_by", "columns", "group_by"];
/// The fields of a macro that a form changes.
const OF_A_MACRO: [&str; 6] = ["name", "sharing", "ticket", "paths", "comment", "transition_key"];

/// The views the caller may use, by position and name.
pub(crate) async fn list() -> Answer<Vec<View>> {
    ask(view_service::LIST_VIEWS, ListViewsRequest {}).await.map(|answer| answer.views)
}

/// How many tickets each view has, and which have a rule that is none any more.
pub(crate) async fn count() -> Answer<(BTreeMap<String, i64>, BTreeMap<String, String>)> {
    let answer = ask(view_service::COUNT_VIEWS, CountViewsRequest::default()).await;
    answer.map(|CountViewsResponse { counts, problems }| (counts, problems))
}

/// Adds a view; the same `request_id` adds it once.
pub(crate) async fn create(view: View, request_id: String) -> Answer<View> {
    ask(view_service::CREATE_VIEW, CreateViewRequest { view: Some(view), request_id }).await
}

/// Changes a view as it was read.
pub(crate) async fn update(view: View) -> Answer<View> {
    let asked = UpdateViewRequest { view: Some(view), update_mask: Some(mask(&OF_A_VIEW)) };
    ask(view_service::UPDATE_VIEW, asked).await
}

/// Deletes a view.
pub(crate) async fn delete(id: String) -> Answer<()> {
    ask(view_service::DELETE_VIEW, DeleteViewRequest { id }).await.map(|_| ())
}

/// The macros the caller may use, by name.
pub(crate) async fn macros() -> Answer<Vec<Macro>> {
    ask(view_service::LIST_MACROS, ListMacrosRequest {}).await.map(|answer| answer.macros)
}

/// Adds a macro; the same `request_id` adds it once.
pub(crate) async fn create_macro(kept: Macro, request_id: String) -> Answer<Macro> {
    ask(view_service::CREATE_MACRO, CreateMacroRequest { r#macro: Some(kept), request_id }).await
}

/// Changes a macro as it was read.
pub(crate) async fn update_macro(kept: Macro) -> Answer<Macro> {
    let asked = UpdateMacroRequest { r#macro: Some(kept), update_mask: Some(mask(&OF_A_MACRO)) };
    ask(view_service::UPDATE_MACRO, asked).await
}

/// Deletes a macro.
pub(crate) async fn delete_macro(id: String) -> Answer<()> {
    ask(view_service::DELETE_MACRO, DeleteMacroRequest { id }).await.map(|_| ())
}

/// What a macro would do to a ticket; nothing is written.
pub(crate) async fn try_macro(macro_id: String, ticket_id: String) -> Answer<ApplyMacroResponse> {
    ask(view_service::APPLY_MACRO, ApplyMacroRequest { macro_id, ticket_id }).await
}

/// What could be written into a rule next, and what is wrong with it.
pub(crate) async fn complete(filter: String, cursor: i32) -> Answer<CompleteFilterResponse> {
    ask(view_service::COMPLETE_FILTER, CompleteFilterRequest { filter, cursor }).await
}
