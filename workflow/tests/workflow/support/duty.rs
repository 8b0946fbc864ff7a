//! Describing queues, agents and workflows.
#![expect(clippy::expect_used, reason = "a description that is refused fails its test")]

use mesh_core::db::Db;
use prost::Message;
use proto::workflow::v1::{
    AgentLoad, AgentProfile, CreateQueueRequest, GetAgentLoadRequest, Graph, ListQueuesRequest, Queue,
    RoutingMethod, UpdateAgentProfileRequest, UpdateQueueRequest,
};
use tonic::{Response, Status as Refusal};

use super::{Client, Desk, fresh};

/// A queue of a department, called so.
pub(crate) fn queue(name: &str, department_id: &str) -> Queue {
    Queue {
        name: name.into(),
        department_id: department_id.into(),
        order: 10,
        method: RoutingMethod::RoundRobin.into(),
        ..Queue::default()
    }
}

/// A mask of these fields.
fn mask(paths: &[&str]) -> prost_types::FieldMask {
    prost_types::FieldMask { paths: paths.iter().map(|path| (*path).to_owned()).collect() }
}

/// A length of time on the wire.
pub(crate) const fn seconds(seconds: i64) -> prost_types::Duration {
    prost_types::Duration { seconds, nanos: 0 }
}

impl Client {
    pub(crate) async fn try_make(&self, queue: Queue) -> Result<Queue, Refusal> {
        let ask = CreateQueueRequest { request_id: fresh(), queue: Some(queue) };
        self.routing.clone().create_queue(ask).await.map(Response::into_inner)
    }

    pub(crate) async fn make(&self, queue: Queue) -> Queue {
        self.try_make(queue).await.expect("the queue is made")
    }

    /// Changes fields of a queue, as it was read.
    pub(crate) async fn try_change(&self, queue: Queue, paths: &[&str]) -> Result<Queue, Refusal> {
        let ask = UpdateQueueRequest { queue: Some(queue), update_mask: Some(mask(paths)) };
        self.routing.clone().update_queue(ask).await.map(Response::into_inner)
    }

    /// The queues of a department, in their order.
    pub(crate) async fn queues(&self, department_id: &str) -> Vec<Queue> {
        let ask = ListQueuesRequest { department_id: department_id.into(), ..ListQueuesRequest::default() };
        self.routing.clone().list_queues(ask).await.expect("queues").into_inner().queues
    }

    /// An agent with what he has to do.
    pub(crate) async fn load(&self, user_id: &str) -> AgentLoad {
        let ask = GetAgentLoadRequest { user_id: user_id.into(), ..GetAgentLoadRequest::default() };
        let answer = self.routing.clone().get_agent_load(ask).await.expect("a load").into_inner();
        answer.agents.into_iter().next().expect("the agent is known")
    }

    pub(crate) async fn try_describe(
        &self,
        profile: AgentProfile,
        paths: &[&str],
    ) -> Result<AgentProfile, Refusal> {
        let ask = UpdateAgentProfileRequest { profile: Some(profile), update_mask: Some(mask(paths)) };
        self.routing.clone().update_agent_profile(ask).await.map(Response::into_inner)
    }

    /// Changes what is said of an agent, as it is now.
    pub(crate) async fn describe(
        &self,
        user_id: &str,
        paths: &[&str],
        change: impl FnOnce(&mut AgentProfile),
    ) -> AgentProfile {
        let mut profile = self.load(user_id).await.agent.expect("a profile");
        change(&mut profile);
        self.try_describe(profile, paths).await.expect("the profile is changed")
    }

    /// Lets an agent have so many units of work at once.
    pub(crate) async fn limit(&self, user_id: &str, capacity: i32) -> AgentProfile {
        self.describe(user_id, &["capacity"], |profile| profile.capacity = capacity).await
    }
}

impl Desk {
    /// Publishes a workflow that takes every ticket before the built-in one does.
    pub(crate) async fn follow(&self, graph: &Graph) {
        const WORKFLOW: &str = "insert into workflows (id, version, name, description, applies_to, position, status, built_in, \
            live_version, created_at, updated_at) values ('wfl_test', 1, 'Test', '', '', -1, 2, 0, 1, 0, 0)";
        const VERSION: &str = "insert into workflow_versions (workflow_id, number, graph, checksum, author_id, note, published_at) \
            values ('wfl_test', 1, $1, '', '', '', 0)";
        let process = self.world.process();
        let db = Db::open(&self.workflow_url, &process.ids, &process.clock).expect("a database");
        let mut tx = db.begin().await.expect("a transaction");
        sqlx::query(WORKFLOW).execute(tx.conn()).await.expect("a workflow");
        sqlx::query(VERSION).bind(graph.encode_to_vec()).execute(tx.conn()).await.expect("a version");
        tx.commit().await.expect("published");
        db.close().await;
    }
}
