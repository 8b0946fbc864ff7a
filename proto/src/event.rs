//! Events by name: the routing key on the bus, the name in filters and webhooks.

use crate::events::v1::envelope::Event;

/// The name of an event, `<service>.<noun>.<past verb>`; also its routing key.
pub const fn name(event: &Event) -> &'static str {
    match event {
        Event::IdentityUserCreated(_) => "identity.user.created",
        Event::IdentityUserUpdated(_) => "identity.user.updated",
        Event::IdentityUserAccessChanged(_) => "identity.user.access_changed",
        Event::IdentitySessionRevoked(_) => "identity.session.revoked",
        Event::IdentityDepartmentChanged(_) => "identity.department.changed",
        Event::IdentityRoleChanged(_) => "identity.role.changed",
        Event::TicketsTicketCreated(_) => "tickets.ticket.created",
        Event::TicketsTicketChanged(_) => "tickets.ticket.changed",
        Event::TicketsTicketDeleted(_) => "tickets.ticket.deleted",
        Event::TicketsCommentAdded(_) => "tickets.comment.added",
        Event::TicketsCommentEdited(_) => "tickets.comment.edited",
        Event::TicketsCommentDeleted(_) => "tickets.comment.deleted",
        Event::TicketsCatalogChanged(_) => "tickets.catalog.changed",
        Event::TicketsAttachmentChanged(_) => "tickets.attachment.changed",
        Event::TicketsArticleChanged(_) => "tickets.article.changed",
        Event::TicketsTicketMerged(_) => "tickets.ticket.merged",
        Event::TicketsMergeUndone(_) => "tickets.merge.undone",
        Event::TicketsReactionChanged(_) => "tickets.reaction.changed",
        Event::TicketsTicketRated(_) => "tickets.ticket.rated",
        Event::TicketsViewChanged(_) => "tickets.view.changed",
        Event::WorkflowRunStarted(_) => "workflow.run.started",
        Event::WorkflowRunMoved(_) => "workflow.run.moved",
        Event::WorkflowRunFinished(_) => "workflow.run.finished",
        Event::WorkflowAssignmentMade(_) => "workflow.assignment.made",
        Event::WorkflowAssignmentReleased(_) => "workflow.assignment.released",
        Event::WorkflowPresenceChanged(_) => "workflow.presence.changed",
        Event::WorkflowAutomationPaused(_) => "workflow.automation.paused",
        Event::WorkflowNoticeSent(_) => "workflow.notice.sent",
        Event::WorkflowRunSnoozed(_) => "workflow.run.snoozed",
        Event::WorkflowOfferMade(_) => "workflow.offer.made",
        Event::WorkflowOfferEnded(_) => "workflow.offer.ended",
        Event::WorkflowWorkflowChanged(_) => "workflow.workflow.changed",
        Event::WorkflowApprovalChanged(_) => "workflow.approval.changed",
        Event::WorkflowClockWarned(_) => "workflow.clock.warned",
        Event::WorkflowClockBreached(_) => "workflow.clock.breached",
        Event::NotifyNotificationCreated(_) => "notify.notification.created",
        Event::NotifyNotificationRead(_) => "notify.notification.read",
        Event::GatewayActivityChanged(_) => "gateway.activity.changed",
    }
}

/// Whether an event's name meets a pattern as AMQP topics have it: words between dots, `*` for one word, `#` at the end for any
/// number of them.
pub fn matches(pattern: &str, name: &str) -> bool {
    let mut words = name.split('.');
    for wanted in pattern.split('.') {
        match (wanted, words.next()) {
            ("#", _) => return true,
            ("*", Some(_)) => {}
            (exact, Some(word)) if exact == word => {}
            _ => return false,
        }
    }
    words.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns_match_word_by_word() {
        for (pattern, name, meets) in [
            ("#", "tickets.comment.added", true),
            ("tickets.#", "tickets.comment.added", true),
            ("tickets.*.added", "tickets.comment.added", true),
            ("tickets.comment", "tickets.comment.added", false),
            ("tickets.comment.added.x", "tickets.comment.added", false),
            ("*.run.*", "tickets.comment.added", false),
        ] {
            assert_eq!(matches(pattern, name), meets, "{pattern} {name}");
        }
    }
}
