//! Who is signed in and what they may do, so that the UI shows what will work. The server decides all the same.

use std::collections::BTreeMap;
use std::rc::Rc;

use proto::gateway::v1 as gateway;
use proto::identity::v1::{Grant, Permission, User};
use proto::permission::PermissionSet;
use sycamore::prelude::*;

use crate::api::{self, Kind, Trouble};
use crate::routes::Place;

/// The signed-in person.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Me {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) grants: Grants,
    /// A role of the person waits for a second factor to be set up.
    pub(crate) needs_second_factor: bool,
    /// As the server said it.
    pub(crate) user: User,
}

/// What a person may do, and where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Grants {
    everywhere: PermissionSet,
    departments: BTreeMap<String, PermissionSet>,
}

impl Grants {
    /// Whether the permission holds in this department.
    pub(crate) fn holds(&self, permission: Permission, department_id: &str) -> bool {
        let there = self.departments.get(department_id).copied().unwrap_or_default();
        self.everywhere.union(there).holds(permission)
    }

    /// Whether the permission holds in any place.
    pub(crate) fn anywhere(&self, permission: Permission) -> bool {
        self.everywhere.holds(permission) || self.departments.values().any(|set| set.holds(permission))
    }

    /// Whether the person works on other people's tickets.
    pub(crate) fn is_staff(&self) -> bool {
        self.anywhere(Permission::TicketRead)
    }

    /// Whether the person may see any page of the administration.
    pub(crate) fn is_admin(&self) -> bool {
        let any = [
            Permission::UserRead,
            Permission::RoleManage,
            Permission::CatalogManage,
            Permission::KnowledgeEdit,
            Permission::SecurityManage,
            Permission::AuditRead,
            Permission::WorkflowEdit,
        ];
        any.into_iter().any(|permission| self.anywhere(permission))
    }

    /// Whether the person takes work from routing.
    pub(crate) fn is_agent(&self) -> bool {
        self.anywhere(Permission::TicketReply)
    }
}

impl From<&[Grant]> for Grants {
    fn from(grants: &[Grant]) -> Self {
        let mut all = Self::default();
        for grant in grants {
            let permissions: PermissionSet = grant.permissions().collect();
            if grant.department_id.is_empty() {
                all.everywhere = permissions;
            } else {
                all.departments.insert(grant.department_id.clone(), permissions);
            }
        }
        all
    }
}

impl From<gateway::Session> for Me {
    fn from(session: gateway::Session) -> Self {
        let user = session.user.unwrap_or_default();
        Self {
            id: user.id.clone(),
            name: user.display_name.clone(),
            email: user.email.clone(),
            grants: Grants::from(user.grants.as_slice()),
            needs_second_factor: user.second_factor_required && !user.second_factor_enabled,
            user,
        }
    }
}

/// Where the page stands with its session.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum State {
    /// Not asked yet.
    Unknown,
    /// Nobody is signed in; `ended` if somebody was until just now.
    SignedOut {
        ended: bool,
    },
    SignedIn(Rc<Me>),
    /// The server could not be asked.
    Unreachable(Trouble),
}

/// The session of this page.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Session {
    state: Signal<State>,
    /// Where to go after signing in.
    wanted: Signal<Option<Place>>,
}

impl Session {
    pub(crate) fn new() -> Self {
        Self { state: create_signal(State::Unknown), wanted: create_signal(None) }
    }

    pub(crate) fn state(self) -> ReadSignal<State> {
        *self.state
    }

    /// The signed-in person; nobody's blank while there is none. Follows the signal when read in an effect.
    pub(crate) fn me(self) -> Rc<Me> {
        self.state.with(|state| match state {
            State::SignedIn(me) => Rc::clone(me),
            _ => Rc::default(),
        })
    }

    /// The same without following.
    pub(crate) fn me_now(self) -> Rc<Me> {
        untrack(|| self.me())
    }

    /// Asks the server who is signed in.
    pub(crate) async fn find_out(self) {
        self.take(api::session::current().await);
    }

    /// Asks for new grants after they changed.
    pub(crate) async fn renew(self) {
        match api::session::refresh().await {
            Err(trouble) if trouble.kind == Kind::Offline => {}
            answer => self.take(answer),
        }
    }

    /// Takes the outcome of a sign-in or of a question.
    pub(crate) fn take(self, answer: api::Answer<gateway::Session>) {
        let state = match answer {
            Ok(session) => State::SignedIn(Rc::new(session.into())),
            Err(trouble) if trouble.kind == Kind::SignedOut => {
                State::SignedOut { ended: self.is_signed_in() }
            }
            Err(trouble) => State::Unreachable(trouble),
        };
        if self.state.with_untracked(|before| *before != state) {
            self.state.set(state);
        }
    }

    /// Ends the session here and on the server.
    pub(crate) async fn sign_out(self) -> api::Answer<()> {
        api::session::sign_out().await?;
        self.state.set(State::SignedOut { ended: false });
        Ok(())
    }

    /// Called whenever a call says that the session is over.
    pub(crate) fn ended(self) {
        if self.is_signed_in() {
            self.state.set(State::SignedOut { ended: true });
        }
    }

    fn is_signed_in(self) -> bool {
        self.state.with_untracked(|state| matches!(state, State::SignedIn(_)))
    }

    /// Remembers where somebody wanted to go before signing in.
    pub(crate) fn want(self, place: Place) {
        self.wanted.set_silent(Some(place));
    }

    /// Where somebody wanted to go, for those who come back by another door.
    pub(crate) fn wanted_now(self) -> Place {
        self.wanted.get_clone_untracked().unwrap_or(Place::Home)
    }

    /// Where to go now that somebody signed in.
    pub(crate) fn wanted(self) -> Place {
        let wanted = self.wanted_now();
        self.wanted.set_silent(None);
        wanted
    }
}

#[cfg(test)]
mod tests {
    use proto::identity::v1::{Grant, Permission};

    use super::Grants;

    #[test]
    fn a_grant_holds_where_it_was_given_and_everywhere_means_everywhere() {
        let grant = |department: &str, permission: Permission| Grant {
            department_id: department.to_owned(),
            permissions: vec![permission.into()],
        };
        let wire = [grant("", Permission::ReportRead), grant("dep_it", Permission::TicketRead)];
        let grants = Grants::from(wire.as_slice());
        assert!(
            grants.holds(Permission::TicketRead, "dep_it") && !grants.holds(Permission::TicketRead, "dep_hr")
        );
        assert!(grants.holds(Permission::ReportRead, "dep_hr"));
        assert!(grants.is_staff() && !grants.is_admin() && !grants.is_agent());
    }
}
