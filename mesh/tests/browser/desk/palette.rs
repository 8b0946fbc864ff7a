//! Everything by keys alone: the palette, from the list to a ticket, a deed, a view, another page.

use crate::{
    people::Office,
    stage::{Stage, play},
    visitor::Visitor,
};

/// Control and K, and Control let go.
const OPEN: &str = "\u{e009}k\u{e000}";
const ENTER: &str = "\u{e007}";

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_a_deed_a_view_and_ones_day_are_found_by_a_few_letters() {
    play(async |stage: &mut Stage| {
        let Office { department_id, requester, .. } = Office::open(&stage.mesh).await;
        let lathe = requester.file("The lathe hums", &department_id).await;
        let agent = stage.agent_at_work("agent@demo.test").await;
        agent.opens("/desk/open").await;
        agent.sees("The lathe hums").await;

        looks_for(&agent, &lathe.number).await;
        agent.sees(&format!("{} The lathe hums", lathe.number)).await;
        agent.strikes(ENTER).await;
        agent.is_at(&format!("/desk/all/{}", lathe.number)).await;
        agent.sees("Send reply").await;
        looks_for(&agent, "internal").await;
        agent.strikes(ENTER).await;
        agent.sees("Only the staff reads it").await;

        agent.strikes("Not lost").await;
        looks_for(&agent, "pend").await;
        agent.strikes(ENTER).await;
        agent.is_at("/desk/pending").await;
        looks_for(&agent, "today").await;
        agent.strikes(ENTER).await;
        agent.is_at("/team/today").await;
        agent.sees("Without a deadline").await;
        agent.sees("Where you were mentioned").await;
    })
    .await;
}

/// Opens the palette and types.
async fn looks_for(agent: &Visitor, words: &str) {
    agent.strikes(OPEN).await;
    agent.sees("Arrows choose").await;
    agent.strikes(words).await;
}
