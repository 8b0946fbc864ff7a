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
    /// A person in a session of his own; the handler only touches what is his. An API key does what its scopes say, and none of
    /// them says this.
    Session,
    /// A service of the mesh.
    Mesh,
    /// A permission in the place, or one of the relations to the thing.
    Permission {
        /// The permission that allows it.
        permission: Permission,
        /// Where it has to be held.
        place: Place,
        /// The relations that allow it without the permission.
        relations: &'static [Relation],
    },
}

/// Where a permission has to be held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the department of the thing, or everywhere.
    Department,
    /// Everywhere: the thing belongs to no department, and whoever changes it changes it for all.
    Everywhere,
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
    needs_or(permission, &[])
}

const fn needs_everywhere(permission: Permission) -> Rule {
    Rule::Permission { permission, place: Place::Everywhere, relations: &[] }
}

const fn needs_or(permission: Permission, relations: &'static [Relation]) -> Rule {
    Rule::Permission { permission, place: Place::Department, relations }
}

actions! {
    /// Prove who one is, or ask what that takes.
    SignIn => Rule::Public;
    /// See and change what is one's own: inbox, drafts, views, presence.
    Own => Rule::SignedIn;
    /// Change one's account and look at or end what opens it: profile, sessions, keys.
    OwnAccount => Rule::Session;
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

    /// Edit categories and their forms.
    CatalogManage => needs(Permission::CatalogManage);
    /// Edit fields and the matrix of priorities, which all departments share.
    FieldManage => needs_everywhere(Permission::CatalogManage);
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
    WorkflowEdit => needs_everywhere(Permission::WorkflowEdit);
    /// Publish, pause, archive workflows; move all their runs to another version.
    WorkflowPublish => needs_everywhere(Permission::WorkflowPublish);
    /// Move one ticket's run to another workflow.
    RunMove => needs(Permission::WorkflowPublish);
    /// See queues and who is on duty.
    RoutingRead => needs(Permission::TicketRead);
    /// Edit queues and agents.
    RoutingManage => needs(Permission::RoutingManage);
    /// Edit service levels and calendars.
    SlaManage => needs_everywhere(Permission::SlaManage);
    /// Edit automations.
    AutomationManage => needs_everywhere(Permission::AutomationManage);
    /// Read reports.
    ReportRead => needs(Permission::ReportRead);

    /// Edit mail templates and mailboxes.
    MailManage => needs_everywhere(Permission::MailManage);
    /// Edit webhooks.
    WebhookManage => needs_everywhere(Permission::WebhookManage);

    /// See people in full.
    UserRead => needs(Permission::UserRead);
    /// See who was invited.
    InvitationRead => needs_everywhere(Permission::UserRead);
    /// Invite, edit and suspend people.
    UserManage => needs(Permission::UserManage);
    /// Delete people for good, which takes [`Action::UserManage`] as well.
    UserDelete => needs(Permission::SecurityManage);
    /// Edit roles.
    RoleManage => needs_everywhere(Permission::RoleManage);
    /// Give roles and take them back.
    RoleAssign => needs(Permission::RoleManage);
    /// Edit departments.
    DepartmentManage => needs(Permission::SecurityManage);
    /// Edit sign-in protection, service accounts, single sign-on; see and end what opens the accounts of others.
    SecurityManage => needs_everywhere(Permission::SecurityManage);
    /// Add a line to the audit log about what was done in another service.
    AuditRecord => Rule::Mesh;
    /// Read the audit log.
    AuditRead => needs_everywhere(Permission::AuditRead);
}
