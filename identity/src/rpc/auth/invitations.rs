//! Opening an account by its link: a member's, one somebody asked for himself, or the very first one.

use mesh_core::{
    caller::Caller,
    db::Tx,
    error::{Error, Result, Violations},
};
use proto::identity::v1::{
    AcceptInvitationRequest, ErrorReason, InvitationKind, Permission, User as WireUser, UserKind, UserStatus,
};

use super::sign_in::check_password;
use crate::{
    Identity,
    access::Authority,
    events,
    invitation::{self, Invitation},
    password::REMEMBERED,
    people::{self, NewUser},
    role, settings,
    sign_up::{self, closed},
    store::{assignments, invitations, passwords, users},
    user::{Profile, User},
    wire,
};

/// How many people hear of an account that waits; the list of people shows it to all others.
const MOST_APPROVERS: i64 = 20;

impl Identity {
    pub(super) async fn accept_invitation(
        &self,
        caller: Caller,
        ask: AcceptInvitationRequest,
    ) -> Result<WireUser> {
        let invitation = self.open_invitation(&ask.token).await?.ok_or_else(spent)?;
        let member = match invitation.kind {
            InvitationKind::Member => Some(users::get(self.db.reader(), &invitation.user_id).await?),
            _ => None,
        };
        let known = member.as_ref().map_or(&invitation.wanted, |user| &user.profile);
        let profile = wanted_profile(&ask, known)?;
        let about = people::known_words(&profile);
        let hash = self.passwords.hash_new("password", ask.password, about, vec![]).await?;
        let mut tx = self.db.begin().await?;
        if !invitations::accept(&mut tx, &invitation).await? {
            return Err(spent());
        }
        let user = match member {
            Some(member) => open_account(&mut tx, &caller, member, profile, &hash).await?,
            None if invitation.kind == InvitationKind::SignUp => {
                self.make_newcomer(&mut tx, &caller, profile, hash).await?
            }
            None => make_first_admin(&mut tx, &caller, profile, hash).await?,
        };
        let answer = wire::one_full(tx.conn(), &user).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// Makes the account of somebody who signed up, if sign-up is still open to him; where it has to be approved, those who can do
    /// so hear of it.
    async fn make_newcomer(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        profile: Profile,
        hash: String,
    ) -> Result<User> {
        let settings = settings::access(tx.conn()).await?;
        if !settings.admits(&profile.email) {
            return Err(closed());
        }
        let new = sign_up::newcomer(tx, &settings, profile, hash).await?;
        let mut authority = Authority::system("sign-up");
        caller.address().clone_into(&mut authority.line.address);
        let user = people::create(tx, &authority, new).await?;
        if !user.is_active() {
            self.tell_approvers(tx, &user).await?;
        }
        Ok(user)
    }

    async fn tell_approvers(&self, tx: &mut Tx, applicant: &User) -> Result<()> {
        let ids = assignments::holders_everywhere(tx.conn(), Permission::UserManage, MOST_APPROVERS).await?;
        for approver in users::find_all(tx.conn(), &ids).await? {
            self.write_account_waiting(tx, &approver, applicant).await?;
        }
        Ok(())
    }

    /// The invitation a token opens now; `None` when it opens none.
    pub(super) async fn open_invitation(&self, token: &str) -> Result<Option<Invitation>> {
        let Some(id) = invitation::id_of(token) else {
            return Ok(None);
        };
        let invitation = invitations::find(self.db.reader(), id).await?;
        Ok(invitation.filter(|invitation| invitation.opens_with(token, self.clock.now())))
    }
}

/// What is known of the person, after he has written what he may.
fn wanted_profile(ask: &AcceptInvitationRequest, known: &Profile) -> Result<Profile> {
    let mut wrong = Violations::default();
    check_password(&mut wrong, "password", &ask.password);
    let mut profile = known.clone();
    if profile.email.is_empty() {
        profile.email.clone_from(&ask.email);
    } else {
        wrong.when(!ask.email.is_empty(), "email", "is known from the invitation; leave it empty");
    }
    for (field, given) in [
        (&mut profile.display_name, &ask.display_name),
        (&mut profile.locale, &ask.locale),
        (&mut profile.time_zone, &ask.time_zone),
    ] {
        if !given.is_empty() {
            field.clone_from(given);
        }
    }
    let profile = profile.check("", UserKind::Person, &mut wrong);
    wrong.into_result()?;
    Ok(profile)
}

/// Lets the invited person in.
async fn open_account(
    tx: &mut Tx,
    caller: &Caller,
    member: User,
    profile: Profile,
    hash: &str,
) -> Result<User> {
    if member.status != UserStatus::Pending {
        return Err(spent());
    }
    let now = tx.now();
    let user = User { status: UserStatus::Active, profile, ..member }.changed(now);
    if !users::update(tx, &user).await? {
        return Err(spent());
    }
    passwords::set(tx, &user.id, hash, REMEMBERED).await?;
    let authority = Authority::of_person(&user, caller);
    events::user_updated(tx, &authority.cause, &user).await?;
    events::access_changed(tx, &authority.cause, &user.id).await?;
    authority.line.about("invitation.accepted", &user.id).write(tx).await?;
    users::get(tx.conn(), &user.id).await
}

/// Makes the first administrator, as long as there is nobody. Of two at once the invitation lets one through.
async fn make_first_admin(tx: &mut Tx, caller: &Caller, profile: Profile, hash: String) -> Result<User> {
    if !users::is_empty(tx.conn()).await? {
        return Err(spent());
    }
    let new = NewUser {
        kind: UserKind::Person,
        status: UserStatus::Active,
        profile,
        description: String::new(),
        password_hash: Some(hash),
        roles: vec![(role::ADMIN.into(), String::new())],
    };
    let mut authority = Authority::system("setup");
    caller.address().clone_into(&mut authority.line.address);
    people::create(tx, &authority, new).await
}

fn spent() -> Error {
    let message = "this invitation was used, revoked or has expired; ask for a new one";
    Error::failed_precondition(&ErrorReason::InvitationSpent, message)
}
