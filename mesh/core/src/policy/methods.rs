//! The table of every RPC with its action. A wiring table: one line a method, sorted by service; the permission matrix is printed
//! from it, and the layer before every service refuses a method that is not here.

use std::{collections::HashMap, sync::LazyLock};

use super::Action;

/// The action of the RPC at `path` (`/package.Service/Method`); `None` for a method nobody declared.
pub fn action_of(path: &str) -> Option<Action> {
    static BY_PATH: LazyLock<HashMap<&str, Action>> = LazyLock::new(|| METHODS.iter().copied().collect());
    BY_PATH.get(path).copied()
}

/// The gRPC services of a role, by full name: those of its package, and all of them for the gateway, which fronts the others.
pub fn services_of(role: &str) -> impl Iterator<Item = &'static str> {
    let prefix = if role == "gateway" { "ticketmesh.".to_owned() } else { format!("ticketmesh.{role}.") };
    let mut services: Vec<_> = METHODS
        .iter()
        .filter_map(|(path, _)| path[1..].split_once('/'))
        .map(|(service, _)| service)
        .collect();
    services.dedup();
    services.into_iter().filter(move |service| service.starts_with(&prefix))
}

/// Every RPC of the contract and the action it is.
#[rustfmt::skip]
pub const METHODS: &[(&str, Action)] = &[
    ("/ticketmesh.gateway.v1.LiveService/Watch", Action::Browse),
    ("/ticketmesh.gateway.v1.LiveService/SetActivity", Action::Browse),

    ("/ticketmesh.gateway.v1.SessionService/SignIn", Action::SignIn),
    ("/ticketmesh.gateway.v1.SessionService/VerifySecondFactor", Action::SignIn),
    ("/ticketmesh.gateway.v1.SessionService/Refresh", Action::SignIn),
    ("/ticketmesh.gateway.v1.SessionService/SignOut", Action::SignIn),
    ("/ticketmesh.gateway.v1.SessionService/GetSession", Action::Own),

    ("/ticketmesh.identity.v1.AccountService/GetMe", Action::Own),
    ("/ticketmesh.identity.v1.AccountService/UpdateMe", Action::OwnAccount),
    ("/ticketmesh.identity.v1.AccountService/GetSecondFactors", Action::Own),
    ("/ticketmesh.identity.v1.AccountService/StartTotp", Action::Own),
    ("/ticketmesh.identity.v1.AccountService/ConfirmTotp", Action::Own),
    ("/ticketmesh.identity.v1.AccountService/DisableSecondFactor", Action::Own),
    ("/ticketmesh.identity.v1.AccountService/RegenerateRecoveryCodes", Action::Own),
    ("/ticketmesh.identity.v1.AccountService/StartPasskey", Action::Own),
    ("/ticketmesh.identity.v1.AccountService/ConfirmPasskey", Action::Own),
    ("/ticketmesh.identity.v1.AccountService/RemovePasskey", Action::Own),
    ("/ticketmesh.identity.v1.AccountService/SetPicture", Action::OwnAccount),
    ("/ticketmesh.identity.v1.AccountService/ListMyApiKeys", Action::OwnAccount),
    ("/ticketmesh.identity.v1.AccountService/CreateApiKey", Action::Own),
    ("/ticketmesh.identity.v1.AccountService/RevokeApiKey", Action::Own),

    ("/ticketmesh.identity.v1.AuthService/SignIn", Action::SignIn),
    ("/ticketmesh.identity.v1.AuthService/VerifySecondFactor", Action::SignIn),
    ("/ticketmesh.identity.v1.AuthService/SendSecondFactorCode", Action::SignIn),
    ("/ticketmesh.identity.v1.AuthService/StartPasskeySignIn", Action::SignIn),
    ("/ticketmesh.identity.v1.AuthService/StartSso", Action::SignIn),
    ("/ticketmesh.identity.v1.AuthService/FinishSso", Action::SignIn),
    ("/ticketmesh.identity.v1.AuthService/RefreshSession", Action::SignIn),
    ("/ticketmesh.identity.v1.AuthService/SignOut", Action::SignIn),
    ("/ticketmesh.identity.v1.AuthService/ListSessions", Action::Own),
    ("/ticketmesh.identity.v1.AuthService/RevokeSession", Action::Own),
    ("/ticketmesh.identity.v1.AuthService/RequestPasswordReset", Action::SignIn),
    ("/ticketmesh.identity.v1.AuthService/ResetPassword", Action::SignIn),
    ("/ticketmesh.identity.v1.AuthService/ChangePassword", Action::Own),
    ("/ticketmesh.identity.v1.AuthService/AcceptInvitation", Action::SignIn),
    ("/ticketmesh.identity.v1.AuthService/SignUp", Action::SignIn),
    ("/ticketmesh.identity.v1.AuthService/ExchangeApiKey", Action::SignIn),
    ("/ticketmesh.identity.v1.AuthService/GetJwks", Action::SignIn),
    ("/ticketmesh.identity.v1.AuthService/ListRevocations", Action::CatchUp),
    ("/ticketmesh.identity.v1.AuthService/GetSignInPolicy", Action::SignIn),

    ("/ticketmesh.identity.v1.DirectoryService/GetUser", Action::Browse),
    ("/ticketmesh.identity.v1.DirectoryService/BatchGetUsers", Action::Browse),
    ("/ticketmesh.identity.v1.DirectoryService/ListUsers", Action::Browse),
    ("/ticketmesh.identity.v1.DirectoryService/CreateUser", Action::UserManage),
    ("/ticketmesh.identity.v1.DirectoryService/UpdateUser", Action::UserManage),
    ("/ticketmesh.identity.v1.DirectoryService/SetUserStatus", Action::UserManage),
    ("/ticketmesh.identity.v1.DirectoryService/DeleteUser", Action::UserDelete),
    ("/ticketmesh.identity.v1.DirectoryService/GetPicture", Action::Browse),
    ("/ticketmesh.identity.v1.DirectoryService/InviteUser", Action::UserManage),
    ("/ticketmesh.identity.v1.DirectoryService/ListInvitations", Action::InvitationRead),
    ("/ticketmesh.identity.v1.DirectoryService/ResendInvitation", Action::UserManage),
    ("/ticketmesh.identity.v1.DirectoryService/RevokeInvitation", Action::UserManage),
    ("/ticketmesh.identity.v1.DirectoryService/ListDepartments", Action::Browse),
    ("/ticketmesh.identity.v1.DirectoryService/CreateDepartment", Action::DepartmentManage),
    ("/ticketmesh.identity.v1.DirectoryService/UpdateDepartment", Action::DepartmentManage),
    ("/ticketmesh.identity.v1.DirectoryService/ArchiveDepartment", Action::DepartmentManage),
    ("/ticketmesh.identity.v1.DirectoryService/ListRoles", Action::UserRead),
    ("/ticketmesh.identity.v1.DirectoryService/CreateRole", Action::RoleManage),
    ("/ticketmesh.identity.v1.DirectoryService/UpdateRole", Action::RoleManage),
    ("/ticketmesh.identity.v1.DirectoryService/DeleteRole", Action::RoleManage),
    ("/ticketmesh.identity.v1.DirectoryService/AssignRole", Action::RoleAssign),
    ("/ticketmesh.identity.v1.DirectoryService/UnassignRole", Action::RoleAssign),
    ("/ticketmesh.identity.v1.DirectoryService/ListRoleAssignments", Action::UserRead),

    ("/ticketmesh.identity.v1.SecurityService/GetSignInProtection", Action::SecurityManage),
    ("/ticketmesh.identity.v1.SecurityService/UpdateSignInProtection", Action::SecurityManage),
    ("/ticketmesh.identity.v1.SecurityService/ListBlocks", Action::SecurityManage),
    ("/ticketmesh.identity.v1.SecurityService/Unblock", Action::SecurityManage),
    ("/ticketmesh.identity.v1.SecurityService/ListAuditEvents", Action::AuditRead),
    ("/ticketmesh.identity.v1.SecurityService/ExportAuditEvents", Action::AuditRead),
    ("/ticketmesh.identity.v1.SecurityService/RecordAuditEvent", Action::AuditRecord),
    ("/ticketmesh.identity.v1.SecurityService/ListServiceAccounts", Action::SecurityManage),
    ("/ticketmesh.identity.v1.SecurityService/CreateServiceAccount", Action::SecurityManage),
    ("/ticketmesh.identity.v1.SecurityService/ListApiKeys", Action::SecurityManage),
    ("/ticketmesh.identity.v1.SecurityService/GetAccessSettings", Action::SecurityManage),
    ("/ticketmesh.identity.v1.SecurityService/UpdateAccessSettings", Action::SecurityManage),
    ("/ticketmesh.identity.v1.SecurityService/ListSsoProviders", Action::SecurityManage),
    ("/ticketmesh.identity.v1.SecurityService/DeleteSsoProvider", Action::SecurityManage),
    ("/ticketmesh.identity.v1.SecurityService/ConfigureSso", Action::SecurityManage),
    ("/ticketmesh.identity.v1.SecurityService/TestSso", Action::SecurityManage),

    ("/ticketmesh.notify.v1.InboxService/ListNotifications", Action::Own),
    ("/ticketmesh.notify.v1.InboxService/CountUnread", Action::Own),
    ("/ticketmesh.notify.v1.InboxService/MarkRead", Action::Own),
    ("/ticketmesh.notify.v1.InboxService/MarkAllRead", Action::Own),
    ("/ticketmesh.notify.v1.InboxService/GetPreferences", Action::Own),
    ("/ticketmesh.notify.v1.InboxService/UpdatePreferences", Action::Own),

    ("/ticketmesh.notify.v1.MailService/ListTemplates", Action::MailManage),
    ("/ticketmesh.notify.v1.MailService/UpdateTemplate", Action::MailManage),
    ("/ticketmesh.notify.v1.MailService/PreviewTemplate", Action::MailManage),
    ("/ticketmesh.notify.v1.MailService/ListDeliveries", Action::MailManage),
    ("/ticketmesh.notify.v1.MailService/RetryDelivery", Action::MailManage),
    ("/ticketmesh.notify.v1.MailService/ListMailboxes", Action::MailManage),
    ("/ticketmesh.notify.v1.MailService/CreateMailbox", Action::MailManage),
    ("/ticketmesh.notify.v1.MailService/UpdateMailbox", Action::MailManage),
    ("/ticketmesh.notify.v1.MailService/TestMailbox", Action::MailManage),

    ("/ticketmesh.notify.v1.WebhookService/ListWebhooks", Action::WebhookManage),
    ("/ticketmesh.notify.v1.WebhookService/CreateWebhook", Action::WebhookManage),
    ("/ticketmesh.notify.v1.WebhookService/UpdateWebhook", Action::WebhookManage),
    ("/ticketmesh.notify.v1.WebhookService/DeleteWebhook", Action::WebhookManage),
    ("/ticketmesh.notify.v1.WebhookService/RotateSecret", Action::WebhookManage),
    ("/ticketmesh.notify.v1.WebhookService/ListAttempts", Action::WebhookManage),
    ("/ticketmesh.notify.v1.WebhookService/ReplayAttempt", Action::WebhookManage),
    ("/ticketmesh.notify.v1.WebhookService/PingWebhook", Action::WebhookManage),

    ("/ticketmesh.tickets.v1.AttachmentService/CreateUpload", Action::TicketReply),
    ("/ticketmesh.tickets.v1.AttachmentService/GetAttachment", Action::TicketRead),
    ("/ticketmesh.tickets.v1.AttachmentService/ListAttachments", Action::TicketRead),
    ("/ticketmesh.tickets.v1.AttachmentService/DeleteAttachment", Action::TicketDelete),

    ("/ticketmesh.tickets.v1.CatalogService/ListCategories", Action::Browse),
    ("/ticketmesh.tickets.v1.CatalogService/CreateCategory", Action::CatalogManage),
    ("/ticketmesh.tickets.v1.CatalogService/UpdateCategory", Action::CatalogManage),
    ("/ticketmesh.tickets.v1.CatalogService/ArchiveCategory", Action::CatalogManage),
    ("/ticketmesh.tickets.v1.CatalogService/ListFields", Action::Browse),
    ("/ticketmesh.tickets.v1.CatalogService/CreateField", Action::FieldManage),
    ("/ticketmesh.tickets.v1.CatalogService/UpdateField", Action::FieldManage),
    ("/ticketmesh.tickets.v1.CatalogService/ArchiveField", Action::FieldManage),
    ("/ticketmesh.tickets.v1.CatalogService/GetForm", Action::Browse),
    ("/ticketmesh.tickets.v1.CatalogService/GetPriorityMatrix", Action::Browse),
    ("/ticketmesh.tickets.v1.CatalogService/UpdatePriorityMatrix", Action::FieldManage),
    ("/ticketmesh.tickets.v1.CatalogService/ListCategoryTemplates", Action::Browse),
    ("/ticketmesh.tickets.v1.CatalogService/AdoptCategoryTemplates", Action::CatalogManage),

    ("/ticketmesh.tickets.v1.KnowledgeService/ListArticles", Action::KnowledgeRead),
    ("/ticketmesh.tickets.v1.KnowledgeService/GetArticle", Action::KnowledgeRead),
    ("/ticketmesh.tickets.v1.KnowledgeService/CreateArticle", Action::KnowledgeEdit),
    ("/ticketmesh.tickets.v1.KnowledgeService/UpdateArticle", Action::KnowledgeEdit),
    ("/ticketmesh.tickets.v1.KnowledgeService/PublishArticle", Action::KnowledgeEdit),
    ("/ticketmesh.tickets.v1.KnowledgeService/ArchiveArticle", Action::KnowledgeEdit),
    ("/ticketmesh.tickets.v1.KnowledgeService/ListArticleVersions", Action::KnowledgeEdit),
    ("/ticketmesh.tickets.v1.KnowledgeService/SearchArticles", Action::KnowledgeRead),
    ("/ticketmesh.tickets.v1.KnowledgeService/RateArticle", Action::Browse),

    ("/ticketmesh.tickets.v1.ProjectionService/ProjectRun", Action::Project),
    ("/ticketmesh.tickets.v1.ProjectionService/ListKin", Action::Project),
    ("/ticketmesh.tickets.v1.ProjectionService/FileFollowUp", Action::Project),
    ("/ticketmesh.tickets.v1.ProjectionService/CreateRatingLink", Action::Project),

    ("/ticketmesh.tickets.v1.TicketService/CreateTicket", Action::TicketCreate),
    ("/ticketmesh.tickets.v1.TicketService/GetTicket", Action::TicketRead),
    ("/ticketmesh.tickets.v1.TicketService/ListTickets", Action::TicketRead),
    ("/ticketmesh.tickets.v1.TicketService/CountTickets", Action::TicketRead),
    ("/ticketmesh.tickets.v1.TicketService/SearchTickets", Action::TicketRead),
    ("/ticketmesh.tickets.v1.TicketService/UpdateTicket", Action::TicketUpdate),
    ("/ticketmesh.tickets.v1.TicketService/DeleteTicket", Action::TicketDelete),
    ("/ticketmesh.tickets.v1.TicketService/AddComment", Action::TicketReply),
    ("/ticketmesh.tickets.v1.TicketService/EditComment", Action::TicketReply),
    ("/ticketmesh.tickets.v1.TicketService/DeleteComment", Action::TicketReply),
    ("/ticketmesh.tickets.v1.TicketService/ListTimeline", Action::TicketRead),
    ("/ticketmesh.tickets.v1.TicketService/AddReaction", Action::TicketRead),
    ("/ticketmesh.tickets.v1.TicketService/RemoveReaction", Action::TicketRead),
    ("/ticketmesh.tickets.v1.TicketService/LinkTickets", Action::TicketUpdate),
    ("/ticketmesh.tickets.v1.TicketService/UnlinkTickets", Action::TicketUpdate),
    ("/ticketmesh.tickets.v1.TicketService/ListLinks", Action::TicketRead),
    ("/ticketmesh.tickets.v1.TicketService/MergeTickets", Action::TicketMerge),
    ("/ticketmesh.tickets.v1.TicketService/UndoMerge", Action::TicketMerge),
    ("/ticketmesh.tickets.v1.TicketService/MoveComment", Action::TicketMerge),
    ("/ticketmesh.tickets.v1.TicketService/SetWatchers", Action::TicketWatch),
    ("/ticketmesh.tickets.v1.TicketService/RateTicket", Action::TicketRate),
    ("/ticketmesh.tickets.v1.TicketService/RateByLink", Action::TicketRateByLink),
    ("/ticketmesh.tickets.v1.TicketService/SaveDraft", Action::Own),
    ("/ticketmesh.tickets.v1.TicketService/GetDraft", Action::Own),
    ("/ticketmesh.tickets.v1.TicketService/DiscardDraft", Action::Own),
    ("/ticketmesh.tickets.v1.TicketService/BulkUpdate", Action::TicketBulk),
    ("/ticketmesh.tickets.v1.TicketService/UndoBulk", Action::TicketBulk),
    ("/ticketmesh.tickets.v1.TicketService/ImportTickets", Action::TicketBulk),
    ("/ticketmesh.tickets.v1.TicketService/ExportTickets", Action::TicketExport),

    ("/ticketmesh.tickets.v1.UploadService/FinishUpload", Action::FinishUpload),

    ("/ticketmesh.tickets.v1.ViewService/ListViews", Action::Own),
    ("/ticketmesh.tickets.v1.ViewService/CreateView", Action::Own),
    ("/ticketmesh.tickets.v1.ViewService/UpdateView", Action::Own),
    ("/ticketmesh.tickets.v1.ViewService/DeleteView", Action::Own),
    ("/ticketmesh.tickets.v1.ViewService/CountViews", Action::Own),
    ("/ticketmesh.tickets.v1.ViewService/ListMacros", Action::Own),
    ("/ticketmesh.tickets.v1.ViewService/CreateMacro", Action::Own),
    ("/ticketmesh.tickets.v1.ViewService/UpdateMacro", Action::Own),
    ("/ticketmesh.tickets.v1.ViewService/DeleteMacro", Action::Own),
    ("/ticketmesh.tickets.v1.ViewService/ApplyMacro", Action::TicketUpdate),
    ("/ticketmesh.tickets.v1.ViewService/CompleteFilter", Action::Own),

    ("/ticketmesh.workflow.v1.AutomationService/ListAutomations", Action::AutomationManage),
    ("/ticketmesh.workflow.v1.AutomationService/CreateAutomation", Action::AutomationManage),
    ("/ticketmesh.workflow.v1.AutomationService/UpdateAutomation", Action::AutomationManage),
    ("/ticketmesh.workflow.v1.AutomationService/ReorderAutomations", Action::AutomationManage),
    ("/ticketmesh.workflow.v1.AutomationService/DryRunAutomation", Action::AutomationManage),
    ("/ticketmesh.workflow.v1.AutomationService/ListAutomationRuns", Action::AutomationManage),

    ("/ticketmesh.workflow.v1.ReportService/GetOverview", Action::ReportRead),
    ("/ticketmesh.workflow.v1.ReportService/GetTimeSeries", Action::ReportRead),
    ("/ticketmesh.workflow.v1.ReportService/GetBreakdown", Action::ReportRead),
    ("/ticketmesh.workflow.v1.ReportService/GetAgentReport", Action::ReportRead),
    ("/ticketmesh.workflow.v1.ReportService/GetInsights", Action::ReportRead),

    ("/ticketmesh.workflow.v1.RoutingService/ListQueues", Action::RoutingRead),
    ("/ticketmesh.workflow.v1.RoutingService/CreateQueue", Action::RoutingManage),
    ("/ticketmesh.workflow.v1.RoutingService/UpdateQueue", Action::RoutingManage),
    ("/ticketmesh.workflow.v1.RoutingService/SetPresence", Action::Own),
    ("/ticketmesh.workflow.v1.RoutingService/GetAgentLoad", Action::RoutingRead),
    ("/ticketmesh.workflow.v1.RoutingService/UpdateAgentProfile", Action::RoutingManage),
    ("/ticketmesh.workflow.v1.RoutingService/ExplainAssignment", Action::TicketRead),
    ("/ticketmesh.workflow.v1.RoutingService/Reroute", Action::TicketAssign),

    ("/ticketmesh.workflow.v1.RunService/GetRun", Action::TicketRead),
    ("/ticketmesh.workflow.v1.RunService/ListTransitions", Action::TicketRead),
    ("/ticketmesh.workflow.v1.RunService/Transition", Action::TicketTransition),
    ("/ticketmesh.workflow.v1.RunService/BulkUpdateRuns", Action::TicketBulk),
    ("/ticketmesh.workflow.v1.RunService/AssignTicket", Action::TicketAssign),
    ("/ticketmesh.workflow.v1.RunService/ClaimTicket", Action::TicketAssign),
    ("/ticketmesh.workflow.v1.RunService/DeclineOffer", Action::TicketAssign),
    ("/ticketmesh.workflow.v1.RunService/ReleaseTicket", Action::TicketAssign),
    ("/ticketmesh.workflow.v1.RunService/TransferTicket", Action::TicketAssign),
    ("/ticketmesh.workflow.v1.RunService/EscalateTicket", Action::TicketAssign),
    ("/ticketmesh.workflow.v1.RunService/SnoozeTicket", Action::TicketTransition),
    ("/ticketmesh.workflow.v1.RunService/Decide", Action::TicketApprove),
    ("/ticketmesh.workflow.v1.RunService/ListApprovals", Action::Own),
    ("/ticketmesh.workflow.v1.RunService/ListOffers", Action::Own),
    ("/ticketmesh.workflow.v1.RunService/GetHistory", Action::TicketRead),
    ("/ticketmesh.workflow.v1.RunService/MoveToWorkflow", Action::RunMove),

    ("/ticketmesh.workflow.v1.SlaService/ListPolicies", Action::SlaManage),
    ("/ticketmesh.workflow.v1.SlaService/CreatePolicy", Action::SlaManage),
    ("/ticketmesh.workflow.v1.SlaService/UpdatePolicy", Action::SlaManage),
    ("/ticketmesh.workflow.v1.SlaService/ReorderPolicies", Action::SlaManage),
    ("/ticketmesh.workflow.v1.SlaService/DryRunPolicy", Action::SlaManage),
    ("/ticketmesh.workflow.v1.SlaService/ListCalendars", Action::SlaManage),
    ("/ticketmesh.workflow.v1.SlaService/CreateCalendar", Action::SlaManage),
    ("/ticketmesh.workflow.v1.SlaService/UpdateCalendar", Action::SlaManage),
    ("/ticketmesh.workflow.v1.SlaService/ExplainClock", Action::TicketRead),
    ("/ticketmesh.workflow.v1.SlaService/ListClocks", Action::TicketRead),

    ("/ticketmesh.workflow.v1.WorkflowService/ListWorkflows", Action::WorkflowRead),
    ("/ticketmesh.workflow.v1.WorkflowService/GetWorkflow", Action::WorkflowRead),
    ("/ticketmesh.workflow.v1.WorkflowService/CreateWorkflow", Action::WorkflowEdit),
    ("/ticketmesh.workflow.v1.WorkflowService/UpdateDraft", Action::WorkflowEdit),
    ("/ticketmesh.workflow.v1.WorkflowService/ValidateDraft", Action::WorkflowEdit),
    ("/ticketmesh.workflow.v1.WorkflowService/SimulateDraft", Action::WorkflowEdit),
    ("/ticketmesh.workflow.v1.WorkflowService/PublishWorkflow", Action::WorkflowPublish),
    ("/ticketmesh.workflow.v1.WorkflowService/PauseWorkflow", Action::WorkflowPublish),
    ("/ticketmesh.workflow.v1.WorkflowService/ResumeWorkflow", Action::WorkflowPublish),
    ("/ticketmesh.workflow.v1.WorkflowService/ArchiveWorkflow", Action::WorkflowPublish),
    ("/ticketmesh.workflow.v1.WorkflowService/ReorderWorkflows", Action::WorkflowPublish),
    ("/ticketmesh.workflow.v1.WorkflowService/ListVersions", Action::WorkflowRead),
    ("/ticketmesh.workflow.v1.WorkflowService/DiffVersions", Action::WorkflowRead),
    ("/ticketmesh.workflow.v1.WorkflowService/MigrateRuns", Action::WorkflowPublish),
];

#[cfg(test)]
mod tests {
    use prost::Message as _;
    use prost_types::FileDescriptorSet;

    use super::{METHODS, action_of};

    #[test]
    fn every_method_of_the_contract_declares_its_action_and_no_other_does() {
        let contract = FileDescriptorSet::decode(proto::DESCRIPTORS).expect("the contract decodes");
        let mut declared: Vec<String> = Vec::new();
        for file in &contract.file {
            for service in &file.service {
                declared.extend(
                    service
                        .method
                        .iter()
                        .map(|method| format!("/{}.{}/{}", file.package(), service.name(), method.name())),
                );
            }
        }
        declared.sort();
        let mut listed: Vec<_> = METHODS.iter().map(|(path, _)| (*path).to_owned()).collect();
        listed.sort();
        assert_eq!(listed, declared);
        assert!(action_of("/ticketmesh.tickets.v1.TicketService/Nothing").is_none());
    }
}
