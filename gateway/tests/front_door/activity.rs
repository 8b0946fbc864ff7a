//! Who is at work where.

use jiff::SignedDuration;
use proto::{
    events::v1::{ActivityChanged, ActivityKind, envelope::Event},
    gateway::v1::{SetActivityRequest, watch_response::Item},
};
use tonic::{Code, Status};

use crate::{
    house::House,
    watching::{agent, bearing, changed, client, for_ada, reader, requester, tell},
};

fn typing(house: &House) -> SetActivityRequest {
    // The made-up tickets hide those that end in z.
    let ticket_id = house.process().ids.id("tkt").replace('z', "0");
    SetActivityRequest { ticket_id, kind: ActivityKind::Typing.into(), field: "reply".into() }
}

async fn say(house: &House, said: SetActivityRequest, token: &str) -> Result<Vec<ActivityChanged>, Status> {
    Ok(client(house).await.set_activity(bearing(said, token)).await?.into_inner().others)
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_says_what_he_does_hears_who_else_is_there_until_they_fall_silent() {
    let house = House::open().await;
    let (agent, ada, typing) = (agent(&house), requester(&house), typing(&house));
    assert!(say(&house, typing.clone(), &ada).await.expect("said").is_empty());
    let others = say(&house, typing.clone(), &agent).await.expect("said");
    assert_eq!((others.len(), others[0].user_id.as_str(), others[0].field.as_str()), (1, "usr_ada", "reply"));

    let gone = SetActivityRequest { kind: ActivityKind::Gone.into(), ..typing.clone() };
    assert_eq!(say(&house, gone, &ada).await.expect("said").len(), 1);
    assert!(say(&house, typing.clone(), &agent).await.expect("said").is_empty(), "Ada has left");

    house.world.clock().advance(SignedDuration::from_secs(31));
    assert!(say(&house, typing, &ada).await.expect("said").is_empty(), "the agent fell silent");
}

#[tokio::test(flavor = "multi_thread")]
async fn agents_hear_of_it_and_the_requester_does_not() {
    let house = House::open().await;
    let mut agent_reader = reader(&house, &agent(&house)).await;
    let mut ada_reader = reader(&house, &requester(&house)).await;
    let typing = typing(&house);
    say(&house, typing.clone(), &agent(&house)).await.expect("said");
    let Ok(Item::Event(heard)) = agent_reader.next().await else { panic!("no event") };
    assert!(
        matches!(heard.event, Some(Event::GatewayActivityChanged(activity)) if activity.ticket_id == typing.ticket_id)
    );
    tell(&house, "evt_1", &typing.ticket_id, for_ada(), changed()).await;
    assert_eq!(ada_reader.event().await, "evt_1");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_at_work_on_what_he_may_not_see_or_what_is_no_ticket() {
    let house = House::open().await;
    let (agent, typing) = (agent(&house), typing(&house));
    let hidden = format!("{}z", &typing.ticket_id[..typing.ticket_id.len() - 1]);
    let refused = say(&house, SetActivityRequest { ticket_id: hidden, ..typing.clone() }, &agent).await;
    assert_eq!(refused.expect_err("hidden").code(), Code::NotFound);
    for nonsense in [
        SetActivityRequest { ticket_id: "x".into(), ..typing.clone() },
        SetActivityRequest { kind: 0, ..typing.clone() },
        SetActivityRequest { kind: 99, ..typing.clone() },
        SetActivityRequest { field: "x".repeat(65), ..typing },
    ] {
        assert_eq!(say(&house, nonsense, &agent).await.expect_err("nonsense").code(), Code::InvalidArgument);
    }
}
