//! Leading somebody whom a provider vouches for to his account, and giving him the roles its rules say.
//!
//! A subject of a provider belongs to one account for good. The first time it is the account with the address the provider has
//! verified: one that is active, one that waits for its owner, or a new one where the provider may make accounts.

use std::collections::BTreeSet;

use mesh_core::{
    caller::Caller,
    db::Tx,
    error::{Error, Result, Violations},
};
use proto::identity::v1::{ErrorReason, UserKind, UserStatus};
use serde_json::{Value, json};

use super::{Claims, Provider, matched};
use crate::{
    access::Authority,
    emergency, events,
    people::{self, NewUser},
    role,
    store::{
        assignments::{self, Assignment},
        departments, passwords, roles, sso_links, users,
    },
    user::{Profile, User},
};

/// Who comes, and from where.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arrival<'a> {
    pub(crate) provider: &'a Provider,
    pub(crate) claims: &'a Claims,
    pub(crate) caller: &'a Caller,
}

/// The account of whoever arrives, with the roles he has by now. `UNAUTHENTICATED` when there is none he may use.
pub(crate) async fn arrive(tx: &mut Tx, arrival: &Arrival<'_>) -> Result<User> {
    let user = match sso_links::user_of(tx.conn(), &arrival.provider.key, arrival.claims.subject()).await? {
        Some(user_id) => users::get(tx.conn(), &user_id).await?,
        None => arrival.introduce(tx, arrival.claims.email(arrival.provider.trust_unmarked_emails)?).await?,
    };
    if !user.is_active() || !user.is_person() {
        return Err(no_account("this account can't sign in at the moment; ask an administrator"));
    }
    arrival.renew_roles(tx, &user).await?;
    users::get(tx.conn(), &user.id).await
}

impl Arrival<'_> {
    /// The account of somebody the provider sends for the first time, linked with him from now on.
    async fn introduce(&self, tx: &mut Tx, email: String) -> Result<User> {
        let user = match users::find_by_email(tx.conn(), &email).await? {
            Some(user) if waits_for_its_owner(tx, &user).await? => self.open(tx, user).await?,
            Some(user) => user,
            None if self.provider.create_accounts => self.create(tx, email).await?,
            None => {
                return Err(no_account(
                    "nobody has an account with this address here; ask an administrator for one",
                ));
            }
        };
        let (key, subject) = (&self.provider.key, self.claims.subject());
        if !sso_links::insert(tx, key, subject, &user.id).await? {
            return Err(no_account(
                "the account with this address belongs to somebody else at the provider; ask an administrator",
            ));
        }
        let said = json!({"provider": key, "subject": subject});
        let line = Authority::of_person(&user, self.caller).line.about("sso.linked", &user.id);
        line.change(&Value::Null, &said).write(tx).await?;
        Ok(user)
    }

    /// Lets somebody in whose account waited for him.
    async fn open(&self, tx: &mut Tx, user: User) -> Result<User> {
        let now = tx.now();
        let user = User { status: UserStatus::Active, ..user }.changed(now);
        if !users::update(tx, &user).await? {
            return Err(no_account("somebody else changed this account at the same moment; sign in again"));
        }
        let authority = Authority::of_person(&user, self.caller);
        events::user_updated(tx, &authority.cause, &user).await?;
        events::access_changed(tx, &authority.cause, &user.id).await?;
        authority.line.about("sso.account_opened", &user.id).write(tx).await?;
        users::get(tx.conn(), &user.id).await
    }

    async fn create(&self, tx: &mut Tx, email: String) -> Result<User> {
        let profile = Profile {
            display_name: self.claims.display_name(),
            email,
            given_name: self.claims.given_name(),
            family_name: self.claims.family_name(),
            ..Profile::default()
        };
        let mut wrong = Violations::default();
        let profile = profile.check("", UserKind::Person, &mut wrong);
        wrong.into_result()?;
        let new = NewUser {
            kind: UserKind::Person,
            status: UserStatus::Active,
            profile,
            description: String::new(),
            password_hash: None,
            roles: vec![],
        };
        people::create(tx, &self.authority(), new).await
    }

    /// Gives what the rules give now and takes back what they gave before and do not any more.
    async fn renew_roles(&self, tx: &mut Tx, user: &User) -> Result<()> {
        let wanted = self.wanted(tx).await?;
        let held = assignments::from_provider(tx.conn(), &user.id, &self.provider.key).await?;
        let mut changed = false;
        for one in &held {
            if !wanted.contains(&(one.role_id.clone(), one.department_id.clone())) {
                changed |= self.take(tx, one).await?;
            }
        }
        for (role_id, department_id) in wanted {
            changed |= self.give(tx, user, role_id, department_id).await?;
        }
        if changed {
            events::access_changed(tx, &self.authority().cause, &user.id).await?;
        }
        Ok(())
    }

    /// Roles and departments as the rules give them; those that are gone or archived since are left out.
    async fn wanted(&self, tx: &mut Tx) -> Result<BTreeSet<(String, String)>> {
        let mut wanted = BTreeSet::new();
        let known = roles::all(tx.conn()).await?;
        for mapping in matched(&self.provider.mappings, self.claims, tx.now()) {
            let department_id = &mapping.department_id;
            let is_open = department_id.is_empty() || departments::hold_open(tx, department_id).await?;
            if is_open && known.iter().any(|known| known.role.id == mapping.role_id) {
                wanted.insert((mapping.role_id.clone(), department_id.clone()));
            }
        }
        Ok(wanted)
    }

    /// Gives a role unless it is held there already, by hand or not, or is one too many; whether anything changed.
    async fn give(&self, tx: &mut Tx, user: &User, role_id: String, department_id: String) -> Result<bool> {
        let assignment = Assignment {
            id: tx.ids().id("ras"),
            user_id: user.id.clone(),
            role_id,
            department_id,
            created_at: tx.now(),
            creator_id: String::new(),
            provider_key: self.provider.key.clone(),
        };
        if !assignments::insert(tx, &assignment).await? {
            return Ok(false);
        }
        if assignments::count_of(tx.conn(), &user.id).await? > role::MOST_HELD {
            assignments::delete(tx, &assignment.id).await?;
            self.note(tx, "role.left_out", &assignment).await?;
            return Ok(false);
        }
        self.note(tx, "role.assigned", &assignment).await?;
        Ok(true)
    }

    /// Takes a role back, unless nobody would be left who may do everything, or comes in without a provider; whether anything changed.
    async fn take(&self, tx: &mut Tx, held: &Assignment) -> Result<bool> {
        if held.is_admin_seat()
            && (!assignments::another_admin_stays(tx, &held.id, "").await?
                || emergency::is_keeper(tx, &held.user_id).await?)
        {
            return Ok(false);
        }
        if !assignments::delete(tx, &held.id).await? {
            return Ok(false);
        }
        self.note(tx, "role.unassigned", held).await?;
        Ok(true)
    }

    async fn note(&self, tx: &mut Tx, action: &str, one: &Assignment) -> Result<()> {
        let said = json!({"role": one.role_id, "department": one.department_id});
        let (before, after) =
            if action == "role.unassigned" { (said, Value::Null) } else { (Value::Null, said) };
        let line = self.authority().line.about(action, &one.user_id).change(&before, &after);
        line.because(format!("rules of the provider {}", self.provider.key)).write(tx).await
    }

    /// What is done here is done by the provider's rules, which somebody set up who may give everything.
    fn authority(&self) -> Authority {
        let mut authority = Authority::system("single sign-on");
        self.caller.address().clone_into(&mut authority.line.address);
        authority
    }
}

/// Whether an account was made for somebody who has not been here yet. Who asked for one himself has a
/// password already and waits for approval.
async fn waits_for_its_owner(tx: &mut Tx, user: &User) -> Result<bool> {
    let waits = user.status == UserStatus::Pending && user.is_person();
    Ok(waits && passwords::current(tx.conn(), &user.id).await?.is_none())
}

/// The provider's word holds, but there is no account for it.
fn no_account(sentence: &str) -> Error {
    Error::unauthenticated(&ErrorReason::SsoNoAccount, sentence)
}
