//! Filing by the catalogue: the form of the category with its rules, the draft over a reload, files, and what is said when
//! something is missing.

use std::fs;

use crate::{
    admin::admin_at,
    chromium::Look,
    people::Office,
    stage::{Stage, play},
    visitor::Visitor,
};

/// What reading the label of the field for files says.
const FILES: &str = "Choose files or drop them here";

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_filed_by_its_categorys_form_and_what_was_typed_survives_a_reload() {
    play(async |stage: &mut Stage| {
        Office::open(&stage.mesh).await;
        takes_over(stage, "IT Support").await;
        let requester = stage.signed_in("requester@demo.test", Look::Light).await;

        requester.presses("New request").await;
        requester.chooses("Department", "Workshop").await;
        requester.ticks("IT Support").await;
        requester.has_nowhere("Which device").await;
        requester.chooses("Device (optional)", "Other").await;
        requester.sees("Which device").await;
        requester.presses("Send request").await;
        requester.sees("Say in a few words what it is about.").await;
        requester.sees("Fill this in.").await;

        requester.writes("Subject", "It draws crooked lines").await;
        requester.writes("Which device", "A plotter").await;
        gives_a_file(stage, &requester).await;
        requester.reloads().await;
        requester.finds_written("Subject", "It draws crooked lines").await;
        requester.finds_written("Which device", "A plotter").await;
        requester.sees("plan.txt").await;

        requester.chooses("How much is hit? (optional)", "The whole organisation, or its customers").await;
        requester.chooses("How soon does it hurt? (optional)", "Work stands still").await;
        requester.sees("Urgent").await;
        requester.presses("Send request").await;
        requester.sees("Your request has the number").await;
        requester.presses("Open request").await;
        requester.sees("A plotter").await;
        requester.sees("IT Support").await;

        requester.presses("New request").await;
        requester.finds_written("Subject", "").await;
        requester.has_nowhere("plan.txt").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_sent_by_enter_from_a_form_no_wider_than_the_phone() {
    play(async |stage: &mut Stage| {
        Office::open(&stage.mesh).await;
        takes_over(stage, "Others").await;
        let requester = stage.signed_in("requester@demo.test", Look::Phone).await;
        requester.opens("/requests/new").await;
        requester.sees("What is it about?").await;
        requester
            .notices(
                "the page is no wider than the phone",
                "return document.scrollingElement.scrollWidth <= innerWidth;",
            )
            .await;
        requester.writes("Subject", "A chair with three legs\u{e007}").await;
        requester.sees("Your request has the number").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_files_for_somebody_who_then_follows_it_as_his_own() {
    play(async |stage: &mut Stage| {
        Office::open(&stage.mesh).await;
        let agent = stage.signed_in("agent@demo.test", Look::Light).await;
        agent.opens("/requests/new").await;
        agent.chooses("Department", "Workshop").await;
        agent.presses("Requester: Choose…").await;
        agent.picks("Requester", "requester").await;
        agent.writes("Subject", "A chair with three legs").await;
        agent.presses("Send request").await;
        agent.sees("Your request has the number").await;
        let requester = stage.signed_in("requester@demo.test", Look::Light).await;
        requester.sees("A chair with three legs").await;
    })
    .await;
}

/// The administrator takes a part of the shipped catalogue over.
pub(crate) async fn takes_over(stage: &Stage, name: &str) {
    let admin = admin_at(stage, "/admin/catalogue").await;
    admin.sees("No categories yet").await;
    admin.presses("Take over ready-made categories").await;
    admin.ticks(name).await;
    admin.presses("Take over").await;
    admin.sees("The categories are there.").await;
}

/// A file is chosen and there.
async fn gives_a_file(stage: &Stage, requester: &Visitor) {
    let file = stage.mesh.folder().join("plan.txt");
    fs::write(&file, "Draw straight.").expect("a file");
    requester.gives(FILES, &file).await;
    let is_there = "return document.querySelector('.upload[data-state=there]') !== null;";
    requester.notices("the file is there", is_there).await;
}
