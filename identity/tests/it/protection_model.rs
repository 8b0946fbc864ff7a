//! Sign-in protection against a small model of it: whatever happens in whatever order, also at once, both say the same.

use std::collections::BTreeMap;

use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};
use mesh_core::{clock::Clock as _, db::Engine};
use proptest::prelude::*;
use proto::identity::v1::{ListBlocksRequest, SignInProtection, UnblockRequest};
use rstest::rstest;

use crate::{
    house::{ADMIN, House, PASSWORD},
    knock::{Place, WRONG},
};

/// Few enough to meet often.
const ADDRESSES: usize = 2;
const DEVICES: usize = 2;
const NAMES: usize = 3;
/// The last name has no account.
const ACCOUNTS: usize = NAMES - 1;

const ADDRESS_LIMIT: i32 = 5;
const CHALLENGE_LIMIT: i32 = 2;
const DEVICE_LIMIT: i32 = 4;
const ACCOUNT_LIMIT: i32 = 3;
const LIFETIME: SignedDuration = SignedDuration::from_hours(2);

/// What happens.
#[derive(Clone, Debug)]
enum Step {
    Try {
        address: usize,
        device: usize,
        name: usize,
        right: bool,
    },
    /// So many wrong tries at once, whose challenges nobody solves.
    Burst {
        address: usize,
        device: usize,
        name: usize,
        times: usize,
    },
    Wait {
        minutes: i64,
    },
    Unblock {
        which: usize,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let knock = (0..ADDRESSES, 0..DEVICES, 0..NAMES, prop::bool::weighted(0.15))
        .prop_map(|(address, device, name, right)| Step::Try { address, device, name, right });
    let burst = (0..ADDRESSES, 0..DEVICES, 0..NAMES, 2..7_usize)
        .prop_map(|(address, device, name, times)| Step::Burst { address, device, name, times });
    prop_oneof![
        12 => knock,
        3 => burst,
        2 => (1..40_i64).prop_map(|minutes| Step::Wait { minutes }),
        1 => Just(Step::Wait { minutes: 121 }),
        1 => (0..8_usize).prop_map(|which| Step::Unblock { which }),
    ]
}

/// What is counted in the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Address(usize),
    Device(usize, usize),
    Name(usize),
}

impl Key {
    fn limit(self) -> i32 {
        match self {
            Self::Address(_) => ADDRESS_LIMIT,
            Self::Device(..) => DEVICE_LIMIT,
            Self::Name(_) => ACCOUNT_LIMIT,
        }
    }

    fn block(self) -> SignedDuration {
        SignedDuration::from_mins(match self {
            Self::Address(_) => 30,
            Self::Device(..) => 20,
            Self::Name(_) => 15,
        })
    }
}

/// The rules in the words of the contract: failures as a list, blocks as what ends at an instant.
#[derive(Debug, Default)]
struct Model {
    failures: BTreeMap<Key, Vec<Timestamp>>,
    blocked: BTreeMap<Key, Timestamp>,
}

impl Model {
    /// Forgets what is over.
    fn fade(&mut self, now: Timestamp) {
        let over: Vec<_> =
            self.blocked.iter().filter(|(_, until)| **until <= now).map(|(key, _)| *key).collect();
        for key in over {
            self.forget(key);
        }
        let blocked = &self.blocked;
        self.failures.retain(|key, times| {
            blocked.contains_key(key)
                || times.last().is_some_and(|last| now.duration_since(*last) <= LIFETIME)
        });
    }

    fn forget(&mut self, key: Key) {
        self.failures.remove(&key);
        self.blocked.remove(&key);
    }

    fn count(&self, key: Key) -> i32 {
        self.failures.get(&key).map_or(0, |times| i32::try_from(times.len()).expect("few"))
    }

    fn fail(&mut self, key: Key, now: Timestamp) {
        self.failures.entry(key).or_default().push(now);
        if self.count(key) >= key.limit() {
            self.blocked.insert(key, now + key.block());
        }
    }

    /// What a try is answered, with every challenge solved on the way: (whether there was one, how it ended).
    fn answer(&mut self, keys: [Key; 3], right: bool, now: Timestamp) -> (bool, &'static str) {
        self.fade(now);
        let [address, device, name] = keys;
        if self.blocked.contains_key(&address) || self.blocked.contains_key(&device) {
            return (false, "SIGN_IN_BLOCKED");
        }
        let challenged = self.count(device) >= CHALLENGE_LIMIT;
        let locked = self.blocked.contains_key(&name);
        if right && !locked {
            for key in keys {
                self.forget(key);
            }
            return (challenged, "signed in");
        }
        for key in if locked { &keys[..2] } else { &keys[..] } {
            self.fail(*key, now);
        }
        (challenged, "WRONG_CREDENTIALS")
    }

    /// What a wrong try is answered when nobody solves a challenge.
    fn unsolved(&mut self, keys: [Key; 3], now: Timestamp) -> &'static str {
        self.fade(now);
        let [address, device, _] = keys;
        let blocked = self.blocked.contains_key(&address) || self.blocked.contains_key(&device);
        if !blocked && self.count(device) >= CHALLENGE_LIMIT {
            return "challenge";
        }
        self.answer(keys, false, now).1
    }
}

/// The service beside its model. Each run has addresses and names of its own, so that all share one house.
struct Run<'h> {
    house: &'h House,
    number: usize,
    model: Model,
}

impl Run<'_> {
    fn now(&self) -> Timestamp {
        self.house.world.clock().now()
    }

    fn address(&self, address: usize) -> String {
        format!("10.{}.{}.{address}", self.number / 256, self.number % 256)
    }

    fn name(&self, name: usize) -> String {
        format!("run{}-{name}@example.com", self.number)
    }

    fn subject(&self, key: Key) -> String {
        match key {
            Key::Address(address) => self.address(address),
            Key::Device(address, _) => format!("Firefox on Linux, {}", self.address(address)),
            Key::Name(name) => self.name(name),
        }
    }

    async fn take(&mut self, step: &Step) {
        match *step {
            Step::Try { address, device, name, right } => self.knock(address, device, name, right).await,
            Step::Burst { address, device, name, times } => self.burst(address, device, name, times).await,
            Step::Wait { minutes } => self.house.world.advance(SignedDuration::from_mins(minutes)).await,
            Step::Unblock { which } => self.unblock(which).await,
        }
    }

    async fn knock(&mut self, address: usize, device: usize, name: usize, right: bool) {
        let place = Place::new(&self.address(address), &format!("device {device}"));
        let password = if right { PASSWORD } else { WRONG };
        let email = self.name(name);
        let mut said = (false, self.house.knocked(&place, &email, password).await);
        if said.1 == "challenge" {
            let challenge = self.house.challenged(&place, &email, password).await;
            said = (true, self.house.knocked(&place.solving(&challenge), &email, password).await);
        }
        let keys = [Key::Address(address), Key::Device(address, device), Key::Name(name)];
        let now = self.now();
        let expected = self.model.answer(keys, right && name < ACCOUNTS, now);
        assert_eq!((said.0, said.1.as_str()), expected, "{:?}", self.model);
    }

    /// In whatever order the tries get through, together they are answered as one after the other would be.
    async fn burst(&mut self, address: usize, device: usize, name: usize, times: usize) {
        let place = Place::new(&self.address(address), &format!("device {device}"));
        let (house, email) = (self.house, self.name(name));
        let mut said = join_all((0..times).map(|_| house.knocked(&place, &email, WRONG))).await;
        let keys = [Key::Address(address), Key::Device(address, device), Key::Name(name)];
        let now = self.now();
        let mut expected: Vec<_> = (0..times).map(|_| self.model.unsolved(keys, now)).collect();
        said.sort();
        expected.sort_unstable();
        assert_eq!(said, expected, "{:?}", self.model);
    }

    /// Unblocks one of those the model knows of, after both agree on which there are.
    async fn unblock(&mut self, which: usize) {
        let now = self.now();
        self.model.fade(now);
        let admin = self.house.token_of(ADMIN).await;
        let ask = ListBlocksRequest { page_size: 200, ..ListBlocksRequest::default() };
        let blocks = self.house.security(&admin).list_blocks(ask).await.expect("lists").into_inner().blocks;
        let own = |key: Key| {
            let same = |block: &&proto::identity::v1::Block| {
                block.subject == self.subject(key) && block.failures == self.model.count(key)
            };
            let block = blocks.iter().find(same).expect("the service knows it too");
            assert_eq!(block.blocked_until.is_some(), self.model.blocked.contains_key(&key), "{key:?}");
            (key, block.id.clone())
        };
        // Devices of one address read alike, so which of them was meant can't be told.
        let known: Vec<_> = self
            .model
            .failures
            .keys()
            .filter(|key| !matches!(key, Key::Device(..)))
            .map(|key| own(*key))
            .collect();
        if let Some((key, block_id)) = known.into_iter().cycle().nth(which) {
            self.house.security(&admin).unblock(UnblockRequest { block_id }).await.expect("unblocks");
            self.model.forget(key);
        }
    }
}

/// A house with limits that are soon reached.
async fn strict_house(engine: Engine) -> House {
    let (house, admin) = House::new(engine).await;
    let strict = SignInProtection {
        address_limit: ADDRESS_LIMIT,
        device_challenge_limit: CHALLENGE_LIMIT,
        device_limit: DEVICE_LIMIT,
        account_limit: ACCOUNT_LIMIT,
        counter_lifetime: Some(prost_types::Duration { seconds: LIFETIME.as_secs(), nanos: 0 }),
        challenge_difficulty: 1,
        ..house.limits(&admin).await
    };
    let fields = [
        "address_limit",
        "device_challenge_limit",
        "device_limit",
        "account_limit",
        "counter_lifetime",
        "challenge_difficulty",
    ];
    house.limit(&admin, &fields, strict).await.expect("strict");
    house
}

#[rstest]
fn whatever_happens_the_service_and_its_model_say_the_same(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let house = runtime.block_on(strict_house(engine));
    let runs = std::cell::Cell::new(0);
    let config = ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() };
    let steps = prop::collection::vec(step(), 1..40);
    let outcome = proptest::test_runner::TestRunner::new(config).run(&steps, |steps| {
        runs.set(runs.get() + 1);
        runtime.block_on(async {
            let mut run = Run { house: &house, number: runs.get(), model: Model::default() };
            let admin = house.token_of(ADMIN).await;
            for account in 0..ACCOUNTS {
                house.person(&admin, &run.name(account), &[]).await;
            }
            for step in &steps {
                run.take(step).await;
            }
        });
        Ok(())
    });
    outcome.expect("the service and its model agree");
}
