//! People who were deleted.

use mesh_core::{clock, db::Engine};
use proto::{
    events::v1::{Envelope, UserUpdated, envelope::Event},
    identity::v1::User,
    tickets::v1::{
        CreateMacroRequest, CreateViewRequest, DeleteCommentRequest, ListMacrosRequest, ListViewsRequest,
        Macro, Sharing, SharingKind, TimelineEntry, View, timeline_entry::What,
    },
};
use rstest::rstest;

use crate::support::{Desk, fresh};

const PSEUDONYM: &str = "Deleted user 7K3F2A";

/// Identity tells that this is somebody's name now.
async fn rename(desk: &Desk, id: &str, display_name: &str, deleted: bool) {
    let process = desk.world.process();
    let now = clock::to_proto(process.clock.now());
    let user = User {
        id: id.into(),
        display_name: display_name.into(),
        delete_time: deleted.then_some(now),
        ..User::default()
    };
    let news = Envelope {
        id: process.ids.id("evt"),
        time: Some(now),
        subject: id.into(),
        event: Some(Event::IdentityUserUpdated(UserUpdated { user: Some(user) })),
        ..Envelope::default()
    };
    process.bus.publish(&news).await.expect("is heard");
    desk.world.settle().await;
}

/// What a timeline calls somebody, each time it names him.
fn names_of(timeline: &[TimelineEntry], id: &str) -> Vec<String> {
    let author = |entry: &TimelineEntry| match &entry.what {
        Some(What::Comment(comment)) => comment.author.clone(),
        _ => None,
    };
    let actors = timeline.iter().flat_map(|entry| [entry.actor.clone(), author(entry)]).flatten();
    actors.filter(|actor| actor.user_id == id).map(|actor| actor.display_name).collect()
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
    let before = agent.timeline(&ticket).await.expect("a timeline");

    rename(&desk, &requester.id, "A New Name", false).await;
    assert_eq!(agent.timeline(&ticket).await.expect("a timeline"), before, "history is as it was");

    rename(&desk, &requester.id, PSEUDONYM, true).await;
    let after = agent.timeline(&ticket).await.expect("a timeline");
    let (own, times) = (names_of(&after, &requester.id), names_of(&before, &requester.id).len());
    assert_eq!(own, vec![PSEUDONYM; times]);
    assert!(times > 2, "he filed, said and took back");
    assert_eq!(names_of(&after, &agent.id), names_of(&before, &agent.id), "others keep their names");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn views_and_macros_only_a_deleted_person_could_see_go_with_him(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (boss, colleague) = (desk.administrator(), desk.agent(&desk.department()));
    for (name, kind) in [("Private", SharingKind::Personal), ("Shared", SharingKind::Everyone)] {
        let sharing = Some(Sharing { kind: kind.into(), department_id: String::new() });
        let view = View { name: name.into(), sharing: sharing.clone(), ..View::default() };
        let ask = CreateViewRequest { view: Some(view), request_id: fresh() };
        boss.views().create_view(ask).await.expect("saved");
        let canned =
            Macro { name: name.into(), sharing, transition_key: "resolve".into(), ..Macro::default() };
        let ask = CreateMacroRequest { r#macro: Some(canned), request_id: fresh() };
        boss.views().create_macro(ask).await.expect("kept");
    }
    rename(&desk, &boss.id, PSEUDONYM, true).await;
    for client in [&boss, &colleague] {
        let views = client.views().list_views(ListViewsRequest {}).await.expect("lists").into_inner().views;
        let macros =
            client.views().list_macros(ListMacrosRequest {}).await.expect("lists").into_inner().macros;
        assert_eq!(views.iter().map(|view| view.name.as_str()).collect::<Vec<_>>(), ["Shared"]);
        assert_eq!(macros.iter().map(|canned| canned.name.as_str()).collect::<Vec<_>>(), ["Shared"]);
    }
}
