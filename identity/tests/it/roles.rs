//! Roles: what they amount to, who may give them, and the administrator who always stays.

use mesh_core::db::Engine;
use prost_types::FieldMask;
use proto::identity::v1::{
    CreateRoleRequest, CreateServiceAccountRequest, CreateUserRequest, DeleteRoleRequest,
    ListRoleAssignmentsRequest, ListRolesRequest, Permission, Role, RoleGrant, SetUserStatusRequest,
    UnassignRoleRequest, UpdateRoleRequest, User, UserStatus,
};
use rstest::rstest;
use tonic::{Code, Status};

use crate::house::{ADMIN, House, refusal, user};

/// A role of one's own with these permissions.
async fn create_role(
    house: &House,
    token: &str,
    key: &str,
    permissions: &[Permission],
) -> Result<Role, Status> {
    let permissions = permissions.iter().map(|one| i32::from(*one)).collect();
    let role = Role { key: key.into(), display_name: key.into(), permissions, ..Role::default() };
    let ask = CreateRoleRequest { request_id: format!("role-{key}"), role: Some(role) };
    house.directory(token).create_role(ask).await.map(tonic::Response::into_inner)
}

async fn unassign(house: &House, token: &str, user: &User) -> Result<(), Status> {
    let ask = ListRoleAssignmentsRequest { user_id: user.id.clone(), ..Default::default() };
    let held = house.directory(token).list_role_assignments(ask).await?.into_inner().role_assignments;
    let ask = UnassignRoleRequest { role_assignment_id: held[0].id.clone() };
    house.directory(token).unassign_role(ask).await.map(drop)
}

async fn suspend(house: &House, token: &str, user: &User) -> Result<User, Status> {
    let (user_id, etag) = (user.id.clone(), user.etag.clone());
    let ask =
        SetUserStatusRequest { user_id, etag, status: UserStatus::Suspended.into(), reason: "test".into() };
    house.directory(token).set_user_status(ask).await.map(tonic::Response::into_inner)
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_built_in_roles_are_there_and_stay_as_they_are(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    let mut directory = house.directory(&admin);
    let roles = directory.list_roles(ListRolesRequest {}).await.expect("lists").into_inner().roles;
    let keys: Vec<_> = roles.iter().map(|role| role.key.as_str()).collect();
    assert_eq!(keys, ["admin", "supervisor", "agent", "requester", "auditor"]);
    assert_eq!(roles[0].assignment_count, 1);
    let agent = roles[2].clone();
    let ask = UpdateRoleRequest {
        role: Some(agent.clone()),
        update_mask: Some(FieldMask { paths: vec!["permissions".into()] }),
    };
    assert_eq!(refusal(directory.update_role(ask).await).1, "BUILT_IN_ROLE");
    let ask = DeleteRoleRequest { role_id: agent.id, etag: agent.etag };
    assert_eq!(refusal(directory.delete_role(ask).await).1, "BUILT_IN_ROLE");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_role_in_a_department_holds_in_all_below_it(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    let it = house.department(&admin, "IT", "").await;
    let desk = house.department(&admin, "Desk", &it.id).await;
    house.department(&admin, "HR", "").await;
    house.person(&admin, "ann@example.com", &[("agent", &it.id)]).await;
    let token = house.token_of("ann@example.com").await;
    let places = |me: &User| me.grants.iter().map(|grant| grant.department_id.clone()).collect::<Vec<_>>();
    assert_eq!(places(&house.me(&token).await.expect("is there")), [it.id.as_str(), desk.id.as_str()]);

    house.world.advance(jiff::SignedDuration::from_secs(1)).await;
    let night = house.department(&admin, "Night", &desk.id).await;
    house.world.settle().await;
    assert_eq!(refusal(house.me(&token).await).1, "TOKEN_EXPIRED", "the token knows too little now");
    let token = house.token_of("ann@example.com").await;
    assert!(places(&house.me(&token).await.expect("is there")).contains(&night.id));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn nobody_gives_what_he_does_not_hold(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let (house, admin) = House::new(engine).await;
    let (it, hr) = (house.department(&admin, "IT", "").await, house.department(&admin, "HR", "").await);
    let permissions =
        [Permission::UserManage, Permission::RoleManage, Permission::UserRead, Permission::TicketRead];
    create_role(&house, &admin, "lead", &permissions).await.expect("an administrator may");
    create_role(&house, &admin, "reader", &[Permission::TicketRead]).await.expect("an administrator may");
    let lead = house.person(&admin, "lead@example.com", &[("lead", &it.id)]).await;
    let ann = house.person(&admin, "ann@example.com", &[]).await;
    let token = house.token_of("lead@example.com").await;
    let role = async |key: &str| house.role(&admin, key).await.id;

    house.assign(&token, &ann, &role("reader").await, &it.id).await.expect("he holds it there");
    let exceeds = (Code::PermissionDenied, "GRANT_EXCEEDS_OWN".to_owned());
    assert_eq!(refusal(house.assign(&token, &ann, &role("agent").await, &it.id).await), exceeds);
    assert_eq!(
        refusal(house.assign(&token, &lead, &role("admin").await, &it.id).await),
        exceeds,
        "not even to himself"
    );
    assert_eq!(
        refusal(house.assign(&token, &ann, &role("reader").await, &hr.id).await).1,
        "PERMISSION_DENIED"
    );
    assert_eq!(refusal(house.assign(&token, &ann, &role("reader").await, "").await).1, "PERMISSION_DENIED");
    assert_eq!(
        refusal(create_role(&house, &token, "mine", &[Permission::TicketRead]).await).1,
        "PERMISSION_DENIED"
    );
    let roles = vec![RoleGrant { role_id: role("admin").await, department_id: it.id.clone() }];
    let person = User { department_id: it.id.clone(), ..user("puppet@example.com") };
    let puppet =
        CreateUserRequest { request_id: "p".into(), user: Some(person), roles, ..Default::default() };
    assert_eq!(refusal(house.directory(&token).create_user(puppet).await), exceeds, "nor by a puppet");
    let root = house.me(&admin).await.expect("is there");
    assert_eq!(refusal(suspend(&house, &token, &root).await).0, Code::PermissionDenied);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_last_administrator_stays(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let (house, admin) = House::new(engine).await;
    let root = house.me(&admin).await.expect("is there");
    let last = (Code::FailedPrecondition, "LAST_ADMIN".to_owned());
    assert_eq!(refusal(suspend(&house, &admin, &root).await), last);
    assert_eq!(refusal(unassign(&house, &admin, &root).await), last);
    let second = house.person(&admin, "second@example.com", &[("admin", "")]).await;
    let second = suspend(&house, &admin, &second).await.expect("another one is left");
    assert_eq!(refusal(unassign(&house, &admin, &root).await), last, "who can't sign in does not count");
    unassign(&house, &admin, &second).await.expect("goes");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_program_is_no_administrator_who_stays(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let (house, admin) = House::new(engine).await;
    let root = house.me(&admin).await.expect("is there");
    let ask = CreateServiceAccountRequest {
        request_id: "s1".into(),
        display_name: "Provisioning".into(),
        ..Default::default()
    };
    let made = house.security(&admin).create_service_account(ask).await.expect("is made").into_inner();
    let program = made.user.expect("an account");
    house.assign(&admin, &program, &house.role(&admin, "admin").await.id, "").await.expect("gives it");
    let last = (Code::FailedPrecondition, "LAST_ADMIN".to_owned());
    assert_eq!(refusal(suspend(&house, &admin, &root).await), last);
    assert_eq!(refusal(unassign(&house, &admin, &root).await), last);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_more_roles_than_his_tokens_can_carry(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    let ann = house.person(&admin, "ann@example.com", &[("requester", "")]).await;
    let (role, mut given) = (house.role(&admin, "agent").await.id, 1);
    loop {
        let place = house.department(&admin, &format!("desk-{given}"), "").await.id;
        match house.assign(&admin, &ann, &role, &place).await {
            Ok(()) => given += 1,
            Err(refused) => {
                assert!(
                    refused.message().starts_with("role_id is held by somebody with 100 roles"),
                    "{refused:?}"
                );
                break;
            }
        }
    }
    assert_eq!(given, 100);
    let token = house.token_of("ann@example.com").await;
    assert!(token.len() < 8_000, "{} bytes", token.len());
    assert_eq!(house.me(&token).await.expect("acts").grants.len(), 99, "a requester's role holds nothing");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn of_two_administrators_who_go_at_once_one_stays(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    let root = house.me(&admin).await.expect("is there");
    let second = house.person(&admin, "second@example.com", &[("admin", "")]).await;
    let other = house.token_of("second@example.com").await;
    let (one, two) = tokio::join!(unassign(&house, &other, &root), unassign(&house, &admin, &second));
    assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_changed_role_reaches_its_holders_at_once(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    let role = create_role(&house, &admin, "reader", &[Permission::TicketRead]).await.expect("is made");
    house.person(&admin, "ann@example.com", &[("reader", "")]).await;
    let token = house.token_of("ann@example.com").await;
    house.world.advance(jiff::SignedDuration::from_secs(1)).await;
    let update_mask = Some(FieldMask { paths: vec!["permissions".into()] });
    let wider = Role {
        permissions: vec![Permission::TicketRead.into(), Permission::TicketReply.into()],
        ..role.clone()
    };
    let ask = UpdateRoleRequest { role: Some(wider), update_mask };
    house.directory(&admin).update_role(ask.clone()).await.expect("changes");
    assert_eq!(refusal(house.directory(&admin).update_role(ask).await).1, "STALE_ETAG");
    house.world.settle().await;
    assert_eq!(refusal(house.me(&token).await).1, "TOKEN_EXPIRED");
    let token = house.token_of("ann@example.com").await;
    assert_eq!(house.me(&token).await.expect("is there").grants[0].permissions.len(), 2);
    let held = house.role(&admin, "reader").await;
    let ask = DeleteRoleRequest { role_id: held.id, etag: held.etag };
    assert_eq!(refusal(house.directory(&admin).delete_role(ask).await).1, "ROLE_IN_USE");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn taking_a_role_back_voids_the_tokens_that_carry_it(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    let ann = house.person(&admin, "ann@example.com", &[("agent", "")]).await;
    let token = house.token_of("ann@example.com").await;
    house.world.advance(jiff::SignedDuration::from_secs(1)).await;
    unassign(&house, &admin, &ann).await.expect("takes it back");
    house.world.settle().await;
    assert_eq!(refusal(house.me(&token).await).1, "TOKEN_EXPIRED");
    let again = house.token_of("ann@example.com").await;
    assert!(house.me(&again).await.expect("may still sign in").grants.is_empty());
    house.me(&house.token_of(ADMIN).await).await.expect("others are not touched");
}
