//! The inbox through its generated client, on both engines.
#![expect(clippy::expect_used, reason = "a test that can't go on fails")]

use std::sync::Arc;

use mesh_core::{
    clock::to_proto,
    db::Engine,
    service::Service,
    testing::{Ledger, Place, TestPeer, World},
};
use proto::{
    events::v1::{AssignmentMade, Audience, CommentAdded, Envelope, UserUpdated, envelope::Event},
    identity::v1::{Actor, User},
    notify::v1::{
        CountUnreadRequest, ListNotificationsRequest, MarkAllReadRequest, MarkReadRequest, Notification,
        NotificationKind, inbox_service_client::InboxServiceClient,
    },
    tickets::v1::{Comment, CommentKind, Ticket},
    workflow::v1::Run,
};
use rstest::rstest;
use tonic::{Code, service::Routes};

const AGENT: &str = "usr_0000000000000000000000agnt";
const OTHER: &str = "usr_00000000000000000000000thr";
const PSEUDONYM: &str = "Deleted user 7K3F2A";

struct Inboxes {
    world: World,
    notify: TestPeer,
}

impl Inboxes {
    async fn new(place: impl Into<Place>) -> Self {
        let world = World::migrated(place, "notify", notify::MIGRATIONS).await;
        let config = notify::Config { database_url: world.database_url() };
        let mut routes = Routes::builder();
        Ledger::default().add_to(&mut routes);
        let identity = Service { name: "identity", routes: routes.routes(), workers: vec![], checks: vec![] };
        let identity = world.peer(identity).peer("notify");
        let deps = notify::Deps { process: world.process(), identity };
        let notify = world.peer(notify::build(config, deps).await.expect("notify builds"));
        Self { world, notify }
    }

    /// Routing gives an agent a ticket.
    async fn assign(&self, assignee: &str, number: &str) -> Envelope {
        let process = self.world.process();
        let run = Run { assignee_id: assignee.into(), ticket_number: number.into(), ..Run::default() };
        let made = AssignmentMade {
            run: Some(run),
            ticket_subject: "printer on fire".into(),
            ..AssignmentMade::default()
        };
        let envelope = Envelope {
            id: process.ids.id("evt"),
            subject: "tkt_1".into(),
            actor: Some(Actor::default()),
            event: Some(Event::WorkflowAssignmentMade(made)),
            ..Envelope::default()
        };
        process.bus.publish(&envelope).await.expect("the bus takes it");
        envelope
    }

    /// Somebody answers a ticket of the agent's.
    async fn answer(&self, author: &Actor, number: &str) {
        let ticket = Ticket {
            number: number.into(),
            subject: "printer on fire".into(),
            assignee_id: AGENT.into(),
            ..Ticket::default()
        };
        let comment = Comment {
            kind: CommentKind::Public.into(),
            author: Some(author.clone()),
            text: "Ann Lee is my name".into(),
            ..Comment::default()
        };
        let added = CommentAdded { comment: Some(comment), ticket: Some(ticket) };
        self.tell(author, Event::TicketsCommentAdded(added)).await;
    }

    /// Somebody gives the agent a ticket by hand.
    async fn hand(&self, giver: &Actor, number: &str) {
        let run = Run { assignee_id: AGENT.into(), ticket_number: number.into(), ..Run::default() };
        let reason = format!("assigned by {}", giver.display_name);
        let made = AssignmentMade { run: Some(run), reason, ..AssignmentMade::default() };
        self.tell(giver, Event::WorkflowAssignmentMade(made)).await;
    }

    /// Identity tells that somebody was deleted.
    async fn delete(&self, user_id: &str) {
        let process = self.world.process();
        let user = User {
            id: user_id.into(),
            display_name: PSEUDONYM.into(),
            delete_time: Some(to_proto(process.clock.now())),
            ..User::default()
        };
        let updated = UserUpdated { user: Some(user) };
        self.tell(&Actor::default(), Event::IdentityUserUpdated(updated)).await;
    }

    async fn tell(&self, actor: &Actor, event: Event) {
        let process = self.world.process();
        let envelope = Envelope {
            id: process.ids.id("evt"),
            actor: Some(actor.clone()),
            audience: Some(Audience { user_ids: vec![AGENT.into()], ..Audience::default() }),
            event: Some(event),
            ..Envelope::default()
        };
        process.bus.publish(&envelope).await.expect("the bus takes it");
        self.world.settle().await;
    }

    fn client(&self, user_id: &str) -> InboxServiceClient<mesh_core::peer::PeerChannel> {
        InboxServiceClient::new(self.notify.with_token(&self.world.person(user_id).token()))
    }

    async fn list(&self, user_id: &str) -> (Vec<Notification>, i64) {
        let answer = self
            .client(user_id)
            .list_notifications(ListNotificationsRequest::default())
            .await
            .expect("a list")
            .into_inner();
        (answer.notifications, answer.unread_count)
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_assigned_agent_is_told_once_however_often_the_event_comes(
    #[values(Place::Sqlite, Place::Postgres, Place::Mesh)] place: Place,
) {
    let inboxes = Inboxes::new(place).await;
    let envelope = inboxes.assign(AGENT, "TX-1").await;
    inboxes.world.process().bus.publish(&envelope).await.expect("the bus takes it again");
    inboxes.world.settle().await;
    let (notifications, unread) = inboxes.list(AGENT).await;
    assert_eq!((notifications.len(), unread), (1, 1));
    assert_eq!(notifications[0].kind(), NotificationKind::Assigned);
    assert_eq!(notifications[0].subject, "TX-1 is yours: printer on fire");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn nobody_reads_or_marks_somebody_elses_notifications(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let inboxes = Inboxes::new(engine).await;
    inboxes.assign(AGENT, "TX-1").await;
    let id = inboxes.list(AGENT).await.0[0].id.clone();
    assert!(inboxes.list(OTHER).await.0.is_empty());
    inboxes
        .client(OTHER)
        .mark_read(MarkReadRequest { notification_ids: vec![id] })
        .await
        .expect("changes nothing");
    assert_eq!(inboxes.list(AGENT).await.1, 1);
    let nobody = InboxServiceClient::new(inboxes.notify.as_mesh()).count_unread(CountUnreadRequest {}).await;
    assert_eq!(nobody.expect_err("the mesh has no inbox").code(), Code::Unauthenticated);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn reading_counts_down_and_reading_all_empties(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let inboxes = Inboxes::new(engine).await;
    for number in ["TX-1", "TX-2", "TX-3"] {
        inboxes.assign(AGENT, number).await;
    }
    let id = inboxes.list(AGENT).await.0[0].id.clone();
    let mut client = inboxes.client(AGENT);
    let left = client
        .mark_read(MarkReadRequest { notification_ids: vec![id.clone(), id] })
        .await
        .expect("marked")
        .into_inner();
    assert_eq!(left.unread_count, 2);
    let left = client.mark_all_read(MarkAllReadRequest::default()).await.expect("marked").into_inner();
    assert_eq!(left.unread_count, 0);
    inboxes.world.settle().await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn pages_follow_each_other_without_gaps_and_belong_to_one_caller(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let inboxes = Arc::new(Inboxes::new(engine).await);
    for number in 0..5 {
        inboxes.assign(AGENT, &format!("TX-{number}")).await;
    }
    let (mut seen, mut page_token) = (Vec::new(), String::new());
    loop {
        let ask =
            ListNotificationsRequest { page_size: 2, page_token, ..ListNotificationsRequest::default() };
        let page = inboxes.client(AGENT).list_notifications(ask.clone()).await.expect("a page").into_inner();
        seen.extend(page.notifications.into_iter().map(|notification| notification.ticket_number));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
        let stolen = ListNotificationsRequest { page_token: page_token.clone(), ..ask };
        let refused =
            inboxes.client(OTHER).list_notifications(stolen).await.expect_err("another caller's token");
        assert_eq!(refused.code(), Code::InvalidArgument);
    }
    assert_eq!(seen, ["TX-4", "TX-3", "TX-2", "TX-1", "TX-0"]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn notifications_name_a_deleted_person_by_the_pseudonym_and_his_own_are_gone(
    #[values(Place::Sqlite, Place::Postgres, Place::Mesh)] place: Place,
) {
    let inboxes = Inboxes::new(place).await;
    let person = |id: &str| Actor { user_id: id.into(), display_name: "Ann Lee".into(), ..Actor::default() };
    let (ann, namesake) = (person(OTHER), person("usr_000000000000000000000000nn"));
    inboxes.answer(&ann, "TX-1").await;
    inboxes.hand(&ann, "TX-2").await;
    inboxes.answer(&namesake, "TX-3").await;
    inboxes.assign(OTHER, "TX-4").await;
    inboxes.world.settle().await;
    inboxes.delete(OTHER).await;
    let words: Vec<_> = inboxes.list(AGENT).await.0.into_iter().map(|one| (one.subject, one.body)).collect();
    let words: Vec<_> = words.iter().map(|(subject, body)| (subject.as_str(), body.as_str())).collect();
    assert_eq!(
        words,
        [
            ("Ann Lee answered TX-3: printer on fire", "Ann Lee is my name"),
            ("TX-2 is yours: ", "assigned by Deleted user 7K3F2A"),
            ("Deleted user 7K3F2A answered TX-1: printer on fire", "Deleted user 7K3F2A is my name"),
        ]
    );
    assert!(inboxes.list(OTHER).await.0.is_empty(), "nobody reads them any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_id_is_named() {
    let inboxes = Inboxes::new(Engine::Sqlite).await;
    let ask = MarkReadRequest { notification_ids: vec!["ntf_1".into()] };
    let refused = inboxes.client(AGENT).mark_read(ask).await.expect_err("no id");
    assert!(
        refused.message().starts_with("notification_ids[0] is no id of this kind"),
        "{}",
        refused.message()
    );
}
