//! Lists, counts, pages.

use mesh_core::db::Engine;
use proto::tickets::v1::{
    CountTicketsRequest, ListTicketsRequest, ListTimelineRequest, Priority, Status, Ticket, TicketQuery,
    TicketView,
};
use rstest::rstest;

use crate::support::{Client, Desk, ask, reason, wrong_fields};

/// How many a whole list has, as a total says it.
fn matches(tickets: &[Ticket]) -> i64 {
    i64::try_from(tickets.len()).expect("few tickets")
}

/// Every page of a list, each with as many tickets as asked, and the totals they gave.
async fn pages(client: &Client, ask: ListTicketsRequest) -> (Vec<Ticket>, Vec<i64>) {
    let (mut tickets, mut totals, mut page_token) = (vec![], vec![], String::new());
    loop {
        let page = client.list(ListTicketsRequest { page_token, ..ask.clone() }).await.expect("a page");
        tickets.extend(page.tickets);
        totals.push(page.total);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return (tickets, totals);
        }
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn pages_bring_every_ticket_once_in_any_order(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let agent = desk.agent(&department);
    for turn in 0..7 {
        if turn % 2 == 0 {
            desk.later().await;
        }
        let priority = [Priority::Low, Priority::High][turn % 2].into();
        agent.create(Ticket { priority, ..ask(&department, "Printer") }).await.expect("filed");
    }
    for order in [
        "",
        "update_time",
        "create_time desc",
        "priority",
        "priority desc",
        "resolve_due_time",
        "number",
        "number desc",
    ] {
        let ask =
            ListTicketsRequest { order_by: order.into(), page_size: 3, ..ListTicketsRequest::default() };
        let (tickets, totals) = pages(&agent, ask).await;
        assert_eq!(totals, [7, 7, 7], "{order}");
        let mut ids: Vec<_> = tickets.iter().map(|ticket| &ticket.id).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 7, "{order}");
        match order {
            "priority" => assert!(tickets.is_sorted_by_key(|ticket| ticket.priority)),
            "number desc" => {
                assert!(tickets.is_sorted_by_key(|ticket| std::cmp::Reverse(ticket.number.clone())));
            }
            "" => {
                assert!(tickets.is_sorted_by_key(|ticket| std::cmp::Reverse(
                    ticket.update_time.expect("a time").seconds
                )));
            }
            _ => {}
        }
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_that_moves_to_the_front_is_not_listed_twice(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let agent = desk.agent(&department);
    let mut filed = vec![];
    for _ in 0..4 {
        desk.later().await;
        filed.push(agent.file(&department, "Printer").await);
    }
    let ask = ListTicketsRequest { page_size: 2, ..ListTicketsRequest::default() };
    let first = agent.list(ask.clone()).await.expect("a page");
    desk.later().await;
    agent.reply(&first.tickets[0], "moves to the front").await;
    let second =
        agent.list(ListTicketsRequest { page_token: first.next_page_token, ..ask }).await.expect("a page");
    let second: Vec<_> = second.tickets.into_iter().map(|ticket| ticket.id).collect();
    assert_eq!(second, [filed[1].id.clone(), filed[0].id.clone()]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn queries_narrow_lists_and_counts_alike(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let desk = Desk::open(engine).await;
    let (here, there) = (desk.department(), desk.department());
    let boss = desk.administrator();
    let requester = desk.requester();
    let mine = requester.file(&here, "Drucker brennt: 100% ÄRGER").await;
    let urgent = boss
        .create(Ticket { priority: Priority::Urgent.into(), ..ask(&there, "Screen") })
        .await
        .expect("filed");
    desk.place(&urgent, 1, Status::Open, &boss.id).await;
    let narrowed = [
        (TicketQuery { statuses: vec![Status::New.into()], ..TicketQuery::default() }, vec![&mine]),
        (TicketQuery { priorities: vec![Priority::Urgent.into()], ..TicketQuery::default() }, vec![&urgent]),
        (TicketQuery { department_ids: vec![here.clone()], ..TicketQuery::default() }, vec![&mine]),
        (TicketQuery { assignee_id: boss.id.clone(), ..TicketQuery::default() }, vec![&urgent]),
        (TicketQuery { unassigned: true, ..TicketQuery::default() }, vec![&mine]),
        (TicketQuery { requester_id: requester.id.clone(), ..TicketQuery::default() }, vec![&mine]),
        (TicketQuery { participant_id: boss.id.clone(), ..TicketQuery::default() }, vec![&urgent]),
        (TicketQuery { text: "ärger drucker".into(), ..TicketQuery::default() }, vec![&mine]),
        (TicketQuery { text: "100%".into(), ..TicketQuery::default() }, vec![&mine]),
        (TicketQuery { text: urgent.number.to_lowercase(), ..TicketQuery::default() }, vec![&urgent]),
        (TicketQuery { text: "1_0%".into(), ..TicketQuery::default() }, vec![]),
        (TicketQuery { text: "' or 1=1 --".into(), ..TicketQuery::default() }, vec![]),
        (
            TicketQuery {
                department_ids: vec![here],
                assignee_id: boss.id.clone(),
                ..TicketQuery::default()
            },
            vec![],
        ),
    ];
    let queries = narrowed.iter().map(|(query, _)| query.clone()).collect();
    let counts =
        boss.raw().count_tickets(CountTicketsRequest { queries }).await.expect("counts").into_inner().counts;
    for ((query, expected), count) in narrowed.into_iter().zip(counts) {
        let ask = ListTicketsRequest { query: Some(query.clone()), ..ListTicketsRequest::default() };
        let page = boss.list(ask).await.expect("a page");
        let ids: Vec<_> = page.tickets.iter().map(|ticket| ticket.id.clone()).collect();
        assert_eq!(ids, expected.iter().map(|ticket| ticket.id.clone()).collect::<Vec<_>>(), "{query:?}");
        assert_eq!((page.total, count), (matches(&page.tickets), matches(&page.tickets)), "{query:?}");
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_page_token_is_good_for_its_caller_and_query_only(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (agent, other) = (desk.agent(&department), desk.agent(&department));
    let ticket = agent.file(&department, "One").await;
    agent.file(&department, "Two").await;
    let ask = ListTicketsRequest { page_size: 1, ..ListTicketsRequest::default() };
    let page_token = agent.list(ask.clone()).await.expect("a page").next_page_token;
    let with_token =
        |ask: &ListTicketsRequest| ListTicketsRequest { page_token: page_token.clone(), ..ask.clone() };
    agent.list(with_token(&ask)).await.expect("goes on");
    let refusals = [
        other.list(with_token(&ask)).await,
        agent.list(with_token(&ListTicketsRequest { order_by: "number".into(), ..ask.clone() })).await,
        agent.list(ListTicketsRequest { page_token: format!("{page_token}x"), ..ask.clone() }).await,
        agent.list(ListTicketsRequest { page_token: "../../".into(), ..ask.clone() }).await,
    ];
    for refusal in refusals {
        assert_eq!(reason(&refusal.expect_err("refused")), "PAGE_TOKEN_INVALID");
    }
    agent.reply(&ticket, "hello").await;
    let ask =
        ListTimelineRequest { ticket_id: ticket.id.clone(), page_size: 1, ..ListTimelineRequest::default() };
    let page = agent.raw().list_timeline(ask.clone()).await.expect("a page").into_inner();
    let theirs = ListTimelineRequest { page_token: page.next_page_token, ..ask };
    let refusal = other.raw().list_timeline(theirs).await.expect_err("refused");
    assert_eq!(reason(&refusal), "PAGE_TOKEN_INVALID");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn lists_are_light_unless_asked(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let desk = Desk::open(engine).await;
    let requester = desk.requester();
    let ticket = requester.file(&desk.department(), "One").await;
    let listed = async |view: TicketView| {
        let ask = ListTicketsRequest { view: view.into(), ..ListTicketsRequest::default() };
        requester.list(ask).await.expect("a page").tickets.remove(0)
    };
    assert_eq!(listed(TicketView::Unspecified).await.description, "");
    assert_eq!(listed(TicketView::Full).await, ticket);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn unknown_orders_filters_and_values_are_named(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let wrong = ListTicketsRequest {
        query: Some(TicketQuery {
            statuses: vec![99],
            assignee_id: "me".into(),
            department_ids: vec!["' or 1=1".into()],
            ..TicketQuery::default()
        }),
        filter: "status == 'open'".into(),
        order_by: "subject; drop table tickets".into(),
        page_size: -1,
        ..ListTicketsRequest::default()
    };
    let refusal = desk.requester().list(wrong).await.expect_err("refused");
    let mut fields = wrong_fields(&refusal);
    fields.sort();
    assert_eq!(
        fields,
        ["filter", "order_by", "page_size", "query.assignee_id", "query.department_ids[0]", "query.statuses"]
    );
}
