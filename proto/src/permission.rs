//! Permissions by their code (`ticket.read`) and as the bit mask that access tokens carry.

use crate::identity::v1::Permission;

const PREFIX: &str = "PERMISSION_";

/// Every permission there is, in the order of its number.
pub fn all() -> impl Iterator<Item = Permission> {
    (1..).map_while(|number| Permission::try_from(number).ok())
}

/// The code people and rules use: `ticket.read` for `PERMISSION_TICKET_READ`.
pub fn code(permission: Permission) -> String {
    let name = permission.as_str_name();
    name.strip_prefix(PREFIX).unwrap_or(name).to_ascii_lowercase().replacen('_', ".", 1)
}

/// The permission behind a code, if there is one.
pub fn from_code(code: &str) -> Option<Permission> {
    let name = format!("{PREFIX}{}", code.replacen('.', "_", 1).to_ascii_uppercase());
    Permission::from_str_name(&name).filter(|permission| *permission != Permission::Unspecified)
}

/// A set of permissions: bit *n* stands for the permission with number *n*.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PermissionSet(u64);

impl PermissionSet {
    /// The set that holds nothing.
    pub const EMPTY: Self = Self(0);

    /// The set that holds every permission.
    pub fn full() -> Self {
        all().collect()
    }

    /// Whether the permission is in the set.
    pub const fn holds(self, permission: Permission) -> bool {
        self.0 & (1 << permission as u64) != 0
    }

    /// The set with one more permission.
    #[must_use]
    pub const fn with(self, permission: Permission) -> Self {
        Self(self.0 | 1 << permission as u64)
    }

    /// What is in either set.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether everything in this set is in the other one too.
    pub const fn is_within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// Whether nothing is in the set.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The permissions in the set, in the order of their numbers.
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        all().filter(move |permission| self.holds(*permission))
    }

    /// The mask as hexadecimal text, the form inside access tokens.
    pub fn to_hex(self) -> String {
        format!("{:x}", self.0)
    }

    /// The set behind hexadecimal text; `None` when it is no such text.
    pub fn from_hex(hex: &str) -> Option<Self> {
        u64::from_str_radix(hex, 16).ok().map(Self)
    }
}

impl FromIterator<Permission> for PermissionSet {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        permissions.into_iter().fold(Self::EMPTY, Self::with)
    }
}

#[cfg(test)]
mod tests {
    use super::{PermissionSet, all, code, from_code};
    use crate::identity::v1::Permission;

    #[test]
    fn codes_and_permissions_name_each_other() {
        assert_eq!(code(Permission::TicketRead), "ticket.read");
        assert!(all().all(|permission| from_code(&code(permission)) == Some(permission)));
        assert_eq!(from_code("unspecified"), None);
        assert_eq!(from_code("ticket.fly"), None);
    }

    #[test]
    fn a_set_survives_its_hexadecimal_form() {
        let set: PermissionSet = [Permission::TicketRead, Permission::AuditRead].into_iter().collect();
        assert_eq!(PermissionSet::from_hex(&set.to_hex()), Some(set));
        assert_eq!(set.iter().count(), 2);
        assert!(set.is_within(PermissionSet::full()) && !PermissionSet::full().is_within(set));
    }
}
