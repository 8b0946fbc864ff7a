//! Buttons and presses: who may, with what, and what is said when not.

use crate::support::{Desk, reason};
use mesh_core::{db::Engine, error::current_of};
use proto::{
    tickets::v1::{CommentKind, Status, WaitReason, timeline_entry::What},
    workflow::v1::{GetRunRequest, Run, TransitionOption, TransitionRequest},
};
use rstest::rstest;
use tonic::Code;
use tonic_types::StatusExt as _;

fn keys(options: &[TransitionOption]) -> Vec<&str> {
    options.iter().filter(|option| option.enabled).map(|option| option.key.as_str()).collect()
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn everybody_gets_the_buttons_he_may_press(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let agent = desk.agent(&department).await;
    let requester = desk.requester();
    let id = desk.file(&requester, &department).await.id;

    assert_eq!(keys(&requester.options(&id).await), ["withdraw"]);
    let offered = agent.options(&id).await;
    assert_eq!(keys(&offered), ["start", "ask", "hold", "reject"]);
    let resolve = offered.iter().find(|option| option.key == "resolve").expect("shown, though disabled");
    assert_eq!(resolve.refusals[0].message, "nobody is assigned; claim the ticket or assign somebody first");
    assert!(desk.program().options(&id).await.len() > 4, "who may do everything may press what agents press");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_one_may_not_see_has_no_run(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let desk = Desk::open(engine).await;
    let (department, other) = (desk.department(), desk.department());
    let stranger = desk.agent(&other).await;
    let id = desk.file(&desk.requester(), &department).await.id;

    for person in [stranger, desk.requester()] {
        let ask = GetRunRequest { ticket_id: id.clone() };
        assert_eq!(person.runs.clone().get_run(ask).await.expect_err("a secret").code(), Code::NotFound);
        let press = TransitionRequest {
            request_id: crate::support::fresh(),
            ticket_id: id.clone(),
            transition_key: "start".into(),
            etag: "1".into(),
            ..TransitionRequest::default()
        };
        assert_eq!(person.try_press(press).await.expect_err("a secret").code(), Code::NotFound);
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_press_writes_its_comment_in_the_callers_name_and_moves_once(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let agent = desk.online_agent(&department).await;
    let requester = desk.requester();
    let id = desk.file(&requester, &department).await.id;

    let ask = agent.pressing(&id, "ask", "Which printer?").await;
    let first = agent.try_press(ask.clone()).await.expect("taken");
    let again = agent.try_press(ask.clone()).await.expect("answered as before");
    assert_eq!(first, again);
    assert_eq!((first.category(), first.wait_reason()), (Status::Pending, WaitReason::Requester));
    desk.world.settle().await;
    assert_eq!(requester.ticket(&id).await.status(), Status::Pending, "the comment's own news moves nothing");

    let timeline = requester.timeline(&id).await;
    let comments: Vec<_> = timeline
        .iter()
        .filter_map(|entry| match entry.what.as_ref()? {
            What::Comment(comment) => Some(comment),
            _ => None,
        })
        .collect();
    assert_eq!(comments.len(), 1);
    assert_eq!(comments[0].author.as_ref().expect("an author").user_id, agent.id);
    assert_eq!((comments[0].kind(), comments[0].text.as_str()), (CommentKind::Public, "Which printer?"));

    let other = TransitionRequest { comment: "Which one?".into(), ..ask };
    assert_eq!(reason(&agent.try_press(other).await.expect_err("another body")), "REQUEST_ID_REUSED");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_requester_reopens_with_words_and_once(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let agent = desk.online_agent(&department).await;
    let requester = desk.requester();
    let id = desk.file(&requester, &department).await.id;
    agent.press(&id, "resolve", "").await;
    desk.world.settle().await;

    assert_eq!(keys(&requester.options(&id).await), ["reopen", "close"]);
    let run = requester.press(&id, "reopen", "It burns again.").await;
    desk.world.settle().await;
    assert_eq!(
        (run.category(), run.reopen_count, run.assignee_id.as_str()),
        (Status::Open, 1, agent.id.as_str())
    );
    assert_eq!(requester.run(&id).await.version, run.version, "the comment's news does not reopen once more");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_press_on_an_old_version_brings_the_run_as_it_is(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let agent = desk.online_agent(&department).await;
    let id = desk.file(&desk.requester(), &department).await.id;

    let late = agent.pressing(&id, "hold", "").await;
    let late = TransitionRequest { wait_reason: WaitReason::Vendor.into(), ..late };
    let now = agent.press(&id, "start", "").await;
    let refused = agent.try_press(late.clone()).await.expect_err("stale");
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::Aborted, "STALE_ETAG"));
    assert_eq!(current_of::<Run>(&refused), Some(now.clone()));

    let blind = TransitionRequest { etag: String::new(), request_id: crate::support::fresh(), ..late };
    assert_eq!(
        reason(&agent.try_press(blind.clone()).await.expect_err("a person reads first")),
        "ETAG_REQUIRED"
    );
    let held = desk.program().try_press(blind).await.expect("a program takes it as it is");
    assert_eq!((held.category(), held.wait_reason()), (Status::OnHold, WaitReason::Vendor));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_is_said_field_by_field(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let agent = desk.online_agent(&department).await;
    let requester = desk.requester();
    let id = desk.file(&requester, &department).await.id;

    let ask =
        TransitionRequest { wait_reason: WaitReason::Vendor.into(), ..agent.pressing(&id, "ask", "").await };
    let refused = agent.try_press(ask).await.expect_err("two things are wrong");
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::InvalidArgument, "INVALID_FIELDS"));
    let violations = refused.get_details_bad_request().expect("violations").field_violations;
    let fields: Vec<_> = violations.iter().map(|violation| violation.field.as_str()).collect();
    assert_eq!(fields, ["comment", "wait_reason"]);

    let refused =
        requester.try_press(requester.pressing(&id, "reject", "No.").await).await.expect_err("not his");
    assert_eq!(refused.code(), Code::PermissionDenied);
    let refused = agent.try_press(agent.pressing(&id, "reopen", "").await).await.expect_err("not from here");
    assert_eq!(reason(&refused), "TRANSITION_REFUSED");
    let mut wild = agent.pressing(&id, "hold", &"x".repeat(70_000)).await;
    wild.ticket_id = "TX-1".into();
    let violations =
        agent.try_press(wild).await.expect_err("nonsense").get_details_bad_request().expect("violations");
    assert_eq!(violations.field_violations.len(), 2);
}
