//! A gateway on a port of its own, and the clients of a test: a browser with cookies, native gRPC, plain HTTP.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    ops::Deref,
    sync::{Arc, Mutex},
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use clap::Parser;
use futures::future::BoxFuture;
use gateway::{Config, Deps, Peers};
use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use mesh_core::{
    db::Engine,
    service::{Process, Shutdown, serve},
    testing::{Place, World},
};
use proto::{
    events::v1::Envelope,
    gateway::v1::{
        Session, SignInRequest, SignInResponse, session_service_client::SessionServiceClient,
        sign_in_response,
    },
};
use tokio::net::{TcpListener, TcpStream};
use tonic::{Status, service::Routes, transport::Channel};
use tonic_web::{GrpcWebClientLayer, GrpcWebClientService};
use tower::{Layer, Service};

use crate::behind::{Identity, PASSWORD, Tickets, local};

#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    config: Config,
}

/// A gateway that runs before made-up services.
pub(crate) struct House {
    pub(crate) identity: Identity,
    front: Front,
}

impl Deref for House {
    type Target = Front;

    fn deref(&self) -> &Front {
        &self.front
    }
}

impl House {
    /// With everything as it is by default.
    pub(crate) async fn open() -> Self {
        Self::with(&[]).await
    }

    /// The same in this place.
    pub(crate) async fn in_place(place: Place) -> Self {
        Self::over(World::new(place, "gateway").await, &[]).await
    }

    /// With these arguments.
    pub(crate) async fn with(arguments: &[&str]) -> Self {
        Self::at("http://127.0.0.1:8080", arguments).await
    }

    /// With this public address.
    pub(crate) async fn at(public_url: &str, arguments: &[&str]) -> Self {
        let world = World::new(Engine::Sqlite, "gateway").await;
        Self::stand(world, public_url, arguments).await
    }

    /// In this world.
    pub(crate) async fn over(world: World, arguments: &[&str]) -> Self {
        Self::stand(world, "http://127.0.0.1:8080", arguments).await
    }

    async fn stand(world: World, public_url: &str, arguments: &[&str]) -> Self {
        let process = world.process();
        let identity = Identity::new(&process);
        let nothing = local(&process, "nothing", Routes::default());
        let peers = Peers {
            identity: identity.peer(&process),
            tickets: Tickets::peer(&process),
            workflow: nothing.clone(),
            notify: nothing,
        };
        let front = Front::open(world, public_url, peers, arguments).await;
        Self { identity, front }
    }
}

/// A gateway that runs.
pub(crate) struct Front {
    pub(crate) world: World,
    pub(crate) address: SocketAddr,
    shutdown: Shutdown,
}

impl Drop for Front {
    fn drop(&mut self) {
        self.shutdown.begin();
    }
}

impl Front {
    /// Before these services.
    pub(crate) async fn open(world: World, public_url: &str, peers: Peers, arguments: &[&str]) -> Self {
        let config = Arguments::parse_from([&["gateway"], arguments].concat()).config;
        let deps = Deps { process: world.process(), public_url: public_url.into(), peers };
        let service = gateway::build(config, deps).await.expect("the gateway stands");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let shutdown = Shutdown::by_hand(Duration::from_millis(200));
        tokio::spawn(serve(listener, service, shutdown.clone()));
        Self { world, address, shutdown }
    }

    pub(crate) fn process(&self) -> Process {
        self.world.process()
    }

    /// Tells the bus.
    pub(crate) async fn publish(&self, envelope: &Envelope) {
        self.process().bus.publish(envelope).await.expect("published");
    }

    /// A browser that has never been here.
    pub(crate) fn browser(&self) -> Browser {
        let own = BTreeMap::from([
            ("x-tm-csrf".to_owned(), "1".to_owned()),
            ("sec-fetch-site".to_owned(), "same-origin".to_owned()),
        ]);
        Browser { address: self.address, cookies: Arc::default(), headers: Arc::new(own) }
    }

    /// A browser in which somebody is signed in.
    pub(crate) async fn signed_in(&self, user: &str) -> Browser {
        let browser = self.browser();
        browser.sign_in(user).await.expect("signed in");
        browser
    }

    /// A native gRPC connection.
    pub(crate) async fn grpc(&self) -> Channel {
        let endpoint = Channel::from_shared(format!("http://{}", self.address)).expect("an address");
        endpoint.connect().await.expect("connected")
    }

    /// Plain HTTP.
    pub(crate) async fn http(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Reply {
        let mut request =
            Request::builder().method(method).uri(path).header(header::HOST, self.address.to_string());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = send(self.address, request.body(Full::new(body.into())).expect("a request")).await;
        Reply::read(response).await
    }

    /// A page or a file.
    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.http(Method::GET, path, &[], Bytes::new()).await
    }
}

/// A whole answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Reply {
    async fn read(response: Response<Incoming>) -> Self {
        let (head, body) = response.into_parts();
        let body = body.collect().await.expect("a whole body").to_bytes();
        Self { status: head.status, headers: head.headers, body }
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }
}

async fn send<B>(address: SocketAddr, request: Request<B>) -> Response<Incoming>
where
    B: http_body::Body<Data: Send> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let stream = TcpStream::connect(address).await.expect("connected");
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.expect("HTTP");
    tokio::spawn(connection);
    sender.send_request(request).await.expect("answered")
}

/// A browser: keeps cookies and says of itself what the UI's pages say.
#[derive(Clone, Debug)]
pub(crate) struct Browser {
    address: SocketAddr,
    cookies: Arc<Mutex<BTreeMap<String, String>>>,
    headers: Arc<BTreeMap<String, String>>,
}

impl Browser {
    /// The same browser, for generated clients over gRPC-Web.
    pub(crate) fn web(&self) -> GrpcWebClientService<Self> {
        GrpcWebClientLayer::new().layer(self.clone())
    }

    /// The same browser on a page that says this of itself; an empty value says nothing.
    pub(crate) fn saying(&self, name: &str, value: &str) -> Self {
        let mut headers = BTreeMap::clone(&self.headers);
        match value {
            "" => drop(headers.remove(name)),
            _ => drop(headers.insert(name.to_owned(), value.to_owned())),
        }
        Self { headers: Arc::new(headers), ..self.clone() }
    }

    pub(crate) async fn sign_in(&self, user: &str) -> Result<Session, Status> {
        match self.try_sign_in(user, PASSWORD).await?.outcome {
            Some(sign_in_response::Outcome::Session(session)) => Ok(session),
            other => panic!("no session but {other:?}"),
        }
    }

    /// Tries to sign in as somebody at `desk.test`.
    pub(crate) async fn try_sign_in(&self, user: &str, password: &str) -> Result<SignInResponse, Status> {
        let ask = SignInRequest {
            email: format!("{user}@desk.test"),
            password: password.into(),
            ..SignInRequest::default()
        };
        Ok(SessionServiceClient::new(self.web()).sign_in(ask).await?.into_inner())
    }

    /// What the browser keeps under a name.
    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().expect("no test panicked here").get(name).cloned()
    }

    pub(crate) fn put_cookie(&self, name: &str, value: &str) {
        self.cookies.lock().expect("no test panicked here").insert(name.into(), value.into());
    }

    /// The cookies it sends.
    pub(crate) fn sent(&self) -> String {
        let cookies = self.cookies.lock().expect("no test panicked here");
        cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    fn keep(&self, headers: &HeaderMap) {
        let mut cookies = self.cookies.lock().expect("no test panicked here");
        for line in headers.get_all(header::SET_COOKIE) {
            let cookie = cookie::Cookie::parse(line.to_str().expect("text").to_owned()).expect("a cookie");
            if cookie.max_age() == Some(cookie::time::Duration::ZERO) {
                cookies.remove(cookie.name());
            } else {
                cookies.insert(cookie.name().to_owned(), cookie.value().to_owned());
            }
        }
    }
}

impl<B> Service<Request<B>> for Browser
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Response = Response<Incoming>;
    type Error = Status;
    type Future = BoxFuture<'static, Result<Response<Incoming>, Status>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let browser = self.clone();
        let host = self.address.to_string();
        let cookies = self.sent();
        let own = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        for (name, value) in own
            .chain([("host", host.as_str()), ("cookie", cookies.as_str())])
            .filter(|(_, value)| !value.is_empty())
        {
            let name: http::HeaderName = name.parse().expect("a name");
            request.headers_mut().insert(name, value.parse().expect("a value"));
        }
        Box::pin(async move {
            let response = send(browser.address, request).await;
            browser.keep(response.headers());
            Ok(response)
        })
    }
}
