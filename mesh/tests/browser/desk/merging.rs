//! Tickets that are one, and tickets that belong together.

use proto::tickets::v1::CommentKind;

use crate::{
    people::Office,
    stage::{Stage, play},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_is_merged_into_another_reads_there_and_is_taken_apart_again() {
    play(async |stage: &mut Stage| {
        let Office { department_id, requester, .. } = Office::open(&stage.mesh).await;
        let lathe = requester.file("The lathe hums", &department_id).await;
        let same = requester.file("Humming in the workshop", &department_id).await;
        requester.say(&same, CommentKind::Public, "Louder than yesterday.").await;
        let agent = stage.agent_at_work("agent@demo.test").await;
        agent.opens(&format!("/desk/all/{}", same.number)).await;
        agent.sees("Louder than yesterday.").await;
        agent.presses("More").await;
        agent.presses("Merge with another ticket").await;
        agent.writes("With which ticket", "lathe").await;
        agent.presses(&lathe.number).await;
        agent.sees("1 comment move").await;
        agent.presses("Merge").await;
        agent.is_at(&format!("/desk/all/{}", lathe.number)).await;
        agent.sees("Louder than yesterday.").await;
        agent.sees(&format!("{} was merged into {}", same.number, lathe.number)).await;

        agent.opens(&format!("/desk/all/{}", same.number)).await;
        agent.sees("This ticket was merged into another one.").await;
        agent.presses("Go there").await;
        agent.presses("Undo the merge").await;
        agent.sees("The tickets are apart again").await;
        agent.opens(&format!("/desk/all/{}", same.number)).await;
        agent.sees("Louder than yesterday.").await;
        agent.has_nowhere("This ticket was merged into another one.").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tickets_are_linked_and_a_comment_is_reacted_to_edited_and_moved() {
    play(async |stage: &mut Stage| {
        let Office { department_id, requester, .. } = Office::open(&stage.mesh).await;
        let lathe = requester.file("The lathe hums", &department_id).await;
        let drill = requester.file("The drill is blunt", &department_id).await;
        let agent = stage.agent_at_work("agent@demo.test").await;
        agent.opens(&format!("/desk/all/{}", lathe.number)).await;
        agent.presses("Add link").await;
        agent.chooses("This ticket is", "Blocks").await;
        agent.writes("Which ticket", "drill").await;
        agent.presses(&drill.number).await;
        agent.presses("Add link").await;
        agent.may_press(&format!("Remove the link to {}", drill.number)).await;
        agent.sees("Blocks").await;

        crate::ticket::answers(&agent, "The berring is worn.").await;
        agent.presses("React").await;
        agent.presses("Thumbs up").await;
        agent.may_press("Thumbs up: 1").await;
        agent.presses("What can be done with this comment").await;
        agent.presses("Edit").await;
        agent.writes("Text", "The bearing is worn.").await;
        agent.presses("Save").await;
        agent.sees("The bearing is worn.").await;
        agent.sees("edited").await;
        agent.presses("What can be done with this comment").await;
        agent.presses("Move to another ticket").await;
        agent.writes("Which ticket", "drill").await;
        agent.presses(&drill.number).await;
        agent.presses("Move").await;
        agent.sees(&format!("Moved to {}", drill.number)).await;
        agent.opens(&format!("/desk/all/{}", drill.number)).await;
        agent.sees("The bearing is worn.").await;
    })
    .await;
}
