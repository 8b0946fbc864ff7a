//! The permission matrix: every RPC × every built-in role × own and other department, as one file that shows in review.

use std::fmt::Write as _;

use mesh_core::{
    caller::Caller,
    db::Engine,
    policy::{Action, METHODS, Place, Rule, Scope, check},
    service::Process,
    testing::World,
    token::Verifier,
};
use proto::identity::v1::{ListRolesRequest, Role, directory_service_client::DirectoryServiceClient};
use tonic::Code;

use crate::unbuilt::{Services, answer};

const OWN: &str = "dep_own";
const OTHER: &str = "dep_other";

/// The built-in roles as identity has them.
async fn built_in_roles(world: &World) -> Vec<Role> {
    let config = identity::Config { database_url: world.database_url() };
    // Identity tells its own verifier whom to trust; the world's goes on believing the world's people.
    let process = Process { verifier: Verifier::local(world.process().clock), ..world.process() };
    let deps = identity::Deps { process, master_key: [1; 32], public_url: "http://localhost".into() };
    let service = identity::build(config, deps).await.expect("identity builds");
    let token = world.person("usr_admin").administrator().token();
    let mut directory = DirectoryServiceClient::new(world.peer(service).with_token(&token));
    let roles = directory.list_roles(ListRolesRequest {}).await.expect("roles").into_inner().roles;
    roles.into_iter().filter(|role| role.built_in).collect()
}

/// Somebody who has the role in one department, or everywhere.
fn holder(world: &World, role: &Role, department_id: Option<&str>) -> Caller {
    world.person(&format!("usr_{}", role.key)).grants(role.permissions(), department_id).caller()
}

/// Where somebody who has a role in a department may do this, and whether he may who has it everywhere.
fn cell(action: Action, here: &Caller, everywhere: &Caller) -> &'static str {
    let may = |caller, department| check(caller, action, &Scope::department(department)).is_ok();
    match (may(here, OWN), may(here, OTHER)) {
        (true, true) => "all",
        (true, false) => "own",
        _ if may(everywhere, OTHER) => "everywhere",
        _ => "-",
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_method_says_who_may_call_it() {
    let world = World::migrated(Engine::Sqlite, "identity", identity::MIGRATIONS).await;
    let roles = built_in_roles(&world).await;
    let holders =
        |role: &Role| (role.key.clone(), holder(&world, role, Some(OWN)), holder(&world, role, None));
    let callers: Vec<_> = roles.iter().map(holders).collect();
    let mut matrix = String::new();
    for (method, action) in METHODS {
        let cells: Vec<_> = callers
            .iter()
            .map(|(role, here, everywhere)| format!("{role}:{}", cell(*action, here, everywhere)))
            .collect();
        let besides = match action.rule() {
            Rule::Public => "anybody".to_owned(),
            Rule::SignedIn => "anybody signed in".to_owned(),
            Rule::Session => "anybody in a session of his own".to_owned(),
            Rule::Mesh => "the mesh".to_owned(),
            Rule::Permission { relations: [], .. } => String::new(),
            Rule::Permission { relations, .. } => format!("{relations:?} of the thing"),
        };
        let line = format!("{method} {action:?} {} {besides}", cells.join(" "));
        writeln!(matrix, "{}", line.trim_end()).expect("text grows");
    }
    insta::assert_snapshot!("permissions", matrix);
}

/// The matrix says what the services do: whoever holds a permission in one department is turned away where it has to be held
/// everywhere, and nowhere else by a message that names no other place.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_held_in_one_department_opens_what_the_matrix_says_and_nothing_more() {
    let services = Services::new().await;
    let own = proto::id::encode("dep", 1);
    let (mut closed, mut open) = (Vec::new(), Vec::new());
    for (method, action) in METHODS {
        let Rule::Permission { permission, place, relations: [] } = action.rule() else { continue };
        let token =
            services.world.person("usr_01h00000000000000000000000").grant(permission, Some(&own)).token();
        let Some(channel) = services.behind(method, &token) else { continue };
        match (place, answer(channel, method).await) {
            (Place::Everywhere, Code::PermissionDenied) => {}
            (Place::Everywhere, answer) => open.push((method, answer)),
            (Place::Department, Code::PermissionDenied) => closed.push(method),
            (Place::Department, _) => {}
        }
    }
    assert!(open.is_empty(), "the matrix says `everywhere`, and these answered: {open:?}");
    assert!(closed.is_empty(), "the matrix says `own`, and these refused: {closed:?}");
}
