//! Search agrees with Get and List about what is visible: for random people, tickets and notes, before and after tickets move.

use mesh_core::db::Engine;
use proptest::prelude::*;
use proto::tickets::v1::{Status, Ticket};
use rstest::rstest;

use crate::{
    search::search,
    support::Client,
    visibility::{DEPARTMENTS, Held, PEOPLE, Plan, Town, held, plan},
};

/// A ticket, whether there is a note on it, and where it goes afterwards.
#[derive(Clone, Debug)]
struct Story {
    plan: Plan,
    noted: bool,
    replied: bool,
    moves: Option<(usize, Option<usize>)>,
}

fn story() -> impl Strategy<Value = Story> {
    let moves = prop::option::of((0..DEPARTMENTS, prop::option::of(0..PEOPLE)));
    (plan(), any::<bool>(), any::<bool>(), moves).prop_map(|(plan, noted, replied, moves)| Story {
        plan,
        noted,
        replied,
        moves,
    })
}

/// Stories, and what each person holds.
fn stories() -> impl Strategy<Value = (Vec<Story>, Vec<Held>)> {
    (prop::collection::vec(story(), 1..4), prop::collection::vec(held(), PEOPLE))
}

/// Tells a story; its words carry its number.
async fn tell(town: &Town, index: usize, story: &Story) -> Ticket {
    let ticket = town.file(&story.plan).await;
    if story.replied {
        town.boss.reply(&ticket, &format!("spoken{index}")).await;
    }
    if story.noted {
        town.boss.note(&ticket, &format!("whispered{index}")).await;
    }
    if let Some((department, assignee)) = story.moves {
        let ticket = town.boss.get(&ticket.id).await.expect("reads");
        let moved = Ticket { department_id: town.departments[department].clone(), ..ticket };
        let moved = town.boss.update(moved, &["department_id"]).await.expect("moved");
        let assignee = assignee.map(|index| town.people[index].clone()).unwrap_or_default();
        town.desk.place(&moved, 2, Status::Open, &assignee).await;
    }
    ticket
}

/// The ids of what somebody finds, which must be as many as the total says.
async fn found(who: &Client, text: &str) -> Vec<String> {
    let found = search(who, text).await.expect("searches");
    assert_eq!(found.total, i64::try_from(found.matches.len()).expect("few"), "{text}");
    found.matches.into_iter().filter_map(|found| found.ticket).map(|ticket| ticket.id).collect()
}

/// Holds what each person finds against what he reads and lists.
async fn check(town: &Town, stories: &[Story], grants: &[Held]) {
    let mut tickets = vec![];
    for (index, story) in stories.iter().enumerate() {
        tickets.push(tell(town, index, story).await);
    }
    for (index, held) in grants.iter().enumerate() {
        let person = town.person(index, held);
        let mut listed = person.all().await;
        let mut printers = found(&person, "printer").await;
        listed.sort();
        printers.sort();
        assert_eq!(printers, listed, "{stories:?} {held:?}");
        for (number, (ticket, story)) in tickets.iter().zip(stories).enumerate() {
            let read = person.get(&ticket.id).await.ok();
            let reads_notes = read.as_ref().and_then(|read| read.abilities).is_some_and(|may| may.read_notes);
            let expected = [
                (format!("spoken{number}"), story.replied && read.is_some()),
                (format!("whispered{number}"), story.noted && reads_notes),
                (format!("whispered{number} printer"), story.noted && reads_notes),
                (format!("spoken{number} whispered{number}"), story.replied && story.noted && reads_notes),
            ];
            for (text, is_found) in expected {
                let ids = found(&person, &text).await;
                assert_eq!(ids.contains(&ticket.id), is_found, "{text}: {stories:?} {held:?}");
                assert_eq!(ids.len(), usize::from(is_found), "{text}: {stories:?} {held:?}");
            }
        }
    }
}

#[rstest]
fn search_agrees_with_get_and_list(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let mut runner =
        proptest::test_runner::TestRunner::new(ProptestConfig { cases: 8, ..ProptestConfig::default() });
    let outcome = runner.run(&stories(), |(stories, grants)| {
        runtime.block_on(async { check(&Town::build(engine).await, &stories, &grants).await });
        Ok(())
    });
    outcome.expect("all ways agree");
}
