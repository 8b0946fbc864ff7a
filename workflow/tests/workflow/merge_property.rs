//! A merge and its undoing leave runs and clocks of all tickets as they were, whatever had happened to them.

use mesh_core::db::Engine;
use proptest::{prelude::*, sample::Index};
use proto::{
    tickets::v1::{Merge, MergeTicketsRequest, Priority, Ticket, UndoMergeRequest},
    workflow::v1::{Clock, Run, SlaMetric, SlaPolicy},
};
use rstest::rstest;

use crate::support::{
    Client, Desk, fresh,
    promises::{FIRST_REPLY, RESOLUTION, hours, policy, target},
};

/// The target and two sources.
const TICKETS: usize = 3;

/// Something that is done to a ticket.
#[derive(Clone, Debug)]
enum Deed {
    /// A button that is offered to the agent.
    Press {
        ticket: usize,
        which: Index,
    },
    Ask {
        ticket: usize,
    },
    Answer {
        ticket: usize,
    },
    Raise {
        ticket: usize,
        urgent: bool,
    },
    Wait {
        hours: i64,
    },
}

fn deed() -> impl Strategy<Value = Deed> {
    let ticket = || 0..TICKETS;
    prop_oneof![
        3 => (ticket(), any::<Index>()).prop_map(|(ticket, which)| Deed::Press { ticket, which }),
        1 => ticket().prop_map(|ticket| Deed::Ask { ticket }),
        2 => ticket().prop_map(|ticket| Deed::Answer { ticket }),
        1 => (ticket(), any::<bool>()).prop_map(|(ticket, urgent)| Deed::Raise { ticket, urgent }),
        2 => (1..30_i64).prop_map(|hours| Deed::Wait { hours }),
    ]
}

struct Town {
    desk: Desk,
    agent: Client,
    requester: Client,
    boss: Client,
    tickets: Vec<String>,
}

/// A ticket with its run and its clocks, but for what each change moves on.
type Sight = (Ticket, Run, Vec<Clock>);

impl Town {
    async fn build(engine: Engine) -> Self {
        let desk = Desk::open(engine).await;
        let department = desk.department();
        let agent = desk.online_agent(&department).await;
        let (requester, boss) = (desk.requester(), desk.administrator());
        let targets = [target(FIRST_REPLY, 10), target(SlaMetric::NextReply, 6), target(RESOLUTION, 40)];
        boss.promise(SlaPolicy { merge_oldest: true, ..policy("All", &targets) }).await;
        let mut tickets = vec![];
        for _ in 0..TICKETS {
            tickets.push(desk.file(&requester, &department).await.id);
            desk.world.advance(hours(1)).await;
        }
        // The one filed last takes in those that have waited longer.
        tickets.reverse();
        Self { desk, agent, requester, boss, tickets }
    }

    async fn live(&self, deed: &Deed) {
        match deed {
            Deed::Press { ticket, which } => self.press(&self.tickets[*ticket], *which).await,
            Deed::Ask { ticket } => drop(self.requester.say(&self.tickets[*ticket], "And now?").await),
            Deed::Answer { ticket } => drop(self.agent.say(&self.tickets[*ticket], "Soon.").await),
            Deed::Raise { ticket, urgent } => {
                let priority = if *urgent { Priority::Urgent } else { Priority::Low };
                self.boss.prioritise(&self.tickets[*ticket], priority).await;
            }
            Deed::Wait { hours: passed } => self.desk.world.advance(hours(*passed)).await,
        }
        self.desk.world.settle().await;
    }

    /// Takes one of the steps that are offered, if it takes no more than a word.
    async fn press(&self, id: &str, which: Index) {
        let offered: Vec<_> =
            self.agent.options(id).await.into_iter().filter(|option| option.enabled).collect();
        if offered.is_empty() {
            return;
        }
        let key = &which.get(&offered).key;
        drop(self.agent.try_press(self.agent.pressing(id, key, "Because.").await).await);
    }

    async fn sights(&self) -> Vec<Sight> {
        let mut sights = vec![];
        for id in &self.tickets {
            let (ticket, run) = (self.boss.ticket(id).await, self.boss.run(id).await);
            sights.push((
                Ticket { etag: String::new(), run_version: 0, update_time: None, ..ticket },
                Run { version: 0, etag: String::new(), ..run },
                self.boss.clocks(id).await,
            ));
        }
        sights
    }

    async fn merge_and_undo(&self) {
        let (target_id, source_ids) = (self.tickets[0].clone(), self.tickets[1..].to_vec());
        let merge = Merge { target_id, source_ids, ..Merge::default() };
        let ask = MergeTicketsRequest { merge: Some(merge), request_id: fresh(), comment: String::new() };
        let merge = self.boss.tickets.clone().merge_tickets(ask).await.expect("merged").into_inner();
        self.desk.world.settle().await;
        assert!(self.boss.run(&self.tickets[1]).await.end_time.is_some(), "a stub is nobody's work");
        let ask = UndoMergeRequest { id: merge.id, request_id: fresh() };
        self.boss.tickets.clone().undo_merge(ask).await.expect("undone");
        self.desk.world.settle().await;
    }
}

#[rstest]
fn runs_and_clocks_are_as_they_were(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let config = ProptestConfig { cases: 6, ..ProptestConfig::default() };
    let deeds = prop::collection::vec(deed(), 0..8);
    let outcome = proptest::test_runner::TestRunner::new(config).run(&deeds, |deeds| {
        runtime.block_on(async {
            let town = Box::pin(Town::build(engine)).await;
            for deed in &deeds {
                town.live(deed).await;
            }
            let before = town.sights().await;
            town.merge_and_undo().await;
            for (number, (was, is)) in before.into_iter().zip(town.sights().await).enumerate() {
                assert_eq!(was, is, "ticket {number}");
            }
        });
        Ok(())
    });
    outcome.expect("everything is as it was");
}
