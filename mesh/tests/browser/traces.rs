//! What somebody does in a browser, and what other people's browsers fetch because of it, is one trace.

use std::collections::BTreeSet;

use mesh_core::testing::eventually;

use crate::{
    chromium::Look,
    collector::Collector,
    people::Office,
    running::{ADMIN, Mesh, Mode, PASSWORD},
    stage::{Stage, play_in},
};

#[tokio::test(flavor = "multi_thread")]
async fn what_a_screen_fetches_because_of_somebody_else_is_in_the_trace_of_his_press() {
    let mut mesh = Mesh::laid_out(Mode::All).await;
    let collector = Collector::of(&mut mesh).await;
    mesh.open().await;
    play_in(mesh, async |stage: &mut Stage| {
        let Office { department_id, requester, agent: person, .. } = Office::open(&stage.mesh).await;
        requester.file("The lathe hums", &department_id).await;
        let admin = stage.visitor(Look::Light).await;
        admin.opens("/desk").await;
        admin.signs_in(ADMIN, PASSWORD).await;
        admin.sees("Live").await;
        let agent = stage.agent_at_work("agent@demo.test").await;
        agent.follows("The lathe hums").await;
        agent.writes("Write a reply…", "Since when?").await;
        agent.presses("Send reply").await;
        agent.finds_written("Write a reply…", "").await;
        eventually("a trace in which the agent acts and the administrator's desk looks again", async || {
            let both = |callers: &BTreeSet<String>| callers.contains(&person.id) && callers.len() > 1;
            collector.callers().iter().any(both).then_some(())
        })
        .await;
    })
    .await;
}
