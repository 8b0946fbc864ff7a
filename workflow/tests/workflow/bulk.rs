//! The same done to many runs: each by its own rules and as it was seen, once however often it is asked for.

use mesh_core::db::Engine;
use proto::{
    identity::v1::Permission,
    tickets::v1::{BulkSkip, Status, timeline_entry::What},
    workflow::v1::{
        BulkAssignment, BulkTransition, BulkUpdateRunsRequest, SeenRun, bulk_update_runs_request::Deed,
        run_history_entry::Change,
    },
};
use rstest::rstest;
use tonic::{Code, Status as Refusal};
use tonic_types::StatusExt as _;

use crate::support::{AGENT, Client, Desk, fresh, reason};

/// What a change of many said in all.
#[derive(Clone, Debug, Default, PartialEq)]
struct Report {
    total: i32,
    done: i32,
    skipped: Vec<BulkSkip>,
    changed: Vec<SeenRun>,
}

impl Report {
    fn reasons(&self) -> Vec<(&str, &str)> {
        self.skipped.iter().map(|skip| (skip.ticket_id.as_str(), skip.reason.as_str())).collect()
    }

    fn changed_ids(&self) -> Vec<&str> {
        self.changed.iter().map(|run| run.ticket_id.as_str()).collect()
    }
}

impl Client {
    async fn bulk(&self, ask: BulkUpdateRunsRequest) -> Result<Report, Refusal> {
        let mut stream = self.runs.clone().bulk_update_runs(ask).await?.into_inner();
        let mut report = Report::default();
        while let Some(said) = stream.message().await? {
            assert!(said.done >= report.done, "progress goes on");
            (report.total, report.done) = (said.total, said.done);
            report.skipped.extend(said.skipped);
            report.changed.extend(said.changed);
        }
        Ok(report)
    }

    /// What was said on a ticket.
    async fn said(&self, ticket_id: &str) -> Vec<String> {
        let entries = self.timeline(ticket_id).await.into_iter();
        let comments = entries.filter_map(|entry| match entry.what? {
            What::Comment(comment) => Some(comment.text),
            _ => None,
        });
        comments.collect()
    }

    /// The run as this person sees it now.
    async fn seen(&self, ticket_id: &str) -> SeenRun {
        let run = self.run(ticket_id).await;
        SeenRun {
            ticket_id: ticket_id.into(),
            etag: run.etag,
            stage_key: run.stage_key,
            assignee_id: Some(run.assignee_id),
        }
    }
}

/// Agents of a department who may change many tickets at once.
async fn changer(desk: &Desk, department: &str) -> Client {
    let id = desk.id("usr");
    desk.grant(&id, 1, &[department]).await;
    let held = AGENT.into_iter().chain([Permission::TicketBulk]);
    desk.client(&desk.world.person(&id).grants(held, Some(department)))
}

/// A run of which no more than its ticket is said.
fn unseen(ticket_id: &str) -> SeenRun {
    SeenRun { ticket_id: ticket_id.into(), ..SeenRun::default() }
}

fn pressing(runs: Vec<SeenRun>, transition_key: &str, comment: &str) -> BulkUpdateRunsRequest {
    let (transition_key, comment) = (transition_key.into(), comment.into());
    let transition = BulkTransition { transition_key, comment, ..BulkTransition::default() };
    BulkUpdateRunsRequest {
        request_id: fresh(),
        runs,
        deed: Some(Deed::Transition(transition)),
        ..BulkUpdateRunsRequest::default()
    }
}

fn giving(runs: Vec<SeenRun>, to: &str) -> BulkUpdateRunsRequest {
    let assignment = BulkAssignment { assignee_id: to.into(), reason: "on leave".into() };
    BulkUpdateRunsRequest {
        request_id: fresh(),
        runs,
        deed: Some(Deed::Assignment(assignment)),
        ..BulkUpdateRunsRequest::default()
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn each_ticket_is_moved_by_its_own_rules_and_only_as_it_was_seen(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (here, there) = (desk.department(), desk.department());
    let (agent, requester) = (changer(&desk, &here).await, desk.requester());
    let mut ids = vec![];
    for _ in 0..4 {
        ids.push(desk.file(&requester, &here).await.id);
    }
    let [first, started, moved, stale] = &ids[..] else { panic!("four") };
    let hidden = desk.file(&requester, &there).await.id;
    agent.press(started, "start", "").await;
    let (was_new, read) = (agent.seen(moved).await, agent.seen(stale).await);
    agent.press(moved, "start", "").await;
    agent.press(stale, "start", "").await;
    let runs = vec![
        agent.seen(first).await,
        agent.seen(started).await,
        SeenRun { etag: String::new(), ..was_new },
        SeenRun { stage_key: String::new(), ..read },
        unseen(&hidden),
    ];

    let ask = pressing(runs, "ask", "Which printer?");
    let rehearsed = agent.bulk(BulkUpdateRunsRequest { dry_run: true, ..ask.clone() }).await.expect("tried");
    assert_eq!((rehearsed.total, rehearsed.done), (5, 2));
    assert_eq!(agent.run(first).await.stage_key, "new", "nothing is written");

    let report = agent.bulk(ask.clone()).await.expect("moved");
    assert_eq!((report.total, report.done), (5, 2));
    assert_eq!((report.changed_ids(), &report.skipped), (rehearsed.changed_ids(), &rehearsed.skipped));
    assert_eq!(report.changed_ids(), [first.as_str(), started.as_str()]);
    assert_eq!(report.changed[1].stage_key, "open", "as it was before");
    let passed_over = [(moved, "STALE_ETAG"), (stale, "STALE_ETAG"), (&hidden, "NOT_FOUND")];
    assert_eq!(report.reasons(), passed_over.map(|(id, reason)| (id.as_str(), reason)));

    let again = agent.bulk(ask.clone()).await.expect("repeated");
    assert_eq!((again.done, &again.skipped, again.changed.len()), (2, &report.skipped, 0));
    desk.world.settle().await;
    for id in [first, started] {
        assert_eq!(requester.ticket(id).await.status(), Status::Pending);
        assert_eq!(requester.said(id).await, ["Which printer?"], "said once");
    }
    let other = pressing(vec![unseen(first)], "hold", "");
    let other = agent.bulk(BulkUpdateRunsRequest { request_id: ask.request_id, ..other }).await;
    assert_eq!(reason(&other.expect_err("another body")), "REQUEST_ID_REUSED");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_whose_guards_fail_is_named_with_what_is_missing(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let here = desk.department();
    let (agent, requester) = (changer(&desk, &here).await, desk.requester());
    let (with_agent, waiting) =
        (desk.file(&requester, &here).await.id, desk.file(&requester, &here).await.id);
    let mine = giving(vec![unseen(&with_agent)], &agent.id);
    agent.bulk(mine).await.expect("it is the agent's");
    let report = agent.bulk(pressing(vec![unseen(&waiting), unseen(&with_agent)], "resolve", "Done."));
    let report = report.await.expect("done as far as it goes");
    assert_eq!((report.done, report.reasons()), (1, vec![(waiting.as_str(), "TRANSITION_REFUSED")]));
    assert_eq!(report.skipped[0].message, "nobody is assigned; claim the ticket or assign somebody first");
    let report = agent.bulk(pressing(vec![unseen(&waiting)], "ask", "")).await.expect("tried");
    assert_eq!(report.reasons(), [(waiting.as_str(), "INVALID_FIELDS")], "the comment is missing");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn tickets_are_given_to_somebody_and_back_and_the_call_knows_whose_they_were(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let here = desk.department();
    let (agent, ben) = (changer(&desk, &here).await, desk.agent(&here).await);
    let requester = desk.requester();
    let mut ids = vec![];
    for _ in 0..30 {
        ids.push(desk.file(&requester, &here).await.id);
    }
    let runs: Vec<_> = ids.iter().map(|id| unseen(id)).collect();
    agent.bulk(giving(vec![unseen(&ids[0])], &agent.id)).await.expect("one is Anna's");
    agent.bulk(giving(vec![unseen(&ids[1])], &ben.id)).await.expect("one is Ben's");

    let ask = giving(runs, &ben.id);
    let rehearsed = agent.bulk(BulkUpdateRunsRequest { dry_run: true, ..ask.clone() }).await.expect("tried");
    let mut stream = agent.runs.clone().bulk_update_runs(ask.clone()).await.expect("begins").into_inner();
    let begun = stream.message().await.expect("a message").expect("the first");
    let batch = stream.message().await.expect("a message").expect("the second");
    assert_eq!((begun.done, batch.done, batch.changed.len()), (0, 25, 24), "Ben's stays Ben's");
    assert_eq!(batch.changed[0].assignee_id(), agent.id, "as it was before");
    drop(stream);
    let report = agent.bulk(ask).await.expect("goes on");
    assert_eq!((report.total, report.done, report.changed.len()), (30, 30, 5));
    assert_eq!(rehearsed.changed.len(), 29);
    for id in &ids {
        assert_eq!(agent.run(id).await.assignee_id, ben.id);
        let given = agent.history(id).await.into_iter().filter(
            |entry| matches!(&entry.change, Some(Change::AssigneeChanged(change)) if change.to_id == ben.id),
        );
        assert_eq!(given.count(), 1, "each was given once");
    }

    let seen = |id: &String, assignee: &str| SeenRun { assignee_id: Some(assignee.into()), ..unseen(id) };
    let back = giving(vec![seen(&ids[0], &ben.id), seen(&ids[1], &agent.id)], "");
    let report = agent.bulk(back).await.expect("given back");
    assert_eq!((report.done, report.reasons()), (1, vec![(ids[1].as_str(), "STALE_ETAG")]));
    assert_eq!(agent.run(&ids[0]).await.assignee_id, "");
    let nobody = agent.bulk(giving(vec![unseen(&ids[0])], &requester.id)).await.expect("tried");
    assert_eq!(nobody.reasons(), [(ids[0].as_str(), "NOT_AN_AGENT")]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_change_of_many_is_named_and_nothing_begins(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let here = desk.department();
    let agent = changer(&desk, &here).await;
    let id = desk.file(&desk.requester(), &here).await.id;
    let one = vec![unseen(&id)];
    for (ask, fields) in [
        (pressing(vec![], "start", ""), vec!["runs"]),
        (pressing([one.clone(), one.clone()].concat(), "start", ""), vec!["runs[1].ticket_id"]),
        (pressing(one.clone(), "", ""), vec!["transition.transition_key"]),
        (giving(vec![unseen("x")], "y"), vec!["runs[0].ticket_id", "assignment.assignee_id"]),
        (BulkUpdateRunsRequest { deed: None, ..pressing(one.clone(), "start", "") }, vec!["deed"]),
    ] {
        let refusal = agent.bulk(ask).await.expect_err("refused");
        assert_eq!(refusal.code(), Code::InvalidArgument);
        let wrong = refusal.get_details_bad_request().expect("its fields").field_violations;
        assert_eq!(wrong.iter().map(|wrong| wrong.field.as_str()).collect::<Vec<_>>(), fields);
    }
    let refusal = desk.agent(&here).await.bulk(pressing(one, "start", "")).await.expect_err("refused");
    assert_eq!(reason(&refusal), "PERMISSION_DENIED");
    assert_eq!(agent.run(&id).await.stage_key, "new");
}
