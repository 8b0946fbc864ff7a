//! What was given up, as an administrator looks at it beside the mesh.

use std::{path::Path, sync::Arc};

use mesh_core::{
    clock::{Clock as _, SharedClock, SystemClock},
    db::{Assembly, Db},
    id::Ids,
    jobs, outbox,
};
use prost::Message as _;
use proto::events::v1::{Envelope, TicketDeleted, envelope::Event};

use crate::process::ticketmesh;

/// The command's exit code, answer and last words.
async fn run(folder: &Path, args: &[&str]) -> (i32, String, String) {
    let done = ticketmesh(folder, args).env("TM_LOG", "error").output().await.expect("the binary starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (done.status.code().expect("an exit code"), text(&done.stdout), text(&done.stderr))
}

fn open(folder: &Path, service: &str) -> Db {
    let clock: SharedClock = Arc::new(SystemClock);
    let url = format!("sqlite://{}", folder.join(format!("data/{service}.db")).display());
    Db::open(&url, &Ids::system(clock.clone()), &clock).expect("a database")
}

/// An event workflow refused for good, and a job identity gave up.
async fn lay_out(folder: &Path) -> (Db, Db) {
    std::fs::create_dir(folder.join("data")).expect("a folder");
    assert_eq!(run(folder, &["migrate"]).await.0, 0);
    let (workflow, identity) = (open(folder, "workflow"), open(folder, "identity"));
    let event = Event::TicketsTicketDeleted(TicketDeleted::default());
    let envelope = Envelope {
        id: "evt_refused".into(),
        subject: "tkt_1".into(),
        event: Some(event),
        ..Default::default()
    };
    let mut tx = workflow.begin().await.expect("begins");
    let mut letter = Assembly::new(
        "insert into dead_letters (id, subject, envelope, attempts, reason, died_at) values ('evt_refused', 'tkt_1', ",
    );
    letter.bind(envelope.encode_to_vec()).push(", 12, 'workflow: it makes no sense', 1000000)");
    letter.execute(tx.conn()).await.expect("is written");
    tx.commit().await.expect("commits");
    let mut tx = identity.begin().await.expect("begins");
    let mut job = Assembly::new(
        "insert into jobs (id, kind, key, payload, traceparent, created_at, due, run_at, attempts, last_error, died_at) \
        values ('job_letter', 'letters.send', 'usr_1', ",
    );
    job.bind(Vec::<u8>::new()).push(", '', 0, 0, 0, 10, 'nobody takes mail there', 2000000)");
    job.execute(tx.conn()).await.expect("is written");
    tx.commit().await.expect("commits");
    (workflow, identity)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_given_up_is_listed_sent_and_run_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let (workflow, identity) = lay_out(folder.path()).await;
    let (code, said, _) = run(folder.path(), &["dead", "list"]).await;
    let lines = [
        "identity\tjob_letter\tletters.send\tusr_1\t10\t1970-01-01T00:00:02Z\tnobody takes mail there",
        "workflow\tevt_refused\ttickets.ticket.deleted\ttkt_1\t12\t1970-01-01T00:00:01Z\tworkflow: it makes no sense",
    ];
    assert_eq!((code, said.lines().collect::<Vec<_>>()), (0, lines.to_vec()));

    let (code, said, wrong) =
        run(folder.path(), &["dead", "revive", "evt_refused", "job_letter", "evt_nowhere"]).await;
    assert_eq!((code, said.as_str()), (1, "identity\tjob_letter\nworkflow\tevt_refused\n"));
    assert!(wrong.contains("there is no dead event or job evt_nowhere"), "{wrong}");
    assert_eq!(outbox::backlog(&workflow).await.expect("answers").waiting, 1);
    let jobs = jobs::backlog(&identity, SystemClock.now()).await.expect("answers");
    assert_eq!((jobs.overdue, jobs.dead), (2, 0), "it, and the line about it on its way to the audit log");
    assert_eq!(run(folder.path(), &["dead", "list"]).await.1, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_given_up_is_dropped_all_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let (workflow, _) = lay_out(folder.path()).await;
    let (code, said, _) = run(folder.path(), &["dead", "discard", "--all"]).await;
    assert_eq!((code, said.as_str()), (0, "identity\tjob_letter\nworkflow\tevt_refused\n"));
    assert_eq!(run(folder.path(), &["dead", "list"]).await.1, "");
    assert_eq!(outbox::backlog(&workflow).await.expect("answers").waiting, 0);
    assert_eq!(run(folder.path(), &["dead", "revive"]).await.0, 2, "somebody has to say which");
}
