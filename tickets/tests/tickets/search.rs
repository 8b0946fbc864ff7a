//! One box finds tickets by what is said on them, for whoever may read it.

use mesh_core::db::Engine;
use proto::{
    identity::v1::Permission,
    tickets::v1::{
        DeleteCommentRequest, DeleteTicketRequest, EditCommentRequest, Priority, SearchTicketsRequest,
        SearchTicketsResponse, Status, Ticket, TicketQuery,
    },
};
use rstest::rstest;
use tonic::{Code, Status as Refusal};

use crate::support::{Client, Desk, ask, fresh, reason, wrong_fields};

/// What this person finds with these words.
pub(crate) async fn search(client: &Client, text: &str) -> Result<SearchTicketsResponse, Refusal> {
    let ask = SearchTicketsRequest { text: text.to_owned(), ..SearchTicketsRequest::default() };
    Ok(client.raw().search_tickets(ask).await?.into_inner())
}

/// The subjects of what this person finds, best first.
async fn subjects(client: &Client, text: &str) -> Vec<String> {
    let found = search(client, text).await.expect("searches");
    let subjects: Vec<_> =
        found.matches.into_iter().filter_map(|found| found.ticket).map(|ticket| ticket.subject).collect();
    assert_eq!(found.total, i64::try_from(subjects.len()).expect("few"), "{text}: the total is exact");
    subjects
}

async fn snippet(client: &Client, text: &str) -> String {
    let found = search(client, text).await.expect("searches");
    found.matches.into_iter().next().map(|found| found.snippet_html).unwrap_or_default()
}

fn about(department: &str, subject: &str, description: &str) -> Ticket {
    Ticket { description: description.to_owned(), ..ask(department, subject) }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn tickets_are_found_by_number_subject_description_tags_and_comments(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let requester = desk.requester();
    let sent = Ticket {
        tags: vec!["Ground-Floor".into()],
        ..about(&department, "Badge reader", "It <b>beeps</b> twice")
    };
    let ticket = requester.create(sent).await.expect("filed");
    requester.file(&department, "Another matter").await;
    requester.reply(&ticket, "The maintenance crew came by").await;
    for words in [
        ticket.number.as_str(),
        &ticket.number.to_lowercase(),
        "badge",
        "beeps",
        "tag:ground-floor",
        "floor",
        "crew",
    ] {
        assert_eq!(subjects(&requester, words).await, ["Badge reader"], "{words}");
    }
    let across = "badge twice ground crew";
    assert_eq!(subjects(&requester, across).await, ["Badge reader"], "all words, wherever they stand");
    assert!(subjects(&requester, "badge elephant").await.is_empty(), "all words must occur");
    assert_eq!(snippet(&requester, "beeping ").await, "It &lt;b&gt;<mark>beeps</mark>&lt;&#47;b&gt; twice");
    assert_eq!(snippet(&requester, "crew").await, "The maintenance <mark>crew</mark> came by");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn endings_beginnings_accents_and_slips_do_not_matter(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let requester = desk.requester();
    requester.file(&department, "Printers in the café are jammed").await;
    let german = Ticket { language: "de-DE".into(), ..ask(&department, "Störungen im Gebäude") };
    requester.create(german).await.expect("filed");
    for words in ["printer ", "jams ", "CAFE", "prin", "jamm*", "pritners", "how are the printers "] {
        assert_eq!(subjects(&requester, words).await.len(), 1, "{words}");
    }
    assert_eq!(subjects(&requester, "störung ").await.len(), 1, "endings of the language the ticket is in");
    assert!(
        snippet(&requester, "pritners").await.starts_with("It"),
        "the description is shown where the title has the words"
    );
    assert!(subjects(&requester, "prin ").await.is_empty(), "a finished word does not go on");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn titles_come_before_texts_and_the_newest_first(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let requester = desk.requester();
    let first = requester.create(about(&department, "vpn one", "")).await.expect("filed");
    requester.create(about(&department, "Two", "about the vpn")).await.expect("filed");
    requester.create(about(&department, "vpn three", "")).await.expect("filed");
    requester.create(about(&department, "Four", "vpn, and again vpn")).await.expect("filed");
    assert_eq!(subjects(&requester, "vpn").await, ["vpn three", "vpn one", "Four", "Two"]);
    let quoted = format!("As in {}", first.number);
    requester.file(&department, &quoted).await;
    assert_eq!(
        subjects(&requester, &first.number).await,
        ["vpn one", &quoted],
        "the number that was asked for"
    );
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn terms_among_the_words_are_conditions(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let desk = Desk::open(engine).await;
    let (department, other) = (desk.department(), desk.department());
    let (ada, grace) = (desk.requester(), desk.requester());
    desk.directory.name_person(&ada.id, "Ada Requester");
    let agent = desk.person_with(
        desk.agent(&department).id,
        &[(&department, &crate::support::AGENT), (&other, &crate::support::AGENT)],
    );
    let urgent = Ticket { priority: Priority::Urgent.into(), ..ask(&department, "printer one") };
    let one = ada.create(urgent).await.expect("filed");
    grace.file(&other, "printer two").await;
    let three = grace.file(&department, "scanner three").await;
    desk.place(&one, 1, Status::Open, &agent.id).await;
    desk.place(&three, 1, Status::OnHold, "").await;
    for (text, found) in [
        ("printer status:open", vec!["printer one"]),
        ("status:on-hold,open", vec!["scanner three", "printer one"]),
        ("status:new printer", vec!["printer two"]),
        ("priority:urgent", vec!["printer one"]),
        ("assignee:me", vec!["printer one"]),
        ("assignee:none printer", vec!["printer two"]),
        ("from:Ada", vec!["printer one"]),
        ("status:open from:me", vec![]),
        (&format!("department:{other}"), vec!["printer two"]),
        (&format!("requester:{} printer", grace.id), vec!["printer two"]),
    ] {
        assert_eq!(subjects(&agent, text).await, found, "{text}");
    }
    let query = TicketQuery { assignee_id: agent.id.clone(), ..TicketQuery::default() };
    let ask = SearchTicketsRequest {
        text: "printer".into(),
        query: Some(query),
        ..SearchTicketsRequest::default()
    };
    assert_eq!(agent.raw().search_tickets(ask).await.expect("searches").into_inner().total, 1);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_question_is_answered_with_the_nearest(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let requester = desk.requester();
    for (text, said) in [
        ("stauts:open", "did you mean status?"),
        ("status:opn", "did you mean open?"),
        ("priority:hgih", "did you mean high?"),
        ("from:Nobody", "knows nobody named Nobody"),
        ("department:Nowhere", "knows no department Nowhere"),
        ("...", "has no word in it"),
        ("", "is empty"),
        (&"x ".repeat(10_000), "is too long"),
        (&(0..40).map(|n| format!("w{n}")).collect::<Vec<_>>().join(" "), "too many words"),
        ("nul\0", "control characters"),
    ] {
        let refusal = search(&requester, text).await.expect_err("no question");
        assert_eq!(
            (refusal.code(), wrong_fields(&refusal)),
            (Code::InvalidArgument, vec!["text".to_owned()]),
            "{text}"
        );
        assert!(refusal.message().contains(said), "{text}: {}", refusal.message());
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn signs_the_engines_know_are_letters_like_others(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let requester = desk.requester();
    requester
        .create(about(&department, "O'Brien's \"AND\" <gate>", "a & b | !c NEAR(x)"))
        .await
        .expect("filed");
    for text in [
        "o'brien",
        "\"",
        "\"and gate",
        "gate\\",
        "gate'",
        "gate':*",
        "gate) OR (1=1",
        "gate & | ! <->",
        "gate -gate",
        "gate*",
        "*",
        "gate^",
        "{gate}:x",
        "gate + gate",
        "NEAR(gate)",
        "NOT gate",
        "gate AND",
        "^gate",
        "@gate",
        "gate;--",
        "gate%",
        "_ate",
        "ⓖate 🦀 gate",
        "'",
        "((((((((",
        "gate NOT NOT",
        "rowid:1",
        "\u{1f468}\u{200d}\u{1f469}",
    ] {
        match search(&requester, text).await {
            Ok(found) => assert_eq!(found.total, i64::try_from(found.matches.len()).expect("few"), "{text}"),
            Err(refusal) => assert_eq!(refusal.code(), Code::InvalidArgument, "{text}: {refusal:?}"),
        }
    }
    for text in ["o'brien", "gate':*", "gate & | ! <->", "\"and gate", "gate;--"] {
        assert_eq!(subjects(&requester, text).await.len(), 1, "{text}");
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_index_follows_every_change(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (requester, boss) = (desk.requester(), desk.administrator());
    let ticket = requester.file(&department, "Walrus").await;
    let comment = requester.reply(&ticket, "about the heron").await;
    let edit = EditCommentRequest {
        id: comment.id.clone(),
        text: "about the stork".into(),
        etag: comment.etag.clone(),
        request_id: fresh(),
        ..EditCommentRequest::default()
    };
    let edited = requester.raw().edit_comment(edit).await.expect("edited").into_inner();
    assert_eq!(subjects(&requester, "stork").await.len(), 1);
    assert!(subjects(&requester, "heron").await.is_empty(), "the first text is not looked into");
    let delete = DeleteCommentRequest { id: edited.id, request_id: fresh() };
    requester.raw().delete_comment(delete).await.expect("deleted");
    assert!(subjects(&requester, "stork").await.is_empty());
    let ticket = requester.get(&ticket.id).await.expect("reads");
    let renamed = Ticket { subject: "Otter".into(), tags: vec!["zoo".into()], ..ticket };
    let ticket = boss.update(renamed, &["subject", "tags"]).await.expect("renamed");
    assert_eq!(subjects(&requester, "otter tag:zoo").await, ["Otter"]);
    assert!(subjects(&requester, "walrus").await.is_empty());
    let delete = DeleteTicketRequest {
        id: ticket.id.clone(),
        etag: ticket.etag.clone(),
        request_id: fresh(),
        reason: "over".into(),
    };
    boss.raw().delete_ticket(delete).await.expect("deleted");
    assert!(subjects(&boss, "otter").await.is_empty());
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn pages_hold_every_find_once_and_their_tokens_are_for_one_caller_and_question(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (requester, agent) = (desk.requester(), desk.agent(&department));
    for number in 0..7 {
        let (subject, text) = if number % 2 == 0 { ("kiosk", "") } else { ("other", "the kiosk") };
        requester.create(about(&department, &format!("{subject} {number}"), text)).await.expect("filed");
    }
    for text in ["kiosk", "status:new", "kiosc"] {
        let mut ask =
            SearchTicketsRequest { text: text.into(), page_size: 3, ..SearchTicketsRequest::default() };
        let mut seen = vec![];
        loop {
            let page = requester.raw().search_tickets(ask.clone()).await.expect("a page").into_inner();
            assert_eq!(page.total, 7, "{text}");
            seen.extend(
                page.matches.into_iter().filter_map(|found| found.ticket).map(|ticket| ticket.subject),
            );
            if page.next_page_token.is_empty() {
                break;
            }
            ask.page_token = page.next_page_token;
        }
        assert_eq!(seen.len(), 7, "{text}: {seen:?}");
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 7, "{text}: {seen:?}");
        for (who, text) in [(&agent, text), (&requester, "kiosk other")] {
            let stolen = SearchTicketsRequest { text: text.into(), ..ask.clone() };
            let refusal = who.raw().search_tickets(stolen).await.expect_err("another's token");
            assert_eq!(reason(&refusal), "PAGE_TOKEN_INVALID");
        }
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_note_is_found_by_those_alone_who_read_it(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (department, other) = (desk.department(), desk.department());
    let requester = desk.requester();
    let (agent, elsewhere, helper) = (desk.agent(&department), desk.agent(&other), desk.requester());
    let ticket = requester.file(&department, "Laptop").await;
    let note = agent.note(&ticket, "suspected burglary").await;
    for words in ["burglary", "laptop burglary", "burgl"] {
        assert_eq!(subjects(&agent, words).await, ["Laptop"], "{words}");
        for outsider in [&requester, &elsewhere, &helper] {
            assert!(subjects(outsider, words).await.is_empty(), "{words}");
        }
    }
    assert_eq!(snippet(&agent, "burglary").await, "suspected <mark>burglary</mark>");
    let shown = snippet(&requester, "laptop").await;
    assert!(!shown.contains("burglary"), "{shown}");

    let placed = desk.place(&ticket, 1, Status::Open, &helper.id).await;
    assert_eq!(subjects(&helper, "burglary").await, ["Laptop"], "the assignee reads notes");
    let moved = Ticket { department_id: other.clone(), ..placed };
    desk.administrator().update(moved, &["department_id"]).await.expect("moved");
    assert_eq!(subjects(&elsewhere, "burglary").await, ["Laptop"], "the staff of its department reads notes");
    assert!(subjects(&agent, "burglary").await.is_empty(), "those of the one before no more");
    desk.place(&ticket, 2, Status::Open, "").await;
    assert!(subjects(&helper, "burglary").await.is_empty(), "nor does who works on it no more");

    let delete = DeleteCommentRequest { id: note.id, request_id: fresh() };
    desk.administrator().raw().delete_comment(delete).await.expect("deleted");
    assert!(subjects(&elsewhere, "burglary").await.is_empty());
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_word_of_a_note_is_never_suggested(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (requester, agent) = (desk.requester(), desk.agent(&department));
    let ticket = requester.file(&department, "Laptop").await;
    agent.note(&ticket, "suspected burglary").await;
    agent.reply(&ticket, "no burglaty here").await;
    // "burglars" is near to a word of a note and to one of a comment; only words of titles are put right.
    assert!(subjects(&requester, "burglarx ").await.is_empty());
    assert_eq!(subjects(&requester, "laptpo ").await, ["Laptop"]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn tickets_from_before_the_index_are_taken_in(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (requester, agent) = (desk.requester(), desk.agent(&department));
    let ticket = requester.file(&department, "Ancient matter").await;
    agent.note(&ticket, "dusty").await;
    let db = desk.world.db(tickets::MIGRATIONS).await;
    let mut tx = db.begin().await.expect("begins");
    for statement in ["delete from ticket_words", "delete from note_words", "delete from vocabulary"] {
        sqlx::query(statement).execute(tx.conn()).await.expect("empties");
    }
    tx.commit().await.expect("commits");
    assert!(subjects(&agent, "ancient").await.is_empty(), "the index is empty");
    desk.rebuild_index().await;
    for words in ["ancient", "dusty", "ancietn "] {
        assert_eq!(subjects(&agent, words).await, ["Ancient matter"], "{words}");
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_of_everything_finds_everything(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (requester, boss) = (desk.requester(), desk.administrator());
    let ticket = requester.file(&department, "Lamp").await;
    boss.note(&ticket, "flickers").await;
    requester.file(&department, "Lamp two").await;
    assert_eq!(subjects(&boss, "lamp").await, ["Lamp two", "Lamp"]);
    assert_eq!(subjects(&boss, "lamp flickers").await, ["Lamp"]);
    assert_eq!(subjects(&boss, "lamp status:new").await, ["Lamp two", "Lamp"]);
    let reader = desk.somebody(&[(&department, &[Permission::TicketRead])]);
    assert_eq!(subjects(&reader, "flickers").await, ["Lamp"]);
}
