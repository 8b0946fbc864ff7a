//! Files that go along with what is said, and who sees them.

use std::path::Path;

use crate::{
    people::Office,
    stage::{Stage, play},
    ticket::at_a_request,
    visitor::Visitor,
};

/// A picture.
const PICTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/images/desk.png");
/// A text nobody would show in place.
const TEXT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_sent_with_a_reply_is_seen_by_the_requester_and_a_notes_file_is_not() {
    play(async |stage: &mut Stage| {
        let (agent, requester) = at_a_request(stage).await;

        takes_along(&agent, PICTURE, "desk.png").await;
        agent.writes("Write a reply…", "This is the part.").await;
        agent.presses("Send reply").await;
        let is_shown =
            "return [...document.querySelectorAll('.entry .thumb img')].some(seen => seen.naturalWidth > 0);";
        agent.notices("the picture", is_shown).await;
        requester.sees("This is the part.").await;
        requester.notices("the picture", is_shown).await;
        requester.presses("Look at desk.png").await;
        let is_large = "return document.querySelector('dialog[open] .viewer img')?.naturalWidth > 0;";
        requester.notices("the picture at its full size", is_large).await;
        requester.presses("Close").await;

        agent.presses("Internal note").await;
        takes_along(&agent, TEXT, "Cargo.toml").await;
        agent.writes("Write a note for your colleagues…", "For us.").await;
        agent.presses("Add note").await;
        agent.may_press("Cargo.toml").await;
        agent.presses("Reply").await;
        requester.reloads().await;
        requester.sees("This is the part.").await;
        requester.has_nowhere("Cargo.toml").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_taken_along_stays_while_one_looks_at_another_ticket() {
    play(async |stage: &mut Stage| {
        let Office { department_id, requester, .. } = Office::open(&stage.mesh).await;
        let agent = stage.agent_at_work("agent@demo.test").await;
        requester.file("The lathe hums", &department_id).await;
        requester.file("The drill is blunt", &department_id).await;
        agent.follows("The lathe hums").await;
        takes_along(&agent, PICTURE, "desk.png").await;
        agent.follows("The drill is blunt").await;
        agent.sees_no_more("desk.png").await;
        agent.follows("The lathe hums").await;
        agent.may_press("Take desk.png away").await;
    })
    .await;
}

/// Chooses a file for what is being written, and waits until it is there.
async fn takes_along(visitor: &Visitor, path: &str, name: &str) {
    // Browsers take no path with `..` in it.
    let path = Path::new(path).canonicalize().expect("the file is there");
    visitor.gives("Add files", &path).await;
    visitor.may_press(&format!("Take {name} away")).await;
    let is_there = "return document.querySelector('.composer .upload[data-state=there]') !== null;";
    visitor.notices("that it is there", is_there).await;
}
