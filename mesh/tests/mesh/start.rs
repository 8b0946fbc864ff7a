//! What somebody meets who starts it wrongly: one clear sentence and an exit code.

use std::{net::TcpListener, os::unix::fs::PermissionsExt as _, path::Path, sync::Arc};

use mesh_core::{
    clock::{SharedClock, SystemClock},
    db::Db,
    error::reason_of,
    id::Ids,
    testing::eventually,
};
use proto::identity::v1::{
    AcceptInvitationRequest, ListUsersRequest, UserView, auth_service_client::AuthServiceClient,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::{
    people::{door, sign_in},
    process::{Process, ticketmesh},
    running::{ADMIN, Mesh, Mode, PASSWORD},
};

/// Exit code and last words of a start that must fail.
async fn fails(folder: &Path, args: &[&str], variable: Option<(&str, &str)>) -> (i32, String) {
    let mut command = ticketmesh(folder, args);
    command.envs(variable).env("TM_LOG", "error");
    let done = command.output().await.expect("the binary starts");
    (done.status.code().expect("an exit code"), String::from_utf8_lossy(&done.stderr).trim().to_owned())
}

#[tokio::test]
async fn an_unknown_variable_is_named_with_the_nearest_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let (code, said) = fails(folder.path(), &["all"], Some(("TM_LISTN", "127.0.0.1:0"))).await;
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("TM_LISTN is no setting of Ticketmesh; did you mean TM_LISTEN?"), "{said}");
}

#[tokio::test]
async fn a_taken_port_is_named_with_the_setting() {
    let folder = tempfile::tempdir().expect("a folder");
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("its address").to_string();
    let (code, said) = fails(folder.path(), &["all", "--listen", &address], None).await;
    assert_eq!(code, 2, "{said}");
    assert!(said.contains(&format!("TM_LISTEN is {address}, which can't be listened at")), "{said}");
}

#[tokio::test]
async fn a_data_folder_that_is_a_file_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("data"), "no folder").expect("a file");
    let args = ["all", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--data-dir", "data"];
    let (code, said) = fails(folder.path(), &args, None).await;
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("data") && said.contains("can't be used"), "{said}");
}

/// Nobody makes files in this one, the superuser neither.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_data_folder_that_is_read_only_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let args = ["all", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--data-dir", "/proc"];
    let (code, said) = fails(folder.path(), &args, None).await;
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("/proc") && said.contains("can't be used"), "{said}");
}

#[tokio::test]
async fn a_single_role_says_what_it_needs() {
    let folder = tempfile::tempdir().expect("a folder");
    let (code, said) = fails(folder.path(), &["identity"], None).await;
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("TM_AMQP_URL is not set"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_store_prints_a_link_that_makes_one_administrator() {
    let (mesh, token) = Mesh::untouched().await;
    let accept = AcceptInvitationRequest {
        token,
        email: "ada@demo.test".into(),
        display_name: "Ada".into(),
        password: PASSWORD.into(),
        ..AcceptInvitationRequest::default()
    };
    let mut auth = AuthServiceClient::new(door(&mesh));
    auth.accept_invitation(accept.clone()).await.expect("the first administrator");
    let spent = auth.accept_invitation(accept).await.expect_err("the link works once");
    assert_eq!(reason_of(&spent).as_deref(), Some("INVITATION_SPENT"), "{spent:?}");
    let ada = sign_in(&mesh, "ada@demo.test").await;
    let ask = ListUsersRequest { view: UserView::Full.into(), ..ListUsersRequest::default() };
    let users =
        ada.directory().list_users(ask).await.expect("she may see everybody in full").into_inner().users;
    assert_eq!(users.iter().map(|user| user.email.as_str()).collect::<Vec<_>>(), ["ada@demo.test"]);
}

#[tokio::test]
async fn keys_are_made_once_and_only_their_owner_reads_them() {
    let folder = tempfile::tempdir().expect("a folder");
    for _ in 0..2 {
        let made =
            ticketmesh(folder.path(), ["config", "keys", "."]).output().await.expect("the binary starts");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    }
    for key in ["master.key", "mesh.key"] {
        let mode = std::fs::metadata(folder.path().join(key)).expect("a key").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{key}");
    }
}

/// A command that must succeed; answers what it said.
async fn says(folder: &Path, args: &[&str]) -> String {
    let done = ticketmesh(folder, args).output().await.expect("the binary starts");
    assert!(done.status.success(), "{args:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8_lossy(&done.stdout).into_owned()
}

#[tokio::test]
async fn a_role_whose_schema_is_behind_is_alive_and_not_ready_until_somebody_migrates() {
    let folder = tempfile::tempdir().expect("a folder");
    says(folder.path(), &["config", "keys", "."]).await;
    let database = format!("sqlite://{}", folder.path().join("identity.db").display());
    let probes = unused();
    let mut command = ticketmesh(folder.path(), ["identity", "--listen", "127.0.0.1:0", "--migrate", "wait"]);
    command.args([
        "--master-key-file",
        "master.key",
        "--mesh-key-file",
        "mesh.key",
        "--admin-listen",
        &probes,
    ]);
    command.args(["--public-url", "http://localhost", "--identity-database-url", &database]);
    command.args(["--amqp-url", "amqp://nobody:nothing@127.0.0.1:1/"]);
    let mut role = Process::start(command);
    says(folder.path(), &["health", "--admin-listen", &probes, "--service", "liveness", "--within", "1m"])
        .await;
    let (code, said) = fails(folder.path(), &["health", "--admin-listen", &probes], None).await;
    assert_eq!(code, 1, "{said}");
    says(folder.path(), &["migrate", "--identity-database-url", &database]).await;
    role.says("Ticketmesh identity is at ").await;
    role.stop().await;
}

/// An address nobody listens at yet.
fn unused() -> String {
    TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its address").to_string()
}

#[tokio::test]
async fn a_second_signal_ends_a_process_at_once_with_calls_in_flight() {
    let (folder, probes) = (tempfile::tempdir().expect("a folder"), unused());
    let arguments = ["all", "--listen", "127.0.0.1:0", "--admin-listen", &probes, "--stop-grace", "1h"];
    let mut process = Process::start(ticketmesh(folder.path(), arguments));
    let address = process.says(" is at http://localhost:").await;
    says(folder.path(), &["health", "--admin-listen", &probes, "--within", "1m"]).await;
    let mut call = TcpStream::connect(format!("127.0.0.1:{address}")).await.expect("connects");
    let path = "/api/ticketmesh.identity.v1.AuthService/SignIn";
    let head = format!("POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n");
    let head = format!("{head}content-length: 100\r\nexpect: 100-continue\r\n\r\n");
    call.write_all(head.as_bytes()).await.expect("is sent");
    let mut begun = [0; 12];
    call.read_exact(&mut begun).await.expect("the call is waited for");
    assert_eq!(&begun, b"HTTP/1.1 100");
    process.signal("TERM").await;
    eventually("it stops", async || {
        let (code, _) = fails(folder.path(), &["health", "--admin-listen", &probes], None).await;
        (code != 0).then_some(())
    })
    .await;
    process.signal("TERM").await;
    assert_eq!(process.ends().await, Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_never_answers_holds_up_no_call() {
    // The kernel takes connections for it, and nobody reads from them.
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let mut mesh = Mesh::laid_out(Mode::All).await;
    let address = silent.local_addr().expect("its address");
    mesh.detour("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{address}"));
    mesh.detour("OTEL_BSP_MAX_QUEUE_SIZE", "8".into());
    mesh.open().await;
    let admin = sign_in(&mesh, ADMIN).await;
    for _ in 0..50 {
        let ask = ListUsersRequest { view: UserView::Full.into(), ..ListUsersRequest::default() };
        admin.directory().list_users(ask).await.expect("is answered, whatever becomes of its spans");
    }
    mesh.kill("all").await;
}

#[tokio::test]
async fn config_shows_each_value_of_the_whole_and_of_every_role_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let said = says(folder.path(), &["config"]).await;
    let of = |name: &str| {
        let of = |line: &&str| line.split_once('=').is_some_and(|(variable, _)| variable == name);
        said.lines().filter(of).collect::<Vec<_>>()
    };
    let listen = [
        "TM_LISTEN=127.0.0.1:8080  # default",
        "TM_LISTEN=0.0.0.0:50051  # default, identity tickets workflow notify",
        "TM_LISTEN=0.0.0.0:8080  # default, gateway",
    ];
    assert_eq!(of("TM_LISTEN"), listen);
    assert_eq!(of("TM_MIGRATE"), ["TM_MIGRATE=start  # default, identity tickets workflow notify"]);
    assert_eq!(of("TM_IDENTITY_URL"), ["TM_IDENTITY_URL=  # default, tickets workflow notify gateway"]);
    assert_eq!(of("TM_NOTIFY_URL"), ["TM_NOTIFY_URL=  # default, gateway"]);
    assert_eq!(of("TM_DATA_DIR"), ["TM_DATA_DIR=./data  # default"]);

    let said = says(folder.path(), &["config", "--listen", "127.0.0.1:7"]).await;
    let listen: Vec<_> = said.lines().filter(|line| line.starts_with("TM_LISTEN=")).collect();
    assert_eq!(listen, ["TM_LISTEN=127.0.0.1:7  # command line"]);
}

#[tokio::test]
async fn an_audit_log_that_somebody_altered_ends_its_check_with_exit_code_1() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("data")).expect("a folder");
    std::fs::write(folder.path().join("password"), PASSWORD).expect("a file");
    let mut command = vec!["create-admin", "--name", "Ada", "--password-file", "password"];
    command.extend(["--email", "ada@demo.test"]);
    says(folder.path(), &command).await;
    let whole = says(folder.path(), &["audit", "verify"]).await;
    assert!(whole.starts_with("whole: 1 lines of 1 days"), "{whole}");
    alter(&folder.path().join("data/identity.db")).await;
    let (code, said) = fails(folder.path(), &["audit", "verify"], None).await;
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("the audit log is not what was written"), "{said}");
}

/// Somebody with the file of identity's database says that another one did it.
async fn alter(file: &Path) {
    let (clock, ids) = (Arc::new(SystemClock) as SharedClock, Ids::system(Arc::new(SystemClock)));
    let db = Db::open(&format!("sqlite://{}", file.display()), &ids, &clock).expect("opens");
    let mut tx = db.begin().await.expect("begins");
    let alter = sqlx::query("update audit_events set actor_name = 'somebody else'");
    assert_eq!(alter.execute(tx.conn()).await.expect("the file lets him").rows_affected(), 1);
    tx.commit().await.expect("commits");
    db.close().await;
}

#[tokio::test]
async fn an_administrator_is_made_only_where_there_is_nobody() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("data")).expect("a folder");
    std::fs::write(folder.path().join("password"), PASSWORD).expect("a file");
    let mut command = vec!["create-admin", "--if-nobody", "--name", "Ada", "--password-file", "password"];
    command.extend(["--email", "ada@demo.test"]);
    assert!(says(folder.path(), &command).await.starts_with("usr_"));
    assert_eq!(says(folder.path(), &command).await, "there is somebody already\n");
}
