//! What a store of some size costs whoever works at it: reading a ticket, lists with exact counts, searching, counting views, filing.
//!
//! One caller at a time, so that what is measured is the store and not the queue before it; only the rates at the end are of many. The
//! invariant: what is asked for is
//! spread over the whole store, not over what was touched last. Each figure is a line `name milliseconds`, for a program to draw.

use std::{
    fmt::Write as _,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use proto::tickets::v1::{
    CountViewsRequest, CreateViewRequest, ListTicketsRequest, Sharing, SharingKind, Ticket, View,
    ticket_service_client::TicketServiceClient, view_service_client::ViewServiceClient,
};

use crate::{
    front::Front,
    load::{Call, End, Load, histogram},
};

/// Tickets that are read and whose words are searched for: so many from each end of each order.
const SAMPLE: i32 = 100;
/// Views that are counted at once.
const VIEWS: usize = 50;
/// The lists somebody opens, each a rule and an order.
const LISTS: [(&str, &str); 6] = [
    ("", "update_time desc"),
    ("status in [\"NEW\", \"OPEN\"]", "update_time desc"),
    ("assignee == me && status in [\"NEW\", \"OPEN\", \"PENDING\"]", "priority desc"),
    ("status == \"CLOSED\" && priority == \"HIGH\"", "create_time"),
    ("\"printer\" in tags", "update_time desc"),
    ("status == \"NEW\" && assignee == \"\"", "create_time"),
];

/// Measures everything for the time each; figures as lines.
pub(crate) async fn measure(front: &Front, agent: &Front, callers: usize, time: Duration) -> Result<String> {
    let sample = sample(front).await?;
    let mut said = String::new();
    let mut tickets = sample.iter().cycle();
    let read = repeat(time, 0.99, async || front.read(tickets.next().context("no tickets")?).await).await?;
    writeln!(said, "get {read:.2}")?;
    let mut slowest: f64 = 0.0;
    for (index, (filter, order_by)) in LISTS.into_iter().enumerate() {
        for (who, caller) in [("all", front), ("agent", agent)] {
            let listed = repeat(time, 0.95, async || list(caller, filter, order_by).await).await?;
            writeln!(said, "list_{index}_{who} {listed:.2}")?;
            slowest = slowest.max(listed);
        }
    }
    writeln!(said, "list {slowest:.2}")?;
    let mut tickets = sample.iter().cycle();
    let searched = repeat(time, 0.95, async || agent.search(tickets.next().context("no tickets")?).await);
    writeln!(said, "search {:.2}", searched.await?)?;
    let views = views(agent).await?;
    let counted = repeat(time, 0.95, async || count(agent, &views).await).await?;
    writeln!(said, "count_views {counted:.2}")?;
    let department = front.make_department().await?;
    let filed = repeat(time, 0.95, async || front.create_ticket(&department).await.map(drop)).await?;
    write!(said, "create {filed:.2}")?;
    said += &rates(agent, callers, time).await?;
    Ok(said)
}

/// Calls a second of many callers, a line each.
async fn rates(agent: &Front, callers: usize, time: Duration) -> Result<String> {
    let sample: Arc<[Ticket]> = sample(agent).await?.into();
    let calls =
        [("gets", Call::Get(Arc::clone(&sample))), ("lists", Call::List), ("searches", Call::Search(sample))];
    let mut said = String::new();
    for (name, call) in calls {
        let figures = Load { callers, end: End::After(time), call }.run(agent).await?;
        write!(said, "\n{name}_a_second {:.0}", figures.rate())?;
    }
    Ok(said)
}

/// Tickets from both ends of several orders.
async fn sample(front: &Front) -> Result<Vec<Ticket>> {
    let mut sample = vec![];
    for order_by in ["number", "number desc", "update_time", "priority desc", "update_time desc"] {
        let ask = ListTicketsRequest { order_by: order_by.into(), page_size: SAMPLE, ..Default::default() };
        let page = TicketServiceClient::new(front.channel()).list_tickets(front.signed(ask)).await?;
        sample.extend(page.into_inner().tickets);
    }
    ensure!(
        !sample.is_empty(),
        "there are no tickets; fill the store with `ticketmesh seed --tickets` first"
    );
    Ok(sample)
}

async fn list(front: &Front, filter: &str, order_by: &str) -> Result<()> {
    let ask = ListTicketsRequest {
        filter: filter.into(),
        order_by: order_by.into(),
        page_size: 50,
        ..Default::default()
    };
    TicketServiceClient::new(front.channel()).list_tickets(front.signed(ask)).await?;
    Ok(())
}

/// As many views of one's own, over all lists and priorities.
async fn views(front: &Front) -> Result<Vec<String>> {
    let mut ids = vec![];
    for index in 0..VIEWS {
        let (filter, order_by) = LISTS[index % LISTS.len()];
        let priority = ["LOW", "NORMAL", "HIGH", "URGENT"][index % 4];
        let rule = format!("priority == \"{priority}\"");
        let filter = if filter.is_empty() { rule } else { format!("({filter}) && {rule}") };
        let sharing = Sharing { kind: SharingKind::Personal.into(), ..Default::default() };
        let view = View {
            name: format!("Measured {index}"),
            sharing: Some(sharing),
            filter,
            order_by: order_by.into(),
            ..Default::default()
        };
        let ask = CreateViewRequest { view: Some(view), request_id: front.new_id("req") };
        ids.push(
            ViewServiceClient::new(front.channel()).create_view(front.signed(ask)).await?.into_inner().id,
        );
    }
    Ok(ids)
}

async fn count(front: &Front, ids: &[String]) -> Result<()> {
    let ask = CountViewsRequest { ids: ids.to_vec() };
    let counted = ViewServiceClient::new(front.channel()).count_views(front.signed(ask)).await?.into_inner();
    ensure!(counted.counts.len() == ids.len(), "some views were not counted: {:?}", counted.problems);
    Ok(())
}

/// One call after the other for the time; the milliseconds so many of them stay below.
async fn repeat(time: Duration, quantile: f64, mut call: impl AsyncFnMut() -> Result<()>) -> Result<f64> {
    let mut micros = histogram()?;
    call().await?; // What is asked for the first time is not what is measured.
    let start = Instant::now();
    while start.elapsed() < time {
        let sent = Instant::now();
        call().await?;
        micros.record(u64::try_from(sent.elapsed().as_micros())?)?;
    }
    Ok(Duration::from_micros(micros.value_at_quantile(quantile)).as_secs_f64() * 1e3)
}
