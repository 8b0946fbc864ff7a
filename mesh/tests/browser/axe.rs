//! Everybody can use every page: axe finds nothing on any of them, in light, in dark, and on a phone.

use std::fs;

use rstest::rstest;
use serde_json::{Value, json};

use crate::{
    chromium::Look,
    pages::{PAGES, Page, Person},
    process::ticketmesh,
    running::{Mesh, PASSWORD},
    stage::{Stage, named, play},
    visitor::Visitor,
};

/// Where axe is.
const AXE: &str = "TICKETMESH_TEST_AXE";
/// The rules about what a theme changes.
const COLOURS: [&str; 2] = ["color-contrast", "link-in-text-block"];

#[rstest]
#[case::nobody(Person::Nobody)]
#[case::a_requester(Person::Requester)]
#[case::an_agent(Person::Agent)]
#[case::an_administrator(Person::Admin)]
#[tokio::test(flavor = "multi_thread")]
async fn axe_finds_nothing_in_light_in_dark_or_on_a_phone_on_any_page_of(#[case] person: Person) {
    let axe = fs::read_to_string(named(AXE)).expect("axe can be read");
    play(async |stage: &mut Stage| {
        demonstrate(&stage.mesh).await;
        let visitor = match person.email() {
            Some(email) => signed_in(stage, email).await,
            None => stage.visitor(Look::Light).await,
        };
        let mut found = Vec::new();
        for page in PAGES.iter().filter(|page| page.seen_by == person) {
            found.extend(look_at(&visitor, page, &axe).await);
        }
        assert!(found.is_empty(), "axe found {} things:\n{}", found.len(), found.join("\n"));
    })
    .await;
}

/// People and tickets, as the demonstration has them.
async fn demonstrate(mesh: &Mesh) {
    let mut seed = ticketmesh(mesh.folder(), ["seed", "--url", &mesh.address()]);
    let seeded = seed.env("TM_DEMO_PASSWORD", PASSWORD).output().await.expect("the binary starts");
    assert!(seeded.status.success(), "{}", String::from_utf8_lossy(&seeded.stderr));
}

async fn signed_in(stage: &Stage, email: &str) -> Visitor {
    let visitor = stage.visitor(Look::Light).await;
    visitor.opens("/sign-in").await;
    visitor.signs_in(email, PASSWORD).await;
    visitor.sees_no_more("Sign in to Ticketmesh").await;
    visitor
}

/// What axe finds on a page, in both themes and at the width of a phone.
async fn look_at(visitor: &Visitor, page: &Page, axe: &str) -> Vec<String> {
    visitor.opens(page.path).await;
    visitor.rests().await;
    for link in page.then {
        visitor.presses_first(link).await;
        visitor.rests().await;
    }
    visitor.loads(axe).await;
    let mut found = judge(visitor, "light", json!([])).await;
    found.extend(judge(visitor, "dark", json!(COLOURS)).await);
    visitor.is_wide(390).await;
    found.extend(judge(visitor, "light", json!([])).await.into_iter().map(|told| format!("phone, {told}")));
    visitor.is_wide(1440).await;
    found.iter().map(|told| format!("{}: {told}", page.name)).collect()
}

/// What axe finds wrong with the page in a theme, by some rules or by all.
async fn judge(visitor: &Visitor, theme: &str, rules: Value) -> Vec<String> {
    let told = visitor.runs(include_str!("axe.js"), vec![theme.into(), rules]).await;
    let told = told.as_array().expect("a list").iter().filter_map(Value::as_str);
    told.map(|told| format!("{theme}: {told}")).collect()
}
