//! Identity's directory as far as tickets asks it.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use mesh_core::{service::Service, testing::Ledger};
use proto::identity::v1::{
    BatchGetUsersRequest, BatchGetUsersResponse, Department, Grant, ListDepartmentsRequest,
    ListDepartmentsResponse, ListUsersRequest, ListUsersResponse, User, UserView,
    directory_service_server::{DirectoryService, DirectoryServiceServer},
};
use tonic::{Request, Response, Status, service::Routes};

/// Departments and people who exist.
#[derive(Clone, Debug, Default)]
pub(crate) struct Directory {
    known: Arc<Mutex<Known>>,
    /// What is said to have been done.
    pub(crate) ledger: Ledger,
}

#[derive(Debug, Default)]
struct Known {
    /// With whether each is archived.
    departments: BTreeMap<String, bool>,
    /// With their names.
    people: BTreeMap<String, String>,
    /// Whose address is whose.
    addresses: BTreeMap<String, String>,
    /// Who may do what where.
    grants: BTreeMap<String, Vec<Grant>>,
}

impl Directory {
    pub(crate) fn add_department(&self, id: &str) {
        self.known.lock().expect("no test panicked here").departments.insert(id.to_owned(), false);
    }

    pub(crate) fn archive_department(&self, id: &str) {
        self.known.lock().expect("no test panicked here").departments.insert(id.to_owned(), true);
    }

    pub(crate) fn add_person(&self, id: &str) {
        self.name_person(id, "");
    }

    pub(crate) fn name_person(&self, id: &str, name: &str) {
        self.known.lock().expect("no test panicked here").people.insert(id.to_owned(), name.to_owned());
    }

    /// Says what somebody may do where.
    pub(crate) fn grant(&self, id: &str, grants: Vec<Grant>) {
        self.known.lock().expect("no test panicked here").grants.insert(id.to_owned(), grants);
    }

    /// Somebody with an address.
    pub(crate) fn add_person_at(&self, id: &str, name: &str, email: &str) {
        self.name_person(id, name);
        self.known.lock().expect("no test panicked here").addresses.insert(email.to_owned(), id.to_owned());
    }

    pub(crate) fn service(&self) -> Service {
        let mut routes = Routes::builder();
        routes.add_service(DirectoryServiceServer::new(self.clone()));
        self.ledger.add_to(&mut routes);
        Service { name: "identity", routes: routes.routes(), workers: vec![], checks: vec![] }
    }
}

#[tonic::async_trait]
impl DirectoryService for Directory {
    async fn list_departments(
        &self,
        _: Request<ListDepartmentsRequest>,
    ) -> Result<Response<ListDepartmentsResponse>, Status> {
        let known = self.known.lock().expect("no test panicked here");
        let department = |(id, archived): (&String, &bool)| Department {
            id: id.clone(),
            display_name: format!("Department {id}"),
            archive_time: archived.then(prost_types::Timestamp::default),
            ..Department::default()
        };
        Ok(Response::new(ListDepartmentsResponse {
            departments: known.departments.iter().map(department).collect(),
        }))
    }

    async fn batch_get_users(
        &self,
        request: Request<BatchGetUsersRequest>,
    ) -> Result<Response<BatchGetUsersResponse>, Status> {
        let known = self.known.lock().expect("no test panicked here");
        let ask = request.into_inner();
        let full = ask.view() == UserView::Full;
        let BatchGetUsersRequest { user_ids, emails, .. } = ask;
        let by_id = user_ids.into_iter().map(|id| (id, String::new()));
        let at = |email: String| known.addresses.get(&email).map(|id| (id.clone(), email));
        let asked = by_id.chain(emails.into_iter().filter_map(at));
        let named = |(id, email): (String, String)| {
            let display_name = known.people.get(&id)?.clone();
            let grants = known.grants.get(&id).filter(|_| full).cloned().unwrap_or_default();
            Some(User { id, display_name, email, grants, ..User::default() })
        };
        let users = asked.filter_map(named).collect();
        Ok(Response::new(BatchGetUsersResponse { users }))
    }

    async fn list_users(
        &self,
        request: Request<ListUsersRequest>,
    ) -> Result<Response<ListUsersResponse>, Status> {
        let known = self.known.lock().expect("no test panicked here");
        let query = request.into_inner().query;
        let named =
            known.people.iter().filter(|(_, name)| name.split(' ').any(|word| word.starts_with(&query)));
        let users = named.map(|(id, _)| User { id: id.clone(), ..User::default() }).collect();
        Ok(Response::new(ListUsersResponse { users, ..ListUsersResponse::default() }))
    }
}
