//! What a ticket is: changed in place, people brought in, and the whole of it deleted.

use tonic::Code;

use crate::{
    admin::admin_at,
    chromium::Look,
    people::Office,
    stage::{Stage, play},
    ticket::at_a_request,
};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_how_much_it_hurts_and_who_is_in_copy_is_changed_at_the_side() {
    play(async |stage: &mut Stage| {
        let (agent, requester) = at_a_request(stage).await;
        agent.presses("More").await;
        agent.presses("Change description").await;
        agent.writes("Description", "Since Monday, at any speed.").await;
        agent.presses("Save").await;
        agent.sees("Saved").await;
        requester.sees("Since Monday, at any speed.").await;

        agent.presses("How much is hit? Not said").await;
        agent.presses("A team").await;
        agent.may_press("How much is hit? A team").await;
        agent.presses("How soon does it hurt? Not said").await;
        agent.presses("Work stands still").await;
        agent.may_press("How soon does it hurt? Work stands still").await;
        agent.presses("Language none").await;
        agent.presses("German").await;
        agent.may_press("Language German").await;

        agent.presses("Add to “In copy” Add…").await;
        agent.picks("Add to “In copy”", "stranger").await;
        agent.may_press("Take stranger@demo.test away").await;
        agent.presses("Follow it").await;
        agent.may_press("Follow it no longer").await;
        let stranger = stage.signed_in("stranger@demo.test", Look::Light).await;
        stranger.sees("The lathe hums").await;
        agent.presses("Take stranger@demo.test away").await;
        let gone = "return [...document.querySelectorAll('.involved li')].every(person => !person.innerText.includes('stranger'));";
        agent.notices("nobody is in copy any more", gone).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_is_deleted_with_a_reason_once_its_number_is_typed() {
    play(async |stage: &mut Stage| {
        let Office { department_id, requester, .. } = Office::open(&stage.mesh).await;
        let lathe = requester.file("The lathe hums", &department_id).await;
        let admin = admin_at(stage, &format!("/desk/all/{}", lathe.number)).await;
        admin.presses("More").await;
        admin.presses("Delete ticket").await;
        admin.writes("Reason", "Filed by mistake.").await;
        admin.presses("Delete ticket").await;
        admin.sees("That is not the same.").await;
        admin.writes("Type it here", &lathe.number).await;
        admin.presses("Delete ticket").await;
        admin.sees(&format!("{} is deleted", lathe.number)).await;
        admin.is_at("/desk/all").await;
        let gone = requester.see(&lathe.id).await.expect_err("it is gone");
        assert_eq!(gone.code(), Code::NotFound);
    })
    .await;
}
