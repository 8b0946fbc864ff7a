//! A bus that was away: nobody knows what happened meanwhile, so everybody fetches again.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use mesh_core::{
    bus::{Bus, Handler, Local, Subscription},
    db::Engine,
    error::Result,
    service::Worker,
    testing::World,
};
use proto::{
    events::v1::Envelope,
    gateway::v1::{ResetReason, WatchRequest, watch_response::Item},
};

use crate::{
    house::House,
    watching::{for_ada, reader, requester, said, tell, watch},
};

/// A bus inside the process that can be told to have been away.
#[derive(Debug, Default)]
struct Shaky {
    bus: Local,
    listeners: Mutex<Listeners>,
}

#[derive(Default)]
struct Listeners(Vec<Arc<dyn Handler>>);

impl std::fmt::Debug for Listeners {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} listeners", self.0.len())
    }
}

impl Shaky {
    async fn come_back(&self) {
        let listeners = self.listeners.lock().expect("no test panicked here").0.clone();
        for listener in listeners {
            listener.missed().await;
        }
    }
}

#[async_trait]
impl Bus for Shaky {
    async fn publish(&self, envelope: &Envelope) -> Result<()> {
        self.bus.publish(envelope).await
    }

    fn subscribe(&self, subscription: Subscription) -> Worker {
        self.listeners.lock().expect("no test panicked here").0.push(subscription.handler.clone());
        self.bus.subscribe(subscription)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_gap_open_streams_and_those_that_come_back_are_reset() {
    let bus = Arc::new(Shaky::default());
    let house = House::over(World::over(Engine::Sqlite, "gateway", bus.clone()).await, &[]).await;
    let token = requester(&house);
    let mut open = reader(&house, &token).await;
    tell(&house, "evt_1", "tkt_1", for_ada(), said()).await;
    assert_eq!(open.event().await, "evt_1");

    bus.come_back().await;
    let Ok(Item::Reset(reset)) = open.next().await else { panic!("no reset") };
    assert_eq!(reset.reason(), ResetReason::BusGap);
    let wish = WatchRequest { last_event_id: "evt_1".into(), ..WatchRequest::default() };
    let mut back = watch(&house, &token, wish).await.expect("a stream");
    assert!(matches!(back.next().await, Ok(Item::Reset(_))));
    assert!(!back.ready().await.resumed);
    tell(&house, "evt_2", "tkt_1", for_ada(), said()).await;
    assert_eq!([open.event().await, back.event().await], ["evt_2", "evt_2"]);
}
