//! The organisation's tree.

use mesh_core::db::Engine;
use prost_types::FieldMask;
use proto::identity::v1::{
    ArchiveDepartmentRequest, CreateDepartmentRequest, Department, ListDepartmentsRequest,
    UpdateDepartmentRequest,
};
use rstest::rstest;
use tonic::{Code, Status};

use crate::house::{House, refusal};

async fn update(
    house: &House,
    token: &str,
    department: Department,
    path: &str,
) -> Result<Department, Status> {
    let update_mask = Some(FieldMask { paths: vec![path.into()] });
    let ask = UpdateDepartmentRequest { department: Some(department), update_mask };
    house.directory(token).update_department(ask).await.map(tonic::Response::into_inner)
}

async fn archive(house: &House, token: &str, department: &Department) -> Result<Department, Status> {
    let ask =
        ArchiveDepartmentRequest { department_id: department.id.clone(), etag: department.etag.clone() };
    house.directory(token).archive_department(ask).await.map(tonic::Response::into_inner)
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_tree_is_listed_parents_first(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let (house, admin) = House::new(engine).await;
    let it = house.department(&admin, "IT", "").await;
    house.department(&admin, "Desk", &it.id).await;
    house.department(&admin, "Assets", "").await;
    house.person(&admin, "ann@example.com", &[]).await;
    let token = house.token_of("ann@example.com").await;
    let listed = house
        .directory(&token)
        .list_departments(ListDepartmentsRequest::default())
        .await
        .expect("anybody may");
    let names: Vec<_> = listed.get_ref().departments.iter().map(|one| one.display_name.as_str()).collect();
    assert_eq!(names, ["Assets", "IT", "Desk"]);
    let ask = CreateDepartmentRequest {
        request_id: "x".into(),
        department: Some(Department { display_name: "X".into(), ..Default::default() }),
    };
    assert_eq!(refusal(house.directory(&token).create_department(ask).await).0, Code::PermissionDenied);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn siblings_have_names_of_their_own_and_nobody_is_below_himself(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    let it = house.department(&admin, "IT", "").await;
    let desk = house.department(&admin, "Desk", &it.id).await;
    house.department(&admin, "Desk", "").await;
    let twin = Department { parent_id: String::new(), ..desk.clone() };
    assert_eq!(refusal(update(&house, &admin, twin, "parent_id").await).0, Code::AlreadyExists);
    let cycle = Department { parent_id: desk.id.clone(), ..it.clone() };
    assert_eq!(refusal(update(&house, &admin, cycle, "parent_id").await).1, "DEPARTMENT_CYCLE");
    let renamed = update(
        &house,
        &admin,
        Department { display_name: "Help desk".into(), ..desk.clone() },
        "display_name",
    )
    .await;
    assert_eq!(renamed.expect("renames").display_name, "Help desk");
    assert_eq!(refusal(update(&house, &admin, desk, "display_name").await).1, "STALE_ETAG");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_archived_department_takes_nothing_new(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    let it = house.department(&admin, "IT", "").await;
    let desk = house.department(&admin, "Desk", &it.id).await;
    let ann = house.person(&admin, "ann@example.com", &[("agent", &desk.id)]).await;
    assert_eq!(refusal(archive(&house, &admin, &it).await).1, "DEPARTMENT_HAS_CHILDREN");
    archive(&house, &admin, &desk).await.expect("archives");
    house.world.settle().await;
    let token = house.token_of("ann@example.com").await;
    assert!(house.me(&token).await.expect("is there").grants.is_empty(), "roles there have ended");
    let agent = house.role(&admin, "agent").await.id;
    assert_eq!(refusal(house.assign(&admin, &ann, &agent, &desk.id).await).1, "DEPARTMENT_ARCHIVED");
    let below =
        Department { display_name: "Night".into(), parent_id: desk.id.clone(), ..Department::default() };
    let ask = CreateDepartmentRequest { request_id: "n".into(), department: Some(below) };
    assert_eq!(refusal(house.directory(&admin).create_department(ask).await).1, "DEPARTMENT_ARCHIVED");
    let all = ListDepartmentsRequest { include_archived: true };
    assert_eq!(
        house.directory(&admin).list_departments(all).await.expect("lists").into_inner().departments.len(),
        2
    );
    house.department(&admin, "Desk", &it.id).await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn of_two_moves_at_once_that_would_make_a_circle_one_is_refused(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    let (it, hr) = (house.department(&admin, "IT", "").await, house.department(&admin, "HR", "").await);
    let below =
        |one: &Department, other: &Department| Department { parent_id: other.id.clone(), ..one.clone() };
    let (one, two) = tokio::join!(
        update(&house, &admin, below(&it, &hr), "parent_id"),
        update(&house, &admin, below(&hr, &it), "parent_id")
    );
    let mut refused = [one, two].into_iter().filter(Result::is_err);
    let late = refused.next().expect("one of them comes late");
    assert_eq!(refusal(late).1, "DEPARTMENT_CYCLE");
    assert!(refused.next().is_none(), "and the other does not");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_role_given_while_its_department_is_archived_does_not_outlive_it(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    let agent = house.role(&admin, "agent").await.id;
    for round in 0..4 {
        let department = house.department(&admin, &format!("desk{round}"), "").await;
        let ann = house.person(&admin, &format!("ann{round}@example.com"), &[]).await;
        let (given, archived) = tokio::join!(
            house.assign(&admin, &ann, &agent, &department.id),
            archive(&house, &admin, &department)
        );
        archived.expect("archives");
        if given.is_err() {
            assert_eq!(refusal(given).1, "DEPARTMENT_ARCHIVED");
        }
        let left = house.person_named(&admin, &ann.email).await;
        assert!(left.role_assignments.is_empty(), "whoever was first: {left:?}");
    }
}
