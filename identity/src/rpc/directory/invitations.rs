//! Inviting people, sending invitations again and taking them back.

use std::collections::BTreeMap;

use mesh_core::{
    caller::Caller,
    db::Tx,
    error::{Error, Result, Violations},
    idempotency::RequestKey,
    page,
    policy::{self, Action, Scope},
};
use proto::identity::v1::{
    ErrorReason, Invitation as WireInvitation, InvitationKind, InviteUserRequest, InviteUserResponse,
    ListInvitationsRequest, ListInvitationsResponse, ResendInvitationRequest, RevokeInvitationRequest,
    UserKind, UserStatus,
};

use super::{
    super::{PAGE, overtaken, page as cut},
    accounts::{check_roles, expect_manager},
    people::home,
};
use crate::{
    Identity,
    access::Authority,
    events,
    invitation::Invitation,
    people::{self, NewUser},
    store::{invitations, users},
    user::{Profile, User},
    vault::Purpose,
    wire,
};

const INVITE: &str = "/ticketmesh.identity.v1.DirectoryService/InviteUser";
const RESEND: &str = "/ticketmesh.identity.v1.DirectoryService/ResendInvitation";

impl Identity {
    pub(super) async fn invite_user(
        &self,
        caller: Caller,
        ask: InviteUserRequest,
    ) -> Result<InviteUserResponse> {
        let new = invited(&ask)?;
        expect_manager(&caller, &new.profile.department_id, &new.roles)?;
        let request = RequestKey::new(&caller, INVITE, &ask.request_id, &ask)?;
        let authority = Authority::of(&caller);
        let mut tx = self.db.begin().await?;
        if let Some(done) = request.replay::<InviteUserResponse>(&mut tx).await? {
            return self.with_link(done);
        }
        let user = people::create(&mut tx, &authority, new).await?;
        let (kind, inviter_id, now) = (InvitationKind::Member, authority.user_id(), tx.now());
        let (invitation, token) = Invitation::new(kind, &user.id, inviter_id, &self.ids, now);
        invitations::insert(&mut tx, &invitation).await?;
        let sending = Sending { user: &user, invitation: &invitation, token: &token, message: &ask.message };
        self.send(tx, &authority, &request, sending).await
    }

    pub(super) async fn resend_invitation(
        &self,
        caller: Caller,
        ask: ResendInvitationRequest,
    ) -> Result<InviteUserResponse> {
        let mut wrong = Violations::default();
        wrong.id("invitation_id", &ask.invitation_id, "inv");
        check_message(&mut wrong, &ask.message);
        wrong.into_result()?;
        let request = RequestKey::new(&caller, RESEND, &ask.request_id, &ask)?;
        let authority = Authority::of(&caller);
        let mut tx = self.db.begin().await?;
        if let Some(done) = request.replay::<InviteUserResponse>(&mut tx).await? {
            return self.with_link(done);
        }
        let (invitation, user) = of_member(&mut tx, &caller, &authority, &ask.invitation_id).await?;
        if user.status != UserStatus::Pending {
            return Err(spent());
        }
        let (invitation, token) = invitation.renewed(&self.ids, tx.now());
        if !invitations::renew(&mut tx, &invitation).await? {
            return Err(spent());
        }
        authority.line.clone().about("invitation.resent", &user.id).write(&mut tx).await?;
        let sending = Sending { user: &user, invitation: &invitation, token: &token, message: &ask.message };
        self.send(tx, &authority, &request, sending).await
    }

    /// Mails the link and shows it, once; ends the transaction.
    async fn send(
        &self,
        mut tx: Tx,
        authority: &Authority,
        request: &RequestKey,
        Sending { user, invitation, token, message }: Sending<'_>,
    ) -> Result<InviteUserResponse> {
        let link = self.invitation_link(token);
        let inviter = &authority.cause.actor().display_name;
        self.write_invitation(&mut tx, user, inviter, message, &link).await?;
        let invitation = Some(wire::invitation(invitation, Some(user), tx.now()));
        let answer = |accept_url| InviteUserResponse { invitation: invitation.clone(), accept_url };
        // Kept for a retry, but not so that whoever reads the database could open the account.
        let sealed = self.vault.seal(Purpose::Letter, link.as_bytes())?;
        request.record(&mut tx, &answer(sealed)).await?;
        tx.commit().await?;
        Ok(answer(link))
    }

    fn with_link(&self, done: InviteUserResponse) -> Result<InviteUserResponse> {
        let link = self.vault.open(Purpose::Letter, &done.accept_url)?;
        Ok(InviteUserResponse { accept_url: String::from_utf8(link).map_err(Error::internal)?, ..done })
    }

    pub(super) async fn list_invitations(
        &self,
        caller: Caller,
        mut ask: ListInvitationsRequest,
    ) -> Result<ListInvitationsResponse> {
        policy::check(&caller, Action::InvitationRead, &Scope::everywhere())?;
        let (size, token) = (page::size(ask.page_size, PAGE), std::mem::take(&mut ask.page_token));
        ask.page_size = 0;
        let before: String = self.pages.open(&caller, &ask, &token)?.unwrap_or_default();
        let (now, mut db) = (self.clock.now(), self.db.reader().acquire().await?);
        let total = invitations::count(&mut db, ask.state(), now).await?;
        let (rows, more) = cut(invitations::list(&mut db, ask.state(), now, &before, size + 1).await?, size);
        let next_page_token = match rows.last().filter(|_| more) {
            Some(last) => self.pages.seal(&caller, &ask, &last.id)?,
            None => String::new(),
        };
        let ids: Vec<_> = rows.iter().map(|row| row.user_id.clone()).collect();
        let people: BTreeMap<_, _> =
            users::find_all(&mut db, &ids).await?.into_iter().map(|user| (user.id.clone(), user)).collect();
        let invitations =
            rows.iter().map(|row| wire::invitation(row, people.get(&row.user_id), now)).collect();
        Ok(ListInvitationsResponse { invitations, next_page_token, total })
    }

    pub(super) async fn revoke_invitation(
        &self,
        caller: Caller,
        ask: RevokeInvitationRequest,
    ) -> Result<WireInvitation> {
        let mut wrong = Violations::default();
        wrong.id("invitation_id", &ask.invitation_id, "inv");
        wrong.into_result()?;
        let authority = Authority::of(&caller);
        let mut tx = self.db.begin().await?;
        let (invitation, user) = of_member(&mut tx, &caller, &authority, &ask.invitation_id).await?;
        if !invitations::revoke(&mut tx, &invitation.id).await? {
            return Err(spent());
        }
        let user = withdrawn(&mut tx, &authority, user).await?;
        authority.line.about("invitation.revoked", &user.id).write(&mut tx).await?;
        let invitation = invitations::get(tx.conn(), &invitation.id).await?;
        let answer = wire::invitation(&invitation, Some(&user), tx.now());
        tx.commit().await?;
        Ok(answer)
    }
}

/// A letter with a link.
struct Sending<'a> {
    user: &'a User,
    invitation: &'a Invitation,
    token: &'a str,
    /// A personal word.
    message: &'a str,
}

/// The invitation of a member and his account, if the caller may invite there and rule over it.
async fn of_member(
    tx: &mut Tx,
    caller: &Caller,
    authority: &Authority,
    invitation_id: &str,
) -> Result<(Invitation, User)> {
    let invitation = invitations::get(tx.conn(), invitation_id).await?;
    if invitation.kind != InvitationKind::Member {
        return Err(Error::not_found("invitation", invitation_id));
    }
    let user = users::get(tx.conn(), &invitation.user_id).await?;
    policy::check(caller, Action::UserManage, &home(&user))?;
    people::expect_covered(tx, authority, &user).await?;
    Ok((invitation, user))
}

/// Ends an account that nobody has opened; one that was opened in another way goes on.
async fn withdrawn(tx: &mut Tx, authority: &Authority, user: User) -> Result<User> {
    if user.status != UserStatus::Pending {
        return Ok(user);
    }
    let now = tx.now();
    let user = User { status: UserStatus::Deactivated, ..user }.changed(now);
    if !users::update(tx, &user).await? {
        return Err(overtaken());
    }
    events::access_changed(tx, &authority.cause, &user.id).await?;
    Ok(user)
}

fn spent() -> Error {
    let message = "this invitation was accepted or revoked already, or its account was opened in another way";
    Error::failed_precondition(&ErrorReason::InvitationSpent, message)
}

fn check_message(wrong: &mut Violations, message: &str) {
    wrong.long_text("message", message, 0..=2_000);
}

/// The account an invitation is for, waiting for its owner.
fn invited(ask: &InviteUserRequest) -> Result<NewUser> {
    let mut wrong = Violations::default();
    let InviteUserRequest { display_name, email, department_id, .. } = ask.clone();
    let profile = Profile { display_name, email, department_id, ..Profile::default() };
    let profile = profile.check("", UserKind::Person, &mut wrong);
    let roles = check_roles(&ask.roles, &mut wrong);
    check_message(&mut wrong, &ask.message);
    wrong.into_result()?;
    Ok(NewUser {
        kind: UserKind::Person,
        status: UserStatus::Pending,
        profile,
        description: String::new(),
        password_hash: None,
        roles,
    })
}
