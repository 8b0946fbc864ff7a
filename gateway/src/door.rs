//! The front door for calls: who is there, may they come in, and with what.
//!
//! Whatever a call brought to prove itself (a session cookie, an API key, an access token) leaves here as one access token, and
//! what only the mesh may say of a call (its address, its mesh token) is ours or missing. Behind the door stand the same layers as
//! before every service, then the limits, then the gateway's own services and everybody else's.

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
};

use axum::{
    Extension,
    extract::State,
    middleware::{self, Next},
    response::Response as AxumResponse,
};
use http::{HeaderMap, HeaderValue, Request, Response, header};
use mesh_core::{
    caller::Caller,
    error::{Error, Result},
    policy::{Rule, action_of},
    service::Process,
    stack::{CLIENT_ADDRESS, CLIENT_DEVICE, Guard, MESH_TOKEN, refuse},
};
use proto::identity::v1::Permission;
use tonic::{body::Body, service::Routes, transport::server::TcpConnectInfo};
use tonic_web::GrpcWebLayer;
use tower::{Layer as _, ServiceExt as _, service_fn};

use crate::{
    address::Addresses,
    body::Allowance,
    keys::{self, Keys},
    limits::{Limits, Payer, Toll},
    origin::{Fingerprint, Origin},
    session::{Keeper, Rider, csrf},
    words::Language,
};

/// Bytes a request may have that tries a secret: nothing of that is long.
const SECRETS: usize = 16 * 1024;
/// Calls to these never go without proof of coming from the UI, cookie or not: signing somebody in is an attack too.
const SESSION_SERVICE: &str = "/ticketmesh.gateway.v1.SessionService/";

/// The door. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Door(Arc<Inner>);

/// What the door is made of.
#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) addresses: Addresses,
    /// The UI's origin, where it is known for sure.
    pub(crate) own_origin: Option<String>,
    pub(crate) sessions: Arc<Keeper>,
    pub(crate) keys: Keys,
    pub(crate) limits: Arc<Limits>,
    pub(crate) allowance: Allowance,
    /// The services, guarded.
    pub(crate) inside: Routes,
}

impl Door {
    pub(crate) fn new(inner: Inner) -> Self {
        Self(Arc::new(inner))
    }

    /// The answer to a gRPC-Web call, binary or text.
    pub(crate) async fn grpc_web(&self, request: Request<Body>) -> Response<Body> {
        let door = self.clone();
        let inside = service_fn(move |request| {
            let door = door.clone();
            async move { Ok::<_, std::convert::Infallible>(door.grpc(request).await) }
        });
        let Ok(response) = GrpcWebLayer::new().layer(inside).oneshot(request).await;
        response
    }

    /// The answer to a gRPC call.
    pub(crate) async fn grpc(&self, mut request: Request<Body>) -> Response<Body> {
        let language = Language::of(request.headers());
        let response = match self.admit(&mut request).await {
            Ok(lines) => {
                let Ok(response) = self.0.inside.clone().oneshot(request).await;
                with_cookies(response, lines)
            }
            Err(Refused { error, lines }) => with_cookies(refuse(error).map(Body::new), lines),
        };
        language.tell(response)
    }

    /// Makes a request one that the inside understands. Answers the cookies to set.
    async fn admit(&self, request: &mut Request<Body>) -> std::result::Result<Vec<HeaderValue>, Refused> {
        let origin = self.origin(request);
        request.extensions_mut().insert(origin);
        let headers = request.headers_mut();
        headers.remove(MESH_TOKEN);
        headers.remove(CLIENT_ADDRESS);
        headers.remove(CLIENT_DEVICE);
        headers.extend(origin.headers());
        self.measure(request)?;
        let lines = match api_key(request.headers()) {
            Some(key) => self.exchange(&key, origin, request.headers_mut()).await.map(|()| vec![])?,
            None if request.headers().contains_key(header::AUTHORIZATION) => vec![],
            None => self.ride(request, origin).await?,
        };
        if !request.uri().path().starts_with(SESSION_SERVICE) {
            request.headers_mut().remove(header::COOKIE);
        }
        Ok(lines)
    }

    /// What a call may send.
    pub(crate) fn allowance(&self, path: &str) -> Allowance {
        let Allowance { bytes, silence } = self.0.allowance;
        let bytes = if Toll::of(path) == Toll::SignIn { bytes.min(SECRETS) } else { bytes };
        Allowance { bytes, silence }
    }

    /// Counts a request that is no call but tries a secret; answers where it comes from.
    pub(crate) fn charge<B>(&self, request: &Request<B>) -> Result<Origin> {
        let origin = self.origin(request);
        self.0
            .limits
            .pay(&Payer::Anonymous(origin.address.into()), Toll::SignIn)
            .map_err(|refusal| refusal.error())?;
        Ok(origin)
    }

    fn origin<B>(&self, request: &Request<B>) -> Origin {
        let connection = request.extensions().get::<TcpConnectInfo>().and_then(TcpConnectInfo::remote_addr);
        let address = connection.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |address| address.ip());
        let address = self.0.addresses.client(address, request.headers());
        Origin { address, device: Fingerprint::of(request.headers()) }
    }

    /// Holds the body to what this kind of call may send.
    fn measure(&self, request: &mut Request<Body>) -> Result<()> {
        let allowance = self.allowance(request.uri().path());
        allowance.check(request.headers())?;
        let body = std::mem::replace(request.body_mut(), Body::empty());
        *request.body_mut() = allowance.hold(body);
        Ok(())
    }

    async fn exchange(&self, key: &str, origin: Origin, headers: &mut HeaderMap) -> Result<()> {
        if let Some(token) = self.0.keys.known(key, origin).await {
            return bear(headers, &token);
        }
        let somebody = Payer::Anonymous(origin.address.into());
        self.0.limits.pay(&somebody, Toll::SignIn).map_err(|refusal| refusal.error())?;
        let token = self.0.keys.exchange(key, origin).await?;
        bear(headers, &token)
    }

    /// Turns the session cookie, if there is one, into its access token.
    async fn ride(
        &self,
        request: &mut Request<Body>,
        origin: Origin,
    ) -> std::result::Result<Vec<HeaderValue>, Refused> {
        let rider = self.0.sessions.rider(request.headers(), origin).await?;
        let path = request.uri().path();
        if !matches!(rider, Rider::Nobody) || path.starts_with(SESSION_SERVICE) {
            csrf::check(request, self.0.own_origin.as_deref())?;
        }
        let lines = match &rider {
            Rider::Nobody => vec![],
            Rider::Session(tokens, lines) => {
                bear(request.headers_mut(), &tokens.access)?;
                lines.clone()
            }
            Rider::Broken(status) => {
                let lines = self.0.sessions.forget();
                if !action_of(path).is_some_and(|action| action.rule() == Rule::Public) {
                    return Err(Refused { error: status.clone().into(), lines });
                }
                lines
            }
        };
        request.extensions_mut().insert(rider);
        Ok(lines)
    }
}

/// A call that does not come in.
struct Refused {
    error: Error,
    lines: Vec<HeaderValue>,
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self { error, lines: vec![] }
    }
}

fn bear(headers: &mut HeaderMap, token: &str) -> Result<()> {
    let value = HeaderValue::try_from(format!("Bearer {token}")).map_err(Error::internal)?;
    headers.insert(header::AUTHORIZATION, value);
    Ok(())
}

/// The API key in a request, if that is what it brought.
fn api_key(headers: &HeaderMap) -> Option<String> {
    let (scheme, key) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    (scheme.eq_ignore_ascii_case("bearer") && key.starts_with(keys::PREFIX)).then(|| key.to_owned())
}

fn with_cookies(mut response: Response<Body>, lines: Vec<HeaderValue>) -> Response<Body> {
    // What a handler sets itself counts: it knows more of the session than the door did.
    if !response.headers().contains_key(header::SET_COOKIE) {
        response.headers_mut().extend(lines.into_iter().map(|line| (header::SET_COOKIE, line)));
    }
    response
}

/// Puts the layers of every service and the limits around the services inside.
pub(crate) fn guarded(process: &Process, routes: Routes, limits: Arc<Limits>) -> Routes {
    let limited = routes.into_axum_router().layer(middleware::from_fn_with_state(limits, limit));
    Guard::new(process).for_strangers().around(Routes::from(limited))
}

/// Counts the call of a verified caller.
async fn limit(
    State(limits): State<Arc<Limits>>,
    Extension(caller): Extension<Caller>,
    Extension(origin): Extension<Origin>,
    request: axum::extract::Request,
    next: Next,
) -> AxumResponse {
    let toll = Toll::of(request.uri().path());
    match limits.pay(&payer(&caller, origin, toll), toll) {
        Ok(left) => {
            let mut response = next.run(request).await;
            if let Some(left) = left {
                left.write(response.headers_mut());
            }
            response
        }
        Err(refusal) => {
            let mut response = refuse(refusal.error());
            refusal.write(response.headers_mut());
            response
        }
    }
}

/// Who pays for a call. Trying a secret is always paid for by the address.
fn payer(caller: &Caller, origin: Origin, toll: Toll) -> Payer {
    match caller.user_id() {
        Ok(user_id) if toll != Toll::SignIn => {
            let user_id = user_id.to_owned();
            if !caller.is_interactive() {
                Payer::Service(user_id)
            } else if caller.grants().everywhere.holds(Permission::SecurityManage) {
                Payer::Admin(user_id)
            } else {
                Payer::Person(user_id)
            }
        }
        _ => Payer::Anonymous(origin.address.into()),
    }
}
