//! A process with one small service in it, to call and to misuse.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use futures::{StreamExt, stream};
use jiff::Timestamp;
use mesh_core::{
    blobs::Store,
    bus::{Bus, Subscription},
    caller::{self, Grants, Roles},
    clock::ManualClock,
    error::{Error, Result},
    id::Ids,
    mail::{Letter, Mail},
    peer::{Peer, Settings, Signer},
    service::{Process, Service, Shutdown, Worker, serve},
    stack::{Limits, deadline},
    telemetry,
    token::{AUDIENCE, AccessClaims, AccessSigner, ISSUER, MeshKey, Verifier, public_key},
};
use proto::{
    events::v1::Envelope,
    identity::v1::{Jwk, Jwks},
    tickets::v1::{
        DiscardDraftRequest, DiscardDraftResponse, ExportTicketsRequest, ExportTicketsResponse,
        GetTicketRequest, ProjectRunRequest, Ticket,
        projection_service_server::{ProjectionService, ProjectionServiceServer},
        ticket_service_client::TicketServiceClient,
        ticket_service_server::{TicketService, TicketServiceServer},
    },
};
use tokio::{net::TcpListener, sync::Semaphore, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use tonic::{
    Request, Response, Status, codegen::BoxStream, metadata::AsciiMetadataValue, service::Routes,
    transport::Channel,
};

/// The secret of the key that counts.
const KEY: [u8; 32] = [7; 32];

/// A bus that carries nothing.
#[derive(Debug)]
struct Silence;

#[async_trait]
impl Bus for Silence {
    async fn publish(&self, _: &Envelope) -> Result<()> {
        Ok(())
    }

    fn subscribe(&self, _: Subscription) -> Worker {
        Worker::new("silence", async |stop: CancellationToken| {
            stop.cancelled().await;
            Ok(())
        })
    }
}

/// Mail that goes nowhere.
#[derive(Debug)]
struct Nowhere;

#[async_trait]
impl Mail for Nowhere {
    async fn send(&self, _: &Letter) -> Result<()> {
        Ok(())
    }

    async fn ping(&self) -> Result<()> {
        Ok(())
    }
}

/// A process at a time that stands still, with limits of one's own.
pub(crate) fn process(limits: Limits) -> (Process, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::at("2026-03-01T09:00:00Z".parse().expect("a time")));
    let ids = Ids::seeded(clock.clone(), 1);
    let verifier = Verifier::local(clock.clone());
    let x = public_key(&KEY).expect("a public key");
    let jwk = Jwk {
        kid: "k1".into(),
        kty: "OKP".into(),
        alg: "EdDSA".into(),
        crv: "Ed25519".into(),
        x,
        r#use: "sig".into(),
    };
    verifier.trust(&Jwks { keys: vec![jwk] }).expect("usable keys");
    let process = Process {
        blobs: Arc::new(Store::memory(&ids, &(clock.clone() as _))),
        mesh_key: MeshKey::new(&[9; 32], clock.clone()).expect("a mesh key"),
        clock: clock.clone(),
        ids,
        bus: Arc::new(Silence),
        mail: Arc::new(Nowhere),
        verifier,
        limits,
        stopping: CancellationToken::new(),
    };
    (process, clock)
}

/// What a token says by default: Ada, signed in a minute ago, for an hour.
pub(crate) fn claims(now: Timestamp) -> AccessClaims {
    let now = now.as_second();
    AccessClaims {
        iss: ISSUER.into(),
        aud: AUDIENCE.into(),
        sub: "usr_ada".into(),
        sid: "ses_1".into(),
        jti: "jti_1".into(),
        iat: now - 60,
        exp: now + 3600,
        ver: 1,
        perm: Grants::full(),
        roles: Roles::default(),
        tree: 0,
        amr: vec!["pwd".into()],
        key: String::new(),
        name: "Ada".into(),
    }
}

/// The claims as a token signed with the key that counts.
pub(crate) fn token(claims: &AccessClaims) -> String {
    AccessSigner::new("k1", &KEY).sign(claims).expect("a token")
}

/// A token of the same name signed by somebody else.
pub(crate) fn forged(claims: &AccessClaims) -> String {
    AccessSigner::new("k1", &[8; 32]).sign(claims).expect("a token")
}

/// The service: what a ticket's id says is what happens.
#[derive(Clone, Debug)]
pub(crate) struct Shop {
    /// Calls that have begun.
    pub(crate) begun: Arc<Semaphore>,
    /// Held calls go on when there is a permit.
    pub(crate) go_on: Arc<Semaphore>,
    /// Calls seen.
    pub(crate) seen: Arc<AtomicUsize>,
    /// Another shop that forwarded calls go to.
    pub(crate) next: Option<Peer>,
    stopping: CancellationToken,
}

impl Shop {
    pub(crate) fn new(process: &Process) -> Self {
        Self {
            begun: Arc::new(Semaphore::new(0)),
            go_on: Arc::new(Semaphore::new(0)),
            seen: Arc::default(),
            next: None,
            stopping: process.stopping.clone(),
        }
    }

    pub(crate) fn service(&self) -> Service {
        let routes = Routes::new(TicketServiceServer::new(self.clone()))
            .add_service(ProjectionServiceServer::new(self.clone()));
        Service { name: "tickets", routes, workers: vec![], checks: vec![] }
    }

    /// Waits until one more call has begun.
    pub(crate) async fn has_begun(&self) {
        self.begun.acquire().await.expect("open").forget();
    }

    async fn hold(&self) {
        self.begun.add_permits(1);
        self.go_on.acquire().await.expect("open").forget();
    }

    async fn answer(&self, request: Request<GetTicketRequest>) -> Result<Ticket> {
        let (caller, ask) = caller::open(request)?;
        match ask.id.as_str() {
            "panic" => panic!("the secret recipe is salt"),
            "forever" => std::future::pending().await,
            "never" => return Err(Error::unavailable("never")),
            "held" => self.hold().await,
            "third time" if self.seen.load(Ordering::SeqCst) < 3 => {
                return Err(Error::unavailable("not yet"));
            }
            "forward" => {
                let next = self.next.as_ref().ok_or_else(|| Error::not_found("peer", "next"))?;
                let ask = GetTicketRequest { id: "seen".into(), ..ask };
                return Ok(TicketServiceClient::new(next.for_caller(&caller))
                    .get_ticket(ask)
                    .await?
                    .into_inner());
            }
            _ => {}
        }
        Ok(Ticket {
            id: ask.id,
            requester_id: caller.user_id().unwrap_or_default().to_owned(),
            tags: vec![
                format!("mesh={}", caller.is_mesh()),
                format!("left={:?}", deadline::left().unwrap_or_default().as_secs()),
            ],
            subject: caller.request_id().to_owned(),
            description: telemetry::current_traceparent(),
            ..Ticket::default()
        })
    }
}

#[async_trait]
impl TicketService for Shop {
    async fn get_ticket(&self, request: Request<GetTicketRequest>) -> Result<Response<Ticket>, Status> {
        self.seen.fetch_add(1, Ordering::SeqCst);
        Ok(Response::new(self.answer(request).await?))
    }

    async fn discard_draft(
        &self,
        _: Request<DiscardDraftRequest>,
    ) -> Result<Response<DiscardDraftResponse>, Status> {
        self.seen.fetch_add(1, Ordering::SeqCst);
        Err(Error::unavailable("not yet").into())
    }

    /// One item, then silence until the process stops.
    async fn export_tickets(
        &self,
        _: Request<ExportTicketsRequest>,
    ) -> Result<Response<BoxStream<ExportTicketsResponse>>, Status> {
        let first = stream::once(async { Ok(ExportTicketsResponse::default()) });
        let endless = first.chain(stream::pending()).take_until(self.stopping.clone().cancelled_owned());
        Ok(Response::new(Box::pin(endless)))
    }
}

#[async_trait]
impl ProjectionService for Shop {
    async fn project_run(&self, request: Request<ProjectRunRequest>) -> Result<Response<Ticket>, Status> {
        let (caller, _) = caller::open(request)?;
        Ok(Response::new(Ticket { subject: caller.actor().system, ..Ticket::default() }))
    }
}

/// A served shop.
#[derive(Debug)]
pub(crate) struct Open {
    pub(crate) address: SocketAddr,
    pub(crate) shutdown: Shutdown,
    pub(crate) ended: JoinHandle<Result<()>>,
}

/// Serves a service on a free port.
pub(crate) async fn open(service: Service) -> Open {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let shutdown = Shutdown::by_hand(Duration::from_secs(10));
    let ended = tokio::spawn(serve(listener, service, shutdown.clone()));
    Open { address, shutdown, ended }
}

/// The two ways to a service.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Way {
    Local,
    Remote,
}

impl Way {
    /// The service as a peer of the service `workflow`.
    pub(crate) async fn to(self, service: Service, process: &Process) -> Peer {
        let signer = Signer::new(&process.mesh_key, "workflow");
        match self {
            Self::Local => Peer::local(service.guarded(process), signer),
            Self::Remote => {
                let open = open(service.guard(process)).await;
                Peer::remote(&format!("http://{}", open.address), signer, &Settings::default())
                    .expect("an address")
            }
        }
    }
}

/// A client from outside the mesh, across the network.
pub(crate) async fn stranger(process: &Process, service: Service) -> Channel {
    let open = open(service.guard(process)).await;
    Channel::from_shared(format!("http://{}", open.address)).expect("an address").connect_lazy()
}

/// A question for the ticket `id`, with a token.
pub(crate) fn ask(id: &str, token: &str) -> Request<GetTicketRequest> {
    let mut request = Request::new(GetTicketRequest { id: id.into(), ..GetTicketRequest::default() });
    let bearer: AsciiMetadataValue = format!("Bearer {token}").parse().expect("a header");
    request.metadata_mut().insert("authorization", bearer);
    request
}
