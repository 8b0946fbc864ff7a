//! The organisation's tree.

use std::collections::BTreeMap;

use mesh_core::{
    caller::{Caller, Tree},
    db::Tx,
    error::{Error, Result, Violations},
    idempotency::RequestKey,
    policy::{self, Action},
};
use proto::identity::v1::{
    ArchiveDepartmentRequest, CreateDepartmentRequest, Department as WireDepartment, ErrorReason,
    ListDepartmentsRequest, ListDepartmentsResponse, UpdateDepartmentRequest,
};
use serde_json::{Value, json};

use super::super::{expect_version, overtaken, paths, place, required};
use crate::{
    Identity,
    access::Authority,
    announce,
    department::{Department, MOST, Misplaced, check_move},
    events, people,
    store::{assignments, departments},
    wire,
};

const CREATE: &str = "/ticketmesh.identity.v1.DirectoryService/CreateDepartment";

impl Identity {
    pub(super) async fn list_departments(
        &self,
        ask: ListDepartmentsRequest,
    ) -> Result<ListDepartmentsResponse> {
        let all = departments::all(self.db.reader()).await?;
        let shown = all.into_iter().filter(|one| ask.include_archived || one.archived_at.is_none()).collect();
        Ok(ListDepartmentsResponse {
            departments: parents_first(shown).iter().map(wire::department).collect(),
        })
    }

    pub(super) async fn create_department(
        &self,
        caller: Caller,
        ask: CreateDepartmentRequest,
    ) -> Result<WireDepartment> {
        let given = required("department", ask.department.clone())?;
        let request = RequestKey::new(&caller, CREATE, &ask.request_id, &ask)?;
        let authority = Authority::of(&caller);
        let mut tx = self.db.begin_alone("departments").await?;
        let department = new_department(&tx, given)?;
        policy::check(&caller, Action::DepartmentManage, &place(&department.parent_id))?;
        if let Some(done) = request.replay::<WireDepartment>(&mut tx).await? {
            return Ok(done);
        }
        if departments::count(tx.conn()).await? >= i64::try_from(MOST).unwrap_or(i64::MAX) {
            return Err(Error::invalid("department", "is one too many; there may be 2000"));
        }
        let tree = departments::tree(tx.conn()).await?;
        expect_place(&mut tx, &tree, &department).await?;
        departments::insert(&mut tx, &department).await?;
        events::department_changed(&mut tx, &authority.cause, &department).await?;
        // Whoever holds something above holds it here too, from now on.
        self.announce_above(&mut tx, &authority, &tree, &[&department.parent_id]).await?;
        let answer = wire::department(&department);
        request.record(&mut tx, &answer).await?;
        let after = json!({"display_name": department.display_name, "parent_id": department.parent_id});
        authority
            .line
            .about("department.created", &department.id)
            .change(&Value::Null, &after)
            .write(&mut tx)
            .await?;
        tx.commit().await?;
        Ok(answer)
    }

    pub(super) async fn update_department(
        &self,
        caller: Caller,
        ask: UpdateDepartmentRequest,
    ) -> Result<WireDepartment> {
        let (given, paths) = (required("department", ask.department)?, paths(ask.update_mask)?);
        let authority = Authority::of(&caller);
        let mut tx = self.db.begin_alone("departments").await?;
        let before = departments::get(tx.conn(), &given.id).await?;
        policy::check(&caller, Action::DepartmentManage, &place(&before.id))?;
        expect_version(&caller, &given.etag, before.version, &wire::department(&before))?;
        let after = edited(&tx, &before, &given, &paths)?;
        let tree = departments::tree(tx.conn()).await?;
        if after.parent_id != before.parent_id {
            policy::check(&caller, Action::DepartmentManage, &place(&before.parent_id))?;
            policy::check(&caller, Action::DepartmentManage, &place(&after.parent_id))?;
        }
        expect_place(&mut tx, &tree, &after).await?;
        if !departments::update(&mut tx, &after).await? {
            return Err(overtaken());
        }
        events::department_changed(&mut tx, &authority.cause, &after).await?;
        if after.parent_id != before.parent_id {
            self.announce_above(&mut tx, &authority, &tree, &[&before.parent_id, &after.parent_id]).await?;
        }
        let json = |one: &Department| json!({"display_name": one.display_name, "parent_id": one.parent_id});
        authority
            .line
            .about("department.updated", &after.id)
            .change(&json(&before), &json(&after))
            .write(&mut tx)
            .await?;
        tx.commit().await?;
        Ok(wire::department(&after))
    }

    pub(super) async fn archive_department(
        &self,
        caller: Caller,
        ask: ArchiveDepartmentRequest,
    ) -> Result<WireDepartment> {
        let mut wrong = Violations::default();
        wrong.id("department_id", &ask.department_id, "dep");
        wrong.into_result()?;
        policy::check(&caller, Action::DepartmentManage, &place(&ask.department_id))?;
        let authority = Authority::of(&caller);
        let mut tx = self.db.begin_alone("departments").await?;
        let department = departments::get(tx.conn(), &ask.department_id).await?;
        expect_version(&caller, &ask.etag, department.version, &wire::department(&department))?;
        expect_archivable(&mut tx, &department).await?;
        let (version, now) = (department.version + 1, tx.now());
        let department = Department { version, archived_at: Some(now), updated_at: now, ..department };
        if !departments::update(&mut tx, &department).await? {
            return Err(overtaken());
        }
        let holders =
            assignments::holders_in_departments(tx.conn(), std::slice::from_ref(&department.id)).await?;
        assignments::clear_department(&mut tx, &department.id).await?;
        announce::later(&mut tx, &authority.cause, &holders).await?;
        events::department_changed(&mut tx, &authority.cause, &department).await?;
        authority.line.about("department.archived", &department.id).write(&mut tx).await?;
        tx.commit().await?;
        Ok(wire::department(&department))
    }

    /// Tells the mesh about everybody who holds something in one of these departments or above.
    async fn announce_above(
        &self,
        tx: &mut Tx,
        authority: &Authority,
        tree: &Tree,
        below: &[&str],
    ) -> Result<()> {
        let above: Vec<String> = below.iter().flat_map(|id| tree.path(id)).map(str::to_owned).collect();
        let holders = assignments::holders_in_departments(tx.conn(), &above).await?;
        announce::later(tx, &authority.cause, &holders).await
    }
}

fn new_department(tx: &Tx, given: WireDepartment) -> Result<Department> {
    let now = tx.now();
    let department = Department {
        id: tx.ids().id("dep"),
        version: 1,
        display_name: given.display_name.trim().into(),
        description: given.description,
        parent_id: given.parent_id,
        archived_at: None,
        created_at: now,
        updated_at: now,
    };
    let mut wrong = Violations::default();
    department.check("department.", &mut wrong);
    wrong.into_result()?;
    Ok(department)
}

fn edited(tx: &Tx, before: &Department, given: &WireDepartment, paths: &[String]) -> Result<Department> {
    if before.archived_at.is_some() {
        return Err(people::archived(before));
    }
    let mut after = Department { version: before.version + 1, updated_at: tx.now(), ..before.clone() };
    let mut wrong = Violations::default();
    for path in paths {
        match path.as_str() {
            "display_name" => after.display_name = given.display_name.trim().into(),
            "description" => after.description.clone_from(&given.description),
            "parent_id" => after.parent_id.clone_from(&given.parent_id),
            other => {
                wrong.add("update_mask", format!("names {other}; use display_name, description, parent_id"));
            }
        }
    }
    after.check("department.", &mut wrong);
    wrong.into_result()?;
    Ok(after)
}

/// Fine when the department can be where it wants to be: below an open one, not below itself, with a name of its own.
async fn expect_place(tx: &mut Tx, tree: &Tree, department: &Department) -> Result<()> {
    people::expect_open_department(tx, &department.parent_id).await?;
    match check_move(tree, &department.id, &department.parent_id) {
        Err(Misplaced::Cycle) => {
            let message = "a department can't hang below itself; choose another parent";
            return Err(Error::failed_precondition(&ErrorReason::DepartmentCycle, message));
        }
        Err(Misplaced::TooDeep) => {
            return Err(Error::invalid(
                "department.parent_id",
                "makes the tree deeper than 16 levels; choose a higher one",
            ));
        }
        Ok(()) => {}
    }
    if departments::is_name_taken(tx.conn(), department).await? {
        return Err(Error::already_exists(
            "department.display_name",
            "is the name of another department there",
        ));
    }
    Ok(())
}

/// Fine when the department is open and everything below it is archived.
async fn expect_archivable(tx: &mut Tx, department: &Department) -> Result<()> {
    if department.archived_at.is_some() {
        return Err(people::archived(department));
    }
    if departments::live_children(tx.conn(), &department.id).await? > 0 {
        let message = "there are departments below it that are not archived; archive or move them first";
        return Err(Error::failed_precondition(&ErrorReason::DepartmentHasChildren, message));
    }
    Ok(())
}

/// Parents before children, siblings in the order given.
fn parents_first(all: Vec<Department>) -> Vec<Department> {
    let mut below: BTreeMap<String, Vec<Department>> = BTreeMap::new();
    for one in all {
        below.entry(one.parent_id.clone()).or_default().push(one);
    }
    let mut ordered = Vec::new();
    let mut open = below.remove("").unwrap_or_default();
    open.reverse();
    while let Some(next) = open.pop() {
        open.extend(below.remove(&next.id).unwrap_or_default().into_iter().rev());
        ordered.push(next);
    }
    ordered
}
