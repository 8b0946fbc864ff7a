//! Macros: kept, and filled in for a ticket.

use mesh_core::db::Engine;
use proto::{
    identity::v1::Permission,
    tickets::v1::{
        ApplyMacroRequest, ApplyMacroResponse, Comment, CommentKind, CreateMacroRequest, DeleteMacroRequest,
        ListMacrosRequest, Macro, Priority, Sharing, SharingKind, Ticket, UpdateMacroRequest,
    },
};
use rstest::rstest;
use tonic::{Code, Status as Refusal};

use crate::support::{AGENT, Client, Desk, fresh, reason, wrong_fields};

type Answer<T> = Result<T, Refusal>;

fn says(kind: CommentKind, text: &str) -> Comment {
    Comment { kind: kind.into(), text: text.to_owned(), ..Comment::default() }
}

/// A macro that raises a ticket, greets its requester and closes it.
fn raise() -> Macro {
    Macro {
        name: "Raise".into(),
        sharing: Some(Sharing { kind: SharingKind::Personal.into(), ..Sharing::default() }),
        ticket: Some(Ticket { priority: Priority::Urgent.into(), ..Ticket::default() }),
        paths: vec!["priority".into()],
        comment: Some(says(
            CommentKind::Public,
            "Hello {{requester.first_name}}, **{{ ticket.number }}** is urgent now.",
        )),
        transition_key: "resolve".into(),
        ..Macro::default()
    }
}

impl Client {
    pub(crate) async fn keep(&self, canned: Macro) -> Answer<Macro> {
        let ask = CreateMacroRequest { r#macro: Some(canned), request_id: fresh() };
        Ok(self.views().create_macro(ask).await?.into_inner())
    }

    async fn change_macro(&self, canned: Macro, paths: &[&str]) -> Answer<Macro> {
        let paths = paths.iter().map(|path| (*path).to_owned()).collect();
        let ask =
            UpdateMacroRequest { r#macro: Some(canned), update_mask: Some(prost_types::FieldMask { paths }) };
        Ok(self.views().update_macro(ask).await?.into_inner())
    }

    async fn macros(&self) -> Vec<Macro> {
        self.views().list_macros(ListMacrosRequest {}).await.expect("lists").into_inner().macros
    }

    async fn apply(&self, canned: &Macro, ticket: &Ticket) -> Answer<ApplyMacroResponse> {
        let ask = ApplyMacroRequest { macro_id: canned.id.clone(), ticket_id: ticket.id.clone() };
        Ok(self.views().apply_macro(ask).await?.into_inner())
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_macro_is_kept_listed_changed_and_deleted(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let here = desk.department();
    let (agent, colleague) = (desk.agent(&here), desk.agent(&here));
    let unasked =
        Ticket { subject: "not named".into(), priority: Priority::Urgent.into(), ..Ticket::default() };
    let kept = agent.keep(Macro { ticket: Some(unasked), ..raise() }).await.expect("kept");
    let made = Macro { id: kept.id.clone(), owner_id: agent.id.clone(), etag: "1".into(), ..raise() };
    assert_eq!(kept, made, "what no path names is dropped");
    assert_eq!((agent.macros().await, colleague.macros().await), (vec![kept.clone()], vec![]));

    let quiet = Macro { name: "Quiet".into(), comment: None, ..kept.clone() };
    let changed = agent.change_macro(quiet.clone(), &["name", "comment"]).await.expect("changed");
    assert_eq!(changed, Macro { etag: "2".into(), ..quiet.clone() });
    assert_eq!(reason(&agent.change_macro(quiet, &["name"]).await.expect_err("stale")), "STALE_ETAG");
    let delete = DeleteMacroRequest { id: kept.id.clone() };
    assert_eq!(
        colleague.views().delete_macro(delete.clone()).await.expect_err("unseen").code(),
        Code::NotFound
    );
    agent.views().delete_macro(delete).await.expect("deleted");
    assert_eq!(agent.macros().await, []);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn sharing_a_macro_takes_the_permission(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let desk = Desk::open(engine).await;
    let here = desk.department();
    let shared = |kind: SharingKind, department_id: &str| Macro {
        sharing: Some(Sharing { kind: kind.into(), department_id: department_id.to_owned() }),
        ..raise()
    };
    let agent = desk.agent(&here);
    for canned in [shared(SharingKind::Department, &here), shared(SharingKind::Everyone, "")] {
        assert_eq!(reason(&agent.keep(canned).await.expect_err("refused")), "PERMISSION_DENIED");
    }
    let held: Vec<_> = AGENT.into_iter().chain([Permission::ViewShare]).collect();
    let kept =
        desk.somebody(&[(&here, &held)]).keep(shared(SharingKind::Department, &here)).await.expect("kept");
    assert_eq!(agent.macros().await, std::slice::from_ref(&kept));
    let renamed = Macro { name: "Mine".into(), ..kept };
    assert_eq!(
        reason(&agent.change_macro(renamed, &["name"]).await.expect_err("refused")),
        "PERMISSION_DENIED"
    );
    assert_eq!(desk.agent(&desk.department()).macros().await, []);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn applying_tells_what_would_happen_and_writes_nothing(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let here = desk.department();
    let (agent, requester) = (desk.agent(&here), desk.requester());
    desk.directory.name_person(&requester.id, "Grace Hopper");
    desk.directory.name_person(&agent.id, "Ada Lovelace");
    let ticket = requester.file(&here, "Printer").await;
    let kept = agent.keep(raise()).await.expect("kept");
    let before = agent.get(&ticket.id).await.expect("read");
    let applied = agent.apply(&kept, &ticket).await.expect("applied");
    let would_be = applied.ticket.expect("a ticket");
    assert_eq!(
        would_be,
        Ticket { priority: Priority::Urgent.into(), priority_by_hand: true, ..before.clone() }
    );
    assert_eq!((applied.paths, applied.transition_key), (vec!["priority".to_owned()], "resolve".to_owned()));
    let comment = applied.comment.expect("a comment");
    assert_eq!(comment.text, format!("Hello Grace, **{}** is urgent now.", ticket.number));
    assert!(comment.html.contains(&format!("<strong>{}</strong>", ticket.number)), "{}", comment.html);
    assert_eq!((comment.kind(), comment.ticket_id), (CommentKind::Public, ticket.id.clone()));
    assert_eq!(agent.get(&ticket.id).await.expect("read"), before);

    let everything = "{{requester.name}}|{{assignee.name}}|{{assignee.first_name}}|{{me.name}}|{{me.first_name}}|\
                      {{department.name}}|{{ticket.subject}}|{{ticket.status}}|{{ticket.priority}}";
    let kept = agent
        .keep(Macro { comment: Some(says(CommentKind::Internal, everything)), ..raise() })
        .await
        .expect("kept");
    let said = agent.apply(&kept, &ticket).await.expect("applied").comment.expect("a comment").text;
    assert_eq!(said, format!("Grace Hopper|||Ada Lovelace|Ada|Department {here}|Printer|new|normal"));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_macro_gives_nobody_a_right(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let desk = Desk::open(engine).await;
    let (here, there) = (desk.department(), desk.department());
    let ticket = desk.requester().file(&here, "Printer").await;
    let reader = desk.somebody(&[(&here, &AGENT[..1])]);
    let kept = reader.keep(raise()).await.expect("kept");
    assert_eq!(reason(&reader.apply(&kept, &ticket).await.expect_err("refused")), "PERMISSION_DENIED");
    let note =
        Macro { paths: vec![], ticket: None, comment: Some(says(CommentKind::Internal, "x")), ..raise() };
    let note = reader.keep(note).await.expect("kept");
    assert_eq!(reason(&reader.apply(&note, &ticket).await.expect_err("refused")), "PERMISSION_DENIED");
    let stranger = desk.agent(&there);
    let own = stranger.keep(raise()).await.expect("kept");
    assert_eq!(stranger.apply(&own, &ticket).await.expect_err("unseen").code(), Code::NotFound);
    let refusal = stranger.apply(&kept, &ticket).await.expect_err("unseen");
    assert!(refusal.message().contains("macro"), "{refusal:?}");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn everything_wrong_with_a_macro_is_named_and_so_is_the_variable(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let agent = desk.agent(&desk.department());
    let wrong = Macro {
        name: String::new(),
        sharing: None,
        ticket: Some(Ticket { priority: 99, ..Ticket::default() }),
        paths: vec!["priority".into(), "status".into()],
        comment: Some(says(CommentKind::Unspecified, "Dear {{customer.name}}")),
        transition_key: "x".repeat(65),
        ..Macro::default()
    };
    let refusal = agent.keep(wrong).await.expect_err("refused");
    let mut fields = wrong_fields(&refusal);
    fields.sort();
    let expected = [
        "macro.comment.kind",
        "macro.comment.text",
        "macro.name",
        "macro.paths",
        "macro.sharing.kind",
        "macro.ticket.priority",
        "macro.transition_key",
    ];
    assert_eq!(fields, expected);
    assert!(refusal.message().contains("{{customer.name}}"), "{}", refusal.message());
    let nothing = Macro { paths: vec![], comment: None, transition_key: String::new(), ..raise() };
    assert_eq!(wrong_fields(&agent.keep(nothing).await.expect_err("refused")), ["macro"]);
}
