//! Rules kept as views, and words that find.

use http::Method;
use proto::tickets::v1::CommentKind;
use serde_json::{Value, json};
use url::Url;

use crate::{
    deeds::fresh,
    people::{Office, Person},
    stage::{Stage, play},
    wanderer::Wanderer,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_is_kept_as_a_view_that_counts_follows_and_is_deleted() {
    play(async |stage: &mut Stage| {
        let Office { department_id, requester, .. } = Office::open(&stage.mesh).await;
        requester.file("The lathe hums", &department_id).await;
        requester.file("The drill is blunt", &department_id).await;
        let agent = stage.agent_at_work("agent@demo.test").await;
        agent.presses("New view").await;
        agent.writes("Name", "Lathes").await;
        agent.writes("Rule (optional)", "subjekt == 1").await;
        agent.sees("line 1, column 1").await;
        agent.writes("Rule (optional)", "subject.contains(\"lathe\")").await;
        agent.sees_no_more("line 1, column 1").await;
        agent.presses("Save").await;
        agent.sees("View saved").await;
        agent.sees("The lathe hums").await;
        agent.sees_no_more("The drill is blunt").await;
        counts(&agent, "Lathes", 1).await;

        requester.file("Another lathe", &department_id).await;
        agent.sees("Another lathe").await;
        counts(&agent, "Lathes", 2).await;
        agent.reloads().await;
        agent.sees("Another lathe").await;

        agent.presses("Change or delete Lathes").await;
        agent.presses("Change view").await;
        agent.writes("Name", "Machines").await;
        agent.presses("Save").await;
        counts(&agent, "Machines", 2).await;
        agent.presses("Change or delete Machines").await;
        agent.presses("Delete view").await;
        agent.presses("Delete view").await;
        agent.sees("This view is gone").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_view_that_is_renamed_keeps_every_column_and_shows_them_in_its_groups() {
    play(async |stage: &mut Stage| {
        let Office { department_id, requester, agent: person, .. } = Office::open(&stage.mesh).await;
        let columns = json!(["number", "subject", "stage", "resolve_due_time", "fields.serial"]);
        let sharing = json!({"kind": "SHARING_KIND_PERSONAL"});
        let view = json!({"name": "Stages", "sharing": sharing, "columns": columns, "groupBy": "priority"});
        asks(stage, &person, "CreateView", &json!({"requestId": fresh(), "view": view})).await;
        requester.file("The lathe hums", &department_id).await;
        let agent = stage.agent_at_work("agent@demo.test").await;
        agent.follows("Stages").await;
        agent.sees("The lathe hums").await;
        let heads =
            "return [...document.querySelectorAll('.tickets-head .cell')].map(cell => cell.textContent);";
        let heads = agent.finds("the columns", heads).await;
        assert_eq!(heads, ["Number", "Subject", "Stage", "Due", "serial"]);
        let groups =
            "return [...document.querySelectorAll('.tickets > .group')].map(head => head.textContent);";
        assert_eq!(agent.finds("the groups", groups).await, ["Normal1"]);

        agent.presses("Change or delete Stages").await;
        agent.presses("Change view").await;
        agent.writes("Name", "By stage").await;
        agent.presses("Save").await;
        agent.sees("View saved").await;
        let kept = asks(stage, &person, "ListViews", &json!({})).await;
        let kept = &kept["views"][0];
        assert_eq!((&kept["name"], &kept["columns"]), (&json!("By stage"), &columns), "{kept}");
        assert_eq!(kept["groupBy"], "priority");
    })
    .await;
}

/// Calls a method of views by the JSON face of the API.
async fn asks(stage: &Stage, person: &Person, method: &str, body: &Value) -> Value {
    let url = format!("{}/api/ticketmesh.tickets.v1.ViewService/{method}", stage.mesh.address());
    let url = Url::parse(&url).expect("an address");
    let bearer = format!("Bearer {}", person.token);
    let headers = [("content-type", "application/json"), ("authorization", bearer.as_str())];
    Wanderer::default().send(Method::POST, url, &headers, body.to_string()).await.json()
}

/// Waits until the rail shows a view with this number.
async fn counts(agent: &crate::visitor::Visitor, name: &str, count: i64) {
    let script = format!(
        "return [...document.querySelectorAll('.views .view')].some(view => \
         view.querySelector('.one-line').textContent === {name:?} && view.querySelector('.count').textContent === '{count}');"
    );
    agent.notices(&format!("{name} has {count}"), &script).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn words_are_found_in_what_was_said_and_marked_and_a_rule_narrows_the_list() {
    play(async |stage: &mut Stage| {
        let Office { department_id, requester, .. } = Office::open(&stage.mesh).await;
        let lathe = requester.file("The lathe hums", &department_id).await;
        requester.file("The drill is blunt", &department_id).await;
        requester.say(&lathe, CommentKind::Public, "It is the bearing, I think.").await;
        let agent = stage.agent_at_work("agent@demo.test").await;
        agent.opens("/desk/all").await;
        agent.sees("The drill is blunt").await;
        agent.writes("Find in this view", "bearings").await;
        agent.sees_no_more("The drill is blunt").await;
        let is_marked = "return [...document.querySelectorAll('.snippet mark')].some(mark => mark.textContent === 'bearing');";
        agent.notices("the word is marked", is_marked).await;
        agent.writes("Find in this view", "nothing like it").await;
        agent.sees("Nothing found").await;
        agent.writes("Find in this view", " ").await;
        agent.sees("The drill is blunt").await;

        agent.presses("Filter").await;
        agent.presses("High or urgent").await;
        agent.sees("No ticket meets the rule").await;
        agent.finds_written("Rule", "priority in [\"HIGH\", \"URGENT\"]").await;
        agent.presses("High or urgent").await;
        agent.sees("The drill is blunt").await;
    })
    .await;
}
