//! Passing calls on: the path's package says to whom, the body goes as it came, the trailers come back as they are.
//!
//! Nothing here knows a method. What the policy table keeps inside the mesh is not there for anyone outside, and what belongs to
//! nobody is `UNIMPLEMENTED`.

use axum::{Extension, extract::State, response::Response};
use http::{HeaderMap, HeaderName, Request, header};
use mesh_core::{
    caller::Caller,
    error::{Error, Result},
    peer::Peer,
    policy::{Rule, action_of},
    stack::refuse,
};
use proto::{errors::v1::ErrorReason, reason::Reason as _};
use tonic::body::Body;
use tower::ServiceExt as _;

/// The services behind the front door.
#[derive(Clone, Debug)]
pub struct Peers {
    /// `ticketmesh.identity.*`
    pub identity: Peer,
    /// `ticketmesh.tickets.*`
    pub tickets: Peer,
    /// `ticketmesh.workflow.*`
    pub workflow: Peer,
    /// `ticketmesh.notify.*`
    pub notify: Peer,
}

/// Headers about one connection, which mean nothing on the next.
const HOP_BY_HOP: [HeaderName; 6] = [
    header::CONNECTION,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    header::HOST,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
];

impl Peers {
    /// Whose methods a path names.
    fn of(&self, path: &str) -> Result<&Peer> {
        let package = path.strip_prefix("/ticketmesh.").and_then(|rest| rest.split('.').next());
        match package {
            _ if action_of(path).is_some_and(|action| action.rule() == Rule::Mesh) => Err(mesh_only()),
            Some("identity") => Ok(&self.identity),
            Some("tickets") => Ok(&self.tickets),
            Some("workflow") => Ok(&self.workflow),
            Some("notify") => Ok(&self.notify),
            _ => Err(Error::Unimplemented { message: format!("there is no method {path}") }),
        }
    }
}

/// Passes a call on to the peer it is for, on behalf of its caller.
pub(crate) async fn forward(
    State(peers): State<Peers>,
    Extension(caller): Extension<Caller>,
    mut request: Request<axum::body::Body>,
) -> Response {
    let peer = match peers.of(request.uri().path()) {
        Ok(peer) => peer.for_caller(&caller),
        Err(error) => return refuse(error),
    };
    prepare(request.headers_mut());
    match peer.oneshot(request.map(Body::new)).await {
        Ok(response) => {
            // For routes of ours that go on calling for the same caller.
            let mut response = response.map(axum::body::Body::new);
            response.extensions_mut().insert(caller);
            response
        }
        Err(status) => status.into_http(),
    }
}

fn prepare(headers: &mut HeaderMap) {
    for name in HOP_BY_HOP {
        headers.remove(name);
    }
}

fn mesh_only() -> Error {
    let message = "this method is for the services of the mesh among themselves".into();
    Error::PermissionDenied { reason: ErrorReason::MeshOnly.name(), message }
}
