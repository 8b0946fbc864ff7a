//! Access that is taken away is gone in every service and on every open stream, whichever way it was had and whoever was not
//! listening.

use mesh_core::{
    error::reason_of,
    testing::{amqp_url, eventually},
};
use proto::{
    identity::v1::{
        CreateApiKeyRequest, GetUserRequest, ListRoleAssignmentsRequest, ListSessionsRequest,
        RevokeApiKeyRequest, RevokeSessionRequest, SetUserStatusRequest, UnassignRoleRequest, UserStatus,
        UserView,
    },
    notify::v1::CountUnreadRequest,
    tickets::v1::ListTicketsRequest,
    workflow::v1::ListQueuesRequest,
};
use rstest::rstest;
use tonic::{Code, Status};

use crate::{
    deeds::fresh,
    people::{Office, Person, holder, sign_in},
    proxy::{Proxy, server_of},
    running::{ADMIN, Mesh, Mode},
};

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_session_is_over_everywhere(#[values(Mode::All, Mode::Roles)] mode: Mode) {
    let mesh = Mesh::start(mode).await;
    let agent = Office::open(&mesh).await.agent;
    let mut stream = agent.watch("").await;
    stream.item().await.expect("the stream is open");
    revoke_sessions(&mesh, &agent).await;
    assert_eq!(refused_everywhere(&agent).await, ["SESSION_REVOKED"; 4]);
    while stream.item().await.is_some() {}
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_person_is_out_everywhere(#[values(Mode::All, Mode::Roles)] mode: Mode) {
    let mesh = Mesh::start(mode).await;
    let agent = Office::open(&mesh).await.agent;
    let mut stream = agent.watch("").await;
    stream.item().await.expect("the stream is open");
    let admin = sign_in(&mesh, ADMIN).await;
    let ask = GetUserRequest { user_id: agent.id.clone(), view: UserView::Full.into() };
    let etag = admin.directory().get_user(ask).await.expect("a person").into_inner().etag;
    let (user_id, status) = (agent.id.clone(), UserStatus::Suspended.into());
    let ask = SetUserStatusRequest { user_id, etag, status, ..SetUserStatusRequest::default() };
    admin.directory().set_user_status(ask).await.expect("is suspended");
    // Two pieces of news say so, and which one a service hears first is left to chance.
    let reasons = refused_everywhere(&agent).await;
    assert!(reasons.iter().all(|reason| ["SESSION_REVOKED", "TOKEN_EXPIRED"].contains(&reason.as_str())));
    while stream.item().await.is_some() {}
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_token_from_before_a_change_of_roles_counts_no_longer(
    #[values(Mode::All, Mode::Roles)] mode: Mode,
) {
    let mesh = Mesh::start(mode).await;
    let office = Office::open(&mesh).await;
    let (agent, ticket) = (office.agent, office.requester.file("Not yours", &office.department_id).await);
    let mut stream = agent.watch("").await;
    stream.item().await.expect("the stream is open");
    let admin = sign_in(&mesh, ADMIN).await;
    let ask =
        ListRoleAssignmentsRequest { user_id: agent.id.clone(), ..ListRoleAssignmentsRequest::default() };
    let held =
        admin.directory().list_role_assignments(ask).await.expect("roles").into_inner().role_assignments;
    let ask = UnassignRoleRequest { role_assignment_id: held[0].id.clone() };
    admin.directory().unassign_role(ask).await.expect("is taken back");
    assert_eq!(refused_everywhere(&agent).await, ["TOKEN_EXPIRED"; 4]);
    while stream.item().await.is_some() {}
    let now = sign_in(&mesh, "agent@demo.test").await;
    assert_eq!(now.see(&ticket.id).await.expect_err("not his any more").code(), Code::NotFound);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_key_opens_nothing(#[values(Mode::All, Mode::Roles)] mode: Mode) {
    let mesh = Mesh::start(mode).await;
    let agent = Office::open(&mesh).await.agent;
    let ask = CreateApiKeyRequest { request_id: fresh(), display_name: "cron".into(), ..Default::default() };
    let made = agent.account().create_api_key(ask).await.expect("a key").into_inner();
    let program = holder(&mesh, &made.secret);
    let mut stream = program.watch("").await;
    stream.item().await.expect("the stream is open");
    let ask = RevokeApiKeyRequest { api_key_id: made.api_key.expect("a key").id };
    agent.account().revoke_api_key(ask).await.expect("is revoked");
    // A service may hear of it a moment before the door, which knows the key's last token until then.
    let reasons = refused_everywhere(&program).await;
    assert!(reasons.iter().all(|reason| ["WRONG_API_KEY", "SESSION_REVOKED"].contains(&reason.as_str())));
    while stream.item().await.is_some() {}
}

#[rstest]
#[case::all(Mode::All, "all")]
#[case::a_role(Mode::Roles, "tickets")]
#[case::identity(Mode::Roles, "identity")]
#[tokio::test(flavor = "multi_thread")]
async fn a_process_learns_at_its_start_what_was_revoked_before(
    #[case] mode: Mode,
    #[case] name: &'static str,
) {
    let mut mesh = Mesh::start(mode).await;
    let agent = Office::open(&mesh).await.agent;
    revoke_sessions(&mesh, &agent).await;
    mesh.kill(name).await;
    mesh.start_again(name).await;
    let there = agent.at(mesh.address_of(name));
    let refused = match name {
        "tickets" => list(&there).await,
        _ => look_at_himself(&there).await,
    };
    assert_eq!(reason(refused).as_deref(), Some("SESSION_REVOKED"), "by the first call already");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_revoked_while_the_broker_was_away_is_known_once_it_is_back() {
    let mut mesh = Mesh::laid_out(Mode::Roles).await;
    let broker = Proxy::to(server_of(&amqp_url())).await;
    mesh.detour("TM_AMQP_URL", broker.in_front_of(&amqp_url()));
    mesh.open().await;
    let agent = Office::open(&mesh).await.agent;
    let mut stream = agent.watch("").await;
    stream.item().await.expect("the stream is open");
    broker.cut();
    revoke_sessions(&mesh, &agent).await;
    broker.mend();
    assert_eq!(refused_everywhere(&agent).await, ["SESSION_REVOKED"; 4]);
    while stream.item().await.is_some() {}
}

/// The administrator ends all of somebody's sessions.
async fn revoke_sessions(mesh: &Mesh, person: &Person) {
    let admin = sign_in(mesh, ADMIN).await;
    let ask = ListSessionsRequest { user_id: person.id.clone() };
    for session in admin.auth().list_sessions(ask).await.expect("sessions").into_inner().sessions {
        let ask = RevokeSessionRequest { session_id: session.id };
        admin.auth().revoke_session(ask).await.expect("is revoked");
    }
}

/// Waits until every service refuses somebody, and answers why: identity, tickets, workflow, notify.
async fn refused_everywhere(person: &Person) -> Vec<String> {
    eventually("every service refuses", async || {
        let queues = person.routing().list_queues(ListQueuesRequest::default()).await.map(drop);
        let unread = person.inbox().count_unread(CountUnreadRequest::default()).await.map(drop);
        let answers = [look_at_himself(person).await, list(person).await, queues, unread];
        answers.into_iter().map(reason).collect::<Option<Vec<_>>>()
    })
    .await
}

async fn look_at_himself(person: &Person) -> Result<(), Status> {
    person.account().get_me(proto::identity::v1::GetMeRequest {}).await.map(drop)
}

async fn list(person: &Person) -> Result<(), Status> {
    person.tickets().list_tickets(ListTicketsRequest::default()).await.map(drop)
}

/// Why nobody was let in; none when somebody was.
fn reason(answer: Result<(), Status>) -> Option<String> {
    reason_of(&answer.err().filter(|refused| refused.code() == Code::Unauthenticated)?)
}
