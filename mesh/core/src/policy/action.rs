//! Every action there is, each with the rule that decides it.

use proto::identity::v1::Permission;

/// What a caller can be to a thing, beyond the permissions he holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// It is his: he filed the ticket or it was filed for him.
    Owner,
    /// He was put in copy or watches it.
    Participant,
    /// It is assigned to him.
    Assignee,
}

/// What an action needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Nothing: also callers nobody knows.
    Public,
    /// Any verified caller; the handler only touches what is his own, or what everyone may read.
    SignedIn,
    /// A service of the mesh.
    Mesh,
    /// A permission in the place, or one of the relations to the thing.
    Permission {
        /// The permission that allows it.
        permission: Permission,
        /// The relations that allow it without the permission.
        relations: &'static [Relation],
    },
}

const EVERY_RELATION: &[Relation] = &[Relation::Owner, Relation::Participant, Relation::Assignee];

/// Declares the actions with their rules, so that neither can be without the other.
macro_rules! actions {
    ($($(#[$doc:meta])* $action:ident => $rule:expr;)*) => {
        /// Something a caller can do.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Action { $($(#[$doc])* $action,)* }

        impl Action {
            /// What the action needs.
            pub const fn rule(self) -> Rule {
                match self { $(Self::$action => $rule,)* }
            }
        }
    };
}

const fn needs(permission: Permission) -> Rule {
    Rule::Permission { permission, relations: &[] }
}

const fn needs_or(permission: Permission, relations: &'static [Relation]) -> Rule {
    Rule::Permission { permission, relations }
}

actions! {
    /// Prove who one is, or ask what that takes.
    SignIn => Rule::Public;
    /// See and change what is one's own: profile, sessions, keys, inbox, drafts.
    Own => Rule::SignedIn;
    /// Read what everyone who is signed in may: departments, names of people, categories.
    Browse => Rule::SignedIn;
    /// Write projections of one service into another.
    Project => Rule::Mesh;
    /// Say that the bytes of an upload have come.
    FinishUpload => Rule::Mesh;
    /// Learn what happened while one was not listening.
    CatchUp => Rule::Mesh;

    /// File a ticket for oneself; a ticket for somebody else needs [`Action::TicketCreateFor`].
    TicketCreate => Rule::SignedIn;
    /// File a ticket for somebody else.
    TicketCreateFor => needs(Permission::TicketCreate);
    /// See a ticket's public side.
    TicketRead => needs_or(Permission::TicketRead, EVERY_RELATION);
    /// See internal notes.
    TicketReadNotes => needs_or(Permission::TicketRead, &[Relation::Assignee]);
    /// Answer in public.
    TicketReply => needs_or(Permission::TicketReply, EVERY_RELATION);
    /// Write internal notes.
    TicketNote => needs_or(Permission::TicketNote, &[Relation::Assignee]);
    /// Change fields.
    TicketUpdate => needs_or(Permission::TicketUpdate, &[Relation::Assignee]);
    /// Watch a ticket or put others in copy.
    TicketWatch => needs_or(Permission::TicketUpdate, EVERY_RELATION);
    /// Give a ticket to an agent, take it, hand it on.
    TicketAssign => needs_or(Permission::TicketAssign, &[Relation::Assignee]);
    /// Move a ticket through its workflow; the transition's own rule says who presses which button.
    TicketTransition => needs_or(Permission::TicketTransition, EVERY_RELATION);
    /// Decide an approval; being asked is the relation.
    TicketApprove => needs_or(Permission::TicketApprove, &[Relation::Participant]);
    /// Merge tickets, undo that, move comments from one to another.
    TicketMerge => needs(Permission::TicketMerge);
    /// Change many tickets at once.
    TicketBulk => needs(Permission::TicketBulk);
    /// Delete a ticket or somebody else's comment.
    TicketDelete => needs(Permission::TicketDelete);
    /// Say how content one is with one's ticket; the handler sees to it that it is.
    TicketRate => Rule::SignedIn;
    /// The same by a link, which is the proof.
    TicketRateByLink => Rule::Public;
    /// Export tickets.
    TicketExport => needs(Permission::TicketExport);

    /// Edit categories, fields and forms.
    CatalogManage => needs(Permission::CatalogManage);
    /// Share views and macros.
    ViewShare => needs(Permission::ViewShare);
    /// Read what the knowledge base shows to everybody; more of it to who is signed in.
    KnowledgeRead => Rule::Public;
    /// Read the knowledge base's articles for the staff.
    KnowledgeReadStaff => needs(Permission::KnowledgeRead);
    /// Write knowledge articles.
    KnowledgeEdit => needs(Permission::KnowledgeEdit);

    /// Read workflow definitions.
    WorkflowRead => needs(Permission::WorkflowRead);
    /// Draw workflow drafts.
    WorkflowEdit => needs(Permission::WorkflowEdit);
    /// Publish, pause, archive workflows; move runs to another one.
    WorkflowPublish => needs(Permission::WorkflowPublish);
    /// See queues and who is on duty.
    RoutingRead => needs(Permission::TicketRead);
    /// Edit queues and agents.
    RoutingManage => needs(Permission::RoutingManage);
    /// Edit service levels and calendars.
    SlaManage => needs(Permission::SlaManage);
    /// Edit automations.
    AutomationManage => needs(Permission::AutomationManage);
    /// Read reports.
    ReportRead => needs(Permission::ReportRead);

    /// Edit mail templates and mailboxes.
    MailManage => needs(Permission::MailManage);
    /// Edit webhooks.
    WebhookManage => needs(Permission::WebhookManage);

    /// See people in full.
    UserRead => needs(Permission::UserRead);
    /// Invite, edit and suspend people.
    UserManage => needs(Permission::UserManage);
    /// Edit and assign roles.
    RoleManage => needs(Permission::RoleManage);
    /// Edit departments, sign-in protection, service accounts, single sign-on.
    SecurityManage => needs(Permission::SecurityManage);
    /// Read the audit log.
    AuditRead => needs(Permission::AuditRead);
}
