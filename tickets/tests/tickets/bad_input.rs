//! What is refused, and how.

use mesh_core::db::Engine;
use proto::tickets::v1::{CommentKind, Ticket};
use rstest::rstest;
use tonic::Code;

use crate::support::{Desk, ask, wrong_fields};

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn every_wrong_field_of_a_ticket_is_named_at_once(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let wrong = Ticket {
        subject: String::new(),
        description: "a\0b".into(),
        department_id: "dep_1".into(),
        priority: 9,
        cc_ids: vec!["nobody".into()],
        tags: vec!["two words".into()],
        language: "no such".into(),
        ..Ticket::default()
    };
    let refusal = desk.requester().create(wrong).await.expect_err("refused");
    let mut fields = wrong_fields(&refusal);
    fields.sort();
    assert_eq!(
        fields,
        [
            "ticket.cc_ids[0]",
            "ticket.department_id",
            "ticket.description",
            "ticket.language",
            "ticket.priority",
            "ticket.subject",
            "ticket.tags[0]"
        ]
    );
}

#[rstest]
#[case::blank("   ".to_owned())]
#[case::one_too_long("x".repeat(256))]
#[case::a_megabyte("x".repeat(1 << 20))]
#[case::a_control_character("bell\u{7}".to_owned())]
#[case::a_line_end("one\ntwo".to_owned())]
#[case::a_right_to_left_override("exe.\u{202e}fdp".to_owned())]
#[tokio::test(flavor = "multi_thread")]
async fn a_bad_subject_is_refused_and_leaves_nothing(#[case] subject: String) {
    let desk = Desk::open(Engine::Sqlite).await;
    let requester = desk.requester();
    let refusal = requester.create(ask(&desk.department(), &subject)).await.expect_err("refused");
    assert_eq!(
        (refusal.code(), wrong_fields(&refusal)),
        (Code::InvalidArgument, vec!["ticket.subject".to_owned()])
    );
    assert!(requester.all().await.is_empty());
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn long_and_foreign_texts_come_back_as_they_were(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let requester = desk.requester();
    let subject = "日本語 'quotes' \"--; drop table tickets\" 🖨️".to_owned();
    let description = "ä".repeat(32_768);
    let sent = Ticket { description: description.clone(), ..ask(&desk.department(), &subject) };
    let filed = requester.create(sent).await.expect("taken");
    let read = requester.get(&filed.id).await.expect("read");
    assert_eq!((read.subject, read.description), (subject, description));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn comments_are_checked_too(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let desk = Desk::open(engine).await;
    let requester = desk.requester();
    let ticket = requester.file(&desk.department(), "Printer").await;
    for text in
        [String::new(), " \n ".to_owned(), "x".repeat(65_537), "a\u{202e}b".to_owned(), "a\0b".to_owned()]
    {
        let refusal = requester.say(&ticket, CommentKind::Public, &text).await.expect_err("refused");
        assert_eq!(wrong_fields(&refusal), ["comment.text"]);
    }
    let refusal = requester.say(&ticket, CommentKind::Unspecified, "hm").await.expect_err("no kind");
    assert_eq!(wrong_fields(&refusal), ["comment.kind"]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn markdown_never_becomes_script(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let desk = Desk::open(engine).await;
    let requester = desk.requester();
    let ticket = requester.file(&desk.department(), "Printer").await;
    let said = requester.reply(&ticket, "Hm <script>alert(1)</script> [x](javascript:alert(1)) **b**").await;
    assert!(
        said.html.contains("<strong>b</strong>") && said.html.contains("&lt;script&gt;"),
        "{}",
        said.html
    );
    assert!(!said.html.contains("<script") && !said.html.contains("href=\"javascript"), "{}", said.html);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_id_is_refused_and_what_is_nobodys_is_not_found(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let requester = desk.requester();
    for id in ["", "tkt_1", "1042", "TX-", "../../etc/passwd", "' or 1=1 --"] {
        let refusal = requester.get(id).await.expect_err("refused");
        assert_eq!(refusal.code(), Code::InvalidArgument, "{id}");
    }
    for id in [desk.id("tkt"), "TX-99999".to_owned()] {
        let refusal = requester.get(&id).await.expect_err("not there");
        assert_eq!(refusal.code(), Code::NotFound, "{id}");
    }
}
