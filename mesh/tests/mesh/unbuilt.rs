//! What the contract declares and nobody has built: `docs/status.md` lists exactly the methods that answer `UNIMPLEMENTED`.

use std::collections::BTreeSet;

use http::uri::PathAndQuery;
use mesh_core::{
    db::Engine,
    peer::PeerChannel,
    policy::METHODS,
    service::Process,
    testing::{TestPeer, World},
    token::Verifier,
};
use tonic::{Code, Request, client::Grpc};
use tonic_prost::ProstCodec;

const STATUS: &str = include_str!("../../../docs/status.md");

/// The four services behind the front door, in one world.
pub(crate) struct Services {
    pub(crate) world: World,
    identity: TestPeer,
    tickets: TestPeer,
    workflow: TestPeer,
    notify: TestPeer,
}

impl Services {
    pub(crate) async fn new() -> Self {
        let world = World::migrated(Engine::Sqlite, "identity", identity::MIGRATIONS).await;
        let process = world.process();
        // Identity tells its own verifier whom to trust; the world's goes on believing the world's people.
        let own = Process { verifier: Verifier::local(process.clock.clone()), ..process.clone() };
        let config = identity::Config { database_url: world.database_url() };
        let deps =
            identity::Deps { process: own, master_key: [1; 32], public_url: "http://localhost".into() };
        let identity = world.peer(identity::build(config, deps).await.expect("identity builds"));

        let config = tickets::Config {
            database_url: world.another_database("tickets", tickets::MIGRATIONS).await,
            ticket_prefix: "TX".into(),
            files: tickets::FilesConfig::default(),
        };
        let deps = tickets::Deps { process: process.clone(), identity: identity.peer("tickets") };
        let tickets = world.peer(tickets::build(config, deps).await.expect("tickets builds"));

        let config = workflow::Config::over(world.another_database("workflow", workflow::MIGRATIONS).await);
        let deps = workflow::Deps {
            process: process.clone(),
            tickets: tickets.peer("workflow"),
            identity: identity.peer("workflow"),
        };
        let workflow = world.peer(workflow::build(config, deps).await.expect("workflow builds"));

        let config =
            notify::Config { database_url: world.another_database("notify", notify::MIGRATIONS).await };
        let deps = notify::Deps { process, identity: identity.peer("notify") };
        let notify = world.peer(notify::build(config, deps).await.expect("notify builds"));
        Self { world, identity, tickets, workflow, notify }
    }

    /// The service of a method, called with a token.
    pub(crate) fn behind(&self, method: &str, token: &str) -> Option<PeerChannel> {
        let package = method.split('.').nth(1)?;
        let peer = match package {
            "identity" => &self.identity,
            "tickets" => &self.tickets,
            "workflow" => &self.workflow,
            "notify" => &self.notify,
            _ => return None,
        };
        Some(peer.with_token(token))
    }
}

/// What a method answers to an empty message.
pub(crate) async fn answer(channel: PeerChannel, method: &'static str) -> Code {
    let codec = ProstCodec::<(), ()>::default();
    let called = Grpc::new(channel).unary(Request::new(()), PathAndQuery::from_static(method), codec).await;
    called.err().map_or(Code::Ok, |refused| refused.code())
}

/// The methods a list in the document names: lines like ``- `/package.Service/Method` ``.
fn listed() -> BTreeSet<&'static str> {
    STATUS
        .lines()
        .filter_map(|line| line.strip_prefix("- `/")?.split_once('`').map(|(method, _)| method))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_status_page_lists_exactly_the_methods_that_are_not_built() {
    let services = Services::new().await;
    let admin = services.world.person("usr_01h00000000000000000000000").administrator().token();
    let mut unbuilt = BTreeSet::new();
    for (method, _) in METHODS {
        let Some(channel) = services.behind(method, &admin) else { continue };
        if answer(channel, method).await == Code::Unimplemented {
            unbuilt.insert(&method[1..]);
        }
    }
    let missing: Vec<_> = unbuilt.difference(&listed()).map(|method| format!("- `/{method}`")).collect();
    let built: Vec<_> = listed().difference(&unbuilt).copied().collect();
    assert!(missing.is_empty(), "docs/status.md misses:\n{}", missing.join("\n"));
    assert!(built.is_empty(), "docs/status.md lists as not built what is:\n{}", built.join("\n"));
}
