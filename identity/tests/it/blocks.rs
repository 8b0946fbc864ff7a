//! Seeing who failed to sign in and who is blocked, and unblocking.

use jiff::SignedDuration;
use mesh_core::db::Engine;
use proto::identity::v1::{Block, BlockKind, ListAuditEventsRequest, ListBlocksRequest, UnblockRequest};
use rstest::rstest;
use tonic::Code;

use crate::{
    house::{ADMIN, House, PASSWORD, refusal},
    knock::{Place, seen},
};

/// What a list finds, page by page.
async fn list(house: &House, token: &str, mut ask: ListBlocksRequest) -> Vec<Block> {
    let mut all = vec![];
    loop {
        let page = house.security(token).list_blocks(ask.clone()).await.expect("lists").into_inner();
        all.extend(page.blocks);
        if page.next_page_token.is_empty() {
            return all;
        }
        ask.page_token = page.next_page_token;
    }
}

async fn unblock(house: &House, token: &str, block_id: &str) -> Result<Block, tonic::Status> {
    let ask = UnblockRequest { block_id: block_id.into() };
    house.security(token).unblock(ask).await.map(tonic::Response::into_inner)
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn administrators_see_who_failed_and_who_is_blocked_last_failure_first(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, _) = House::new(engine).await;
    for number in 1..=3 {
        house.fail(&Place::new(&format!("192.0.2.{number}"), "laptop"), "nobody@example.com", 1).await;
        house.world.advance(SignedDuration::from_secs(1)).await;
    }
    house.fail(&Place::default(), "locked@example.com", 10).await;
    let admin = house.token_of(ADMIN).await;

    let all = list(&house, &admin, ListBlocksRequest { page_size: 3, ..Default::default() }).await;
    assert_eq!(seen(&all[0]), ("locked@example.com".into(), 10, true));
    assert_eq!(all.len(), 8, "three addresses, three devices, two names");
    assert!(
        all.is_sorted_by_key(|block| std::cmp::Reverse(block.last_failure_time.expect("a time").seconds))
    );
    let kind = |kind: BlockKind| ListBlocksRequest { kind: kind.into(), ..Default::default() };
    let addresses: Vec<_> = list(&house, &admin, kind(BlockKind::Address)).await.iter().map(seen).collect();
    let address = |number: i32| (format!("192.0.2.{number}"), 1, false);
    assert_eq!(addresses, [address(3), address(2), address(1)]);
    let blocked = ListBlocksRequest { only_blocked: true, ..Default::default() };
    let blocked: Vec<_> = list(&house, &admin, blocked).await.iter().map(seen).collect();
    assert_eq!(blocked, [("locked@example.com".to_owned(), 10, true)]);
    let unknown = ListBlocksRequest { kind: 9, ..Default::default() };
    assert_eq!(refusal(house.security(&admin).list_blocks(unknown).await).0, Code::InvalidArgument);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_over_is_no_longer_listed(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let (house, _) = House::new(engine).await;
    house.fail(&Place::default(), "locked@example.com", 10).await;
    house.fail(&Place::default(), "nobody@example.com", 2).await;
    house.world.advance(SignedDuration::from_mins(15)).await;
    let admin = house.token_of(ADMIN).await;
    let names = house.blocks(&admin, BlockKind::Account).await;
    assert_eq!(names, [("nobody@example.com".to_owned(), 2, false)], "a lock that was served is over");
    house.world.advance(SignedDuration::from_hours(24)).await;
    let admin = house.token_of(ADMIN).await;
    assert!(house.blocks(&admin, BlockKind::Account).await.is_empty(), "failures fade");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_lets_somebody_try_again(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    house.person(&admin, "ann@example.com", &[]).await;
    house.fail(&Place::default(), "ann@example.com", 10).await;
    assert_eq!(house.knocked(&Place::default(), "ann@example.com", PASSWORD).await, "WRONG_CREDENTIALS");
    let block = list(&house, &admin, ListBlocksRequest::default()).await.remove(0);
    let free = unblock(&house, &admin, &block.id).await.expect("unblocks");
    assert_eq!((free.id.as_str(), seen(&free)), (block.id.as_str(), ("ann@example.com".into(), 0, false)));
    assert_eq!(house.knocked(&Place::default(), "ann@example.com", PASSWORD).await, "signed in");

    let ask = ListAuditEventsRequest { action: "sign_in.unblocked".into(), ..Default::default() };
    let lines = house.security(&admin).list_audit_events(ask).await.expect("lists").into_inner().audit_events;
    assert_eq!((lines.len(), lines[0].target.as_str()), (1, "ann@example.com"));
    assert!(
        lines[0].before_json.contains("\"failures\":10") && lines[0].after_json.contains("\"failures\":0")
    );
    assert_eq!(
        refusal(unblock(&house, &admin, &block.id).await).0,
        Code::NotFound,
        "nothing is left to forget"
    );
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn blocks_are_nobody_elses_business(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let (house, admin) = House::new(engine).await;
    house.fail(&Place::default(), "nobody@example.com", 1).await;
    let block = list(&house, &admin, ListBlocksRequest::default()).await.remove(0);
    house.person(&admin, "ann@example.com", &[("supervisor", "")]).await;
    let ann = house.token_of("ann@example.com").await;
    let listed = house.security(&ann).list_blocks(ListBlocksRequest::default()).await;
    assert_eq!(refusal(listed).0, Code::PermissionDenied);
    assert_eq!(refusal(unblock(&house, &ann, &block.id).await).0, Code::PermissionDenied);
    let never_was = proto::id::encode("blk", 1);
    assert_eq!(refusal(unblock(&house, &admin, &never_was).await).0, Code::NotFound);
    assert_eq!(refusal(unblock(&house, &admin, "ann@example.com").await).0, Code::InvalidArgument);
}
