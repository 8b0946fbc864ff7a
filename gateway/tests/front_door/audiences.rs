//! The live stream brings everybody exactly what the audience of an event lets him hear, whatever he holds and wherever.
//!
//! That an event's audience is who sees its ticket is proven where events are made (`tickets/tests/tickets/visibility.rs`).

use proptest::prelude::*;
use proto::{events::v1::Audience, identity::v1::Permission, permission::PermissionSet};

use crate::{
    house::House,
    watching::{Reader, changed, for_all, reader, tell},
};

const PEOPLE: usize = 3;
const DEPARTMENTS: usize = 3;
const PERMISSIONS: [Permission; 3] =
    [Permission::TicketRead, Permission::TicketUpdate, Permission::AuditRead];

/// Permissions, each in a department by index, or everywhere.
type Grant = (Option<usize>, Permission);
type Held = Vec<Grant>;

fn held() -> impl Strategy<Value = Held> {
    let place = prop_oneof![5 => (0..DEPARTMENTS).prop_map(Some), 1 => Just(None)];
    prop::collection::vec((place, prop::sample::select(&PERMISSIONS[..])), 0..5)
}

fn person(index: usize) -> String {
    format!("usr_reader{index}")
}

fn department(index: usize) -> String {
    format!("dep_{index}")
}

fn audience() -> impl Strategy<Value = Audience> {
    let people = prop::collection::btree_set(0..PEOPLE, 0..2);
    let departments = prop::collection::btree_set(0..DEPARTMENTS, 0..3);
    let permission = prop::option::of(prop::sample::select(&PERMISSIONS[..]));
    let truths = (prop::bool::weighted(0.1), prop::bool::weighted(0.2));
    (people, permission, departments, truths).prop_map(
        |(people, permission, departments, (everyone, anywhere))| Audience {
            everyone,
            user_ids: people.into_iter().map(person).collect(),
            permission: permission.map_or(0, i32::from),
            department_ids: departments.into_iter().map(department).collect(),
            anywhere,
        },
    )
}

/// Whether somebody who holds this may hear of it.
fn hears(index: usize, held: &[Grant], audience: &Audience) -> bool {
    let holds = |(place, permission): &Grant| {
        let there = place.is_none_or(|place| audience.department_ids.contains(&department(place)));
        i32::from(*permission) == audience.permission && (there || audience.anywhere)
    };
    audience.everyone || audience.user_ids.contains(&person(index)) || held.iter().any(holds)
}

/// Somebody who holds this opens a stream.
async fn open(house: &House, turn: usize, index: usize, held: &[Grant]) -> Reader {
    let mut claims = house.identity.claims(&format!("reader{index}"), &format!("ses_{turn}_{index}"));
    for (place, permission) in held {
        let set = match place {
            Some(place) => claims.perm.departments.entry(department(*place)).or_insert(PermissionSet::EMPTY),
            None => &mut claims.perm.everywhere,
        };
        *set = set.with(*permission);
    }
    reader(house, &house.identity.sign(&claims)).await
}

async fn check(house: &House, turn: usize, people: &[Held], audiences: &[Audience]) {
    let mut readers = vec![];
    for (index, held) in people.iter().enumerate() {
        readers.push(open(house, turn, index, held).await);
    }
    let id = |number: usize| format!("evt_{turn}_{number}");
    for (number, audience) in audiences.iter().enumerate() {
        tell(house, &id(number), "tkt_1", audience.clone(), changed()).await;
    }
    tell(house, &id(audiences.len()), "tkt_1", for_all(), changed()).await;
    for (index, (held, mut reader)) in people.iter().zip(readers).enumerate() {
        let heard = audiences.iter().enumerate().filter(|(_, audience)| hears(index, held, audience));
        let expected: Vec<_> = heard.map(|(number, _)| id(number)).chain([id(audiences.len())]).collect();
        for id in expected {
            assert_eq!(reader.event().await, id, "{held:?} {audiences:?}");
        }
    }
}

#[test]
fn a_stream_brings_what_its_reader_may_hear_and_nothing_else() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let house = runtime.block_on(House::open());
    let turn = std::cell::Cell::new(0);
    let config = ProptestConfig { cases: 24, ..ProptestConfig::default() };
    let worlds = (prop::collection::vec(held(), PEOPLE), prop::collection::vec(audience(), 1..8));
    let outcome = proptest::test_runner::TestRunner::new(config).run(&worlds, |(people, audiences)| {
        turn.set(turn.get() + 1);
        runtime.block_on(check(&house, turn.get(), &people, &audiences));
        Ok(())
    });
    outcome.expect("everybody hears what is for him");
}
