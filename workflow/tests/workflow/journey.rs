//! A ticket's way from filed to closed, through the generated clients, with the real tickets service beside workflow.

use crate::support::Desk;
use jiff::SignedDuration;
use mesh_core::{db::Engine, policy, testing::Place};
use proto::{
    events::v1::envelope::Event,
    tickets::v1::{
        DeleteTicketRequest, Status, Ticket, UpdateTicketRequest, WaitReason, timeline_entry::What,
    },
    workflow::v1::{AssignmentOrigin, Presence, TransitionRequest, run_history_entry::Change},
};
use rstest::rstest;
use tonic::Code;

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_filed_ticket_is_assigned_and_knows_it(
    #[values(Place::Sqlite, Place::Postgres, Place::Mesh)] place: Place,
) {
    let desk = Desk::open(place).await;
    let department = desk.department();
    let agent = desk.online_agent(&department).await;
    let requester = desk.requester();

    let ticket = desk.file(&requester, &department).await;
    assert_eq!((ticket.status(), ticket.assignee_id.as_str()), (Status::New, agent.id.as_str()));
    assert_eq!(ticket.stage.expect("placed").label, "New");

    let run = agent.run(&ticket.id).await;
    assert_eq!((ticket.run_id, ticket.run_version), (run.id.clone(), run.version));
    assert_eq!((run.workflow_id.as_str(), run.workflow_version), ("wfl_simple", 2));
    assert_eq!(desk.ear.names(&ticket.id), ["workflow.run.started", "workflow.assignment.made"]);

    let explained = agent.explain(&ticket.id).await;
    assert_eq!(
        (explained.origin(), explained.assignee_id.as_str()),
        (AssignmentOrigin::Routed, agent.id.as_str())
    );
    assert_eq!(explained.summary, "the only agent who could take it");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_goes_all_the_way_and_its_timeline_says_who_and_when(
    #[values(Place::Sqlite, Place::Postgres, Place::Mesh)] place: Place,
) {
    let desk = Desk::open(place).await;
    let department = desk.department();
    let agent = desk.online_agent(&department).await;
    let requester = desk.requester();
    let id = desk.file(&requester, &department).await.id;

    for deed in ["ask", "answer", "resolve", "answer again", "resolve again"] {
        desk.later().await;
        match deed {
            "ask" => drop(agent.press(&id, "ask", "Which printer?").await),
            "resolve" | "resolve again" => drop(agent.press(&id, "resolve", "Try again.").await),
            said => drop(requester.say(&id, said).await),
        }
        desk.world.settle().await;
    }
    desk.world.advance(SignedDuration::from_hours(72)).await;

    let ticket = requester.ticket(&id).await;
    assert_eq!((ticket.status(), ticket.reopen_count), (Status::Closed, 1));
    let entries = requester.timeline(&id).await;
    let moves: Vec<_> = entries
        .iter()
        .filter_map(|entry| match entry.what.as_ref()? {
            What::StageMove(moved) => {
                Some((moved.transition.as_str(), entry.actor.as_ref()?.user_id.as_str()))
            }
            _ => None,
        })
        .collect();
    let (by_agent, by_requester) = (agent.id.as_str(), requester.id.as_str());
    let mut expected = vec![
        ("", ""),
        ("Ask requester", by_agent),
        ("Requester replied", by_requester),
        ("Resolve", by_agent),
        ("Reopened by an answer", by_requester),
        ("Resolve", by_agent),
        ("Closed without an answer", ""),
    ];
    if moves.first() != expected.first() {
        expected.reverse();
    }
    assert_eq!(moves, expected);
    assert_eq!(desk.ear.names(&id).last(), Some(&"workflow.run.finished"));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_agents_first_answer_opens_a_new_ticket(
    #[values(Place::Sqlite, Place::Postgres, Place::Mesh)] place: Place,
) {
    let desk = Desk::open(place).await;
    let department = desk.department();
    let agent = desk.online_agent(&department).await;
    let requester = desk.requester();
    let id = desk.file(&requester, &department).await.id;

    requester.say(&id, "Smoke, too!").await;
    desk.world.settle().await;
    assert_eq!(requester.ticket(&id).await.status(), Status::New, "the requester's own words open nothing");
    agent.say(&id, "On my way.").await;
    desk.world.settle().await;
    assert_eq!(requester.ticket(&id).await.status(), Status::Open);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn news_told_twice_changes_nothing_more(
    #[values(Place::Sqlite, Place::Postgres, Place::Mesh)] place: Place,
) {
    let desk = Desk::open(place).await;
    let department = desk.department();
    let agent = desk.online_agent(&department).await;
    let requester = desk.requester();
    let id = desk.file(&requester, &department).await.id;
    agent.press(&id, "ask", "Which printer?").await;
    desk.world.settle().await;
    requester.say(&id, "The red one.").await;
    desk.world.settle().await;

    let before = (agent.run(&id).await, agent.history(&id).await, requester.ticket(&id).await.etag);
    for envelope in desk.ear.about(&id) {
        desk.repeat(&envelope).await;
    }
    assert_eq!((agent.run(&id).await, agent.history(&id).await, requester.ticket(&id).await.etag), before);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_that_moves_to_another_department_finds_an_agent_there(
    #[values(Place::Sqlite, Place::Postgres, Place::Mesh)] place: Place,
) {
    let desk = Desk::open(place).await;
    let (here, there) = (desk.department(), desk.department());
    let first = desk.online_agent(&here).await;
    let second = desk.online_agent(&there).await;
    let administrator = desk.administrator();
    let ticket = desk.file(&desk.requester(), &here).await;
    assert_eq!(ticket.assignee_id, first.id);

    let moved = Ticket {
        id: ticket.id.clone(),
        department_id: there.clone(),
        etag: ticket.etag.clone(),
        ..Ticket::default()
    };
    let ask = UpdateTicketRequest {
        ticket: Some(moved),
        update_mask: Some(prost_types::FieldMask { paths: vec!["department_id".into()] }),
        request_id: crate::support::fresh(),
        ..UpdateTicketRequest::default()
    };
    administrator.tickets.clone().update_ticket(ask).await.expect("the ticket moves");
    desk.world.settle().await;

    let ticket = administrator.ticket(&ticket.id).await;
    let run = second.run(&ticket.id).await;
    assert_eq!(
        (ticket.assignee_id, run.assignee_id, run.department_id),
        (second.id.clone(), second.id.clone(), there)
    );
    let handed: Vec<_> = second
        .history(&ticket.id)
        .await
        .into_iter()
        .filter_map(|entry| match entry.change? {
            Change::AssigneeChanged(changed) => Some(changed.origin()),
            _ => None,
        })
        .collect();
    assert_eq!(handed, [AssignmentOrigin::Routed, AssignmentOrigin::AccessLost, AssignmentOrigin::Routed]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_run_of_a_deleted_ticket_is_over(
    #[values(Place::Sqlite, Place::Postgres, Place::Mesh)] place: Place,
) {
    let desk = Desk::open(place).await;
    let department = desk.department();
    let agent = desk.online_agent(&department).await;
    let ticket = desk.file(&desk.requester(), &department).await;

    let ask = DeleteTicketRequest {
        id: ticket.id.clone(),
        etag: ticket.etag,
        request_id: crate::support::fresh(),
        reason: "filed twice".into(),
    };
    desk.administrator().tickets.clone().delete_ticket(ask).await.expect("the ticket goes");
    desk.world.settle().await;
    assert!(agent.run(&ticket.id).await.end_time.is_some());
    let refused =
        agent.try_press(agent.pressing(&ticket.id, "start", "").await).await.expect_err("it is over");
    assert_eq!(
        (refused.code(), crate::support::reason(&refused).as_str()),
        (Code::FailedPrecondition, "RUN_ENDED")
    );
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn where_a_ticket_stands_is_for_all_who_see_it_and_who_has_it_for_the_staff(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let agent = desk.online_agent(&department).await;
    let requester = desk.requester();
    let id = desk.file(&requester, &department).await.id;

    let hears = |person: &str, grants: &[_], name: &str| {
        let caller = desk.world.person(person).grants(grants.iter().copied(), Some(&department)).caller();
        policy::sees(&caller, &desk.ear.event(&id, name).audience.expect("an audience"))
    };
    assert!(hears(&requester.id, &[], "workflow.run.started"));
    assert!(!hears(&requester.id, &[], "workflow.assignment.made"));
    for name in ["workflow.run.started", "workflow.assignment.made"] {
        assert!(hears(&desk.id("usr"), &crate::support::AGENT, name));
        assert!(!hears(&desk.id("usr"), &[], name));
    }
    let Some(Event::WorkflowAssignmentMade(made)) = desk.ear.event(&id, "workflow.assignment.made").event
    else {
        panic!()
    };
    assert_eq!(
        (made.ticket_subject.as_str(), made.run.expect("a run").assignee_id),
        ("printer on fire", agent.id.clone())
    );

    agent.be(Presence::Away).await;
    desk.world.settle().await;
    let came = desk.ear.about(&agent.id).pop().and_then(|told| told.audience).expect("somebody is told");
    let colleague =
        desk.world.person(&desk.id("usr")).grants(crate::support::AGENT, Some(&department)).caller();
    assert!(
        policy::sees(&colleague, &came) && !policy::sees(&desk.world.person(&requester.id).caller(), &came)
    );
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_on_hold_until_a_date_wakes_on_it(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let agent = desk.online_agent(&department).await;
    let requester = desk.requester();
    let id = desk.file(&requester, &department).await.id;

    let until = desk.world.process().clock.now() + SignedDuration::from_hours(5);
    let hold = TransitionRequest {
        wait_reason: WaitReason::UntilDate.into(),
        wait_until: Some(mesh_core::clock::to_proto(until)),
        ..agent.pressing(&id, "hold", "the spare part comes on Friday").await
    };
    agent.try_press(hold).await.expect("a date in the future");
    desk.world.advance(SignedDuration::from_hours(4)).await;
    let held = requester.ticket(&id).await;
    assert_eq!(
        (held.status(), held.wait_until_time),
        (Status::OnHold, Some(mesh_core::clock::to_proto(until)))
    );
    desk.world.advance(SignedDuration::from_hours(1)).await;
    assert_eq!(requester.ticket(&id).await.status(), Status::Open);
    let heard = requester.timeline(&id).await;
    assert!(!format!("{heard:?}").contains("spare part"), "the note is the staff's");
}
