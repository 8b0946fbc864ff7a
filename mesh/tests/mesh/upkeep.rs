//! The commands of whoever looks after a mesh, on a folder and on the databases of a mesh of roles.

use std::{path::Path, sync::Arc};

use mesh_core::{
    clock::{SharedClock, SystemClock},
    db::Db,
    id::Ids,
    testing::eventually,
};
use proto::tickets::v1::TicketQuery;
use rstest::rstest;
use tokio::process::Command;

use crate::{
    people::Office,
    process::ticketmesh,
    running::{Mesh, Mode, PASSWORD},
};

/// The services with a database.
pub(crate) const SERVICES: [&str; 4] = ["identity", "tickets", "workflow", "notify"];

/// What a command says that must succeed.
pub(crate) async fn says(mut command: Command) -> String {
    let done = command.output().await.expect("the binary starts");
    assert!(done.status.success(), "{command:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8_lossy(&done.stdout).into_owned()
}

/// Exit code and last words of a command that must fail.
async fn fails(mut command: Command) -> (i32, String) {
    let done = command.env("TM_LOG", "error").output().await.expect("the binary starts");
    (done.status.code().expect("an exit code"), String::from_utf8_lossy(&done.stderr).trim().to_owned())
}

/// What somebody does with a database who has its address.
async fn alter(url: &str, statement: &'static str) {
    let clock: SharedClock = Arc::new(SystemClock);
    let db = Db::open(url, &Ids::system(clock.clone()), &clock).expect("opens");
    let mut tx = db.begin().await.expect("begins");
    sqlx::query(statement).execute(tx.conn()).await.expect("the database does it");
    tx.commit().await.expect("commits");
    db.close().await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_a_projection_lost_is_back_after_a_rebuild_beside_the_running_mesh(
    #[values(Mode::All, Mode::Roles)] mode: Mode,
) {
    let mesh = Mesh::start(mode).await;
    let Office { department_id, agent, requester, .. } = Office::open(&mesh).await;
    agent.come_online().await;
    let ticket = requester.file("The lathe hums", &department_id).await;
    let mine = TicketQuery { assignee_id: agent.id.clone(), ..TicketQuery::default() };
    let is_mine = async || (agent.list(mine.clone()).await == [ticket.id.as_str()]).then_some(());
    eventually("it is assigned", is_mine).await;
    let forget = "update tickets set assignee_id = '', stage_key = '', stage_label = '', run_version = 0";
    alter(&mesh.database_url("tickets"), forget).await;
    assert!(agent.list(mine.clone()).await.is_empty(), "tickets has forgotten whose it is");

    let (with_runs, with_words) = match mode {
        Mode::All => ("all", "all"),
        Mode::Roles => ("workflow", "tickets"),
    };
    let said = says(mesh.beside(with_runs, ["rebuild-projections"])).await;
    assert!(said.starts_with("4 people, 1 departments, 1 runs\n"), "{said}");
    let said = says(mesh.beside(with_words, ["rebuild-projections"])).await;
    assert!(said.contains("the words of all tickets are taken in again"), "{said}");
    eventually("it is the agent's again", is_mine).await;
    let placed = agent.see(&ticket.id).await.expect("the ticket");
    assert_eq!(placed.stage.map(|stage| stage.key).as_deref(), Some("new"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_has_nothing_to_rebuild_says_in_whose_pod_it_is_done() {
    let mesh = Mesh::start(Mode::Roles).await;
    let (code, said) = fails(mesh.beside("gateway", ["rebuild-projections"])).await;
    assert_eq!(code, 2, "{said}");
    for word in ["TM_WORKFLOW_DATABASE_URL is not set", "TM_TICKETS_DATABASE_URL", "in its pod"] {
        assert!(said.contains(word), "{word:?} is said: {said}");
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn databases_are_migrated_once_and_the_second_time_changes_nothing(
    #[values(Mode::All, Mode::Roles)] mode: Mode,
) {
    let mesh = Mesh::laid_out(mode).await;
    let done = SERVICES.map(|name| format!("{name}: up to date\n")).concat();
    for _ in 0..2 {
        assert_eq!(says(mesh.with_databases(["migrate"])).await, done);
    }
    let whole = says(mesh.with_databases(["audit", "verify"])).await;
    assert!(whole.starts_with("whole: 0 lines"), "{whole}");
    assert_eq!(says(mesh.with_databases(["dead", "list"])).await, "", "nothing was given up");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_backup_of_a_mesh_of_roles_says_how_each_database_is_copied_and_put_back() {
    let mesh = Mesh::laid_out(Mode::Roles).await;
    let (code, said) = fails(mesh.with_databases(["backup", "--to", "early"])).await;
    assert!(code != 0 && said.contains("migrate"), "a schema that is not there is heard of now: {said}");
    says(mesh.with_databases(["migrate"])).await;
    let mut command = mesh.with_databases(["backup", "--to", "backup"]);
    command.env("TM_BLOBS_URL", "s3://ticketmesh/files");
    let said = says(command).await;
    for name in SERVICES {
        let copy = format!("--file=backup/{name}.dump \"$TM_{}_DATABASE_URL\"", name.to_uppercase());
        assert!(said.contains("pg_dump --format=custom") && said.contains(&copy), "{said}");
        std::fs::write(mesh.folder().join(format!("backup/{name}.dump")), "copied").expect("a file");
    }
    assert!(said.contains("aws s3 sync s3://ticketmesh/files backup/blobs"), "{said}");
    assert!(!said.contains("postgres://"), "no password is shown: {said}");

    let said =
        says(ticketmesh(mesh.folder(), ["restore", "--from", "backup", "--data-dir", "restored"])).await;
    for name in SERVICES {
        let back = format!("--dbname=\"$TM_{}_DATABASE_URL\" backup/{name}.dump", name.to_uppercase());
        assert!(said.contains("pg_restore --no-owner --exit-on-error") && said.contains(&back), "{said}");
    }
}

#[tokio::test]
async fn an_address_that_leads_nowhere_is_named_with_what_helps() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut migrate = ticketmesh(folder.path(), ["migrate"]);
    migrate.env("TM_TICKETS_DATABASE_URL", "mysql://localhost/tickets");
    let mut seed = ticketmesh(folder.path(), ["seed", "--url", "http://127.0.0.1:1"]);
    seed.env("TM_DEMO_PASSWORD", PASSWORD);
    for (command, exit, words) in [
        (migrate, 2, ["TM_TICKETS_DATABASE_URL is of an unknown kind", "sqlite:// or postgres://"]),
        (
            seed,
            1,
            [
                "the front door at http://127.0.0.1:1 can't be reached",
                "start the mesh, or name another with --url",
            ],
        ),
        (
            ticketmesh(folder.path(), ["--listen", "localhost:8080"]),
            2,
            ["'localhost:8080' for '--listen", "give one like 127.0.0.1:8080"],
        ),
    ] {
        let (code, said) = fails(command).await;
        assert_eq!(code, exit, "{said}");
        assert!(words.iter().all(|word| said.contains(word)), "{words:?} are said: {said}");
    }
}

#[tokio::test]
async fn a_restore_says_why_it_restores_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let restore = |from| ticketmesh(folder.path(), ["restore", "--from", from]);
    let (code, said) = fails(restore("nowhere")).await;
    assert!(code == 2 && said.contains("--from nowhere holds no backup of a database"), "{code}: {said}");
    for place in ["backup", "data"] {
        std::fs::create_dir(folder.path().join(place)).expect("a folder");
        std::fs::write(folder.path().join(place).join("identity.db"), "").expect("a file");
    }
    let (code, said) = fails(restore("backup")).await;
    assert!(
        code == 2 && said.contains("identity.db already; restore into an empty folder"),
        "{code}: {said}"
    );
}

#[tokio::test]
async fn every_shell_completes_the_commands() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = says(ticketmesh(folder, ["completions", shell])).await;
        for command in ["rebuild-projections", "create-admin"] {
            assert!(script.contains(command), "{shell} knows {command}");
        }
    }
}
