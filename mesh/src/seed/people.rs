//! Who takes part, and where: agents who sign in, requesters of whom some do.

use identity::{Bootstrap, MadeUp};
use mesh_core::{
    error::{Error, Result},
    peer::Peer,
};
use proto::identity::v1::{
    CreateDepartmentRequest, Department, ListDepartmentsRequest,
    directory_service_client::DirectoryServiceClient,
};

use super::words::DEPARTMENTS;

/// Agents of a department.
const AGENTS_EACH: usize = 6;
/// Requesters who sign in: `requester1@demo.test` and so on.
const SIGNING_IN: usize = 9;
/// Requesters: one for so many tickets, within these bounds.
const TICKETS_EACH: u64 = 50;
const REQUESTERS: (u64, u64) = (20, 5_000);

/// Somebody as histories name him.
#[derive(Clone, Debug)]
pub(super) struct Somebody {
    pub(super) id: String,
    pub(super) name: String,
}

/// Everybody there is.
#[derive(Debug)]
pub(super) struct Cast {
    /// Ids, in the order of [`DEPARTMENTS`].
    pub(super) departments: Vec<String>,
    /// Agents of each department.
    pub(super) agents: Vec<Vec<Somebody>>,
    pub(super) requesters: Vec<Somebody>,
}

/// Makes the departments and people that are not there yet.
pub(super) async fn make(identity: &Bootstrap, peer: &Peer, tickets: u64, password: &str) -> Result<Cast> {
    let departments = make_departments(peer).await?;
    let agents: Vec<_> = (0..DEPARTMENTS.len() * AGENTS_EACH)
        .map(|index| MadeUp {
            email: format!("agent{}@demo.test", index + 1),
            display_name: format!("Agent {}", index + 1),
            department_id: departments[index / AGENTS_EACH].clone(),
            signs_in: true,
        })
        .collect();
    let count = usize::try_from((tickets / TICKETS_EACH).clamp(REQUESTERS.0, REQUESTERS.1));
    let requesters: Vec<_> = (0..count.map_err(Error::internal)?)
        .map(|index| MadeUp {
            email: address(index),
            display_name: format!("Requester {}", index + 1),
            department_id: String::new(),
            signs_in: index < SIGNING_IN,
        })
        .collect();
    let agents = somebodies(identity, &agents, password).await?;
    let agents = agents.chunks(AGENTS_EACH).map(<[Somebody]>::to_vec).collect();
    Ok(Cast { departments, agents, requesters: somebodies(identity, &requesters, password).await? })
}

async fn somebodies(identity: &Bootstrap, made_up: &[MadeUp], password: &str) -> Result<Vec<Somebody>> {
    let ids = identity.seed_people(made_up, password).await?;
    let named = ids.into_iter().zip(made_up);
    Ok(named.map(|(id, one)| Somebody { id, name: one.display_name.clone() }).collect())
}

fn address(index: usize) -> String {
    if index < SIGNING_IN {
        format!("requester{}@demo.test", index + 1)
    } else {
        format!("person{}@demo.test", index + 1)
    }
}

async fn make_departments(peer: &Peer) -> Result<Vec<String>> {
    let mut directory = DirectoryServiceClient::new(peer.for_worker());
    let ask = ListDepartmentsRequest { include_archived: false };
    let known = directory.list_departments(ask).await?.into_inner().departments;
    let mut ids = Vec::with_capacity(DEPARTMENTS.len());
    for (index, name) in DEPARTMENTS.iter().enumerate() {
        let there = known.iter().find(|department| department.display_name == *name);
        ids.push(if let Some(department) = there {
            department.id.clone()
        } else {
            let department = Department { display_name: (*name).to_owned(), ..Department::default() };
            let request_id = format!("5eed0000-0000-4000-8000-{index:012}");
            let ask = CreateDepartmentRequest { request_id, department: Some(department) };
            directory.create_department(ask).await?.into_inner().id
        });
    }
    Ok(ids)
}
