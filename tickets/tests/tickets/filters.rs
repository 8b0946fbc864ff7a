//! Rules in lists and counts.

use mesh_core::db::Engine;
use proto::tickets::v1::{
    CompleteFilterRequest, CountTicketsRequest, FilterProblem, ListTicketsRequest, Priority, Status, Ticket,
    TicketQuery,
};
use rstest::rstest;

use crate::support::{Client, Desk, ask, reason, wrong_fields};

fn filtered(filter: &str) -> TicketQuery {
    TicketQuery { filter: filter.to_owned(), ..TicketQuery::default() }
}

/// Subjects of what a rule finds, in the order they were filed; the total and the count agree with them.
async fn found(client: &Client, filter: &str) -> Vec<String> {
    let ask = ListTicketsRequest {
        filter: filter.to_owned(),
        order_by: "number".to_owned(),
        ..ListTicketsRequest::default()
    };
    let page = client.list(ask).await.expect(filter);
    assert_eq!(client.count(filtered(filter)).await, page.total, "{filter}");
    let subjects: Vec<_> = page.tickets.into_iter().map(|ticket| ticket.subject).collect();
    assert_eq!(page.total, i64::try_from(subjects.len()).expect("few"), "{filter}");
    subjects
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn rules_narrow_lists_and_counts_alike(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let desk = Desk::open(engine).await;
    let (here, there) = (desk.department(), desk.department());
    let (boss, requester) = (desk.administrator(), desk.requester());
    let tags = vec!["vip".to_owned(), "network".to_owned()];
    requester.create(Ticket { tags, ..ask(&here, "VPN is down") }).await.expect("filed");
    let urgent = Ticket {
        priority: Priority::Urgent.into(),
        cc_ids: vec![requester.id.clone()],
        ..ask(&there, "Screen")
    };
    let urgent = boss.create(urgent).await.expect("filed");
    desk.later().await;
    desk.place(&urgent, 1, Status::Open, &boss.id).await;
    boss.reply(&urgent, "On it.").await;

    let (requester_id, there_id) = (&requester.id, &there);
    for (rule, expected) in [
        ("status == \"NEW\"".to_owned(), vec!["VPN is down"]),
        ("status in [\"NEW\", \"OPEN\"] && priority != \"URGENT\"".to_owned(), vec!["VPN is down"]),
        ("unassigned".to_owned(), vec!["VPN is down"]),
        ("assignee == null || queue != null".to_owned(), vec!["VPN is down"]),
        ("assignee == me".to_owned(), vec!["Screen"]),
        (format!("requester == \"{requester_id}\""), vec!["VPN is down"]),
        (format!("\"{requester_id}\" in cc && department == \"{there_id}\""), vec!["Screen"]),
        ("\"vip\" in tags && size(tags) == 2".to_owned(), vec!["VPN is down"]),
        ("\"vip network\" in tags || \"vi\" in tags".to_owned(), vec![]),
        ("subject.lowerAscii().contains(\"vpn\")".to_owned(), vec!["VPN is down"]),
        ("updated > created && answered != null".to_owned(), vec!["Screen"]),
        ("created < now - duration(\"30s\")".to_owned(), vec!["VPN is down", "Screen"]),
        ("due == null && reopened == 0 && number >= 1001".to_owned(), vec!["VPN is down", "Screen"]),
        ("stage == \"status_open\" && comments == 1".to_owned(), vec!["Screen"]),
        ("source == \"PORTAL\"".to_owned(), vec!["VPN is down", "Screen"]),
    ] {
        assert_eq!(found(&boss, &rule).await, expected, "{rule}");
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_rule_shows_nobody_more_than_he_may_see(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (here, there) = (desk.department(), desk.department());
    let (requester, agent) = (desk.requester(), desk.agent(&here));
    requester.file(&here, "Mine").await;
    let other = desk.requester().file(&there, "Others'").await;
    desk.administrator().note(&other, "secret").await;
    for rule in ["true", "true || false", "!(number == 0)", "number == 0 || true"] {
        assert_eq!(found(&requester, rule).await, ["Mine"], "{rule}");
        assert_eq!(found(&agent, rule).await, ["Mine"], "{rule}");
    }
    for secret in ["notes == 0", "note_count == 0", "haystack == \"\"", "t.note_count == 0"] {
        let ask = ListTicketsRequest { filter: secret.into(), ..ListTicketsRequest::default() };
        assert!(desk.administrator().list(ask).await.is_err(), "{secret}");
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_bad_rule_is_named_with_its_place_and_the_nearest_name(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let requester = desk.requester();
    let many = vec!["true"; 600].join("||");
    for (rule, said) in [
        (
            "assigne == me",
            "is no rule at line 1, column 1: there is no variable `assigne`; did you mean `assignee`?",
        ),
        ("status == \"Open\"", "did you mean `\"OPEN\"`?"),
        ("subject.matches(\"a\")", "a list can't be filtered by a pattern"),
        ("unassigned &&", "line 1, column 14"),
        (&many, "more than 500 parts"),
        (&"x".repeat(5_000), "is too long; give at most 4,096 characters"),
    ] {
        let ask = ListTicketsRequest {
            query: Some(filtered(rule)),
            filter: rule.to_owned(),
            ..ListTicketsRequest::default()
        };
        let refusal = requester.list(ask).await.expect_err("refused");
        assert_eq!(wrong_fields(&refusal), ["query.filter", "filter"], "{rule}");
        assert!(refusal.message().contains(said), "{}", refusal.message());
    }
    let queries = vec![TicketQuery::default(), filtered("no")];
    let refusal = requester.raw().count_tickets(CountTicketsRequest { queries }).await.expect_err("refused");
    assert_eq!(wrong_fields(&refusal), ["queries[1].filter"]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn fifty_large_rules_are_counted_in_one_call(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let agent = desk.agent(&department);
    agent.file(&department, "Printer").await;
    let ids = vec!["\"usr_01h455vb4pex5vsknk084sn02q\""; 110].join(", ");
    let queries =
        (0..50).map(|turn| filtered(&format!("number > {turn} && !(assignee in [{ids}])"))).collect();
    let counts =
        agent.raw().count_tickets(CountTicketsRequest { queries }).await.expect("counts").into_inner();
    assert_eq!(counts.counts, vec![1; 50]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_deepest_and_the_longest_rules_are_answered(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let agent = desk.agent(&department);
    agent.file(&department, "Printer").await;
    let nested = format!("{}unassigned{}", "!(false || ".repeat(15), ")".repeat(15));
    for (rule, expected) in [
        (format!("{}unassigned", "!".repeat(46)), 1),
        (nested, 0),
        (vec!["number == 1"; 125].join(" || "), 0),
        (vec!["subject.contains(\"Print\")"; 120].join(" && "), 1),
        (format!("number > {}0{}", "(unassigned ? 1 : ".repeat(24), ")".repeat(24)), 1),
    ] {
        assert_eq!(found(&agent, &rule).await.len(), expected, "{rule}");
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_page_token_is_good_for_its_rule_only(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let agent = desk.agent(&department);
    for _ in 0..3 {
        agent.file(&department, "One").await;
    }
    let ask =
        ListTicketsRequest { filter: "unassigned".into(), page_size: 2, ..ListTicketsRequest::default() };
    let first = agent.list(ask.clone()).await.expect("a page");
    assert_eq!((first.tickets.len(), first.total), (2, 3));
    let goes_on = ListTicketsRequest { page_token: first.next_page_token, ..ask };
    let second = agent.list(goes_on.clone()).await.expect("a page");
    assert_eq!((second.tickets.len(), second.total), (1, 3));
    let other = ListTicketsRequest { filter: "true".into(), ..goes_on };
    assert_eq!(reason(&agent.list(other).await.expect_err("refused")), "PAGE_TOKEN_INVALID");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_editor_is_told_what_could_come_next_and_what_is_wrong(#[values(Engine::Sqlite)] engine: Engine) {
    let desk = Desk::open(engine).await;
    let complete = async |filter: &str| {
        let cursor = i32::try_from(filter.chars().count()).expect("short");
        let ask = CompleteFilterRequest { filter: filter.to_owned(), cursor };
        desk.requester().views().complete_filter(ask).await.expect("completes").into_inner()
    };
    let begun = complete("unassigned && pri").await;
    assert_eq!((begun.from, begun.to), (14, 17));
    let [priority] = &begun.suggestions[..] else { panic!("{begun:?}") };
    assert_eq!(
        (priority.text.as_str(), priority.kind.as_str(), priority.gives.as_str()),
        ("priority", "variable", "a text")
    );
    assert_eq!(priority.about, "How urgent it is.");
    let problem = FilterProblem {
        line: 1,
        column: 15,
        message: "there is no variable `pri`; did you mean `priority`?".into(),
    };
    assert_eq!(begun.problem, Some(problem));
    let words = complete("status == ").await.suggestions;
    assert_eq!((words[0].text.as_str(), words[0].kind.as_str()), ("\"NEW\"", "value"));
    assert_eq!(complete("assignee == me").await.problem, None);
    assert_eq!(complete("").await.problem, None);
}
