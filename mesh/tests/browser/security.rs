//! The administration of what the desk stands on: the tree of departments, accounts of programs, and the log of it all.

use std::fs;

use mesh_core::testing::eventually;
use proto::{
    identity::v1::ListAuditEventsRequest,
    tickets::v1::{AddCommentRequest, Comment, CommentKind, CreateFieldRequest, Field, FieldType, Ticket},
};
use serde_json::Value;
use tonic::{Code, Status};

use crate::{
    admin::admin_at,
    deeds::fresh,
    people::{Office, Person, holder, sign_in},
    running::ADMIN,
    stage::{Stage, play},
    visitor::Visitor,
};

#[tokio::test(flavor = "multi_thread")]
async fn departments_are_made_below_one_another_moved_and_archived_from_below() {
    play(async |stage: &mut Stage| {
        Office::open(&stage.mesh).await;
        let admin = admin_at(stage, "/admin/departments").await;
        admin.presses("New department").await;
        admin.writes("Name", "Operations").await;
        admin.presses("Create department").await;
        admin.sees("Operations").await;
        chooses_more(&admin, "Operations", "New department below").await;
        admin.writes("Name", "Network").await;
        admin.presses("Create department").await;
        admin.may_press("Departments below Operations").await;

        chooses_more(&admin, "Operations", "Archive department").await;
        admin.presses("Archive department").await;
        admin.sees("There are departments below it.").await;
        admin.presses("Cancel").await;
        chooses_more(&admin, "Network", "Change department").await;
        admin.writes("Name", "Networks").await;
        admin.chooses("Below", "Workshop").await;
        admin.presses("Save").await;
        admin.may_press("Departments below Workshop").await;
        admin.presses("Departments below Workshop").await;
        admin.sees_no_more("Networks").await;

        chooses_more(&admin, "Operations", "Archive department").await;
        admin.presses("Archive department").await;
        admin.sees_no_more("Operations").await;
        admin.ticks("Show archived ones too").await;
        admin.sees("Operations").await;
        admin.sees("Archived").await;
    })
    .await;
}

async fn chooses_more(admin: &Visitor, department: &str, deed: &str) {
    admin.presses(&format!("More for {department}")).await;
    admin.presses(deed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_account_gets_a_role_and_a_key_that_may_do_no_more_than_was_ticked() {
    play(async |stage: &mut Stage| {
        let Office { department_id, requester, .. } = Office::open(&stage.mesh).await;
        let ticket = requester.file("The server is slow", &department_id).await;
        let admin = admin_at(stage, "/admin/service-accounts").await;
        admin.presses("New service account").await;
        admin.writes("Name", "Monitoring").await;
        admin.presses("Create account").await;
        admin.sees("Without one the program cannot call.").await;
        admin.chooses("Role", "Agent").await;
        admin.chooses("Holds in", "Workshop").await;
        admin.presses("Give role").await;
        admin.sees("Agent · Workshop").await;
        let narrow = makes_a_key(&admin, "Reads only", &["See all tickets and notes"]).await;
        let whole = makes_a_key(&admin, "Writes notes", &[]).await;

        let note = async |key: &str| note(&holder(&stage.mesh, key), &ticket).await;
        holder(&stage.mesh, &narrow).see(&ticket.id).await.expect("it may read");
        let refused = note(&narrow).await.expect_err("it may only read");
        assert_eq!(refused.code(), Code::PermissionDenied, "{refused}");
        note(&whole).await.expect("a note");

        admin.presses("Revoke Writes notes").await;
        admin.presses("Revoke").await;
        admin.sees_no_more("Writes notes").await;
        eventually("the key is refused", async || {
            note(&whole).await.is_err_and(|status| status.code() == Code::Unauthenticated).then_some(())
        })
        .await;
    })
    .await;
}

/// Writes what only the staff reads.
async fn note(program: &Person, ticket: &Ticket) -> Result<(), Status> {
    let (ticket_id, text) = (ticket.id.clone(), "Disk 3 is full.".to_owned());
    let comment = Comment { ticket_id, kind: CommentKind::Internal.into(), text, ..Comment::default() };
    let ask =
        AddCommentRequest { comment: Some(comment), request_id: fresh(), ..AddCommentRequest::default() };
    program.tickets().add_comment(ask).await.map(drop)
}

/// Makes a key and answers it; it is shown once.
async fn makes_a_key(admin: &Visitor, name: &str, ticks: &[&str]) -> String {
    admin.presses("New key").await;
    admin.writes("Name", name).await;
    for tick in ticks {
        admin.ticks(tick).await;
    }
    admin.presses("Create key").await;
    admin.sees("This key is shown now and never again.").await;
    let key = admin.copies("API key").await;
    admin.presses("Done").await;
    admin.sees(name).await;
    admin.has_nowhere(&key).await;
    key
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_log_is_narrowed_opened_and_taken_along_as_a_file() {
    play(async |stage: &mut Stage| {
        Office::open(&stage.mesh).await;
        let admin = admin_at(stage, "/admin/audit").await;
        admin.sees("Signed in").await;
        admin.chooses("What", "Departments").await;
        admin.sees("Department created").await;
        admin.sees_no_more("Signed in").await;
        admin.presses("Department created: Administrator").await;
        admin.sees("Workshop").await;
        admin.sees("Seal").await;

        admin.chooses("What", "Anything").await;
        admin.writes("Rule (CEL) (optional)", "actor_id == nobody").await;
        admin.notices("what is wrong is said at the field", INVALID).await;
        admin.writes("Rule (CEL) (optional)", "action == \"user.created\" && address != \"\"").await;
        admin.sees("Account created").await;
        admin.sees_no_more("Department created").await;
        admin.notices("nothing is wrong any more", &INVALID.replace("!==", "===")).await;

        admin.presses("Export").await;
        admin.sees("3 lines exported.").await;
        let file = admin.downloads().join("audit.jsonl");
        let whole = async || fs::read_to_string(&file).ok().filter(|text| text.lines().count() == 3);
        let lines = eventually("the file is there", whole).await;
        for line in lines.lines() {
            let line: Value = serde_json::from_str(line).expect("JSON");
            assert_eq!(
                (&line["action"], &line["actorName"]),
                (&"user.created".into(), &"Administrator".into())
            );
        }
        admin.writes("Rule (CEL) (optional)", "action == \"audit.exported\"").await;
        admin.sees("Audit log exported").await;

        adds_a_field(stage).await;
        admin.writes("Rule (CEL) (optional)", "actor_id != \"\"").await;
        admin.chooses("What", "Form fields").await;
        admin.sees("Form field created").await;
        admin.sees("Asset tag").await;
        admin.sees_no_more("Audit log exported").await;
    })
    .await;
}

/// A field of forms, made elsewhere in the mesh; the log knows of it.
async fn adds_a_field(stage: &Stage) {
    let root = sign_in(&stage.mesh, ADMIN).await;
    let field = Field {
        key: "asset_tag".into(),
        label: "Asset tag".into(),
        r#type: FieldType::Text.into(),
        ..Field::default()
    };
    let ask = CreateFieldRequest { field: Some(field), request_id: fresh() };
    root.catalogue().create_field(ask).await.expect("a field");
    eventually("the log knows of it", async || {
        let ask = ListAuditEventsRequest { action: "field".into(), ..ListAuditEventsRequest::default() };
        let found = root.security().list_audit_events(ask).await.expect("a list").into_inner();
        (!found.audit_events.is_empty()).then_some(())
    })
    .await;
}

const INVALID: &str = "return document.querySelector('[name=filter][aria-invalid=true]') !== null;";
