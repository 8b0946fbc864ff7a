//! Who calls. A [`Caller`] is proof: only the authentication layer makes one, from tokens it verified, so whoever holds a
//! `Caller` need not ask again who it is.

mod grants;
mod roles;
mod tree;

use std::sync::{Arc, LazyLock};

use proto::{
    errors::v1::ErrorReason,
    identity::v1::{Actor, ActorKind},
};
use tonic::Request;

pub use self::{grants::Grants, roles::Roles, tree::Tree};

use crate::{
    error::{Error, Result},
    token::{AccessClaims, MeshClaims},
};

/// Who makes a call, verified.
#[derive(Clone, Debug)]
pub struct Caller {
    who: Who,
    request_id: String,
    origin: Origin,
}

/// Where a call comes from, as the gateway saw it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Origin {
    pub(crate) address: String,
    pub(crate) device: String,
}

#[derive(Clone, Debug)]
enum Who {
    /// Somebody with an access token; `through` is the service of the mesh that passes the call on.
    Person { claims: Arc<AccessClaims>, token: Arc<str>, through: Option<String> },
    /// A service of the mesh by itself.
    Mesh { service: String },
    /// Nobody yet: a public method without a token.
    Nobody,
}

/// The verified tokens of a call.
#[derive(Debug)]
pub(crate) struct Proof {
    /// What the access token says, and the token itself.
    pub(crate) access: Option<(Arc<AccessClaims>, Arc<str>)>,
    /// What the mesh token says.
    pub(crate) mesh: Option<MeshClaims>,
    /// A call with a mesh token alone is the mesh's own; false when it passes on somebody it does not know.
    pub(crate) by_itself: bool,
}

impl Caller {
    /// The caller behind verified tokens.
    pub(crate) fn new(proof: Proof, request_id: String, origin: Origin) -> Self {
        let Proof { access, mesh, by_itself } = proof;
        // Only the mesh says from where a call came; anybody else would say what suits him.
        let origin = if mesh.is_some() { origin } else { Origin::default() };
        let who = match (access, mesh) {
            (Some((claims, token)), mesh) => {
                Who::Person { claims, token, through: mesh.map(|mesh| mesh.sub) }
            }
            (None, Some(mesh)) if by_itself => Who::Mesh { service: mesh.sub },
            (None, _) => Who::Nobody,
        };
        Self { who, request_id, origin }
    }

    /// Whether anybody is signed in, or a service of the mesh calls.
    pub fn is_known(&self) -> bool {
        !matches!(self.who, Who::Nobody)
    }

    /// The person or service account (`usr_…`) on whose behalf the call is made.
    pub fn user_id(&self) -> Result<&str> {
        self.claims().map(|claims| claims.sub.as_str())
    }

    /// What the access token says.
    pub fn claims(&self) -> Result<&AccessClaims> {
        match &self.who {
            Who::Person { claims, .. } => Ok(claims),
            Who::Mesh { .. } | Who::Nobody => Err(Error::unauthenticated(
                &ErrorReason::Unauthenticated,
                "sign in first; the call carries no access token",
            )),
        }
    }

    /// The session (`ses_…`) the access token belongs to; `None` for service accounts and the mesh.
    pub fn session_id(&self) -> Option<&str> {
        self.claims().ok().map(|claims| claims.sid.as_str()).filter(|session| !session.is_empty())
    }

    /// What the caller holds; the mesh holds everything, nobody nothing.
    pub fn grants(&self) -> &Grants {
        static ALL: LazyLock<Grants> = LazyLock::new(Grants::full);
        static NONE: LazyLock<Grants> = LazyLock::new(Grants::default);
        match &self.who {
            Who::Person { claims, .. } => &claims.perm,
            Who::Mesh { .. } => &ALL,
            Who::Nobody => &NONE,
        }
    }

    /// Whether the caller holds this role (`rol_…`) in this department, in one above it, or everywhere; without a department, anywhere.
    /// The mesh holds all.
    pub fn has_role(&self, role_id: &str, department_id: Option<&str>) -> bool {
        let Who::Person { claims, .. } = &self.who else { return self.is_worker() };
        match department_id {
            Some(department_id) => claims.roles.holds(role_id, claims.perm.tree.path(department_id)),
            None => claims.roles.anywhere(role_id),
        }
    }

    /// Whether a service of the mesh makes or passes on the call.
    pub fn is_mesh(&self) -> bool {
        matches!(&self.who, Who::Mesh { .. } | Who::Person { through: Some(_), .. })
    }

    /// Whether a service of the mesh calls by itself, for nobody.
    pub fn is_worker(&self) -> bool {
        matches!(self.who, Who::Mesh { .. })
    }

    /// Whether a person sits at a screen, who must send the etag he read.
    pub fn is_interactive(&self) -> bool {
        self.claims().is_ok_and(|claims| claims.key.is_empty())
    }

    /// The caller as history keeps it.
    pub fn actor(&self) -> Actor {
        match &self.who {
            Who::Person { claims, .. } => Actor {
                kind: if claims.key.is_empty() { ActorKind::Person } else { ActorKind::Service }.into(),
                user_id: claims.sub.clone(),
                display_name: claims.name.clone(),
                api_key_id: claims.key.clone(),
                system: String::new(),
            },
            Who::Mesh { service } => system(service),
            Who::Nobody => Actor::default(),
        }
    }

    /// Id of the call, the same in every service it passes through and in every log line and event it causes.
    pub fn request_id(&self) -> &str {
        &self.request_id
    }

    /// The client's address as the gateway saw it; empty when the call did not come through the mesh.
    pub fn address(&self) -> &str {
        &self.origin.address
    }

    /// A fingerprint of what the client says of itself in every call, as the gateway took it; empty when the call did not come
    /// through the mesh. It tells devices behind one address apart, and proves nothing.
    pub fn device(&self) -> &str {
        &self.origin.device
    }

    /// The access token, to be passed on to the next service.
    pub fn access_token(&self) -> Option<&str> {
        match &self.who {
            Who::Person { token, .. } => Some(token),
            Who::Mesh { .. } | Who::Nobody => None,
        }
    }
}

/// A part of the system as history keeps it.
pub fn system(part: &str) -> Actor {
    Actor {
        kind: ActorKind::System.into(),
        display_name: part.to_owned(),
        system: part.to_owned(),
        ..Actor::default()
    }
}

/// Takes a request apart into who asks and what is asked.
pub fn open<T>(mut request: Request<T>) -> Result<(Caller, T)> {
    let caller = request
        .extensions_mut()
        .remove::<Caller>()
        .ok_or_else(|| Error::internal("the authentication layer is missing before this service"))?;
    Ok((caller, request.into_inner()))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proto::identity::v1::Permission;

    use super::{Caller, Origin, Proof};
    use crate::{clock::SystemClock, token::MeshKey};

    #[test]
    fn the_mesh_speaks_for_itself_only_when_it_passes_on_nobody() {
        let key = MeshKey::new(&[3; 32], Arc::new(SystemClock)).expect("a key");
        let mesh = key.verify(&key.sign("gateway").expect("a token")).expect("its claims");
        let caller = |by_itself| {
            let proof = Proof { access: None, mesh: Some(mesh.clone()), by_itself };
            let origin = Origin { address: "192.0.2.1".into(), ..Origin::default() };
            Caller::new(proof, String::new(), origin)
        };
        assert!(caller(true).is_worker() && caller(true).grants().holds(Permission::UserManage, "dep_1"));
        assert!(!caller(false).is_known() && !caller(false).grants().anywhere(Permission::UserManage));
        assert_eq!(caller(false).address(), "192.0.2.1", "the mesh is believed on where the call came from");
    }
}
