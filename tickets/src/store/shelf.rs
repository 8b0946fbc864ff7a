//! Who may use what is kept ready, in SQL; `sharing.rs` has the rule for one thing at hand.

use mesh_core::{db::Assembly, policy::Reach};
use proto::tickets::v1::SharingKind;

use crate::sharing::Reader;

/// Goes on with the condition that this person may use the row.
pub(super) fn push(sql: &mut Assembly, reader: &Reader) {
    sql.push("(owner_id = ").bind(reader.id.clone());
    if reader.is_agent {
        sql.push(" or sharing = ").bind(SharingKind::Everyone as i64);
    }
    match &reader.reach {
        Reach::Everywhere => {
            sql.push(" or sharing = ").bind(SharingKind::Department as i64);
        }
        Reach::Departments(departments) if !departments.is_empty() => {
            sql.push(" or (sharing = ").bind(SharingKind::Department as i64);
            sql.push(" and department_id in ").list(departments).push(")");
        }
        Reach::Departments(_) => {}
    }
    sql.push(")");
}
