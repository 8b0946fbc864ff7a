//! Copies of other services' facts, made anew: agents and departments from identity, tickets' stages from our runs.
//!
//! Invariant: what an event told since a list was asked for is newer than the list and stays.

use mesh_core::{error::Result, jobs};
use proto::identity::v1::{
    ListDepartmentsRequest, ListUsersRequest, UserView, directory_service_client::DirectoryServiceClient,
};

use crate::{
    admission::admit,
    agent::Access,
    project,
    store::{self, agents::Told},
    workflow::Workflow,
};

/// People asked for at a time.
const PEOPLE: i32 = 200;
/// Runs looked at in one transaction.
const RUNS: i64 = 500;

/// What was made anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rebuilt {
    /// People looked at.
    pub people: u64,
    /// Departments looked at.
    pub departments: u64,
    /// Runs whose tickets are told anew.
    pub runs: u64,
}

impl Workflow {
    /// Agents and departments as identity has them.
    pub(crate) async fn refresh_people(&self) -> Result<(u64, u64)> {
        let departments = self.refresh_departments().await?;
        let mut directory = DirectoryServiceClient::new(self.identity.for_worker());
        let mut ask = ListUsersRequest {
            page_size: PEOPLE,
            view: UserView::Full.into(),
            ..ListUsersRequest::default()
        };
        let mut people = 0;
        loop {
            let begun = self.db.clock().now();
            let page = directory.list_users(ask.clone()).await?.into_inner();
            let mut tx = self.db.begin().await?;
            for user in &page.users {
                admit(&mut tx, &Access::of(user), Told::ByList(begun)).await?;
                people += 1;
            }
            tx.commit().await?;
            if page.next_page_token.is_empty() {
                return Ok((people, departments));
            }
            ask.page_token = page.next_page_token;
        }
    }

    async fn refresh_departments(&self) -> Result<u64> {
        let mut directory = DirectoryServiceClient::new(self.identity.for_worker());
        let listed = directory.list_departments(ListDepartmentsRequest::default()).await?.into_inner();
        let mut tx = self.db.begin().await?;
        for department in &listed.departments {
            // An event has a version above this one.
            store::queues::name_department(tx.conn(), &department.id, 0, &department.display_name).await?;
        }
        tx.commit().await?;
        Ok(u64::try_from(listed.departments.len()).unwrap_or(u64::MAX))
    }

    /// Has every ticket with an open run told anew where it stands, with its whole story.
    pub(crate) async fn retell_tickets(&self) -> Result<u64> {
        let (mut runs, mut last) = (0, String::new());
        loop {
            let mut tx = self.db.begin().await?;
            let ids = store::runs::open_after(tx.conn(), &last, RUNS).await?;
            for id in &ids {
                let job = project::job(&tx, id, 0);
                jobs::enqueue(&mut tx, job).await?;
                runs += 1;
            }
            tx.commit().await?;
            match ids.into_iter().next_back() {
                Some(id) => last = id,
                None => return Ok(runs),
            }
        }
    }
}
