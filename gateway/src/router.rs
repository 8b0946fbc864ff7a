//! Which part of the front door a request is for.

use std::collections::HashMap;

use axum::{
    Json as AxumJson, Router,
    extract::{Path, Query, State},
    middleware,
    response::IntoResponse,
    routing::get,
};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header};
use mesh_core::peer::Peer;
use proto::identity::v1::{GetJwksRequest, auth_service_client::AuthServiceClient};
use serde_json::{Value, json};
use tonic::{body::Body, service::Routes};

use crate::{
    door::Door,
    files::{self, Files},
    json::{self, Json},
    pictures,
    sso::{self, SignOn},
    transfer::{self, Transfer},
    ui::{self, Ui},
};

const GRPC: &str = "application/grpc";
const GRPC_WEB: &str = "application/grpc-web";
/// How long others may keep our public keys; new ones are announced longer before they are used.
const JWKS_CACHING: &str = "public, max-age=300";

/// Everything behind the port.
#[derive(Clone, Debug)]
pub(crate) struct Front {
    pub(crate) door: Door,
    pub(crate) json: Json,
    pub(crate) files: Files,
    pub(crate) transfer: Transfer,
    pub(crate) ui: Ui,
    pub(crate) sign_on: SignOn,
    pub(crate) identity: Peer,
    pub(crate) https: bool,
}

impl Front {
    /// The whole front door as routes.
    pub(crate) fn routes(self) -> Routes {
        let https = self.https;
        let protect = middleware::map_response(move |mut response: axum::response::Response| async move {
            ui::protect(response.headers_mut(), https);
            response
        });
        let router = Router::new()
            .route("/.well-known/jwks.json", get(jwks))
            .route("/sso/{key}/start", get(start))
            .route("/sso/{key}/callback", get(callback))
            .fallback(dispatch)
            .with_state(self);
        Routes::from(router.layer(protect))
    }
}

async fn dispatch(
    State(front): State<Front>,
    request: Request<axum::body::Body>,
) -> axum::response::Response {
    let request = request.map(Body::new);
    front.answer(request).await.map(axum::body::Body::new)
}

impl Front {
    async fn answer(&self, request: Request<Body>) -> Response<Body> {
        let kind = content_type(request.headers());
        if kind.starts_with(GRPC_WEB) {
            self.door.grpc_web(request).await
        } else if kind.starts_with(GRPC) {
            self.door.grpc(request).await
        } else if request.uri().path().starts_with(json::PREFIX) {
            self.json.answer(&self.door, request).await
        } else if request.uri().path().starts_with(pictures::PREFIX) {
            pictures::answer(&self.door, request).await
        } else if request.uri().path().starts_with(files::PREFIX) {
            self.files.answer(request).await
        } else if request.uri().path() == transfer::PATH {
            self.transfer.answer(request).await
        } else {
            self.ui.answer(&request)
        }
    }
}

fn content_type(headers: &HeaderMap) -> &str {
    headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default()
}

/// Sends the browser to a provider.
async fn start(
    State(front): State<Front>,
    Path(key): Path<String>,
    Query(asked): Query<HashMap<String, String>>,
    request: axum::extract::Request,
) -> axum::response::Response {
    match front.door.charge(&request) {
        Ok(origin) => front.sign_on.start(origin, key, &asked).await,
        Err(_) => front.sign_on.problem(sso::TOO_MANY),
    }
}

/// Takes the browser back from a provider.
async fn callback(
    State(front): State<Front>,
    Path(key): Path<String>,
    Query(brought): Query<HashMap<String, String>>,
    request: axum::extract::Request,
) -> axum::response::Response {
    match front.door.charge(&request) {
        Ok(origin) => front.sign_on.finish(origin, &key, request.headers(), brought).await,
        Err(_) => front.sign_on.problem(sso::TOO_MANY),
    }
}

/// The public keys of access tokens (RFC 7517), for whoever wants to verify them.
async fn jwks(State(front): State<Front>) -> axum::response::Response {
    let asked = AuthServiceClient::new(front.identity.for_worker()).get_jwks(GetJwksRequest {}).await;
    let Ok(keys) = asked else {
        return (StatusCode::SERVICE_UNAVAILABLE, "the keys can't be had at the moment\n").into_response();
    };
    let keys = keys.into_inner().keys.into_iter();
    let keys: Vec<Value> = keys
        .map(|key| json!({ "kid": key.kid, "kty": key.kty, "alg": key.alg, "crv": key.crv, "x": key.x, "use": key.r#use }))
        .collect();
    let caching = [(header::CACHE_CONTROL, HeaderValue::from_static(JWKS_CACHING))];
    (caching, AxumJson(json!({ "keys": keys }))).into_response()
}
