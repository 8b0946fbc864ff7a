//! People who were deleted.

use mesh_core::{
    db::Engine,
    outbox::{self, News},
};
use proto::{
    events::v1::{Audience, UserUpdated, envelope::Event},
    identity::v1::User,
    tickets::v1::{DeleteCommentRequest, TimelineEntry, timeline_entry::What},
};
use rstest::rstest;

use crate::support::{Desk, fresh};

/// Identity tells that this is somebody's name now.
async fn rename(desk: &Desk, id: &str, display_name: &str, deleted: bool) {
    let user = User {
        id: id.into(),
        display_name: display_name.into(),
        delete_time: deleted.then(prost_types::Timestamp::default),
        ..User::default()
    };
    let event = Event::IdentityUserUpdated(UserUpdated { user: Some(user) });
    let mut tx = desk.world.db(tickets::MIGRATIONS).await.begin().await.expect("begins");
    let news = News { subject: id.into(), version: 9, audience: Audience::default(), event };
    outbox::push(&mut tx, &desk.world.cause(), news).await.expect("is told");
    tx.commit().await.expect("commits");
    desk.world.settle().await;
}

/// Everybody a timeline names.
fn named(timeline: &[TimelineEntry]) -> Vec<String> {
    let author = |entry: &TimelineEntry| match &entry.what {
        Some(What::Comment(comment)) => comment.author.clone(),
        _ => None,
    };
    let actors = timeline.iter().flat_map(|entry| [entry.actor.clone(), author(entry)]);
    actors.flatten().map(|actor| actor.display_name).collect()
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_a_deleted_person_did_stays_under_a_pseudonym(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (requester, agent) = (desk.requester(), desk.agent(&department));
    let ticket = requester.file(&department, "Printer").await;
    agent.reply(&ticket, "Coming.").await;
    let comment = requester.reply(&ticket, "Never mind.").await;
    let ask = DeleteCommentRequest { id: comment.id, request_id: fresh() };
    requester.raw().delete_comment(ask).await.expect("takes it back");
    let before = named(&agent.timeline(&ticket).await.expect("a timeline"));

    rename(&desk, &requester.id, "A New Name", false).await;
    assert_eq!(named(&agent.timeline(&ticket).await.expect("a timeline")), before, "history is as it was");

    rename(&desk, &requester.id, "Deleted user 7K3F2A", true).await;
    let after = agent.timeline(&ticket).await.expect("a timeline");
    let by_requester = |actor: &proto::identity::v1::Actor| actor.user_id == requester.id;
    let own: Vec<_> =
        after.iter().filter_map(|entry| entry.actor.as_ref()).filter(|actor| by_requester(actor)).collect();
    assert!(
        !own.is_empty() && own.iter().all(|actor| actor.display_name == "Deleted user 7K3F2A"),
        "{own:?}"
    );
    assert!(named(&after).contains(&agent_name(&before)), "others keep their names");
}

/// A name of a timeline that is somebody else's.
fn agent_name(names: &[String]) -> String {
    names.iter().find(|name| *name != &names[0]).cloned().unwrap_or_default()
}
