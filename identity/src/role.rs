//! Roles: named sets of permissions. Five come with the product and never change but by a release.

use jiff::Timestamp;
use mesh_core::error::Violations;
use proto::{
    identity::v1::Permission as P,
    permission::{self, PermissionSet},
};

/// How many roles there may be.
pub(crate) const MOST: usize = 200;

/// How many roles somebody may have, the same one in two departments counted twice.
pub(crate) const MOST_HELD: i64 = 100;

/// The role whose holders everywhere are the administrators; one of them always stays.
pub(crate) const ADMIN: &str = "rol_00000000000000000000000001";

/// The role of those who answer tickets of a department.
pub(crate) const AGENT: &str = "rol_00000000000000000000000003";

/// The role of those who file tickets; everybody who signs up gets it.
pub(crate) const REQUESTER: &str = "rol_00000000000000000000000004";

/// A named set of permissions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Role {
    pub(crate) id: String,
    pub(crate) version: i64,
    pub(crate) key: String,
    pub(crate) display_name: String,
    pub(crate) description: String,
    pub(crate) built_in: bool,
    pub(crate) permissions: PermissionSet,
    pub(crate) requires_second_factor: bool,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

impl Role {
    /// Collects what is wrong with the fields people type, named below `prefix`.
    pub(crate) fn check(&self, prefix: &str, wrong: &mut Violations) {
        let key = format!("{prefix}key");
        wrong.when(!is_key(&self.key), &key, "is no key; write 1 to 40 of a-z, 0-9 and -, a letter first");
        wrong.text(&format!("{prefix}display_name"), &self.display_name, 1..=80);
        wrong.long_text(&format!("{prefix}description"), &self.description, 0..=2_000);
    }
}

fn is_key(key: &str) -> bool {
    key.len() <= 40
        && key.starts_with(|first: char| first.is_ascii_lowercase())
        && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// The permissions as a column holds them: their codes, one space between.
pub(crate) fn to_codes(permissions: PermissionSet) -> String {
    permissions.iter().map(permission::code).collect::<Vec<_>>().join(" ")
}

/// The permissions behind a column; a code that a newer release wrote and this one does not know allows nothing.
pub(crate) fn from_codes(codes: &str) -> PermissionSet {
    codes.split_whitespace().filter_map(permission::from_code).collect()
}

/// What the supervisor of a department holds in it.
#[rustfmt::skip]
const SUPERVISOR: &[P] = &[
    P::TicketRead, P::TicketCreate, P::TicketReply, P::TicketNote, P::TicketUpdate, P::TicketAssign, P::TicketTransition,
    P::TicketApprove, P::TicketMerge, P::TicketBulk, P::TicketDelete, P::TicketExport,
    P::CatalogManage, P::ViewShare, P::WorkflowRead, P::RoutingManage, P::SlaManage, P::AutomationManage,
    P::KnowledgeRead, P::KnowledgeEdit, P::ReportRead, P::UserRead,
];

/// What an agent holds; all of it a supervisor does too.
#[rustfmt::skip]
const AGENTS: &[P] = &[
    P::TicketRead, P::TicketCreate, P::TicketReply, P::TicketNote, P::TicketUpdate, P::TicketAssign, P::TicketTransition,
    P::TicketMerge, P::TicketBulk,
    P::ViewShare, P::WorkflowRead, P::KnowledgeRead, P::KnowledgeEdit, P::UserRead,
];

/// What an auditor holds: reading only.
#[rustfmt::skip]
const AUDITOR: &[P] = &[
    P::TicketRead, P::TicketExport, P::WorkflowRead, P::KnowledgeRead, P::ReportRead, P::UserRead, P::AuditRead,
];

/// A role that comes with the product: key, name, what it is for, what it holds (`None` = all there is).
type BuiltIn = (&'static str, &'static str, &'static str, Option<&'static [P]>);

/// The built-in roles, in the order of their ids.
const BUILT_INS: [BuiltIn; 5] = [
    ("admin", "Administrator", "May do everything.", None),
    (
        "supervisor",
        "Supervisor",
        "Leads a department: its tickets, queues, service levels and reports.",
        Some(SUPERVISOR),
    ),
    ("agent", "Agent", "Answers and solves the tickets of a department.", Some(AGENTS)),
    (
        "requester",
        "Requester",
        "Files tickets and answers on their own ones, which needs no permission.",
        Some(&[]),
    ),
    ("auditor", "Auditor", "Reads everything and changes nothing.", Some(AUDITOR)),
];

/// The built-in roles as of this release.
pub(crate) fn built_ins(now: Timestamp) -> impl Iterator<Item = Role> {
    (1..).zip(BUILT_INS).map(move |(number, (key, display_name, description, holds))| Role {
        id: proto::id::encode("rol", number),
        version: 1,
        key: key.into(),
        display_name: display_name.into(),
        description: description.into(),
        built_in: true,
        permissions: holds.map_or_else(PermissionSet::full, |some| some.iter().copied().collect()),
        requires_second_factor: false,
        created_at: now,
        updated_at: now,
    })
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proto::permission::PermissionSet;

    use super::{ADMIN, REQUESTER, built_ins, from_codes, is_key, to_codes};

    #[test]
    fn the_administrator_holds_every_permission_there_is() {
        let admin = built_ins(Timestamp::UNIX_EPOCH).find(|role| role.id == ADMIN).expect("an administrator");
        assert_eq!(admin.permissions, PermissionSet::full());
        assert_eq!(from_codes(&to_codes(admin.permissions)), admin.permissions);
    }

    #[test]
    fn the_requester_is_the_role_newcomers_get() {
        let requester =
            built_ins(Timestamp::UNIX_EPOCH).find(|role| role.id == REQUESTER).expect("a requester");
        assert_eq!(requester.key, "requester");
    }

    #[test]
    fn a_supervisor_holds_what_his_agents_do() {
        let of =
            |key| built_ins(Timestamp::UNIX_EPOCH).find(|role| role.key == key).expect("a role").permissions;
        assert!(of("agent").is_within(of("supervisor")) && of("requester").is_empty());
    }

    #[test]
    fn every_built_in_role_is_well_formed() {
        for role in built_ins(Timestamp::UNIX_EPOCH) {
            assert!(proto::id::is("rol", &role.id) && is_key(&role.key), "{role:?}");
        }
    }

    #[test]
    fn keys_are_plain_words() {
        assert!(is_key("night-desk2") && !is_key("Night") && !is_key("2nd") && !is_key("") && !is_key("a b"));
    }
}
