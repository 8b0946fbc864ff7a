//! Identity's directory as far as tickets and workflow ask it.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use mesh_core::{service::Service, testing::Ledger};
use proto::identity::v1::{
    BatchGetUsersRequest, BatchGetUsersResponse, Department, ListDepartmentsRequest, ListDepartmentsResponse,
    ListUsersRequest, ListUsersResponse, User,
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
    departments: Vec<Department>,
    people: BTreeMap<String, User>,
}

impl Directory {
    pub(crate) fn add_department(&self, id: &str) {
        let department =
            Department { id: id.into(), display_name: format!("Department {id}"), ..Department::default() };
        self.known.lock().expect("no test panicked here").departments.push(department);
    }

    /// Somebody without rights, unless known already.
    pub(crate) fn add_person(&self, id: &str) {
        let user = User { id: id.into(), ..User::default() };
        self.known.lock().expect("no test panicked here").people.entry(id.into()).or_insert(user);
    }

    /// Somebody as he is now.
    pub(crate) fn put_person(&self, user: User) {
        self.known.lock().expect("no test panicked here").people.insert(user.id.clone(), user);
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
        let departments = self.known.lock().expect("no test panicked here").departments.clone();
        Ok(Response::new(ListDepartmentsResponse { departments }))
    }

    async fn batch_get_users(
        &self,
        request: Request<BatchGetUsersRequest>,
    ) -> Result<Response<BatchGetUsersResponse>, Status> {
        let known = self.known.lock().expect("no test panicked here");
        let users =
            request.into_inner().user_ids.iter().filter_map(|id| known.people.get(id).cloned()).collect();
        Ok(Response::new(BatchGetUsersResponse { users }))
    }

    /// Pages of one person each, so that going on is tested too.
    async fn list_users(
        &self,
        request: Request<ListUsersRequest>,
    ) -> Result<Response<ListUsersResponse>, Status> {
        let known = self.known.lock().expect("no test panicked here");
        let after = request.into_inner().page_token;
        let mut rest = known.people.range(after.clone()..).filter(|(id, _)| **id > after);
        let users: Vec<_> = rest.next().map(|(_, user)| user.clone()).into_iter().collect();
        let next_page_token = if rest.next().is_some() { users[0].id.clone() } else { String::new() };
        Ok(Response::new(ListUsersResponse { users, next_page_token, ..ListUsersResponse::default() }))
    }
}
