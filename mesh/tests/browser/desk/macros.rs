//! A macro: kept ready, used, and taken back but for what somebody else did since.

use mesh_core::testing::eventually;
use prost_types::FieldMask;
use proto::tickets::v1::{Priority, Ticket, UpdateTicketRequest};

use crate::{
    deeds::fresh,
    filing::takes_over,
    people::{Office, Person},
    stage::{Stage, play},
    visitor::Visitor,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_macro_is_taken_back_but_for_what_somebody_else_changed_since() {
    play(async |stage: &mut Stage| {
        let Office { department_id, requester, agent: person, .. } = Office::open(&stage.mesh).await;
        takes_over(stage, "IT Support").await;
        let lathe = requester.file("The lathe hums", &department_id).await;
        let agent = stage.agent_at_work("agent@demo.test").await;
        keeps_a_macro(&agent).await;

        agent.opens(&format!("/desk/all/{}", lathe.number)).await;
        agent.presses("Use a macro").await;
        agent.presses("Loud machine").await;
        agent.sees("Heard it too.").await;
        agent.presses("Apply").await;
        agent.sees("Macro applied").await;
        let set = has(&person, &lathe, "the macro was used", |now| now.note_count == 1).await;
        assert!(!set.category_id.is_empty() && set.tags == ["noise"], "{set:?}");
        assert_eq!(set.priority(), Priority::High);
        change(&person, &lathe, "tags", |ticket| ticket.tags.push("bearing".to_owned())).await;

        agent.presses("Undo").await;
        agent.sees("Taken back, but not: Tags (changed since)").await;
        let now = has(&person, &lathe, "it is as before", |now| now.priority() == Priority::Normal).await;
        assert!(now.category_id.is_empty() && now.note_count == 0, "{now:?}");
        assert_eq!(now.tags, ["noise", "bearing"]);
    })
    .await;
}

/// Makes a macro that sets, sorts and says something.
async fn keeps_a_macro(agent: &Visitor) {
    agent.presses("Macros").await;
    agent.is_at("/team/macros").await;
    agent.presses("New macro").await;
    agent.writes("Name", "Loud machine").await;
    agent.chooses("Priority", "High").await;
    agent.presses("Category: Choose…").await;
    agent.picks("Category", "IT").await;
    agent.writes("Tags (optional)", "noise").await;
    agent.chooses("Says", "Internal note").await;
    agent.writes("What it says", "Heard it too.").await;
    agent.presses("Save").await;
    agent.sees("Priority: High").await;
    agent.sees("Category: IT Support").await;
}

/// Somebody changes a field of a ticket as it is then.
pub(super) async fn change(person: &Person, ticket: &Ticket, path: &str, edit: impl Fn(&mut Ticket)) {
    eventually("it is changed", async || {
        let mut ticket = person.see(&ticket.id).await.ok()?;
        edit(&mut ticket);
        let ask = UpdateTicketRequest {
            ticket: Some(ticket),
            update_mask: Some(FieldMask { paths: vec![path.to_owned()] }),
            request_id: fresh(),
            ..UpdateTicketRequest::default()
        };
        person.tickets().update_ticket(ask).await.ok()
    })
    .await;
}

async fn has(person: &Person, ticket: &Ticket, what: &str, is_so: impl Fn(&Ticket) -> bool) -> Ticket {
    eventually(what, async || person.see(&ticket.id).await.ok().filter(|now| is_so(now))).await
}
