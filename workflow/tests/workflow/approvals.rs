//! Approvals: asked for by a button, voted on by those who are asked, and what becomes of the ticket.

use crate::{
    drawing::{button, short, stage},
    support::{Client, Desk, fresh, reason},
};
use jiff::SignedDuration;
use mesh_core::db::Engine;
use proto::{
    tickets::v1::{ApprovalNote, ApprovalOutcome, Status, TimelineEntry, timeline_entry::What},
    workflow::v1::{
        Approval, ApprovalDue, ApprovalLevel, ApprovalPolicy, ApprovalState, DecideRequest, Decision, Graph,
        Guard, ListApprovalsRequest, Quorum, RefusalCode,
    },
};
use rstest::rstest;
use tonic::{Code, Response, Status as Refusal};

impl Client {
    async fn approvals(&self, ticket_id: &str, show_closed: bool) -> Vec<Approval> {
        let ask = ListApprovalsRequest {
            ticket_id: ticket_id.into(),
            show_closed,
            ..ListApprovalsRequest::default()
        };
        self.runs.clone().list_approvals(ask).await.expect("a list").into_inner().approvals
    }

    async fn try_vote(
        &self,
        approval: &Approval,
        decision: Decision,
        comment: &str,
    ) -> Result<Approval, Refusal> {
        let ask = DecideRequest {
            request_id: fresh(),
            approval_id: approval.id.clone(),
            etag: approval.etag.clone(),
            decision: decision.into(),
            comment: comment.into(),
        };
        self.runs.clone().decide(ask).await.map(Response::into_inner)
    }

    /// What the ticket's timeline tells of approvals.
    async fn approval_notes(&self, ticket_id: &str) -> Vec<ApprovalNote> {
        let told = |entry: TimelineEntry| match entry.what {
            Some(What::Approval(note)) => Some(note),
            _ => None,
        };
        self.timeline(ticket_id).await.into_iter().filter_map(told).collect()
    }

    async fn vote(&self, approval: &Approval, decision: Decision) -> Approval {
        self.try_vote(approval, decision, "").await.expect("the vote counts")
    }
}

fn level(people: &[&Client], quorum: Quorum) -> ApprovalLevel {
    let user_ids = people.iter().map(|person| person.id.clone()).collect();
    ApprovalLevel { user_ids, quorum: quorum.into(), ..ApprovalLevel::default() }
}

/// Look, then done when it was approved; or dropped.
fn approved_by(levels: Vec<ApprovalLevel>) -> Graph {
    let mut graph = short();
    graph.stages.push(stage("dropped", "Dropped", Status::Rejected));
    graph.transitions.push(button("drop", "look", "dropped"));
    graph.transitions[0].approval = Some(ApprovalPolicy { levels, ..ApprovalPolicy::default() });
    graph
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_transition_waits_for_its_levels_and_is_taken_by_the_last_vote(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (agent, requester) = (desk.online_agent(&department).await, desk.requester());
    let (first, second, third) = (desk.requester(), desk.requester(), desk.requester());
    let levels = vec![level(&[&first], Quorum::Any), level(&[&second, &third], Quorum::All)];
    desk.administrator().published("Approved", "", approved_by(levels)).await;
    let id = desk.file(&requester, &department).await.id;
    let run = agent.press(&id, "finish", "").await;
    assert_eq!((run.stage_key.as_str(), run.category()), ("look", Status::New), "it waits");
    let offered = agent.options(&id).await.remove(0);
    assert_eq!((offered.enabled, offered.refusals[0].code()), (false, RefusalCode::ApprovalOpen));

    let [asked] = &first.approvals("", false).await[..] else { panic!("one is asked") };
    assert_eq!((asked.ticket_subject.as_str(), &asked.asker_id), ("printer on fire", &agent.id));
    assert_eq!((asked.transition_label.as_str(), asked.to_stage_label.as_str()), ("finish", "Done"));
    assert_eq!((asked.level_count, asked.needed, asked.requester_id.clone()), (2, 1, requester.id.clone()));
    assert!(second.approvals("", false).await.is_empty(), "not yet");
    let refused = second.try_vote(asked, Decision::Approve, "").await.expect_err("not asked");
    assert_eq!(refused.code(), Code::NotFound);
    let next = first.vote(asked, Decision::Approve).await;
    assert_eq!((next.level, next.state(), next.votes.len()), (1, ApprovalState::Open, 2));
    assert_eq!(next.needed, 2, "both");
    let half = second.vote(&next, Decision::Approve).await;
    let twice = second.try_vote(&half, Decision::Reject, "").await.expect_err("voted");
    assert_eq!(reason(&twice), "APPROVAL_CLOSED");
    let stale = third.try_vote(&next, Decision::Approve, "").await.expect_err("somebody voted meanwhile");
    assert_eq!(reason(&stale), "STALE_ETAG");
    let done = third.vote(&half, Decision::Approve).await;
    assert_eq!(done.state(), ApprovalState::Approved);
    desk.world.settle().await;
    assert_eq!(requester.ticket(&id).await.status(), Status::Closed);
    assert!(third.approvals("", false).await.is_empty());
    assert_eq!(third.approvals("", true).await.len(), 1);
    assert_eq!(agent.approvals(&id, true).await.len(), 1);
    let told = desk.ear.names(&id).into_iter().filter(|name| *name == "workflow.approval.changed").count();
    assert_eq!(told, 4);
    let noted = agent.approval_notes(&id).await;
    let noted: Vec<_> = noted.iter().map(|note| (note.outcome(), note.votes.len())).collect();
    let expected =
        [(ApprovalOutcome::Asked, 0), (ApprovalOutcome::NextLevel, 1), (ApprovalOutcome::Approved, 2)];
    assert_eq!(noted, expected);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_rejection_says_why_and_leaves_the_ticket_where_it_is(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (agent, requester, boss) = (desk.online_agent(&department).await, desk.requester(), desk.requester());
    let mut graph = approved_by(vec![level(&[&boss], Quorum::Any)]);
    if let Some(policy) = &mut graph.transitions[0].approval {
        policy.comment_on_reject = true;
    }
    desk.administrator().published("Approved", "", graph).await;
    let id = desk.file(&requester, &department).await.id;
    agent.press(&id, "finish", "").await;
    let asked = boss.approvals("", false).await.remove(0);
    let mute = boss.try_vote(&asked, Decision::Reject, " ").await.expect_err("why?");
    assert_eq!(reason(&mute), "INVALID_FIELDS");
    let rejected = boss.try_vote(&asked, Decision::Reject, "Too dear.").await.expect("rejected");
    assert_eq!(
        (rejected.state(), rejected.votes[0].comment.as_str()),
        (ApprovalState::Rejected, "Too dear.")
    );
    assert_eq!(agent.run(&id).await.stage_key, "look");
    desk.world.settle().await;
    let note = agent.approval_notes(&id).await.remove(1);
    assert_eq!((note.outcome(), note.transition.as_str()), (ApprovalOutcome::Rejected, "finish"));
    assert_eq!((&note.votes[0].user_id, note.votes[0].comment.as_str()), (&boss.id, "Too dear."));
    assert!(!note.votes[0].approved && note.votes[0].time.is_some());
    assert!(requester.approval_notes(&id).await.is_empty(), "it is the staff's");
    let late = boss.try_vote(&rejected, Decision::Approve, "").await.expect_err("it is closed");
    assert_eq!(reason(&late), "APPROVAL_CLOSED");

    agent.press(&id, "finish", "").await;
    assert_eq!(agent.approvals(&id, true).await.len(), 2, "it can be asked for again");
    let again = boss.approvals("", false).await.remove(0);
    agent.press(&id, "drop", "").await;
    assert_eq!(agent.approvals(&id, true).await[0].state(), ApprovalState::Cancelled);
    let late = boss.try_vote(&again, Decision::Approve, "").await.expect_err("the ticket has left");
    assert_eq!(reason(&late), "STALE_ETAG");
    let ask = ListApprovalsRequest { ticket_id: id, ..ListApprovalsRequest::default() };
    let refused = requester.runs.clone().list_approvals(ask).await.expect_err("it is the staff's");
    assert_eq!(refused.code(), Code::PermissionDenied);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn nobody_to_ask_refuses_and_time_ends_what_nobody_answers(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (agent, requester, boss) = (desk.online_agent(&department).await, desk.requester(), desk.requester());
    let mut own = level(&[], Quorum::Any);
    own.rule = "ticket.requester".into();
    let mut graph = approved_by(vec![own]);
    if let Some(policy) = &mut graph.transitions[0].approval {
        policy.exclude_requester = true;
    }
    desk.administrator().published("Own", "ticket.subject == \"mine\"", graph).await;
    let mut timed = approved_by(vec![level(&[&boss], Quorum::Any)]);
    if let Some(policy) = &mut timed.transitions[0].approval {
        policy.due_after = Some(prost_types::Duration { seconds: 3600, nanos: 0 });
        policy.when_due = ApprovalDue::Approve.into();
    }
    timed.transitions[0].guards = vec![Guard {
        rule: "!(\"stop\" in ticket.tags)".into(),
        message: "stopped".into(),
        ..Guard::default()
    }];
    desk.administrator().published("Timed", "", timed).await;

    let mine = requester.file(&department, "mine").await.id;
    desk.world.settle().await;
    let refused =
        agent.try_press(agent.pressing(&mine, "finish", "").await).await.expect_err("nobody is left");
    assert_eq!(reason(&refused), "TRANSITION_REFUSED");

    let id = desk.file(&requester, &department).await.id;
    agent.press(&id, "finish", "").await;
    desk.world.advance(SignedDuration::from_mins(61)).await;
    assert_eq!(agent.approvals(&id, true).await[0].state(), ApprovalState::Approved);
    assert_eq!(requester.ticket(&id).await.status(), Status::Closed);
}
