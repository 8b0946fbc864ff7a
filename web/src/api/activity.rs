//! What one does on a ticket, said to the others who look at it.

use proto::events::v1::{ActivityChanged, ActivityKind};
use proto::gateway::v1::{SetActivityRequest, live_service};

use super::{Answer, ask};

/// Says it, and hears what others do there.
pub(crate) async fn say(
    ticket_id: String,
    kind: ActivityKind,
    field: &'static str,
) -> Answer<Vec<ActivityChanged>> {
    let asked = SetActivityRequest { ticket_id, kind: kind.into(), field: field.to_owned() };
    ask(live_service::SET_ACTIVITY, asked).await.map(|answer| answer.others)
}
