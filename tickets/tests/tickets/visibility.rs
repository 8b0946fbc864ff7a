//! One rule decides who sees a ticket: List, Count, Get, the timeline and the audiences of the live stream agree. That the stream keeps
//! to them is proven with it (`gateway/tests/front_door/audiences.rs`).

use mesh_core::{db::Engine, policy, testing::Person};
use proptest::prelude::*;
use proto::{
    identity::v1::Permission,
    tickets::v1::{SetWatchersRequest, Status, Ticket, TicketQuery},
};
use rstest::rstest;
use tonic::Code;

use crate::support::{Client, Desk, ask};

/// People, departments and tickets small enough to collide often.
pub(crate) const PEOPLE: usize = 5;
pub(crate) const DEPARTMENTS: usize = 3;

/// A ticket and who has to do with it, by index.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    department: usize,
    requester: usize,
    behalf: Option<usize>,
    ccs: Vec<usize>,
    watchers: Vec<usize>,
    assignee: Option<usize>,
}

pub(crate) fn plan() -> impl Strategy<Value = Plan> {
    let person = || 0..PEOPLE;
    let several = || prop::collection::vec(person(), 0..3);
    let (behalf, assignee) = (prop::option::of(person()), prop::option::of(person()));
    (0..DEPARTMENTS, person(), behalf, several(), several(), assignee).prop_map(
        |(department, requester, behalf, ccs, watchers, assignee)| Plan {
            department,
            requester,
            behalf,
            ccs,
            watchers,
            assignee,
        },
    )
}

/// What somebody holds: permissions, each in a department by index, or everywhere.
pub(crate) type Grant = (Option<usize>, Permission);
pub(crate) type Held = Vec<Grant>;

/// Reading in several departments or in none, beside whatever else there is, anywhere; or everything everywhere.
pub(crate) fn held() -> impl Strategy<Value = Held> {
    let all: Vec<_> = proto::permission::all().collect();
    let everything: Held = all.iter().map(|permission| (None, *permission)).collect();
    let place = prop_oneof![9 => (0..DEPARTMENTS).prop_map(Some), 1 => Just(None)];
    let permission = prop_oneof![Just(Permission::TicketRead), prop::sample::select(all)];
    prop_oneof![8 => prop::collection::vec((place, permission), 0..5), 1 => Just(everything)]
}

/// Tickets, and what each person holds.
fn world() -> impl Strategy<Value = (Vec<Plan>, Vec<Held>)> {
    (prop::collection::vec(plan(), 1..6), prop::collection::vec(held(), PEOPLE))
}

/// Whether the rule lets this person see the ticket.
fn sees(person: usize, plan: &Plan, grants: &[Held]) -> bool {
    let reads = |(place, permission): &Grant| {
        *permission == Permission::TicketRead && place.is_none_or(|place| place == plan.department)
    };
    grants[person].iter().any(reads)
        || plan.requester == person
        || plan.behalf == Some(person)
        || plan.assignee == Some(person)
        || plan.ccs.contains(&person)
        || plan.watchers.contains(&person)
}

pub(crate) struct Town {
    pub(crate) desk: Desk,
    pub(crate) departments: Vec<String>,
    pub(crate) people: Vec<String>,
    pub(crate) boss: Client,
}

impl Town {
    pub(crate) async fn build(engine: Engine) -> Self {
        let desk = Desk::open(engine).await;
        let departments = (0..DEPARTMENTS).map(|_| desk.department()).collect();
        let people = (0..PEOPLE).map(|_| desk.requester().id).collect();
        let boss = desk.administrator();
        Self { desk, departments, people, boss }
    }

    pub(crate) async fn file(&self, plan: &Plan) -> Ticket {
        let named = |indices: &[usize]| indices.iter().map(|index| self.people[*index].clone()).collect();
        let sent = Ticket {
            requester_id: self.people[plan.requester].clone(),
            on_behalf_of_id: plan.behalf.map(|index| self.people[index].clone()).unwrap_or_default(),
            cc_ids: named(&plan.ccs),
            ..ask(&self.departments[plan.department], "Printer")
        };
        let ticket = self.boss.create(sent).await.expect("filed");
        let watch = SetWatchersRequest {
            ticket_id: ticket.id.clone(),
            add_ids: named(&plan.watchers),
            remove_ids: vec![],
        };
        self.boss.raw().set_watchers(watch).await.expect("watched");
        let assignee = plan.assignee.map(|index| self.people[index].clone()).unwrap_or_default();
        self.desk.place(&ticket, 1, Status::Open, &assignee).await
    }

    pub(crate) fn person(&self, index: usize, held: &[Grant]) -> Client {
        self.desk.client(self.people[index].clone(), &self.holder(index, held).token())
    }

    fn holder(&self, index: usize, held: &[Grant]) -> Person<'_> {
        held.iter().fold(self.desk.world.person(&self.people[index]), |person, (place, permission)| {
            person.grant(*permission, place.map(|place| self.departments[place].as_str()))
        })
    }

    fn hears(&self, index: usize, held: &[Grant], ticket: &Ticket) -> bool {
        let person = self.holder(index, held);
        let heard = self.desk.ear.heard();
        let last = heard.iter().rfind(|envelope| envelope.subject == ticket.id).expect("news of the ticket");
        policy::sees(&person.caller(), last.audience.as_ref().expect("an audience"))
    }

    /// Holds every way to see a ticket against the rule.
    async fn check(&self, plans: &[Plan], grants: &[Held]) {
        let mut tickets = vec![];
        for plan in plans {
            tickets.push(self.file(plan).await);
        }
        self.desk.world.settle().await;
        for (index, held) in grants.iter().enumerate() {
            let person = self.person(index, held);
            let listed = person.all().await;
            assert_eq!(person.count(TicketQuery::default()).await, i64::try_from(listed.len()).expect("few"));
            for (ticket, plan) in tickets.iter().zip(plans) {
                let expected = sees(index, plan, grants);
                let read = person.get(&ticket.id).await;
                assert_eq!(listed.contains(&ticket.id), expected, "list: {plan:?} {held:?}");
                assert_eq!(read.is_ok(), expected, "get: {plan:?} {held:?}");
                assert_eq!(person.timeline(ticket).await.is_ok(), expected, "timeline: {plan:?} {held:?}");
                assert_eq!(self.hears(index, held, ticket), expected, "live: {plan:?} {held:?}");
            }
        }
    }
}

#[rstest]
fn list_count_get_timeline_and_live_agree(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let mut runner =
        proptest::test_runner::TestRunner::new(ProptestConfig { cases: 12, ..ProptestConfig::default() });
    let outcome = runner.run(&world(), |(plans, grants)| {
        runtime.block_on(async { Town::build(engine).await.check(&plans, &grants).await });
        Ok(())
    });
    outcome.expect("all ways agree");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn another_requesters_ticket_does_not_exist(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (requester, stranger) = (desk.requester(), desk.requester());
    let ticket = requester.file(&department, "Printer").await;
    let refusals = [
        stranger.get(&ticket.id).await.expect_err("get"),
        stranger.get(&ticket.number).await.expect_err("get by number"),
        stranger.timeline(&ticket).await.expect_err("timeline"),
        stranger.update(ticket.clone(), &["subject"]).await.expect_err("update"),
        stranger.say(&ticket, proto::tickets::v1::CommentKind::Public, "hi").await.expect_err("comment"),
    ];
    for refusal in refusals {
        assert_eq!(refusal.code(), Code::NotFound, "{refusal:?}");
    }
    assert!(stranger.all().await.is_empty());
}
