//! Giving roles and taking them back.

use mesh_core::{
    caller::Caller,
    error::{Error, Result, Violations},
    idempotency::RequestKey,
    page,
    policy::{self, Action},
};
use proto::identity::v1::{
    AssignRoleRequest, ListRoleAssignmentsRequest, ListRoleAssignmentsResponse, RoleAssignment,
    UnassignRoleRequest,
};
use serde_json::{Value, json};

use super::super::{PAGE, page as cut, place};
use crate::{
    Identity,
    access::Authority,
    emergency, events,
    people::{self, last_admin},
    store::{
        assignments::{self, Assignment, Wanted},
        roles, users,
    },
    wire,
};

const ASSIGN: &str = "/ticketmesh.identity.v1.DirectoryService/AssignRole";

impl Identity {
    pub(super) async fn assign_role(&self, caller: Caller, ask: AssignRoleRequest) -> Result<RoleAssignment> {
        let mut wrong = Violations::default();
        wrong.id("user_id", &ask.user_id, "usr");
        wrong.id("role_id", &ask.role_id, "rol");
        wrong.optional_id("department_id", &ask.department_id, "dep");
        wrong.into_result()?;
        policy::check(&caller, Action::RoleAssign, &place(&ask.department_id))?;
        let request = RequestKey::new(&caller, ASSIGN, &ask.request_id, &ask)?;
        let authority = Authority::of(&caller);
        let mut tx = self.db.begin().await?;
        if let Some(done) = request.replay::<RoleAssignment>(&mut tx).await? {
            return Ok(done);
        }
        let user = users::get(tx.conn(), &ask.user_id).await?;
        let given = people::give_role(&mut tx, &authority, &user, &ask.role_id, &ask.department_id).await?;
        events::access_changed(&mut tx, &authority.cause, &user.id).await?;
        let answer = wire::assignment(&given);
        request.record(&mut tx, &answer).await?;
        authority
            .line
            .about("role.assigned", &user.id)
            .change(&Value::Null, &said(&given))
            .write(&mut tx)
            .await?;
        tx.commit().await?;
        Ok(answer)
    }

    pub(super) async fn unassign_role(&self, caller: Caller, ask: UnassignRoleRequest) -> Result<()> {
        let mut wrong = Violations::default();
        wrong.id("role_assignment_id", &ask.role_assignment_id, "ras");
        wrong.into_result()?;
        let authority = Authority::of(&caller);
        let mut tx = self.db.begin().await?;
        let held = assignments::get(tx.conn(), &ask.role_assignment_id).await?;
        policy::check(&caller, Action::RoleAssign, &place(&held.department_id))?;
        let role = roles::get(tx.conn(), &held.role_id).await?.role;
        authority.expect_may_give(role.permissions, &held.department_id)?;
        if held.is_admin_seat() && !assignments::another_admin_stays(&mut tx, &held.id, "").await? {
            return Err(last_admin());
        }
        if held.is_admin_seat() {
            emergency::expect_other(&mut tx, &held.user_id).await?;
        }
        if !assignments::delete(&mut tx, &held.id).await? {
            return Err(Error::not_found("role assignment", &held.id));
        }
        events::access_changed(&mut tx, &authority.cause, &held.user_id).await?;
        authority
            .line
            .about("role.unassigned", &held.user_id)
            .change(&said(&held), &Value::Null)
            .write(&mut tx)
            .await?;
        tx.commit().await
    }

    pub(super) async fn list_role_assignments(
        &self,
        caller: Caller,
        mut ask: ListRoleAssignmentsRequest,
    ) -> Result<ListRoleAssignmentsResponse> {
        let wanted = wanted(&caller, &ask)?;
        let (size, token) = (page::size(ask.page_size, PAGE), std::mem::take(&mut ask.page_token));
        ask.page_size = 0;
        let after: String = self.pages.open(&caller, &ask, &token)?.unwrap_or_default();
        let mut db = self.db.reader().acquire().await?;
        let (rows, more) = cut(assignments::list(&mut db, &wanted, &after, size + 1).await?, size);
        let next_page_token = match rows.last().filter(|_| more) {
            Some(last) => self.pages.seal(&caller, &ask, &last.id)?,
            None => String::new(),
        };
        Ok(ListRoleAssignmentsResponse {
            role_assignments: rows.iter().map(wire::assignment).collect(),
            next_page_token,
        })
    }
}

/// What is asked for, if the caller may know: his own, or where he may read people.
fn wanted(caller: &Caller, ask: &ListRoleAssignmentsRequest) -> Result<Wanted> {
    let mut wrong = Violations::default();
    wrong.optional_id("user_id", &ask.user_id, "usr");
    wrong.optional_id("role_id", &ask.role_id, "rol");
    wrong.optional_id("department_id", &ask.department_id, "dep");
    let nothing = ask.user_id.is_empty() && ask.role_id.is_empty() && ask.department_id.is_empty();
    wrong.when(nothing, "user_id", "is empty like role_id and department_id; give at least one of the three");
    wrong.into_result()?;
    if !caller.user_id().is_ok_and(|id| id == ask.user_id) {
        policy::check(caller, Action::UserRead, &place(&ask.department_id))?;
    }
    let ListRoleAssignmentsRequest { user_id, role_id, department_id, .. } = ask.clone();
    Ok(Wanted { user_id, role_id, department_id })
}

/// What the audit log keeps of an assignment.
fn said(one: &Assignment) -> Value {
    json!({"role": one.role_id, "department": one.department_id})
}
