//! Who calls, and whether this method is for him. Deny by default: a path that no table declares does not exist.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, header::AUTHORIZATION},
    middleware::Next,
    response::Response,
};
use proto::errors::v1::ErrorReason;
use tracing::Span;

use super::{REQUEST_ID, refuse};
use crate::{
    caller::{Caller, Origin, Proof},
    error::{Error, Result},
    policy::{self, Rule},
    service::Process,
    token::AccessClaims,
};

/// The header with the token one service of the mesh shows another.
pub const MESH_TOKEN: HeaderName = HeaderName::from_static("x-mesh-token");

/// The header in which the gateway says from which address a call came. Believed beside a mesh token only.
pub const CLIENT_ADDRESS: HeaderName = HeaderName::from_static("x-client-address");

/// The header in which the gateway gives a fingerprint of the client a call came from. Believed beside a mesh token only.
pub const CLIENT_DEVICE: HeaderName = HeaderName::from_static("x-client-device");

/// The header with which the mesh passes on a call that nobody signed in made, so that it is not taken for its own.
pub const FOR_NOBODY: HeaderName = HeaderName::from_static("x-mesh-for-nobody");

pub(super) async fn layer(State(process): State<Process>, mut request: Request, next: Next) -> Response {
    match admit(&process, request.uri().path(), request.headers()).await {
        Ok(caller) => {
            if let Ok(user_id) = caller.user_id() {
                Span::current().record("user", user_id);
            }
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(error) => refuse(error),
    }
}

/// A method for everybody takes a call also with an access token that is no good any more: whoever signs in again may still
/// carry the last one. He counts as nobody then.
async fn admit(process: &Process, path: &str, headers: &HeaderMap) -> Result<Caller> {
    let action = policy::action_of(path)
        .ok_or_else(|| Error::Unimplemented { message: format!("there is no method {path}") })?;
    let access = match access(process, headers).await {
        Err(Error::Unauthenticated { .. }) if action.rule() == Rule::Public => None,
        access => access?,
    };
    let mesh = text(headers, &MESH_TOKEN)?.map(|token| process.mesh_key.verify(token)).transpose()?;
    let said = |name: &HeaderName| Ok::<_, Error>(text(headers, name)?.unwrap_or_default().to_owned());
    let origin = Origin { address: said(&CLIENT_ADDRESS)?, device: said(&CLIENT_DEVICE)? };
    let by_itself = !headers.contains_key(AUTHORIZATION) && !headers.contains_key(FOR_NOBODY);
    let proof = Proof { access, mesh, by_itself };
    let caller = Caller::new(proof, said(&REQUEST_ID)?, origin);
    policy::check_known(&caller, action)?;
    Ok(caller)
}

/// What the access token says, if there is one, with the token itself to be passed on.
async fn access(process: &Process, headers: &HeaderMap) -> Result<Option<(Arc<AccessClaims>, Arc<str>)>> {
    match bearer(headers)? {
        Some(token) => Ok(Some((process.verifier.verify(token).await?, Arc::from(token)))),
        None => Ok(None),
    }
}

fn bearer(headers: &HeaderMap) -> Result<Option<&str>> {
    let Some(value) = text(headers, &AUTHORIZATION)? else {
        return Ok(None);
    };
    match value.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(Some(token.trim_start())),
        _ => Err(unreadable(&AUTHORIZATION)),
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>> {
    headers.get(name).map(|value| value.to_str().map_err(|_| unreadable(name))).transpose()
}

fn unreadable(name: &HeaderName) -> Error {
    Error::unauthenticated(
        &ErrorReason::TokenInvalid,
        format!("the header {name} can't be read; send `Bearer <access token>`"),
    )
}
