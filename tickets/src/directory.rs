//! What tickets must know of identity: which departments take tickets, and who exists.
//!
//! The invariant: departments are remembered for seconds only; an unknown one is asked for again before it is refused. While
//! identity can't be reached, what was remembered goes on being true.

use std::{collections::HashMap, sync::Arc};

use jiff::{SignedDuration, Timestamp};
use mesh_core::{
    caller::{Caller, Grants},
    clock::SharedClock,
    error::{Error, Result, Violations},
    peer::Peer,
};
use proto::{
    identity::v1::{
        BatchGetUsersRequest, Department, ListDepartmentsRequest, ListUsersRequest, User, UserView,
        directory_service_client::DirectoryServiceClient,
    },
    tickets::v1::ErrorReason,
};
use tokio::sync::Mutex;

use crate::{
    mention::{Mentioned, Mentions},
    sharing::Sharing,
};

/// What is wrong with somebody nobody knows.
const NOBODY: &str = "is nobody known here; choose somebody from the directory";

/// How long departments are taken as they were.
const FRESH: SignedDuration = SignedDuration::from_secs(10);
/// How many people one call to identity may name.
pub(crate) const MOST_PEOPLE: usize = 200;
/// How many people one name may mean.
const MOST_NAMESAKES: i32 = 50;

/// Asks identity. Clones share what they remember.
#[derive(Clone, Debug)]
pub(crate) struct Directory {
    identity: Peer,
    clock: SharedClock,
    departments: Arc<Mutex<Option<Departments>>>,
}

/// The departments as of an instant.
#[derive(Debug)]
struct Departments {
    known: HashMap<String, Known>,
    as_of: Timestamp,
}

/// What is remembered of a department.
#[derive(Clone, Debug)]
struct Known {
    name: String,
    is_archived: bool,
}

impl Directory {
    /// Asks this peer.
    pub(crate) fn new(identity: Peer, clock: SharedClock) -> Self {
        Self { identity, clock, departments: Arc::default() }
    }

    /// Fine when the department takes tickets.
    pub(crate) async fn expect_open(&self, caller: &Caller, department_id: &str) -> Result<()> {
        self.expect_open_in("ticket.department_id", caller, department_id).await
    }

    /// The same for the department another field names.
    pub(crate) async fn expect_open_in(
        &self,
        field: &str,
        caller: &Caller,
        department_id: &str,
    ) -> Result<()> {
        match self.department(caller, department_id).await? {
            Some(known) if !known.is_archived => Ok(()),
            Some(_) => {
                let message = "the department is archived and takes no tickets; choose another one";
                Err(Error::failed_precondition(&ErrorReason::DepartmentArchived, message))
            }
            None => Err(Error::invalid(field, "is no department; choose one from the directory")),
        }
    }

    /// Fine when the department something is shared with is there; archived ones keep theirs.
    pub(crate) async fn expect_place(&self, caller: &Caller, field: &str, sharing: &Sharing) -> Result<()> {
        let id = &sharing.department_id;
        if id.is_empty() || self.department(caller, id).await?.is_some() {
            return Ok(());
        }
        Err(Error::invalid(field, "is no department; choose one from the directory"))
    }

    /// The name of a department; empty when there is none.
    pub(crate) async fn department_name(&self, caller: &Caller, department_id: &str) -> Result<String> {
        Ok(self.department(caller, department_id).await?.map(|known| known.name).unwrap_or_default())
    }

    /// The names of people; unknown ones are left out.
    pub(crate) async fn names(
        &self,
        caller: &Caller,
        user_ids: Vec<String>,
    ) -> Result<HashMap<String, String>> {
        if user_ids.is_empty() {
            return Ok(HashMap::new());
        }
        let mut client = DirectoryServiceClient::new(self.identity.for_caller(caller));
        let ask = BatchGetUsersRequest { user_ids, view: UserView::Basic.into(), emails: vec![] };
        let users = client.batch_get_users(ask).await?.into_inner().users;
        Ok(users.into_iter().map(|user| (user.id, user.display_name)).collect())
    }

    /// The people with these ids or addresses, as many as there are; up to 200 of each. Addresses are known only to callers who may
    /// see those people in full.
    pub(crate) async fn people(
        &self,
        caller: &Caller,
        user_ids: Vec<String>,
        emails: Vec<String>,
    ) -> Result<Vec<User>> {
        let view = if emails.is_empty() { UserView::Basic } else { UserView::Full };
        let mut client = DirectoryServiceClient::new(self.identity.for_caller(caller));
        let ask = BatchGetUsersRequest { user_ids, view: view.into(), emails };
        Ok(client.batch_get_users(ask).await?.into_inner().users)
    }

    /// Id and name of every department, archived ones included.
    pub(crate) async fn departments(&self, caller: &Caller) -> Result<Vec<(String, String)>> {
        let departments = self.list_departments(caller).await?.into_iter();
        Ok(departments.map(|department| (department.id, department.display_name)).collect())
    }

    async fn department(&self, caller: &Caller, department_id: &str) -> Result<Option<Known>> {
        // Held while asking, so that many callers at once ask identity once.
        let mut remembered = self.departments.lock().await;
        let now = self.clock.now();
        if let Some(departments) = &*remembered
            && now.duration_since(departments.as_of) < FRESH
            && let Some(known) = departments.known.get(department_id)
        {
            return Ok(Some(known.clone()));
        }
        match self.ask_departments(caller).await {
            Ok(known) => {
                let answer = known.get(department_id).cloned();
                *remembered = Some(Departments { known, as_of: now });
                Ok(answer)
            }
            Err(error) => {
                match remembered.as_ref().and_then(|departments| departments.known.get(department_id)) {
                    Some(known) if error.is_transient() => Ok(Some(known.clone())),
                    _ => Err(error),
                }
            }
        }
    }

    async fn ask_departments(&self, caller: &Caller) -> Result<HashMap<String, Known>> {
        let departments = self.list_departments(caller).await?;
        let known = departments.into_iter().map(|department| {
            let is_archived = department.archive_time.is_some();
            (department.id, Known { name: department.display_name, is_archived })
        });
        Ok(known.collect())
    }

    async fn list_departments(&self, caller: &Caller) -> Result<Vec<Department>> {
        let mut client = DirectoryServiceClient::new(self.identity.for_caller(caller));
        let ask = ListDepartmentsRequest { include_archived: true };
        Ok(client.list_departments(ask).await?.into_inner().departments)
    }

    /// The ids of departments as somebody wrote them in `field`: their ids or their names.
    pub(crate) async fn departments_named(
        &self,
        caller: &Caller,
        field: &str,
        names: &[String],
    ) -> Result<Vec<String>> {
        let known = self.list_departments(caller).await?;
        let mut ids = vec![];
        for name in names {
            let is_meant = |known: &&Department| known.id == *name || is_same(&known.display_name, name);
            match known.iter().find(is_meant) {
                Some(department) => ids.push(department.id.clone()),
                None => return Err(Error::invalid(field, unknown_department(name, &known))),
            }
        }
        Ok(ids)
    }

    /// The ids of the people with this name, or these beginnings of its words, that stands in `field`.
    pub(crate) async fn people_named(&self, caller: &Caller, field: &str, name: &str) -> Result<Vec<String>> {
        let query = name.chars().take(200).collect();
        let ask = ListUsersRequest { query, page_size: MOST_NAMESAKES, ..ListUsersRequest::default() };
        let mut client = DirectoryServiceClient::new(self.identity.for_caller(caller));
        let found = client.list_users(ask).await?.into_inner();
        if found.users.is_empty() {
            return Err(Error::invalid(
                field,
                format!("knows nobody named {name}; write another part of the name"),
            ));
        }
        if !found.next_page_token.is_empty() {
            let problem =
                format!("knows more than {MOST_NAMESAKES} people named {name}; write more of the name");
            return Err(Error::invalid(field, problem));
        }
        Ok(found.users.into_iter().map(|user| user.id).collect())
    }

    /// The id of who has this address, that stands in `field`.
    pub(crate) async fn people_at(&self, caller: &Caller, field: &str, address: &str) -> Result<Vec<String>> {
        let found = self.people(caller, vec![], vec![address.to_owned()]).await?;
        if found.is_empty() {
            let problem =
                format!("knows nobody at {address}, or you may not see addresses; write the name instead");
            return Err(Error::invalid(field, problem));
        }
        Ok(found.into_iter().map(|user| user.id).collect())
    }

    /// Fine when all these people exist; `named` pairs each field with the person it names.
    pub(crate) async fn expect_people(&self, caller: &Caller, named: Vec<(String, String)>) -> Result<()> {
        let mut user_ids: Vec<String> = named.iter().map(|(_, id)| id.clone()).collect();
        user_ids.sort();
        user_ids.dedup();
        let mut known: Vec<String> = Vec::with_capacity(user_ids.len());
        for asked in user_ids.chunks(MOST_PEOPLE) {
            let mut client = DirectoryServiceClient::new(self.identity.for_caller(caller));
            let (user_ids, view) = (asked.to_vec(), UserView::Basic.into());
            let ask = BatchGetUsersRequest { user_ids, view, emails: vec![] };
            known.extend(
                client.batch_get_users(ask).await?.into_inner().users.into_iter().map(|user| user.id),
            );
        }
        let mut wrong = Violations::default();
        for (field, id) in named {
            wrong.when(!known.contains(&id), &field, NOBODY);
        }
        wrong.into_result()
    }

    /// The people a comment names in `field`, with what they may do; everybody must exist. The mesh asks by itself: what others may do
    /// is nothing a caller has to be shown.
    pub(crate) async fn mentions(&self, field: &str, ids: &[String]) -> Result<Mentions> {
        if ids.is_empty() {
            return Ok(Mentions::default());
        }
        let mut client = DirectoryServiceClient::new(self.identity.for_worker());
        let (user_ids, view) = (ids.to_vec(), UserView::Full.into());
        let ask = BatchGetUsersRequest { user_ids, view, emails: vec![] };
        let known = client.batch_get_users(ask).await?.into_inner().users;
        let (mut people, mut wrong) = (vec![], Violations::default());
        for (index, id) in ids.iter().enumerate() {
            match known.iter().find(|user| user.id == *id) {
                Some(user) => {
                    let grants = Grants::from_proto(&user.grants);
                    people.push(Mentioned { index, id: id.clone(), grants });
                }
                None => wrong.add(format!("{field}[{index}]"), NOBODY),
            }
        }
        wrong.into_result()?;
        Ok(Mentions::new(field, people))
    }
}

/// Whether two names are the same but for case.
fn is_same(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

/// That there is no such department, and which one is written most like it.
fn unknown_department(name: &str, known: &[Department]) -> String {
    let slips =
        |known: &&Department| strsim::osa_distance(&known.display_name.to_lowercase(), &name.to_lowercase());
    match known.iter().min_by_key(slips) {
        Some(near) => format!("knows no department {name}; did you mean {}?", near.display_name),
        None => format!("knows no department {name}; choose one from the directory"),
    }
}
