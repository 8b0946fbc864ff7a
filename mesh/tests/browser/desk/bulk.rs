//! Many tickets at once: tried, changed, told, undone.

use mesh_core::testing::eventually;
use proto::tickets::v1::{Priority, Ticket};

use super::macros::change;
use crate::{
    people::{Office, Person},
    stage::{Stage, play},
    visitor::Visitor,
};

/// Rows of a list before one asks for more.
const LISTED: usize = 50;

#[tokio::test(flavor = "multi_thread")]
async fn many_tickets_are_changed_after_a_trial_and_are_as_before_once_that_is_undone() {
    play(async |stage: &mut Stage| {
        let Office { department_id, requester, agent: person, .. } = Office::open(&stage.mesh).await;
        let lathe = requester.file("The lathe hums", &department_id).await;
        let drill = requester.file("The drill is blunt", &department_id).await;
        let saw = requester.file("The saw is gone", &department_id).await;
        let agent = stage.agent_at_work("agent@demo.test").await;
        agent.opens("/desk/all").await;
        for ticket in [&lathe, &drill] {
            agent.ticks(&format!("Choose {}", ticket.number)).await;
        }
        agent.sees("2 chosen").await;

        agent.presses("Priority").await;
        agent.chooses("Priority", "Urgent").await;
        agent.presses("Continue").await;
        agent.sees("2 tickets would change.").await;
        has(&person, &lathe, Priority::Normal).await;
        agent.presses("Change 2 tickets").await;
        agent.sees("2 tickets were changed.").await;
        has(&person, &lathe, Priority::Urgent).await;
        has(&person, &drill, Priority::Urgent).await;
        has(&person, &saw, Priority::Normal).await;
        agent.presses("Undo").await;
        agent.sees("2 tickets are as they were before").await;
        has(&person, &lathe, Priority::Normal).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_take_a_step_is_passed_over_and_named_with_the_reason() {
    play(async |stage: &mut Stage| {
        let Office { department_id, requester, agent: person, .. } = Office::open(&stage.mesh).await;
        person.come_online().await;
        let lathe = requester.file("The lathe hums", &department_id).await;
        let drill = requester.file("The drill is blunt", &department_id).await;
        for ticket in [&lathe, &drill] {
            is_with(&person, ticket).await;
        }
        person.press(&drill, "resolve", "").await;
        let agent = stage.agent_at_work("agent@demo.test").await;
        agent.opens("/desk/all").await;
        agent.sees("The drill is blunt").await;
        for ticket in [&lathe, &drill] {
            agent.ticks(&format!("Choose {}", ticket.number)).await;
        }
        moves(&agent, "Resolve").await;
        agent.sees("1 ticket would change.").await;
        agent.sees("1 is passed over").await;
        agent.sees("“Resolve” is not possible in stage “Resolved”").await;
        agent.presses("Change 1 ticket").await;
        agent.sees("1 ticket was changed.").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_the_whole_list_reaches_tickets_that_are_not_shown() {
    play(async |stage: &mut Stage| {
        let Office { department_id, requester, agent: person, .. } = Office::open(&stage.mesh).await;
        let last = requester.file("Filed before all others", &department_id).await;
        for number in 1..=LISTED {
            requester.file(&format!("Lamp {number} is dark"), &department_id).await;
        }
        let agent = stage.agent_at_work("agent@demo.test").await;
        agent.opens("/desk/all").await;
        agent.sees("Show more").await;
        agent.ticks("Choose all").await;
        agent.presses(&format!("All {} of the list", LISTED + 1)).await;
        agent.sees(&format!("All {} of the list are chosen", LISTED + 1)).await;
        agent.presses("Priority").await;
        agent.chooses("Priority", "Urgent").await;
        agent.presses("Continue").await;
        agent.presses(&format!("Change {} tickets", LISTED + 1)).await;
        agent.sees(&format!("{} tickets were changed.", LISTED + 1)).await;
        has(&person, &last, Priority::Urgent).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_changed_since_it_was_seen_is_passed_over() {
    play(async |stage: &mut Stage| {
        let Office { department_id, requester, agent: person, .. } = Office::open(&stage.mesh).await;
        let lathe = requester.file("The lathe hums", &department_id).await;
        let drill = requester.file("The drill is blunt", &department_id).await;
        let agent = stage.agent_at_work("agent@demo.test").await;
        for ticket in [&lathe, &drill] {
            is_with(&person, ticket).await;
        }
        agent.opens("/desk/all").await;
        for ticket in [&lathe, &drill] {
            agent.ticks(&format!("Choose {}", ticket.number)).await;
        }
        agent.presses("Priority").await;
        agent.chooses("Priority", "Urgent").await;
        change(&person, &drill, "subject", |ticket| ticket.subject = "The drill is sharp".to_owned()).await;
        agent.presses("Continue").await;
        agent.sees("1 ticket would change.").await;
        agent.sees("1 is passed over").await;
        agent.presses("Change 1 ticket").await;
        agent.sees("1 ticket was changed.").await;
        has(&person, &lathe, Priority::Urgent).await;
        has(&person, &drill, Priority::Normal).await;
    })
    .await;
}

/// Chooses a step for all that are chosen.
async fn moves(agent: &Visitor, step: &str) {
    agent.presses("Move on").await;
    agent.presses("Next step: Choose…").await;
    agent.presses(step).await;
    agent.presses("Continue").await;
}

async fn has(person: &Person, ticket: &Ticket, priority: Priority) {
    eventually(&format!("{} is {priority:?}", ticket.number), async || {
        (person.see(&ticket.id).await.ok()?.priority() == priority).then_some(())
    })
    .await;
}

async fn is_with(person: &Person, ticket: &Ticket) {
    eventually("routing has given it away", async || {
        (person.see(&ticket.id).await.ok()?.assignee_id == person.id).then_some(())
    })
    .await;
}
