//! Tickets are found by the names of their files, and by who asked.

use mesh_core::db::Engine;
use proto::tickets::v1::{CommentKind, DeleteCommentRequest, SearchTicketsRequest, TicketQuery};
use rstest::rstest;

use crate::{
    search::search,
    support::{Client, Desk, ask, fresh, wrong_fields},
};

/// How many tickets this person finds with these words.
async fn finds(client: &Client, text: &str) -> i64 {
    search(client, text).await.expect("searches").total
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn names_of_files_find_their_ticket_for_who_may_know_of_them(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (requester, lead) = (desk.requester(), desk.lead(&department));
    let filed = desk.file_of(&requester, None, "floorplan-2031.txt", b"see").await;
    let ticket =
        requester.file_with(ask(&department, "Printer"), vec![filed.id.clone()]).await.expect("filed");
    let answered = desk.file_of(&lead, Some(&ticket), "invoice.txt", b"pay").await;
    let said = lead.say_with(&ticket, CommentKind::Public, vec![answered.id]).await.expect("said");
    let noted = desk.file_of(&lead, Some(&ticket), "suspicions.txt", b"hm").await;
    lead.say_with(&ticket, CommentKind::Internal, vec![noted.id]).await.expect("noted");
    for (words, publicly) in [("floorplan", 1), ("2031 printer ", 1), ("invoices ", 1), ("suspicions ", 0)] {
        assert_eq!(finds(&requester, words).await, publicly, "{words}");
        assert_eq!(finds(&lead, words).await, 1, "{words}");
    }
    lead.delete_file(&filed.id).await.expect("deleted");
    lead.raw()
        .delete_comment(DeleteCommentRequest { id: said.id, request_id: fresh() })
        .await
        .expect("deleted");
    for words in ["floorplan", "invoice"] {
        assert_eq!(finds(&lead, words).await, 0, "{words} is gone");
    }
    assert_eq!(finds(&lead, "suspicions ").await, 1);
    desk.rebuild_index().await;
    assert_eq!((finds(&lead, "suspicions ").await, finds(&requester, "suspicions ").await), (1, 0));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn who_asked_is_found_by_address_and_words_go_with_rules(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (requester, other, agent) = (desk.requester(), desk.requester(), desk.agent(&department));
    desk.directory.add_person_at(&requester.id, "Grace Hopper", "grace@navy.test");
    requester.file(&department, "Printer").await;
    other.file(&department, "Printer").await;
    assert_eq!(finds(&agent, "printer from:grace@navy.test").await, 1);
    let unknown = search(&agent, "from:nobody@navy.test").await.expect_err("nobody");
    assert_eq!(wrong_fields(&unknown), ["text"]);
    let query = TicketQuery { filter: format!("requester == \"{}\"", other.id), ..TicketQuery::default() };
    let both = SearchTicketsRequest {
        text: "printers ".into(),
        query: Some(query),
        ..SearchTicketsRequest::default()
    };
    assert_eq!(agent.raw().search_tickets(both).await.expect("searches").into_inner().total, 1);
}
