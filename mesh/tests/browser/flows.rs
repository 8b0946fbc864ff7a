//! Drawing a workflow: made, wired, published, and seen on a ticket; two who draw at once; the canvas by hand and by keys.

use fantoccini::key::Key;
use serde_json::Value;

use crate::{
    admin::admin_at,
    chromium::Look,
    people::Office,
    stage::{Stage, play},
    visitor::Visitor,
};

/// What the field for the name of a stage is called.
const NAME: &str = "Name of the stage";
/// What is said when all is well.
const SOUND: &str = "Nothing stands in the way of publishing.";

#[tokio::test(flavor = "multi_thread")]
async fn a_workflow_is_drawn_in_the_list_published_and_its_stages_are_on_the_next_ticket() {
    play(async |stage: &mut Stage| {
        let Office { department_id, requester, .. } = Office::open(&stage.mesh).await;
        let admin = admin_at(stage, "/work/workflows").await;
        begins(&admin, "Loans").await;
        admin.presses("List").await;
        admin.sees("No stage yet").await;
        adds(&admin, "Look it up").await;
        adds(&admin, "On loan").await;
        adds(&admin, "Given back").await;
        admin.chooses("Status of its tickets", "Closed").await;
        admin.ticks("Tickets are over here").await;
        admin.sees("No way leads here from the start").await;

        wires(&admin, "Look it up", "On loan", "Hand it over").await;
        wires(&admin, "On loan", "Given back", "Take it back").await;
        admin.sees(SOUND).await;
        admin.presses("Back to the workflow").await;
        admin.writes("Which tickets (optional)", "ticket.subject.contains(\"camera\")").await;
        admin.sees("All kept").await;
        admin.presses("Publish").await;
        admin.writes("What changed, for those who look later (optional)", "The first one.").await;
        admin.presses("Publish").await;
        admin.sees("Version 1 is published.").await;

        let agent = stage.agent_at_work("agent@demo.test").await;
        requester.file("A camera for Friday", &department_id).await;
        agent.follows("A camera for Friday").await;
        agent.sees("Look it up").await;
        agent.presses("Hand it over").await;
        agent.may_press("Take it back").await;
        agent.sees("On loan").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_leads_to_its_field_and_what_was_drawn_survives_a_reload_and_comes_back_by_undo() {
    play(async |stage: &mut Stage| {
        Office::open(&stage.mesh).await;
        let admin = admin_at(stage, "/work/workflows").await;
        begins(&admin, "Repairs").await;
        adds(&admin, "Look").await;
        adds(&admin, "Mend").await;
        admin.presses("List").await;
        wires(&admin, "Look", "Mend", "Go").await;
        admin.writes("Only if (optional)", "caller.is_agnt").await;
        admin.sees("caller.is_agnt").await;
        admin.sees("All kept").await;
        admin.reloads().await;
        admin.presses("List").await;
        let leads =
            "[...document.querySelectorAll('.found-line')].find(line => line.innerText.includes('is_agnt'))";
        admin.notices("the problem", &format!("return {leads} !== undefined;")).await;
        does(&admin, &format!("{leads}.click();"), Vec::new()).await;
        admin.finds_written("Only if (optional)", "caller.is_agnt").await;
        let focused = "return document.activeElement?.name === 'who';";
        admin.notices("the field has the focus", focused).await;

        admin.writes("Words on the button", "Away with it").await;
        admin.presses("Delete").await;
        admin.sees_no_more("Away with it").await;
        admin.presses("Undo").await;
        admin.sees("Away with it").await;
        admin.presses("Undo").await;
        admin.presses("Redo").await;
        admin.sees("Away with it").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_draw_at_once_the_second_is_told_and_loses_nothing() {
    play(async |stage: &mut Stage| {
        Office::open(&stage.mesh).await;
        let first = admin_at(stage, "/work/workflows").await;
        begins(&first, "Moves").await;
        first.presses("List").await;
        adds(&first, "Pack").await;
        first.sees("All kept").await;
        let second = admin_at(stage, "/work/workflows").await;
        second.follows("Moves").await;
        second.presses("List").await;
        second.presses("Pack").await;
        second.finds_written(NAME, "Pack").await;

        first.writes(NAME, "Pack everything").await;
        first.sees("All kept").await;
        second.writes(NAME, "Pack the boxes").await;
        second.sees("Somebody else drew on this workflow meanwhile.").await;
        second.presses("Take theirs").await;
        second.finds_written(NAME, "Pack everything").await;
        second.presses("Undo").await;
        second.finds_written(NAME, "Pack the boxes").await;
        second.sees("All kept").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_the_canvas_stages_are_moved_and_wired_by_hand_and_walked_by_keys() {
    play(async |stage: &mut Stage| {
        Office::open(&stage.mesh).await;
        let admin = admin_at(stage, "/work/workflows").await;
        begins(&admin, "Visits").await;
        adds(&admin, "Announced").await;
        adds(&admin, "In the house").await;
        does(&admin, DRAG, vec!["[data-handle=new_stage]".into(), "[data-stage=new_stage_2]".into()]).await;
        admin.finds_written("Words on the button", "To In the house").await;
        admin.writes("Words on the button", "Let in").await;
        admin.notices("the arrow", "return document.querySelectorAll('.arrow').length === 1;").await;

        let places =
            "return [...document.querySelectorAll('.node')].map(node => node.getAttribute('transform'));";
        let before = does(&admin, places, Vec::new()).await;
        does(&admin, DRAG, vec!["[data-stage=new_stage_2] .card".into(), ".canvas".into()]).await;
        let moved = format!(
            "return JSON.stringify((() => {{ {places} }})()) !== {};",
            Value::String(before.to_string())
        );
        admin.notices("a stage lies elsewhere", &moved).await;

        admin.presses("Arrange").await;
        does(&admin, "document.querySelector('[data-stage=new_stage_2]').focus();", Vec::new()).await;
        does(&admin, KEY, vec!["ArrowUp".into()]).await;
        admin.finds_written(NAME, "Announced").await;
        does(&admin, KEY, vec!["Delete".into()]).await;
        admin.sees_no_more("Let in").await;
        admin.notices("one stage", "return document.querySelectorAll('.node').length === 1;").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_example_is_copied_tried_published_anew_and_its_tickets_move_along() {
    play(async |stage: &mut Stage| {
        let Office { department_id, requester, .. } = Office::open(&stage.mesh).await;
        let admin = admin_at(stage, "/work/workflows").await;
        admin.presses("More for IT Support").await;
        admin.presses("Copy").await;
        admin.writes("Name", "Support").await;
        admin.presses("Create workflow").await;
        admin.sees(SOUND).await;
        admin.presses("Publish").await;
        admin.presses("Publish").await;
        admin.sees("Version 1 is published.").await;
        requester.file("The printer is out of ink", &department_id).await;

        admin.presses("List").await;
        admin.presses("Triage").await;
        admin.writes(NAME, "First look").await;
        admin.presses("Try it").await;
        admin.presses("Replay").await;
        admin.sees("Nothing would differ").await;
        admin.presses("Close").await;
        admin.presses("Publish").await;
        admin.sees("is called").await;
        admin.presses("Publish").await;
        admin.sees("Version 2 is published.").await;
        admin.presses("Versions").await;
        admin.presses("Move its tickets").await;
        admin.presses("See what would move").await;
        admin.sees("Tickets that would move: 1 (Triage: 1)").await;
        admin.presses("Move tickets").await;
        admin.sees("Tickets on their way to the new version: 1").await;
        let agent = stage.signed_in("agent@demo.test", Look::Light).await;
        agent.opens("/desk/all").await;
        agent.follows("The printer is out of ink").await;
        agent.sees("First look").await;
    })
    .await;
}

/// Makes an empty workflow and comes to its sheet.
async fn begins(admin: &Visitor, name: &str) {
    admin.presses("New workflow").await;
    admin.writes("Name", name).await;
    admin.presses("Create workflow").await;
    admin.sees("Not published yet").await;
}

/// Adds a stage with a name.
async fn adds(admin: &Visitor, name: &str) {
    admin.presses("Add stage").await;
    admin.finds_written(NAME, "New stage").await;
    admin.writes(NAME, name).await;
}

/// Adds a transition in the list, with words on its button.
async fn wires(admin: &Visitor, from: &str, to: &str, words: &str) {
    admin.presses(from).await;
    admin.finds_written(NAME, from).await;
    admin.presses("Add a way out").await;
    admin.writes("Add a way out", &format!("{to}{}", char::from(Key::Enter))).await;
    admin.finds_written("Words on the button", &format!("To {to}")).await;
    admin.writes("Words on the button", words).await;
}

/// Runs a script, which finds its arguments in `given`, to its end, and answers with what it returns.
async fn does(visitor: &Visitor, script: &str, given: Vec<Value>) -> Value {
    let around = "const given = [...arguments], done = given.pop();";
    visitor.runs(&format!("{around} done((() => {{ {script} }})() ?? null);"), given).await
}

/// Presses one thing, pulls, and lets go over another.
const DRAG: &str = "
    const [from, to] = given.map(found => document.querySelector(found).getBoundingClientRect());
    const canvas = document.querySelector('.canvas');
    const held = document.elementsFromPoint(from.x + from.width / 2, from.y + from.height / 2)[0];
    const at = (box, type, target) => target.dispatchEvent(new PointerEvent(type, {
        bubbles: true, button: 0, buttons: 1, pointerId: 7, clientX: box.x + box.width / 2, clientY: box.y + box.height / 2 }));
    at(from, 'pointerdown', held);
    at({ ...from.toJSON(), x: from.x + 30 }, 'pointermove', canvas);
    at(to, 'pointermove', canvas);
    at(to, 'pointerup', canvas);";

/// Presses a key where the focus is.
const KEY: &str = "
    const press = { key: given[0], bubbles: true, cancelable: true };
    (document.activeElement ?? document.body).dispatchEvent(new KeyboardEvent('keydown', press));";
