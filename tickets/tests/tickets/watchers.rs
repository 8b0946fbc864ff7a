//! Who follows a ticket.

use mesh_core::db::Engine;
use proto::tickets::v1::{SetWatchersRequest, Ticket, timeline_entry::What};
use rstest::rstest;
use tonic::Code;

use crate::support::{Client, Desk};

async fn watch(
    client: &Client,
    ticket: &Ticket,
    add: &[&str],
    remove: &[&str],
) -> Result<Ticket, tonic::Status> {
    let ids = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
    let ask = SetWatchersRequest { ticket_id: ticket.id.clone(), add_ids: ids(add), remove_ids: ids(remove) };
    Ok(client.raw().set_watchers(ask).await?.into_inner())
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn one_follows_by_oneself_and_others_by_permission(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (requester, agent, friend) = (desk.requester(), desk.agent(&department), desk.requester());
    let ticket = requester.file(&department, "Printer").await;
    let watched = watch(&requester, &ticket, &[&requester.id], &[]).await.expect("oneself");
    assert_eq!(watched.watcher_ids, [requester.id.as_str()]);
    let again = watch(&requester, &ticket, &[&requester.id], &[]).await.expect("twice is once");
    assert_eq!(again.etag, watched.etag);
    let refusal = watch(&requester, &ticket, &[&friend.id], &[]).await.expect_err("others take a permission");
    assert_eq!(refusal.code(), Code::PermissionDenied);
    watch(&agent, &ticket, &[&friend.id], &[]).await.expect("staff may");
    assert_eq!(friend.all().await, [ticket.id.as_str()]);
    watch(&friend, &ticket, &[], &[&friend.id]).await.expect("one leaves by oneself");
    assert!(friend.all().await.is_empty());
    let changes = requester.timeline(&ticket).await.expect("timeline");
    assert_eq!(changes.iter().filter(|entry| matches!(entry.what, Some(What::Change(_)))).count(), 3);
}
