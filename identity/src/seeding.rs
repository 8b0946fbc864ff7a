//! Many made-up people at once, for stores to try things on and to measure.
//!
//! They are made by the same code as everybody, some hundred in a transaction; all have one password, hashed once.

use mesh_core::error::{Result, Violations};
use proto::identity::v1::{UserKind, UserStatus};

use crate::{
    Bootstrap,
    access::Authority,
    people::{self, NewUser},
    role,
    store::users,
    user::Profile,
};

/// People made in one transaction.
const BATCH: usize = 200;

/// Somebody made up.
#[derive(Clone, Debug)]
pub struct MadeUp {
    /// The address to sign in with; whoever has it already stays as he is.
    pub email: String,
    /// 1 to 120 characters.
    pub display_name: String,
    /// Where he works as an agent (`dep_…`); empty for a requester.
    pub department_id: String,
    /// Whether he can sign in.
    pub signs_in: bool,
}

impl Bootstrap {
    /// Makes these people, unless they are there; their ids, in order.
    pub async fn seed_people(&self, everybody: &[MadeUp], password: &str) -> Result<Vec<String>> {
        let db = &self.identity.db;
        let hash =
            self.identity.passwords.hash_new("demo-password", password.to_owned(), vec![], vec![]).await?;
        let authority = Authority::system("seed");
        let mut ids = Vec::with_capacity(everybody.len());
        for some in everybody.chunks(BATCH) {
            let mut tx = db.begin().await?;
            for made_up in some {
                let new = made_up.account(&hash)?;
                let known = users::find_by_email(tx.conn(), &new.profile.email).await?;
                let user = match known {
                    Some(user) => user,
                    None => people::create(&mut tx, &authority, new).await?,
                };
                ids.push(user.id);
            }
            tx.commit().await?;
        }
        Ok(ids)
    }
}

impl MadeUp {
    fn account(&self, hash: &str) -> Result<NewUser> {
        let profile = Profile {
            display_name: self.display_name.clone(),
            email: self.email.clone(),
            department_id: self.department_id.clone(),
            ..Profile::default()
        };
        let mut wrong = Violations::default();
        let profile = profile.check("", UserKind::Person, &mut wrong);
        wrong.into_result()?;
        let role = if self.department_id.is_empty() { role::REQUESTER } else { role::AGENT };
        Ok(NewUser {
            kind: UserKind::Person,
            status: UserStatus::Active,
            profile,
            description: String::new(),
            password_hash: self.signs_in.then(|| hash.to_owned()),
            roles: vec![(role.to_owned(), self.department_id.clone())],
        })
    }
}
