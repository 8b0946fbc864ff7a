//! Nothing typed is lost.

use crate::{
    people::Office,
    stage::{Stage, play},
    ticket::answers,
};

const REPLY: &str = "Write a reply…";
const NOTE: &str = "Write a note for your colleagues…";

#[tokio::test(flavor = "multi_thread")]
async fn what_is_being_written_survives_a_reload_and_is_gone_once_it_is_sent() {
    play(async |stage: &mut Stage| {
        let Office { department_id, requester, .. } = Office::open(&stage.mesh).await;
        let agent = stage.agent_at_work("agent@demo.test").await;
        requester.file("The lathe hums", &department_id).await;
        agent.follows("The lathe hums").await;

        agent.writes(REPLY, "Half a sentence, and").await;
        agent.presses("Internal note").await;
        agent.writes(NOTE, "half a note").await;
        agent.reloads().await;
        agent.finds_written(REPLY, "Half a sentence, and").await;
        agent.presses("Internal note").await;
        agent.finds_written(NOTE, "half a note").await;

        agent.presses("Reply").await;
        answers(&agent, "The whole sentence.").await;
        agent.reloads().await;
        agent.sees("The whole sentence.").await;
        agent.presses("Internal note").await;
        agent.finds_written(NOTE, "half a note").await;
        agent.presses("Reply").await;
        agent.finds_written(REPLY, "").await;
    })
    .await;
}
