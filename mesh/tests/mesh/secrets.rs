//! Nobody learns of what is somebody else's by asking for it by its real name: every method whose message names a thing is called
//! with real names by everybody whose business they are not, and answers as it answers to names of nothing.
//!
//! The invariant: such a method stands in [`ASKS`], is [`EXCUSED`] with a reason, or needs a permission that nobody who asks holds.

mod asks;
mod belongings;

use std::collections::BTreeSet;

use http::{Method, StatusCode};
use mesh_core::{
    policy::{METHODS, Place, Rule, action_of},
    testing::eventually,
};
use prost_reflect::{DescriptorPool, Kind, MessageDescriptor};
use proto::{
    identity::v1::{ListRolesRequest, Permission},
    tickets::v1::{BulkUpdateRequest, ExportTicketsRequest, Priority, Ticket, TicketQuery, UndoBulkRequest},
    workflow::v1::{BulkAssignment, BulkUpdateRunsRequest, SeenRun, bulk_update_runs_request::Deed},
};
use serde_json::{Value, json};
use tonic::Code;

use self::{
    asks::{ASKS, EXCUSED},
    belongings::{Belongings, done, others},
};
use crate::{
    deeds::fresh,
    faces::Faces,
    people::{Person, holder, sign_in},
    running::{ADMIN, Mesh, Mode},
};

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asker {
    /// Everybody who has nothing to do with the office: a person, a program of his, an agent and a supervisor of another department.
    All,
    /// Whoever is not of the staff: the person whose ticket it is, who must not learn of notes and drafts, and another.
    Requesters,
}

/// What every name of nothing ends with.
const NOTHING: &str = "01h00000000000000000000000";
/// A number no ticket has.
const NO_NUMBER: &str = "TX-999999";

/// Somebody who asks, and a ticket and a department of his own.
struct Curious {
    who: &'static str,
    person: Person,
    is_requester: bool,
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_somebody_elses_looks_like_what_never_was_whoever_asks_for_it_and_however() {
    let mesh = Mesh::start(Mode::All).await;
    let faces = Faces::of(&mesh);
    let secrets = Belongings::make(&mesh, &faces).await;
    let (own, place, everybody) = curious(&mesh, &faces, &secrets).await;
    let owner = Curious {
        who: "whoever filed the ticket",
        person: secrets.office.requester.clone(),
        is_requester: true,
    };

    let before = eventually("nothing more becomes of it by itself", async || {
        let seen = as_it_is(&faces, &secrets).await;
        (as_it_is(&faces, &secrets).await == seen).then_some(seen)
    })
    .await;
    let mut told = Vec::new();
    for (method, ask, asker) in ASKS {
        let ask = ask.replace("$own", &own).replace("$place", &place);
        let asking = everybody.iter().filter(|one| *asker == Asker::All || one.is_requester);
        let owner = (*asker == Asker::Requesters).then_some(&owner);
        for Curious { who, person, .. } in asking.chain(owner) {
            told.extend(
                tells(&faces, &secrets, person, method, &ask)
                    .await
                    .map(|how| format!("{method} tells {who}: {how}")),
            );
        }
    }
    assert!(told.is_empty(), "{}", told.join("\n"));
    for Curious { who, person, .. } in &everybody {
        files_tell_nothing(&faces, &secrets, person).await;
        streams_tell_nothing(&secrets, person, who).await;
    }
    assert_eq!(as_it_is(&faces, &secrets).await, before, "nothing of it was changed");
}

/// Everybody whose business the office is not, with a ticket of theirs and the department it is in.
async fn curious(mesh: &Mesh, faces: &Faces, secrets: &Belongings) -> (String, String, [Curious; 4]) {
    let stranger = secrets.office.stranger.clone();
    let (place, [agent, supervisor]) = others(mesh, faces, &secrets.admin).await;
    let own = stranger.file("My own", &place).await.id;
    let ask = json!({ "displayName": "curious", "requestId": fresh() });
    let key = done(faces, &stranger, "identity.v1.AccountService/CreateApiKey", ask).await;
    let program = holder(mesh, key["secret"].as_str().expect("a key"));
    let everybody = [
        Curious { who: "a requester", person: stranger, is_requester: true },
        Curious { who: "a program", person: program, is_requester: true },
        Curious { who: "an agent of another department", person: agent, is_requester: false },
        Curious { who: "a supervisor of another department", person: supervisor, is_requester: false },
    ];
    (own, place, everybody)
}

/// What an answer gives away: how it differs for the names of real things and for names of nothing, or that nothing was refused.
async fn tells(
    faces: &Faces,
    secrets: &Belongings,
    person: &Person,
    method: &str,
    ask: &str,
) -> Option<String> {
    let (mut real, mut none) = (ask.to_owned(), ask.to_owned());
    for (name, id) in secrets.names() {
        real = real.replace(&format!("${name}"), id);
        none = none.replace(&format!("${name}"), &of_nothing(name, id));
    }
    assert!(!real.replace("$fresh", "").contains('$'), "every name stands for something: {real}");
    let answer = async |ask: &str| {
        let reply = faces.json(&person.token, method, ask.replace("$fresh", &fresh())).await;
        (reply.status, said(reply.said()).to_string())
    };
    let (real, none) = (answer(&real).await, answer(&none).await);
    let alike =
        secrets.names().fold(real.1.clone(), |said, (name, id)| said.replace(id, &of_nothing(name, id)));
    let is_wrong = real.0.is_server_error() || real.0 == StatusCode::UNAUTHORIZED;
    (is_wrong || (real.0, alike) != none).then(|| format!("{real:?} instead of {none:?} to {ask}"))
}

/// A name like the real one, of nothing.
fn of_nothing(name: &str, real: &str) -> String {
    let prefix = real.split_once('_').map(|(prefix, _)| prefix);
    prefix
        .filter(|_| name != "number")
        .map_or_else(|| NO_NUMBER.to_owned(), |prefix| format!("{prefix}_{NOTHING}"))
}

/// An answer as people read it; the same stands in it a second time as bytes.
fn said(mut answer: Value) -> Value {
    for detail in answer["details"].as_array_mut().into_iter().flatten() {
        detail["value"].take();
    }
    answer
}

/// What belongs to the office, as those see it whose it is.
async fn as_it_is(faces: &Faces, secrets: &Belongings) -> Vec<Value> {
    let (agent, ticket) = (&secrets.office.agent, secrets.of("ticket"));
    let of_ticket = json!({ "ticketId": ticket });
    let mut seen = Vec::new();
    for (person, method, ask) in [
        (&secrets.office.requester, "tickets.v1.TicketService/GetTicket", json!({ "id": ticket })),
        (agent, "tickets.v1.TicketService/ListTimeline", of_ticket.clone()),
        (
            agent,
            "tickets.v1.TicketService/GetDraft",
            json!({ "ticketId": ticket, "kind": "DRAFT_KIND_REPLY" }),
        ),
        (agent, "tickets.v1.TicketService/ListLinks", of_ticket.clone()),
        (agent, "tickets.v1.AttachmentService/ListAttachments", of_ticket.clone()),
        (agent, "tickets.v1.AttachmentService/GetAttachment", json!({ "id": secrets.of("unsent") })),
        (agent, "tickets.v1.ViewService/ListViews", json!({})),
        (agent, "tickets.v1.ViewService/ListMacros", json!({})),
        (&secrets.admin, "tickets.v1.KnowledgeService/GetArticle", json!({ "id": secrets.of("article") })),
        (agent, "workflow.v1.RunService/GetRun", of_ticket),
        (agent, "workflow.v1.RunService/ListApprovals", json!({ "ticketId": secrets.of("ordered") })),
        (agent, "notify.v1.InboxService/ListNotifications", json!({})),
        (agent, "identity.v1.AccountService/ListMyApiKeys", json!({})),
    ] {
        seen.push(done(faces, person, method, ask).await);
    }
    seen
}

/// The bytes of files, by their paths.
async fn files_tell_nothing(faces: &Faces, secrets: &Belongings, person: &Person) {
    for name in ["file", "unsent"] {
        let id = secrets.of(name);
        let real = faces.http(Method::GET, &format!("/files/{id}"), "", &person.token, "").await;
        let none = of_nothing(name, id);
        let none = faces.http(Method::GET, &format!("/files/{none}"), "", &person.token, "").await;
        assert_eq!(real.status, StatusCode::NOT_FOUND, "{real:?}");
        assert_eq!(none.status, StatusCode::NOT_FOUND, "{none:?}");
        assert!(!String::from_utf8_lossy(&real.body).contains("secret"), "{real:?}");
    }
}

/// The change of many runs.
async fn runs_tell_nothing(ticket: &str, person: &Person, who: &str) {
    let mut answers = Vec::new();
    for id in [ticket, &of_nothing("ticket", ticket)] {
        let ask = BulkUpdateRunsRequest {
            request_id: fresh(),
            runs: vec![SeenRun { ticket_id: id.into(), ..SeenRun::default() }],
            deed: Some(Deed::Assignment(BulkAssignment::default())),
            ..BulkUpdateRunsRequest::default()
        };
        answers.push(match person.runs().bulk_update_runs(ask).await {
            Ok(stream) => {
                let mut stream = stream.into_inner();
                let mut said = String::new();
                while let Ok(Some(item)) = stream.message().await {
                    said += &format!("{item:?}").replace(ticket, &of_nothing("ticket", ticket));
                }
                said
            }
            Err(refused) => format!("{:?} {}", refused.code(), refused.message()),
        });
    }
    assert_eq!(answers[0], answers[1], "BulkUpdateRuns tells {who}");
}

/// The methods that answer by a stream.
async fn streams_tell_nothing(secrets: &Belongings, person: &Person, who: &str) {
    let ticket = secrets.of("ticket");
    let urgent = Ticket { priority: Priority::Urgent.into(), ..Ticket::default() };
    let bulk = |id: &str| BulkUpdateRequest {
        ids: vec![id.into()],
        ticket: Some(urgent.clone()),
        update_mask: Some(prost_types::FieldMask { paths: vec!["priority".into()] }),
        request_id: fresh(),
        ..BulkUpdateRequest::default()
    };
    let mut answers = Vec::new();
    for id in [ticket, &of_nothing("ticket", ticket)] {
        let answer = match person.tickets().bulk_update(bulk(id)).await {
            Ok(stream) => {
                let mut stream = stream.into_inner();
                let mut said = String::new();
                while let Ok(Some(mut item)) = stream.message().await {
                    item.bulk_id.clear();
                    said += &format!("{item:?}").replace(ticket, &of_nothing("ticket", ticket));
                }
                said
            }
            Err(refused) => format!("{:?} {}", refused.code(), refused.message()),
        };
        answers.push(answer);
    }
    assert_eq!(answers[0], answers[1], "BulkUpdate tells {who}");
    runs_tell_nothing(ticket, person, who).await;

    let query = TicketQuery { requester_id: secrets.of("requester").into(), ..TicketQuery::default() };
    let ask = ExportTicketsRequest { query: Some(query), with_comments: true };
    match person.tickets().export_tickets(ask).await {
        Ok(stream) => {
            assert_eq!(stream.into_inner().message().await.ok().flatten(), None, "ExportTickets tells {who}");
        }
        Err(refused) => assert_eq!(refused.code(), Code::PermissionDenied, "{refused:?}"),
    }
    let ask = UndoBulkRequest { bulk_id: of_nothing("bulk", "blk_x"), request_id: fresh() };
    person.tickets().undo_bulk(ask).await.expect_err("there is no such bulk");
}

/// Whether a message names a thing, itself or in what it carries.
fn names_something(message: &MessageDescriptor, seen: &mut BTreeSet<String>) -> bool {
    seen.insert(message.full_name().to_owned())
        && message.fields().any(|field| match field.kind() {
            Kind::String => {
                let name = field.name();
                let is_name =
                    ["id", "ids"].contains(&name) || name.ends_with("_id") || name.ends_with("_ids");
                is_name && !["request_id", "last_event_id", "external_id"].contains(&name)
            }
            Kind::Message(inner) => {
                inner.full_name().starts_with("ticketmesh.") && names_something(&inner, seen)
            }
            _ => false,
        })
}

/// What somebody of these roles may hold anywhere.
async fn held(mesh: &Mesh, roles: &[&str]) -> BTreeSet<i32> {
    let admin = sign_in(mesh, ADMIN).await;
    let known = admin.directory().list_roles(ListRolesRequest {}).await.expect("roles").into_inner().roles;
    let held = known.into_iter().filter(|role| roles.contains(&role.key.as_str()));
    held.flat_map(|role| role.permissions).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_method_that_names_a_thing_is_asked_for_or_excused_or_nobody_who_asks_may_call_it() {
    let mesh = Mesh::start(Mode::All).await;
    let held = held(&mesh, &["requester", "agent", "supervisor"]).await;
    let contract = DescriptorPool::decode(proto::DESCRIPTORS).expect("the contract is readable");
    let asked: BTreeSet<_> = ASKS.iter().map(|(method, ..)| *method).collect();
    let excused: BTreeSet<_> = EXCUSED.iter().map(|(method, _)| *method).collect();
    let mut missing = Vec::new();
    for method in contract.services().flat_map(|service| service.methods().collect::<Vec<_>>()) {
        let path = format!("/{}/{}", method.parent_service().full_name(), method.name());
        let is_closed = |permission: Permission| !held.contains(&i32::from(permission));
        let is_nobodys = match action_of(&path).expect("the contract's methods have actions").rule() {
            // What is held in one department opens nothing here: the permission matrix.
            Rule::Mesh | Rule::Permission { place: Place::Everywhere, .. } => true,
            Rule::Permission { permission, relations: [], .. } => is_closed(permission),
            _ => false,
        };
        let name = path.trim_start_matches("/ticketmesh.");
        let is_known = asked.contains(name) || excused.contains(name);
        if names_something(&method.input(), &mut BTreeSet::new()) && !is_nobodys && !is_known {
            missing.push(name.to_owned());
        }
    }
    assert!(missing.is_empty(), "ask for these, or excuse them:\n{}", missing.join("\n"));
    let known: BTreeSet<_> =
        METHODS.iter().map(|(path, _)| path.trim_start_matches("/ticketmesh.")).collect();
    let unknown: Vec<_> = asked.union(&excused).filter(|method| !known.contains(*method)).collect();
    assert!(unknown.is_empty(), "there are no such methods: {unknown:?}");
}
