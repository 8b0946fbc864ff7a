//! One of everything that can be somebody's secret, made by those it belongs to through the front door.

use std::collections::BTreeMap;

use mesh_core::testing::eventually;
use serde_json::{Value, json};

use crate::{
    deeds::fresh,
    faces::Faces,
    people::{Office, Person, hire, sign_in},
    running::{ADMIN, Mesh},
};

/// Around the clock; ships with the product.
const ALWAYS: &str = "cal_00000000000000000000000001";

/// The real names of things, and the people they belong to.
pub(super) struct Belongings {
    names: BTreeMap<&'static str, String>,
    pub(super) office: Office,
    pub(super) admin: Person,
}

/// Makes a call that must succeed.
pub(super) async fn done(faces: &Faces, person: &Person, method: &str, ask: Value) -> Value {
    let reply = faces.json(&person.token, method, ask.to_string()).await;
    assert!(reply.status.is_success(), "{method} {ask}: {reply:?}");
    reply.said()
}

impl Belongings {
    pub(super) async fn make(mesh: &Mesh, faces: &Faces) -> Self {
        let (admin, names) = (sign_in(mesh, ADMIN).await, BTreeMap::new());
        let mut made = Self { names, office: Office::open(mesh).await, admin };
        made.promise(faces).await;
        made.draw(faces).await;
        made.talk(faces).await;
        made.keep(faces).await;
        made.relate(faces).await;
        made.order(faces).await;
        made.wait_for_the_workflow(faces).await;
        made
    }

    /// Every name with what it stands for.
    pub(super) fn names(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.names.iter().map(|(name, real)| (*name, real.as_str()))
    }

    pub(super) fn of(&self, name: &str) -> &str {
        &self.names[name]
    }

    fn note(&mut self, name: &'static str, real: &Value) {
        let real = real.as_str().unwrap_or_else(|| panic!("no name of a {name}: {real}"));
        self.names.insert(name, real.to_owned());
    }

    /// Makes a call that must succeed, and notes what it made.
    async fn make_one(&mut self, faces: &Faces, name: &'static str, who: &Person, method: &str, ask: Value) {
        let made = done(faces, who, method, ask).await;
        self.note(name, &made["id"]);
    }

    /// A service level, for its clocks.
    async fn promise(&self, faces: &Faces) {
        let target = json!({ "metric": "SLA_METRIC_RESOLUTION", "target": "36000s", "warnAt": [50] });
        let policy =
            json!({ "name": "Promised", "calendarId": ALWAYS, "enabled": true, "targets": [target] });
        let ask = json!({ "policy": policy, "requestId": fresh() });
        done(faces, &self.admin, "workflow.v1.SlaService/CreatePolicy", ask).await;
    }

    /// A workflow in which somebody is asked for consent.
    async fn draw(&self, faces: &Faces) {
        let create = json!({ "name": "Orders", "appliesTo": "ticket.subject.startsWith(\"Order\")", "requestId": fresh() });
        let draft = done(faces, &self.admin, "workflow.v1.WorkflowService/CreateWorkflow", create).await;
        let stage = |key: &str, category: &str, at: &str| json!({ "key": key, "label": key, "category": category, at: true });
        let level = json!({ "userIds": [self.office.agent.id], "quorum": "QUORUM_ANY" });
        let order = json!({
            "key": "order", "label": "Order", "from": ["look"], "to": "ordered", "kind": "TRANSITION_KIND_USER",
            "pressers": ["PRESSER_AGENT"], "approval": { "levels": [level] },
        });
        let stages = [stage("look", "STATUS_NEW", "start"), stage("ordered", "STATUS_CLOSED", "end")];
        let graph = json!({ "stages": stages, "transitions": [order] });
        let ask = json!({ "workflowId": draft["id"], "etag": draft["etag"], "updateMask": "graph", "graph": graph });
        let drawn = done(faces, &self.admin, "workflow.v1.WorkflowService/UpdateDraft", ask).await;
        let ask = json!({ "workflowId": drawn["id"], "etag": drawn["etag"], "note": "As drawn.", "requestId": fresh() });
        done(faces, &self.admin, "workflow.v1.WorkflowService/PublishWorkflow", ask).await;
    }

    /// A ticket with a file, an answer, a note and a draft.
    async fn talk(&mut self, faces: &Faces) {
        let Office { department_id, agent, requester, .. } = self.office.clone();
        agent.come_online().await;
        let file = requester.send(faces, "secret.txt", b"secret").await;
        let ticket = requester.file_with(&department_id, &file).await;
        let unsent = agent.send(faces, "unsent.txt", b"not sent yet").await;
        for (name, real) in [
            ("file", file),
            ("unsent", unsent),
            ("ticket", ticket.id.clone()),
            ("number", ticket.number),
            ("requester", requester.id.clone()),
            ("agent", agent.id.clone()),
        ] {
            self.names.insert(name, real);
        }
        for (name, kind) in [("comment", "COMMENT_KIND_PUBLIC"), ("note", "COMMENT_KIND_INTERNAL")] {
            let comment = json!({ "ticketId": ticket.id, "kind": kind, "text": "secret words" });
            let ask = json!({ "comment": comment, "requestId": fresh() });
            self.make_one(faces, name, &agent, "tickets.v1.TicketService/AddComment", ask).await;
        }
        let draft = json!({ "ticketId": ticket.id, "kind": "DRAFT_KIND_REPLY", "text": "half a secret" });
        done(faces, &agent, "tickets.v1.TicketService/SaveDraft", json!({ "draft": draft })).await;
    }

    /// What the agent has for himself, and an article of the staff.
    async fn keep(&mut self, faces: &Faces) {
        let agent = self.office.agent.clone();
        let sharing = json!({ "kind": "SHARING_KIND_PERSONAL" });
        let view = json!({ "name": "Secret view", "filter": "status == \"NEW\"", "sharing": sharing });
        let ask = json!({ "view": view, "requestId": fresh() });
        self.make_one(faces, "view", &agent, "tickets.v1.ViewService/CreateView", ask).await;
        let given = json!({ "name": "Secret macro", "ticket": { "priority": "PRIORITY_HIGH" }, "paths": ["priority"], "sharing": sharing });
        let ask = json!({ "macro": given, "requestId": fresh() });
        self.make_one(faces, "macro", &agent, "tickets.v1.ViewService/CreateMacro", ask).await;
        let article = json!({ "title": "Secret article", "text": "secret words", "visibility": "ARTICLE_VISIBILITY_STAFF" });
        let ask = json!({ "article": article, "requestId": fresh() });
        self.make_one(
            faces,
            "article",
            &self.admin.clone(),
            "tickets.v1.KnowledgeService/CreateArticle",
            ask,
        )
        .await;
        let ask = json!({ "displayName": "secret key", "requestId": fresh() });
        let key = done(faces, &agent, "identity.v1.AccountService/CreateApiKey", ask).await;
        self.note("key", &key["apiKey"]["id"]);
        let sessions = done(faces, &agent, "identity.v1.AuthService/ListSessions", json!({})).await;
        self.note("session", &sessions["sessions"][0]["id"]);
    }

    /// A ticket that is linked, and one that was merged into it.
    async fn relate(&mut self, faces: &Faces) {
        let Office { department_id, requester, .. } = self.office.clone();
        let linked = requester.file("Secretly related", &department_id).await;
        let merged = requester.file("Secretly the same", &department_id).await;
        let (ticket, admin) = (self.of("ticket").to_owned(), self.admin.clone());
        let link = json!({ "fromId": ticket, "toId": linked.id, "kind": "LINK_KIND_RELATED" });
        let ask = json!({ "link": link, "requestId": fresh() });
        self.make_one(faces, "link", &admin, "tickets.v1.TicketService/LinkTickets", ask).await;
        let merge = json!({ "targetId": ticket, "sourceIds": [merged.id] });
        let ask = json!({ "merge": merge, "requestId": fresh() });
        self.make_one(faces, "merge", &admin, "tickets.v1.TicketService/MergeTickets", ask).await;
    }

    /// A ticket whose next step the agent is asked to agree to.
    async fn order(&mut self, faces: &Faces) {
        let Office { department_id, agent, requester, .. } = self.office.clone();
        let ordered = requester.file("Order a secret lathe", &department_id).await;
        eventually("its workflow has placed it", async || {
            let placed = agent.see(&ordered.id).await.ok()?;
            (!placed.run_id.is_empty()).then_some(())
        })
        .await;
        agent.press(&ordered, "order", "").await;
        let ask = json!({ "ticketId": ordered.id });
        let asked = done(faces, &agent, "workflow.v1.RunService/ListApprovals", ask).await;
        self.note("approval", &asked["approvals"][0]["id"]);
        self.names.insert("ordered", ordered.id);
    }

    /// What workflow and notify make of all that.
    async fn wait_for_the_workflow(&mut self, faces: &Faces) {
        let (agent, ticket) = (self.office.agent.clone(), json!({ "ticketId": self.of("ticket") }));
        let first = async |method: &str, ask: &Value, list: &str| {
            eventually(method, async || {
                let reply = faces.json(&agent.token, method, ask.to_string()).await;
                let found = &reply.said()[list][0]["id"];
                found.is_string().then(|| found.clone())
            })
            .await
        };
        let clock = first("workflow.v1.SlaService/ListClocks", &ticket, "clocks").await;
        let told = first("notify.v1.InboxService/ListNotifications", &json!({}), "notifications").await;
        let assignment = eventually("the ticket is assigned", async || {
            let method = "workflow.v1.RoutingService/ExplainAssignment";
            let reply = faces.json(&agent.token, method, ticket.to_string()).await;
            let found = &reply.said()["id"];
            found.is_string().then(|| found.clone())
        })
        .await;
        let queue = self.queue(faces).await;
        self.note("queue", &queue);
        for (name, real) in [("clock", clock), ("notification", told), ("assignment", assignment)] {
            self.note(name, &real);
        }
    }

    /// Where tickets of the office wait.
    async fn queue(&self, faces: &Faces) -> Value {
        let queues = done(faces, &self.admin, "workflow.v1.RoutingService/ListQueues", json!({})).await;
        let mut queues = queues["queues"].as_array().into_iter().flatten();
        let its = queues.find(|queue| queue["departmentId"] == self.office.department_id.as_str());
        its.expect("a queue of the office")["id"].clone()
    }
}

/// People of another department who may do much there, and nothing in the office.
pub(super) async fn others(mesh: &Mesh, faces: &Faces, admin: &Person) -> (String, [Person; 2]) {
    let department = json!({ "displayName": "Elsewhere" });
    let ask = json!({ "department": department, "requestId": fresh() });
    let made = done(faces, admin, "identity.v1.DirectoryService/CreateDepartment", ask).await;
    let department_id = made["id"].as_str().expect("a department").to_owned();
    hire(admin, 5, "elsewhere@demo.test", "agent", &department_id).await;
    hire(admin, 6, "supervisor@demo.test", "supervisor", &department_id).await;
    let there = [sign_in(mesh, "elsewhere@demo.test").await, sign_in(mesh, "supervisor@demo.test").await];
    (department_id, there)
}
