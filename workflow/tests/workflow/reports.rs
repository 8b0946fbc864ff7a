//! Reports: every number beside the list its rule opens, and who may read which.

use jiff::{SignedDuration, Timestamp};
use mesh_core::{clock, db::Engine};
use proto::{
    identity::v1::Permission,
    tickets::v1::{
        DeleteTicketRequest, ListTicketsRequest, Merge, MergeTicketsRequest, RateTicketRequest, Ticket,
        UpdateTicketRequest,
    },
    workflow::v1::{
        Bucket, Figure, GetAgentReportRequest, GetBreakdownRequest, GetInsightsRequest, GetOverviewRequest,
        GetTimeSeriesRequest, Insight, Point, ReportScope, TransferTicketRequest, Unit,
    },
};
use rstest::rstest;
use tonic::Code;

use crate::support::{Client, Desk, fresh, reason};

/// From some days ago until the end of the present hour, in Berlin.
fn scope(desk: &Desk, days: i64, departments: &[&str]) -> ReportScope {
    let to = desk.world.process().clock.now() + SignedDuration::from_hours(1);
    let time = |at: Timestamp| Some(clock::to_proto(at));
    ReportScope {
        from_time: time(to - SignedDuration::from_hours(24 * days)),
        to_time: time(to),
        department_ids: departments.iter().map(|id| (*id).to_owned()).collect(),
        time_zone: "Europe/Berlin".into(),
    }
}

impl Client {
    async fn overview(&self, scope: &ReportScope) -> Vec<Figure> {
        let ask = GetOverviewRequest { scope: Some(scope.clone()) };
        self.reports.clone().get_overview(ask).await.expect("figures").into_inner().figures
    }

    async fn figure(&self, scope: &ReportScope, key: &str) -> Figure {
        let figures = self.overview(scope).await;
        figures.into_iter().find(|figure| figure.key == key).expect("a figure of this name")
    }

    async fn breakdown(&self, scope: &ReportScope, measure: &str, dimension: &str) -> Vec<Figure> {
        let ask = GetBreakdownRequest {
            scope: Some(scope.clone()),
            measure: measure.into(),
            dimension: dimension.into(),
        };
        self.reports.clone().get_breakdown(ask).await.expect("parts").into_inner().figures
    }

    async fn series(&self, scope: &ReportScope, measure: &str, bucket: Bucket) -> Vec<Point> {
        let ask = GetTimeSeriesRequest {
            scope: Some(scope.clone()),
            measure: measure.into(),
            bucket: bucket.into(),
        };
        let mut series =
            self.reports.clone().get_time_series(ask).await.expect("a series").into_inner().series;
        series.remove(0).points
    }

    async fn insights(&self, scope: &ReportScope) -> (i32, Vec<Insight>) {
        let ask = GetInsightsRequest { scope: Some(scope.clone()) };
        let said = self.reports.clone().get_insights(ask).await.expect("insights").into_inner();
        (said.health, said.insights)
    }

    /// How many tickets a rule lists.
    async fn listed(&self, filter: &str) -> f64 {
        let ask = ListTicketsRequest { filter: filter.into(), ..ListTicketsRequest::default() };
        let listed = self.tickets.clone().list_tickets(ask).await;
        assert!(listed.is_ok(), "{filter}: {listed:?}");
        let listed = listed.expect("a list").into_inner();
        f64::from(i32::try_from(listed.total).expect("few tickets"))
    }

    async fn expect_listed(&self, about: &str, value: f64, filter: &str) {
        assert_eq!(self.listed(filter).await.to_bits(), value.to_bits(), "{about}: {filter}");
    }

    async fn update(&self, ticket: Ticket, field: &str) {
        let ask = UpdateTicketRequest {
            ticket: Some(ticket),
            update_mask: Some(prost_types::FieldMask { paths: vec![field.into()] }),
            request_id: fresh(),
            ..UpdateTicketRequest::default()
        };
        self.tickets.clone().update_ticket(ask).await.expect("the ticket changes");
    }
}

/// Ten days in two departments, with all that can happen to tickets.
async fn ten_days(desk: &Desk, here: &str, there: &str) {
    let (anna, ben) = (desk.online_agent(here).await, desk.agent(here).await);
    let cleo = desk.online_agent(there).await;
    let (requester, boss) = (desk.requester(), desk.administrator());
    let mut ids = vec![];
    for day in 0..10 {
        for department in [here, here, there] {
            ids.push(desk.file(&requester, department).await.id);
            desk.world.advance(SignedDuration::from_mins(97)).await;
        }
        if let Some(id) = ids.get(2 * day) {
            let agent = if boss.ticket(id).await.department_id == there { &cleo } else { &anna };
            agent.say(id, "On it.").await;
            desk.world.settle().await;
            desk.world.advance(SignedDuration::from_mins(61)).await;
            agent.press(id, "resolve", "Done.").await;
            desk.world.settle().await;
        }
        desk.world.advance(SignedDuration::from_hours(19)).await;
    }
    reopen_and_rate(desk, &requester, &ids).await;
    move_and_end(desk, &[&anna, &ben, &boss, &requester], &ids, there).await;
}

/// Some are opened again, one of them resolved once more; some are rated.
async fn reopen_and_rate(desk: &Desk, requester: &Client, ids: &[String]) {
    for (id, score) in [(&ids[16], 5), (&ids[18], 2)] {
        let ask =
            RateTicketRequest { ticket_id: id.clone(), score, comment: String::new(), request_id: fresh() };
        requester.tickets.clone().rate_ticket(ask).await.expect("rated");
    }
    for id in [&ids[16], &ids[18]] {
        requester.say(id, "It is broken again.").await;
        desk.world.settle().await;
    }
    let boss = desk.administrator();
    boss.press(&ids[16], "resolve", "Done again.").await;
    desk.world.settle().await;
}

/// One is handed on and resolved, one moves to another department, one gets urgent; others are withdrawn, rejected, merged, deleted.
async fn move_and_end(desk: &Desk, people: &[&Client; 4], ids: &[String], there: &str) {
    let [anna, ben, boss, requester] = people;
    let open = [1, 3, 7, 9, 13, 15, 19].map(|index: usize| ids[index].clone());
    let handed = TransferTicketRequest {
        request_id: fresh(),
        ticket_id: open[0].clone(),
        assignee_id: ben.id.clone(),
        etag: anna.run(&open[0]).await.etag,
        reason: "on leave".into(),
    };
    anna.runs.clone().transfer_ticket(handed).await.expect("to Ben");
    ben.press(&open[0], "resolve", "Done.").await;
    desk.world.settle().await;
    let moved = Ticket { department_id: there.to_owned(), ..boss.ticket(&open[1]).await };
    boss.update(moved, "department_id").await;
    let urgent = Ticket { priority: 4, ..boss.ticket(&open[2]).await };
    boss.update(urgent, "priority").await;
    desk.world.settle().await;
    requester.press(&open[3], "withdraw", "Not needed.").await;
    boss.press(&open[4], "reject", "Not ours.").await;
    let merge = Merge { target_id: open[0].clone(), source_ids: vec![open[5].clone()], ..Merge::default() };
    let ask = MergeTicketsRequest { merge: Some(merge), request_id: fresh(), comment: String::new() };
    boss.tickets.clone().merge_tickets(ask).await.expect("merged");
    let etag = boss.ticket(&open[6]).await.etag;
    let ask = DeleteTicketRequest { id: open[6].clone(), etag, request_id: fresh(), reason: "spam".into() };
    boss.tickets.clone().delete_ticket(ask).await.expect("deleted");
    desk.world.settle().await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn every_number_counts_as_many_tickets_as_its_rule_lists(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (here, there) = (desk.department(), desk.department());
    Box::pin(ten_days(&desk, &here, &there)).await;
    let boss = desk.administrator();
    for scope in [scope(&desk, 7, &[]), scope(&desk, 4, &[&here]), scope(&desk, 30, &[&there, &here])] {
        let figures = boss.overview(&scope).await;
        let resolved = figures.iter().find(|figure| figure.key == "resolved").expect("a figure").value;
        assert!(resolved > 0.0);
        for figure in figures {
            let count = match figure.unit() {
                Unit::Count => figure.value,
                // Rates name the tickets that make them, but satisfaction, which names all that were rated.
                Unit::Percent if figure.key != "satisfaction" => (figure.value * resolved / 100.0).round(),
                _ => continue,
            };
            boss.expect_listed(&figure.key, count, &figure.filter).await;
        }
        for measure in ["created", "resolved", "answered", "reopened", "transferred", "rated"] {
            for dimension in ["priority", "category", "department", "agent"] {
                for part in boss.breakdown(&scope, measure, dimension).await {
                    boss.expect_listed(&format!("{measure} by {dimension}"), part.value, &part.filter).await;
                }
            }
        }
        for dimension in ["age", "agent", "category", "department", "priority", "stage", "status"] {
            for part in boss.breakdown(&scope, "backlog", dimension).await {
                boss.expect_listed(&format!("backlog by {dimension}"), part.value, &part.filter).await;
            }
        }
        for measure in ["created", "resolved", "backlog", "answered"] {
            for point in boss.series(&scope, measure, Bucket::Day).await {
                boss.expect_listed(&format!("{measure} a day"), point.value, &point.filter).await;
            }
        }
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn parts_and_points_add_up_to_the_whole(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let desk = Desk::open(engine).await;
    let (here, there) = (desk.department(), desk.department());
    Box::pin(ten_days(&desk, &here, &there)).await;
    let (boss, scope) = (desk.administrator(), scope(&desk, 6, &[]));
    let sum =
        |figures: Vec<Figure>| figures.iter().map(|figure| figure.value).sum::<f64>().round().to_string();
    for measure in ["created", "resolved"] {
        let figure = boss.figure(&scope, measure).await;
        let whole = figure.value.to_string();
        for dimension in ["priority", "department", "agent", "category"] {
            assert_eq!(
                sum(boss.breakdown(&scope, measure, dimension).await),
                whole,
                "{measure} by {dimension}"
            );
        }
        for bucket in [Bucket::Hour, Bucket::Day, Bucket::Week, Bucket::Month] {
            let points = boss.series(&scope, measure, bucket).await;
            let all: f64 = points.iter().map(|point| point.value).sum();
            assert_eq!(all.to_string(), whole, "{measure} by {bucket:?}");
        }
    }
    let backlog = boss.series(&scope, "backlog", Bucket::Day).await;
    let last = backlog.last().expect("a day").value;
    assert_eq!(last.to_bits(), boss.figure(&scope, "backlog").await.value.to_bits());
    assert_eq!(sum(boss.breakdown(&scope, "backlog", "age").await), last.to_string());
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn how_long_things_took_and_what_became_of_them_is_told(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (agent, requester) = (desk.online_agent(&department).await, desk.requester());
    for hours in 1..=10 {
        let id = desk.file(&requester, &department).await.id;
        desk.world.advance(SignedDuration::from_mins(30)).await;
        agent.say(&id, "On it.").await;
        desk.world.settle().await;
        desk.world.advance(SignedDuration::from_mins(60 * hours - 30)).await;
        agent.press(&id, "resolve", "Done.").await;
        desk.world.settle().await;
    }
    let (boss, scope) = (desk.administrator(), scope(&desk, 10, &[]));
    let value = async |key: &str| boss.figure(&scope, key).await.value;
    assert_eq!(value("first_reply_p50").await.round().to_string(), "1800");
    assert_eq!(value("resolution_p50").await.round().to_string(), "18000", "the fifth of ten");
    // The ninth and the tenth share a step.
    assert!((9.0 * 3_600.0..=10.0 * 3_600.0).contains(&value("resolution_p90").await));
    let stages = boss.breakdown(&scope, "stage_time", "stage").await;
    let stay =
        |key: &str| stages.iter().find(|stage| stage.key == key).map(|stage| stage.value.round().to_string());
    assert_eq!((stay("new").as_deref(), stay("open").as_deref()), (Some("1800"), Some("18000")));

    let ask = GetAgentReportRequest { scope: Some(scope), ..GetAgentReportRequest::default() };
    let agents = boss.reports.clone().get_agent_report(ask).await.expect("agents").into_inner().agents;
    let figures: Vec<_> =
        agents[0].figures.iter().map(|figure| (figure.key.as_str(), figure.value)).collect();
    assert_eq!(agents[0].user_id, agent.id);
    assert_eq!(figures[..3], [("backlog", 0.0), ("resolved", 10.0), ("first_reply_average", 1_800.0)]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_span_before_stands_beside_each_figure(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let requester = desk.requester();
    for _ in 0..3 {
        desk.file(&requester, &department).await;
    }
    desk.world.advance(SignedDuration::from_hours(26)).await;
    desk.file(&requester, &department).await;
    let (boss, scope) = (desk.administrator(), scope(&desk, 1, &[]));
    let created = boss.figure(&scope, "created").await;
    assert_eq!((created.value, created.previous), (1.0, 3.0));
    let backlog = boss.figure(&scope, "backlog").await;
    assert_eq!((backlog.value, backlog.previous), (4.0, 3.0));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn only_departments_where_reports_may_be_read_are_counted(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (here, there) = (desk.department(), desk.department());
    let requester = desk.requester();
    for department in [&here, &there, &there] {
        desk.file(&requester, department).await;
    }
    let grants = [Permission::TicketRead, Permission::ReportRead];
    let head = desk.client(&desk.world.person(&desk.id("usr")).grants(grants, Some(&here)));
    let created = head.figure(&scope(&desk, 1, &[]), "created").await;
    assert_eq!(created.value.to_string(), "1");
    head.expect_listed("created", 1.0, &created.filter).await;

    let ask = GetOverviewRequest { scope: Some(scope(&desk, 1, &[&there])) };
    let refused = head.reports.clone().get_overview(ask.clone()).await.expect_err("not his");
    assert_eq!(refused.code(), Code::PermissionDenied);
    let refused = requester.reports.clone().get_overview(ask).await.expect_err("reads no reports");
    assert_eq!(refused.code(), Code::PermissionDenied);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_stands_out_is_told_with_its_tickets(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (boss, requester) = (desk.administrator(), desk.requester());
    assert_eq!(boss.insights(&scope(&desk, 1, &[])).await, (100, vec![]));
    desk.online_agent(&department).await;
    for _ in 0..11 {
        desk.file(&requester, &department).await;
    }
    desk.world.advance(SignedDuration::from_hours(24 * 8)).await;
    let (health, insights) = boss.insights(&scope(&desk, 9, &[])).await;
    let keys: Vec<_> = insights.iter().map(|insight| insight.key.as_str()).collect();
    assert_eq!(keys, ["agent_overloaded", "tickets_stale", "department_backlog"]);
    assert_eq!(health, 100 - 5 - 5 - 1);
    for insight in insights {
        boss.expect_listed(&insight.key, 11.0, &insight.filter).await;
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn figures_made_anew_are_those_that_were_kept(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (here, there) = (desk.department(), desk.department());
    Box::pin(ten_days(&desk, &here, &there)).await;
    let (boss, scope) = (desk.administrator(), scope(&desk, 9, &[]));
    let before = (boss.overview(&scope).await, boss.breakdown(&scope, "stage_time", "stage").await);
    for envelope in desk.ear.about(&boss.listed_ids().await[0]) {
        desk.repeat(&envelope).await;
    }
    let (config, deps) = (desk.workflow_config(), desk.workflow_deps());
    workflow::rebuild_projections(&config, &deps).await.expect("made anew");
    let after = (boss.overview(&scope).await, boss.breakdown(&scope, "stage_time", "stage").await);
    assert_eq!(after, before);
}

impl Client {
    async fn listed_ids(&self) -> Vec<String> {
        let listed = self.tickets.clone().list_tickets(ListTicketsRequest::default()).await;
        listed.expect("a list").into_inner().tickets.into_iter().map(|ticket| ticket.id).collect()
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_told_is_refused_by_field(#[values(Engine::Sqlite)] engine: Engine) {
    let desk = Desk::open(engine).await;
    let boss = desk.administrator();
    let scope = scope(&desk, 30, &[]);
    let backwards =
        ReportScope { to_time: scope.from_time, time_zone: "Europe/Nowhere".into(), ..scope.clone() };
    let ask = GetOverviewRequest { scope: Some(backwards) };
    let refused = boss.reports.clone().get_overview(ask).await.expect_err("no such zone");
    assert_eq!(reason(&refused), "INVALID_FIELDS");
    assert!(refused.message().contains("scope.time_zone is unknown"), "{}", refused.message());

    let ask = GetTimeSeriesRequest {
        scope: Some(scope.clone()),
        measure: "resolution_p90".into(),
        bucket: Bucket::Hour.into(),
    };
    let refused = boss.reports.clone().get_time_series(ask).await.expect_err("too many points");
    assert!(refused.message().contains("bucket makes more than 100 points"), "{}", refused.message());

    let ask = GetBreakdownRequest { scope: Some(scope), measure: "created".into(), dimension: "age".into() };
    let refused = boss.reports.clone().get_breakdown(ask).await.expect_err("no such split");
    assert!(refused.message().contains("dimension is unknown; use agent"), "{}", refused.message());
}
