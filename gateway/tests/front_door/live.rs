//! The live stream: who sees what, resuming, falling behind, ending.

use jiff::SignedDuration;
use mesh_core::{error::reason_of, testing::Place};
use proto::{
    events::v1::{Audience, UserAccessChanged, envelope::Event},
    gateway::v1::{ResetReason, WatchRequest, live_service_client::LiveServiceClient, watch_response::Item},
};
use rstest::rstest;
use tonic::Code;

use crate::{
    behind::session_ended,
    house::House,
    watching::{
        Reader, agent, changed, department, elsewhere, for_ada, for_all, for_both, news, reader, requester,
        said, tell, watch,
    },
};

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn everybody_hears_what_he_may_see_and_nothing_else(
    #[values(Place::Sqlite, Place::Mesh)] place: Place,
) {
    let house = House::in_place(place).await;
    let mut agent = reader(&house, &agent(&house)).await;
    let mut ada = reader(&house, &requester(&house)).await;
    tell(&house, "evt_note", "tkt_1", department(), said()).await;
    tell(&house, "evt_answer", "tkt_1", for_both(), said()).await;
    tell(&house, "evt_elsewhere", "tkt_2", elsewhere(), said()).await;
    tell(&house, "evt_all", "tkt_1", for_all(), changed()).await;
    for id in ["evt_note", "evt_answer", "evt_all"] {
        assert_eq!(agent.event().await, id);
    }
    for id in ["evt_answer", "evt_all"] {
        assert_eq!(ada.event().await, id);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_watches_over_grpc_web() {
    let house = House::open().await;
    let browser = house.signed_in("ada").await;
    let stream =
        LiveServiceClient::new(browser.web()).watch(WatchRequest::default()).await.expect("a stream");
    let mut reader = Reader(stream.into_inner());
    assert!(!reader.ready().await.resumed);
    tell(&house, "evt_1", "tkt_1", for_ada(), changed()).await;
    assert_eq!(reader.event().await, "evt_1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_gets_only_what_he_wished_for() {
    let house = House::open().await;
    let wish = WatchRequest {
        event_names: vec!["tickets.comment.*".into()],
        subjects: vec!["tkt_1".into()],
        ..WatchRequest::default()
    };
    let mut reader = watch(&house, &requester(&house), wish).await.expect("a stream");
    reader.ready().await;
    tell(&house, "evt_1", "tkt_1", for_ada(), changed()).await;
    tell(&house, "evt_2", "tkt_2", for_ada(), said()).await;
    tell(&house, "evt_3", "tkt_1", for_ada(), said()).await;
    assert_eq!(reader.event().await, "evt_3");
    let wrong = WatchRequest { event_names: vec!["a b".into()], ..WatchRequest::default() };
    assert_eq!(
        watch(&house, &requester(&house), wrong).await.err().expect("refused").code(),
        Code::InvalidArgument
    );
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_reader_who_comes_back_misses_nothing_and_hears_nothing_twice(
    #[values(Place::Sqlite, Place::Mesh)] place: Place,
) {
    let house = House::in_place(place).await;
    let token = requester(&house);
    let mut before = watch(&house, &token, WatchRequest::default()).await.expect("a stream");
    let replica = before.ready().await.replica;
    for number in 1..=3 {
        tell(&house, &format!("evt_{number}"), "tkt_1", for_ada(), said()).await;
    }
    assert_eq!(before.event().await, "evt_1");
    drop(before);
    tell(&house, "evt_3", "tkt_1", for_ada(), said()).await; // the bus delivers at least once
    let wish = WatchRequest { last_event_id: "evt_1".into(), replica, ..WatchRequest::default() };
    let mut after = watch(&house, &token, wish).await.expect("a stream");
    assert!(after.ready().await.resumed);
    tell(&house, "evt_4", "tkt_1", for_ada(), said()).await;
    assert_eq!([after.event().await, after.event().await, after.event().await], ["evt_2", "evt_3", "evt_4"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_from_another_replica_goes_back_two_seconds() {
    let house = House::open().await;
    for number in 1..=4 {
        tell(&house, &format!("evt_{number}"), "tkt_1", for_ada(), said()).await;
        house.world.clock().advance(SignedDuration::from_millis(1_500));
    }
    let wish =
        WatchRequest { last_event_id: "evt_3".into(), replica: "another".into(), ..WatchRequest::default() };
    let mut reader = watch(&house, &requester(&house), wish).await.expect("a stream");
    assert!(reader.ready().await.resumed);
    assert_eq!(
        [reader.event().await, reader.event().await, reader.event().await],
        ["evt_2", "evt_3", "evt_4"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_who_comes_too_late_is_told_to_fetch_again() {
    let house = House::with(&["--live-memory", "2"]).await;
    for number in 1..=4 {
        tell(&house, &format!("evt_{number}"), "tkt_1", for_ada(), said()).await;
    }
    let wish = WatchRequest { last_event_id: "evt_1".into(), ..WatchRequest::default() };
    let mut reader = watch(&house, &requester(&house), wish).await.expect("a stream");
    let Ok(Item::Reset(reset)) = reader.next().await else { panic!("no reset") };
    assert_eq!((reset.reason(), reset.last_event_id.as_str()), (ResetReason::TooOld, "evt_4"));
    assert!(!reader.ready().await.resumed);
    tell(&house, "evt_5", "tkt_1", for_ada(), said()).await;
    assert_eq!(reader.event().await, "evt_5");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_who_falls_behind_gets_the_last_state_and_everything_that_was_said() {
    let house = House::open().await;
    tell(&house, "evt_first", "tkt_0", for_ada(), said()).await;
    for number in 0..3_000 {
        let subject = format!("tkt_{}", number % 10);
        tell(&house, &format!("evt_{number}"), &subject, for_ada(), changed()).await;
    }
    tell(&house, "evt_said", "tkt_1", for_ada(), said()).await;
    let wish = WatchRequest { last_event_id: "evt_first".into(), ..WatchRequest::default() };
    let mut reader = watch(&house, &requester(&house), wish).await.expect("a stream");
    reader.ready().await;
    let mut ids = Vec::new();
    while ids.last().is_none_or(|id| id != "evt_said") {
        ids.push(reader.event().await);
    }
    assert!(
        ids.iter().filter(|id| id.as_str() == "evt_2999").count() == 1 && ids.len() < 20,
        "{} events",
        ids.len()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_whom_the_memory_has_overtaken_is_reset() {
    let house = House::with(&["--live-memory", "10"]).await;
    let token = requester(&house);
    let mut reader = reader(&house, &token).await;
    // The ring moves on by much more than the connection can hold.
    for number in 0..20_000 {
        let mut envelope = news(&house, &format!("evt_{number}"), "tkt_1", for_ada(), said());
        envelope.traceparent = "x".repeat(1_000);
        house.publish(&envelope).await;
    }
    let reset = loop {
        match reader.next().await {
            Ok(Item::Reset(reset)) => break reset,
            Ok(_) => {}
            Err(status) => panic!("{status}"),
        }
    };
    assert_eq!(reset.reason(), ResetReason::SlowReader);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_ends_when_its_session_is_revoked() {
    let house = House::open().await;
    let mut reader = reader(&house, &requester(&house)).await;
    house.publish(&session_ended(&house.process(), "ses_ada")).await;
    tell(&house, "evt_after", "tkt_1", for_ada(), changed()).await;
    assert_eq!(reader.next().await.expect_err("no event after the end").code(), Code::Unauthenticated);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_ends_when_the_callers_rights_change_or_the_token_expires() {
    let house = House::open().await;
    let mut ada = reader(&house, &requester(&house)).await;
    house.world.clock().advance(SignedDuration::from_secs(1));
    let rights = Event::IdentityUserAccessChanged(UserAccessChanged::default());
    tell(&house, "evt_rights", "usr_ada", Audience::default(), rights).await;
    assert_eq!(ada.end().await, (Code::Unauthenticated, "TOKEN_EXPIRED".into()));

    let mut agent = reader(&house, &agent(&house)).await;
    house.world.clock().advance(SignedDuration::from_mins(11));
    tell(&house, "evt_late", "tkt_1", department(), changed()).await;
    assert_eq!(agent.end().await, (Code::Unauthenticated, "TOKEN_EXPIRED".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_stream_says_that_it_is_alive_and_ends_when_the_gateway_stops() {
    let house = House::with(&["--live-heartbeat", "50ms"]).await;
    tell(&house, "evt_1", "tkt_9", department(), changed()).await;
    let mut reader = reader(&house, &requester(&house)).await;
    let Ok(Item::Heartbeat(beat)) = reader.next().await else { panic!("no heartbeat") };
    assert_eq!(beat.last_event_id, "evt_1");
    house.world.stop();
    assert_eq!(reader.end().await.0, Code::Unavailable);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_holds_more_streams_than_he_needs() {
    let house = House::with(&["--live-streams", "2"]).await;
    let token = requester(&house);
    let (first, second) = (reader(&house, &token).await, reader(&house, &token).await);
    let refused = watch(&house, &token, WatchRequest::default()).await.err().expect("refused");
    assert_eq!(
        (refused.code(), reason_of(&refused).as_deref()),
        (Code::ResourceExhausted, Some("TOO_MANY_STREAMS"))
    );
    assert!(watch(&house, &agent(&house), WatchRequest::default()).await.is_ok());
    drop((first, second));
    mesh_core::testing::eventually("a closed stream makes room", async || {
        watch(&house, &token, WatchRequest::default()).await.ok().map(drop)
    })
    .await;
}
