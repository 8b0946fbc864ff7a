//! Who takes part in the demonstration, and where.

use mesh_core::{config::Secret, error::Result};
use proto::identity::v1::{
    CreateDepartmentRequest, CreateUserRequest, Department, ListDepartmentsRequest, ListRolesRequest,
    RoleGrant, User, UserKind,
};
use tonic::Code;

use super::{
    client::{Front, Person, patiently},
    stories::Place,
};

/// Agents and where they work: `agent1@demo.test` and so on.
const AGENTS: [Place; 6] = [Place::It, Place::It, Place::It, Place::Assets, Place::Assets, Place::Budget];
/// Requesters: `requester1@demo.test` and so on.
const REQUESTERS: usize = 9;

/// Each place's department.
#[derive(Debug)]
pub(super) struct Places([Department; Place::ALL.len()]);

impl Places {
    pub(super) fn id(&self, place: Place) -> &str {
        &self.department(place).id
    }

    pub(super) fn department(&self, place: Place) -> &Department {
        &self.0[place as usize]
    }
}

/// Everybody who is signed in.
#[derive(Debug)]
pub(super) struct Cast {
    pub(super) agents: Vec<Person>,
    pub(super) requesters: Vec<Person>,
}

/// E-mail address and name of everybody, for whoever wants to try it.
pub(crate) fn addresses() -> impl Iterator<Item = String> {
    let agents = (1..=AGENTS.len()).map(|number| format!("agent{number}@demo.test"));
    agents.chain((1..=REQUESTERS).map(|number| format!("requester{number}@demo.test")))
}

/// Makes the departments and people that are not there yet.
pub(super) async fn make(admin: &Person, password: &Secret) -> Result<Places> {
    let places = make_departments(admin).await?;
    let roles = patiently(async || admin.directory().list_roles(ListRolesRequest {}).await).await?.roles;
    let role =
        |key: &str| roles.iter().find(|role| role.key == key).map(|role| role.id.clone()).unwrap_or_default();
    let (agent, requester) = (role("agent"), role("requester"));
    for (index, place) in AGENTS.into_iter().enumerate() {
        let grant = RoleGrant { role_id: agent.clone(), department_id: places.id(place).into() };
        let name = format!("Agent {}", index + 1);
        make_person(
            admin,
            password,
            &format!("agent{}@demo.test", index + 1),
            &name,
            grant,
            places.id(place),
        )
        .await?;
    }
    for number in 1..=REQUESTERS {
        let grant = RoleGrant { role_id: requester.clone(), department_id: String::new() };
        make_person(
            admin,
            password,
            &format!("requester{number}@demo.test"),
            &format!("Requester {number}"),
            grant,
            "",
        )
        .await?;
    }
    Ok(places)
}

async fn make_departments(admin: &Person) -> Result<Places> {
    let ask = ListDepartmentsRequest { include_archived: false };
    let known = patiently(async || admin.directory().list_departments(ask).await).await?.departments;
    let mut departments = <[Department; Place::ALL.len()]>::default();
    for place in Place::ALL {
        let there = known.iter().find(|department| department.display_name == place.name()).cloned();
        departments[place as usize] = match there {
            Some(department) => department,
            None => make_department(admin, place).await?,
        };
    }
    Ok(Places(departments))
}

async fn make_department(admin: &Person, place: Place) -> Result<Department> {
    let department = Department { display_name: place.name().into(), ..Department::default() };
    let ask = CreateDepartmentRequest {
        request_id: request_id("department", place as usize),
        department: Some(department),
    };
    patiently(async || admin.directory().create_department(ask.clone()).await).await
}

/// Makes a person, unless there is one with this address.
async fn make_person(
    admin: &Person,
    password: &Secret,
    email: &str,
    name: &str,
    grant: RoleGrant,
    department_id: &str,
) -> Result<()> {
    let user = User {
        kind: UserKind::Person.into(),
        email: email.into(),
        display_name: name.into(),
        department_id: department_id.into(),
        ..User::default()
    };
    let ask = CreateUserRequest {
        request_id: request_id(email, 0),
        user: Some(user),
        password: password.reveal().into(),
        roles: vec![grant],
    };
    match patiently(async || admin.directory().create_user(ask.clone()).await).await {
        Err(mesh_core::error::Error::Peer(status)) if status.code() == Code::AlreadyExists => Ok(()),
        made => made.map(drop),
    }
}

/// Signs everybody in.
pub(super) async fn sign_in(front: &Front, password: &Secret) -> Result<Cast> {
    let mut everybody = Vec::new();
    for address in addresses() {
        everybody.push(front.sign_in(&address, password).await?);
    }
    let requesters = everybody.split_off(AGENTS.len());
    Ok(Cast { agents: everybody, requesters })
}

/// The same request id for the same thing every time, so that a second run repeats nothing. FNV-1a spreads the words.
pub(super) fn request_id(what: &str, number: usize) -> String {
    let spread = what
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
    format!("{:08x}-{:04x}-4{:03x}-8000-{number:012x}", spread >> 32, (spread >> 16) & 0xffff, spread & 0xfff)
}
