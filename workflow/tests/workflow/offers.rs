//! Queues that offer tickets instead of assigning them.

use jiff::SignedDuration;
use mesh_core::db::Engine;
use proto::workflow::v1::{
    AssignmentOrigin, ClaimTicketRequest, DeclineOfferRequest, DropReason, ListOffersRequest, Offer,
    Presence, Queue, QueueTier, Run,
};
use rstest::rstest;
use tonic::Code;

use crate::support::{Client, Desk, fresh, queue, reason, seconds};

/// A queue that offers, each time for a minute and a half.
fn offering(department: &str) -> Queue {
    Queue { offers: true, offer_timeout: Some(seconds(90)), ..queue("Offers", department) }
}

async fn decline(client: &Client, ticket_id: &str) -> Result<Run, tonic::Status> {
    let ask = DeclineOfferRequest {
        request_id: fresh(),
        ticket_id: ticket_id.into(),
        etag: String::new(),
        reason: "not my field".into(),
    };
    client.runs.clone().decline_offer(ask).await.map(tonic::Response::into_inner)
}

impl Client {
    async fn offers(&self) -> Vec<Offer> {
        let ask = ListOffersRequest::default();
        self.runs.clone().list_offers(ask).await.expect("a list").into_inner().offers
    }
}

async fn claim(client: &Client, ticket_id: &str) -> Run {
    let ask = ClaimTicketRequest { request_id: fresh(), ticket_id: ticket_id.into(), etag: String::new() };
    client.runs.clone().claim_ticket(ask).await.expect("it may be taken").into_inner()
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_offer_goes_from_one_to_the_next_until_somebody_takes_it(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    desk.administrator().make(offering(&department)).await;
    let mut agents = vec![];
    for _ in 0..3 {
        agents.push(desk.online_agent(&department).await);
    }
    let id = desk.file(&desk.requester(), &department).await.id;
    let next = async |asked: &[String]| {
        let run = agents[0].run(&id).await;
        assert_eq!(run.assignee_id, "");
        assert!(!asked.contains(&run.offered_to_id), "nobody is asked twice");
        let agent = agents.iter().find(|agent| agent.id == run.offered_to_id).expect("one of them");
        (agent.clone(), run)
    };
    let (first, run) = next(&[]).await;
    assert!(run.offer_expire_time.is_some());
    let explained = first.explain(&id).await;
    assert_eq!((explained.origin(), explained.assignee_id), (AssignmentOrigin::Offered, first.id.clone()));
    decline(&first, &id).await.expect("he may");
    let (second, _) = next(std::slice::from_ref(&first.id)).await;
    let late = decline(&first, &id).await.expect_err("it is no longer his to decline");
    assert_eq!((late.code(), reason(&late).as_str()), (Code::FailedPrecondition, "NOT_OFFERED"));
    desk.world.advance(SignedDuration::from_secs(90)).await;
    let (third, _) = next(&[first.id.clone(), second.id.clone()]).await;
    let run = claim(&third, &id).await;
    assert_eq!((run.assignee_id.as_str(), run.offered_to_id.as_str()), (third.id.as_str(), ""));
    desk.world.advance(SignedDuration::from_secs(90)).await;
    assert_eq!(third.run(&id).await.assignee_id, third.id, "an answered offer does not end");
    let names = desk.ear.names(&id);
    let (made, ended) = ("workflow.offer.made", "workflow.offer.ended");
    assert_eq!(names, ["workflow.run.started", made, ended, made, ended, made, "workflow.assignment.made"]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn one_lists_what_one_is_offered_until_one_has_answered(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    desk.administrator().make(offering(&department)).await;
    let agent = desk.online_agent(&department).await;
    let requester = desk.requester();
    let first = desk.file(&requester, &department).await.id;
    desk.later().await;
    let second = desk.file(&requester, &department).await.id;
    let offers = agent.offers().await;
    let runs: Vec<_> = offers.iter().filter_map(|offer| offer.run.as_ref()).collect();
    let ids: Vec<_> = runs.iter().map(|run| run.ticket_id.clone()).collect();
    assert_eq!(ids, [first.clone(), second], "what ends first comes first");
    assert!(runs.iter().all(|run| run.offered_to_id == agent.id && run.offer_expire_time.is_some()));
    assert_eq!(offers[0].ticket_subject, "printer on fire");
    decline(&agent, &first).await.expect("he may");
    assert_eq!(agent.offers().await.len(), 1, "one is answered");
    assert!(requester.offers().await.is_empty(), "nobody else's business");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_offer_takes_its_place_among_the_work(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (boss, requester) = (desk.administrator(), desk.requester());
    boss.make(offering(&department)).await;
    let agent = desk.online_agent(&department).await;
    boss.limit(&agent.id, 1).await;
    let tickets = [desk.file(&requester, &department).await.id, desk.file(&requester, &department).await.id];
    assert_eq!(agent.run(&tickets[0]).await.offered_to_id, agent.id);
    assert_eq!(agent.run(&tickets[1]).await.offered_to_id, "");
    assert_eq!(agent.explain(&tickets[1]).await.candidates[0].dropped(), DropReason::Full);
    decline(&agent, &tickets[0]).await.expect("he may");
    desk.world.settle().await;
    assert_eq!(agent.run(&tickets[1]).await.offered_to_id, agent.id);
    assert_eq!(agent.run(&tickets[0]).await.offered_to_id, "", "he did not want it");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_offered_a_ticket_of_another_department_may_take_it(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (department, crew) = (desk.department(), desk.department());
    let tiers = vec![QueueTier { department_ids: vec![crew.clone()], after: None }];
    desk.administrator().make(Queue { tiers, ..offering(&department) }).await;
    let (helper, colleague) = (desk.agent(&crew).await, desk.agent(&crew).await);
    helper.be(Presence::Online).await;
    let id = desk.file(&desk.requester(), &department).await.id;
    let hidden = decline(&colleague, &id).await.expect_err("he may not even see it");
    assert_eq!(hidden.code(), Code::NotFound);
    assert_eq!(claim(&helper, &id).await.assignee_id, helper.id);
}
