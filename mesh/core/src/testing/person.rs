//! People of a test, with the rights it gives them and tokens the world's services believe.

use std::sync::Arc;

use proto::{identity::v1::Permission, permission::PermissionSet};

use super::World;
use crate::{
    caller::{Caller, Grants, Origin, Proof, Roles},
    clock::Clock as _,
    token::{AUDIENCE, AccessClaims, ISSUER},
};

/// How long a test's token is good, in seconds: longer than any test moves its clock.
const GOOD_FOR: i64 = 10 * 365 * 86_400;

/// Somebody, being described.
#[derive(Clone, Debug)]
pub struct Person<'w> {
    world: &'w World,
    claims: AccessClaims,
}

impl<'w> Person<'w> {
    pub(super) fn new(world: &'w World, user_id: &str) -> Self {
        let now = world.clock.now();
        let claims = AccessClaims {
            iss: ISSUER.into(),
            aud: AUDIENCE.into(),
            sub: user_id.into(),
            sid: world.process.ids.id("ses"),
            jti: world.process.ids.id("tok"),
            iat: now.as_second(),
            exp: now.as_second() + GOOD_FOR,
            ver: i64::MAX, // nothing said of rights later voids the tokens of test people
            perm: Grants::default(),
            roles: Roles::default(),
            tree: 0,
            amr: vec!["pwd".into()],
            key: String::new(),
            name: user_id.into(),
        };
        Self { world, claims }
    }

    /// With this display name.
    pub fn named(mut self, name: &str) -> Self {
        name.clone_into(&mut self.claims.name);
        self
    }

    /// May do this, in one department or everywhere.
    pub fn grant(mut self, permission: Permission, department_id: Option<&str>) -> Self {
        let place = match department_id {
            Some(department) => self.claims.perm.departments.entry(department.to_owned()).or_default(),
            None => &mut self.claims.perm.everywhere,
        };
        *place = place.with(permission);
        self
    }

    /// May do all of these, in one department or everywhere.
    pub fn grants(
        self,
        permissions: impl IntoIterator<Item = Permission>,
        department_id: Option<&str>,
    ) -> Self {
        permissions.into_iter().fold(self, |person, permission| person.grant(permission, department_id))
    }

    /// Holds this role, in one department or everywhere; what it permits is granted apart.
    pub fn role(mut self, role_id: &str, department_id: Option<&str>) -> Self {
        self.claims.roles.add(role_id, department_id.unwrap_or_default());
        self
    }

    /// May do everything everywhere.
    pub fn administrator(mut self) -> Self {
        self.claims.perm.everywhere = PermissionSet::full();
        self
    }

    /// In this session.
    pub fn in_session(mut self, session_id: &str) -> Self {
        session_id.clone_into(&mut self.claims.sid);
        self
    }

    /// A program with this API key instead of a person at a screen.
    pub fn with_key(mut self, key_id: &str) -> Self {
        self.claims.sid.clear();
        key_id.clone_into(&mut self.claims.key);
        self
    }

    /// The access token.
    pub fn token(&self) -> String {
        self.world.signer.sign(&self.claims).expect("claims are signed")
    }

    /// The caller the token makes, for tests that go without a service.
    pub fn caller(&self) -> Caller {
        let access = (Arc::new(self.claims.clone()), Arc::from(self.token()));
        let proof = Proof { access: Some(access), mesh: None, by_itself: false };
        Caller::new(proof, self.world.process.ids.id("req"), Origin::default())
    }
}
