//! Reading people.

use std::collections::{BTreeMap, BTreeSet};

use mesh_core::{
    caller::Caller,
    error::{Error, Result, Violations},
    page,
    policy::{self, Action, Reach, Scope},
};
use proto::identity::v1::{
    self as pb, BatchGetUsersRequest, BatchGetUsersResponse, GetPictureRequest, GetUserRequest,
    ListUsersRequest, ListUsersResponse, UserKind, UserStatus, UserView,
};

use super::super::{PAGE, page as cut, place};
use crate::{
    Identity,
    picture::{MEDIA_TYPE, Picture},
    store::{
        pictures,
        users::{self, Wanted},
    },
    user::{User, fold_email, name_key},
    wire,
};

/// How many people one call names.
const BATCH: usize = 200;

impl Identity {
    pub(super) async fn get_user(&self, caller: Caller, ask: GetUserRequest) -> Result<pb::User> {
        let mut wrong = Violations::default();
        wrong.id("user_id", &ask.user_id, "usr");
        wrong.into_result()?;
        let mut db = self.db.reader().acquire().await?;
        let user = users::get(&mut *db, &ask.user_id).await?;
        if ask.view() != UserView::Full {
            return Ok(wire::basic(&user));
        }
        expect_readable(&caller, &user)?;
        wire::one_full(&mut db, &user).await
    }

    pub(super) async fn get_picture(&self, ask: GetPictureRequest) -> Result<pb::Picture> {
        let mut wrong = Violations::default();
        wrong.id("user_id", &ask.user_id, "usr");
        wrong.into_result()?;
        let found = pictures::find(self.db.reader(), &ask.user_id).await?;
        let Picture { etag, content } = found.ok_or_else(|| Error::not_found("picture of", &ask.user_id))?;
        Ok(pb::Picture { media_type: MEDIA_TYPE.into(), content, etag })
    }

    pub(super) async fn batch_get_users(
        &self,
        caller: Caller,
        ask: BatchGetUsersRequest,
    ) -> Result<BatchGetUsersResponse> {
        let emails = check_batch(&ask)?;
        let mut db = self.db.reader().acquire().await?;
        let unique: BTreeSet<_> = ask.user_ids.iter().cloned().collect();
        let found = users::find_all(&mut db, &Vec::from_iter(unique)).await?;
        let in_full = |user: &User| ask.view() == UserView::Full && expect_readable(&caller, user).is_ok();
        let (full, basic): (Vec<_>, Vec<_>) = found.into_iter().partition(in_full);
        let full = if full.is_empty() { vec![] } else { wire::all_full(&mut db, &full).await? };
        let all = full.into_iter().chain(basic.iter().map(wire::basic));
        let by_id: BTreeMap<_, _> = all.map(|user| (user.id.clone(), user)).collect();
        let mut users: Vec<_> = ask.user_ids.iter().filter_map(|id| by_id.get(id).cloned()).collect();
        users.extend(self.users_at(&caller, &emails, ask.view()).await?);
        Ok(BatchGetUsersResponse { users })
    }

    /// The people with these addresses whom the caller may see in full; of others an address tells nothing.
    async fn users_at(&self, caller: &Caller, emails: &[String], view: UserView) -> Result<Vec<pb::User>> {
        if emails.is_empty() {
            return Ok(vec![]);
        }
        let mut db = self.db.reader().acquire().await?;
        let mut found = users::find_all_by_email(&mut db, emails).await?;
        found.retain(|user| expect_readable(caller, user).is_ok());
        if view == UserView::Full && !found.is_empty() {
            return wire::all_full(&mut db, &found).await;
        }
        Ok(found.iter().map(wire::basic).collect())
    }

    pub(super) async fn list_users(
        &self,
        caller: Caller,
        mut ask: ListUsersRequest,
    ) -> Result<ListUsersResponse> {
        let wanted = wanted(&caller, &ask)?;
        let (size, token) = (page::size(ask.page_size, PAGE), std::mem::take(&mut ask.page_token));
        ask.page_size = 0;
        let after: Option<(String, String)> = self.pages.open(&caller, &ask, &token)?;
        let mut db = self.db.reader().acquire().await?;
        let total = users::count(&mut db, &wanted).await?;
        let (rows, more) = cut(users::list(&mut db, &wanted, after, size + 1).await?, size);
        let next_page_token = match rows.last().filter(|_| more) {
            Some(last) => {
                self.pages.seal(&caller, &ask, &(name_key(&last.profile.display_name), &last.id))?
            }
            None => String::new(),
        };
        let full = ask.view() == UserView::Full;
        let users =
            if full { wire::all_full(&mut db, &rows).await? } else { rows.iter().map(wire::basic).collect() };
        Ok(ListUsersResponse { users, next_page_token, total })
    }
}

/// The addresses a batch names, folded; everything that is wrong with it otherwise.
fn check_batch(ask: &BatchGetUsersRequest) -> Result<Vec<String>> {
    let mut wrong = Violations::default();
    wrong.when(ask.user_ids.len() > BATCH, "user_ids", "has too many ids; give at most 200");
    for (index, id) in ask.user_ids.iter().enumerate().take(BATCH) {
        wrong.id(&format!("user_ids[{index}]"), id, "usr");
    }
    wrong.when(ask.emails.len() > BATCH, "emails", "has too many addresses; give at most 200");
    wrong.into_result()?;
    // What is no address is nobody's.
    let emails: BTreeSet<_> = ask.emails.iter().filter_map(|typed| fold_email(typed).ok()).collect();
    Ok(Vec::from_iter(emails))
}

/// Fine when the caller may see the person in full.
fn expect_readable(caller: &Caller, user: &User) -> Result<()> {
    if caller.user_id().is_ok_and(|id| id == user.id) {
        return Ok(());
    }
    policy::check(caller, Action::UserRead, &home(user))
}

/// The place whose administrators look after somebody: his home, or everywhere.
pub(super) fn home(user: &User) -> Scope<'_> {
    place(&user.profile.department_id)
}

fn wanted(caller: &Caller, ask: &ListUsersRequest) -> Result<Wanted> {
    let mut wrong = Violations::default();
    wrong.text("query", &ask.query, 0..=200);
    wrong.optional_id("department_id", &ask.department_id, "dep");
    wrong.optional_id("role_id", &ask.role_id, "rol");
    wrong.into_result()?;
    let full = ask.view() == UserView::Full;
    let is_of_some = !ask.department_id.is_empty() || !ask.role_id.is_empty();
    if is_of_some && !full {
        // Who has which role where is nobody's business who may not read people there, see ListRoleAssignments.
        policy::check(caller, Action::UserRead, &place(&ask.department_id))?;
    }
    let reach = match policy::reach(caller, Action::UserRead) {
        Reach::Departments(_) if !full => None,
        Reach::Everywhere => None,
        Reach::Departments(departments) => {
            policy::check_somewhere(caller, Action::UserRead)?;
            Some(departments)
        }
    };
    Ok(Wanted {
        query: ask.query.clone(),
        with_email: full,
        department_id: ask.department_id.clone(),
        role_id: ask.role_id.clone(),
        status: Some(ask.status()).filter(|status| *status != UserStatus::Unspecified),
        kind: Some(ask.kind()).filter(|kind| *kind != UserKind::Unspecified),
        reach,
    })
}
