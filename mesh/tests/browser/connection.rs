//! A page whose server goes away: it says so, keeps what was written, and catches up by itself.

use crate::{
    people::Office,
    stage::{Stage, play},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_page_says_that_it_is_cut_off_and_catches_up_when_the_server_is_back() {
    play(async |stage: &mut Stage| {
        let Office { department_id, requester, .. } = Office::open(&stage.mesh).await;
        let agent = stage.agent_at_work("agent@demo.test").await;
        requester.file("Before the cut", &department_id).await;
        agent.follows("Before the cut").await;
        agent.sees("Live").await;
        let loaded = agent.loaded_at().await;

        stage.mesh.kill("all").await;
        agent.sees("No connection since").await;
        agent.sees("Offline").await;
        agent.writes("Write a reply…", "Written while cut off").await;

        agent.presses("Try now").await;
        agent.sees("Offline").await;

        stage.mesh.start_again("all").await;
        requester.file("After the cut", &department_id).await;
        agent.sees_no_more("No connection since").await;
        agent.sees("Live").await;
        agent.sees("After the cut").await;
        agent.finds_written("Write a reply…", "Written while cut off").await;
        agent.presses("Send reply").await;
        agent.finds_written("Write a reply…", "").await;
        assert_eq!(agent.loaded_at().await, loaded, "nobody reloaded the page");
    })
    .await;
}
