//! The virus scanner's word on files.

use std::{path::Path, sync::Arc};

use mesh_core::db::Engine;
use proto::tickets::v1::{Attachment, AttachmentState, CommentKind};
use rstest::rstest;
use tickets::FilesConfig;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use crate::support::{Client, Desk, reason};

/// What the scanners of these tests take for a virus.
const VIRUS: &[u8] = b"this is a VIRUS";
const CLEAN: &[u8] = b"these are words";

/// Ends with 1 when it finds the word in the file at its path, or on its standard input.
const SCRIPT: &str = "grep -q VIRUS \"${1:--}\" && exit 1\nexit 0\n";

fn script(folder: &Path, script: &str) -> String {
    let path = folder.join("scan.sh");
    std::fs::write(&path, script).expect("written");
    format!("sh {}", path.display())
}

fn by_command(command: String) -> FilesConfig {
    FilesConfig { scan_command: Some(command), ..FilesConfig::default() }
}

/// What became of a clean and of an infected file.
async fn scanned(desk: &Desk, requester: &Client) -> [Attachment; 2] {
    let clean = desk.file_of(requester, None, "clean.txt", CLEAN).await;
    let virus = desk.file_of(requester, None, "virus.txt", VIRUS).await;
    desk.world.settle().await;
    [
        requester.attachment(&clean.id).await.expect("there"),
        requester.attachment(&virus.id).await.expect("there"),
    ]
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_program_is_given_each_file_and_says_which_is_clean(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
    #[values("", " {}")] argument: &str,
) {
    let folder = tempfile::tempdir().expect("a folder");
    let desk = Desk::taking(engine, by_command(script(folder.path(), SCRIPT) + argument)).await;
    let requester = desk.requester();
    let [clean, virus] = scanned(&desk, &requester).await;
    assert_eq!((clean.state(), virus.state()), (AttachmentState::Ready, AttachmentState::Quarantined));
    let department = desk.department();
    let ticket = requester.file(&department, "Printer").await;
    let refused = requester.say_with(&ticket, CommentKind::Public, vec![virus.id]).await;
    assert_eq!(reason(&refused.expect_err("infected")), "UPLOAD_UNUSABLE");
    requester.say_with(&ticket, CommentKind::Public, vec![clean.id]).await.expect("said");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_may_be_used_while_it_is_scanned_and_its_readers_hear_the_verdict() {
    let folder = tempfile::tempdir().expect("a folder");
    // Waits until the test has looked.
    let script = script(
        folder.path(),
        "cd \"$(dirname \"$0\")\"\nwhile [ ! -e go ]; do sleep 0.05; done\ncat >/dev/null\nexit 1\n",
    );
    let desk = Desk::taking(Engine::Sqlite, by_command(script)).await;
    let department = desk.department();
    let (requester, agent) = (desk.requester(), desk.agent(&department));
    let ticket = requester.file(&department, "Printer").await;
    let file = desk.file_of(&requester, Some(&ticket), "a.txt", CLEAN).await;
    assert_eq!(file.state(), AttachmentState::Scanning);
    requester.say_with(&ticket, CommentKind::Public, vec![file.id.clone()]).await.expect("said");
    assert_eq!(agent.attachment(&file.id).await.expect("seen").state(), AttachmentState::Scanning);
    std::fs::write(folder.path().join("go"), "").expect("written");
    desk.world.settle().await;
    assert_eq!(agent.attachment(&file.id).await.expect("seen").state(), AttachmentState::Quarantined);
    assert!(desk.ear.names().contains(&"tickets.attachment.changed".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn clamd_is_asked_in_its_own_protocol() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let listener = Arc::new(listener);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(clamd(stream));
        }
    });
    let config = FilesConfig { scan_clamd: Some(address), ..FilesConfig::default() };
    let desk = Desk::taking(Engine::Sqlite, config).await;
    let [clean, virus] = scanned(&desk, &desk.requester()).await;
    assert_eq!((clean.state(), virus.state()), (AttachmentState::Ready, AttachmentState::Quarantined));
}

/// Reads one file as the manual of clamd says, and judges it.
async fn clamd(mut stream: TcpStream) {
    let mut command = [0; 10];
    stream.read_exact(&mut command).await.expect("a command");
    assert_eq!(&command, b"zINSTREAM\0");
    let mut file = Vec::new();
    loop {
        let length = stream.read_u32().await.expect("a length");
        if length == 0 {
            break;
        }
        let mut chunk = vec![0; usize::try_from(length).expect("a chunk")];
        stream.read_exact(&mut chunk).await.expect("a chunk");
        file.extend(chunk);
    }
    let answer = if file == VIRUS { "stream: Test.Virus FOUND\0" } else { "stream: OK\0" };
    stream.write_all(answer.as_bytes()).await.expect("answered");
}
