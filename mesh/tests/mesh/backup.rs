//! A backup made while the mesh runs is the mesh somewhere else.

use http::StatusCode;
use proto::tickets::v1::TicketQuery;

use crate::{
    faces::Faces,
    people::{Office, sign_in},
    process::ticketmesh,
    running::{ADMIN, Mesh, Mode},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_backup_has_the_people_tickets_and_files_of_its_moment() {
    let mesh = Mesh::start(Mode::All).await;
    let Office { department_id, requester, .. } = Office::open(&mesh).await;
    let file = requester.send(&Faces::of(&mesh), "a.txt", b"before").await;
    let before = requester.file_with(&department_id, &file).await;
    let backup = mesh.folder().join("backup");
    run(mesh.folder(), &["backup", "--to", path(&backup)]).await;
    requester.file("After the backup", &department_id).await;

    let restored = tempfile::tempdir().expect("a folder");
    run(restored.path(), &["restore", "--from", path(&backup)]).await;
    for key in ["master.key", "mesh.key"] {
        std::fs::copy(mesh.folder().join(key), restored.path().join(key)).expect("the key is copied");
    }
    let again = Mesh::of(restored).await;
    sign_in(&again, ADMIN).await.line("backup.restored").await;
    let requester = sign_in(&again, "requester@demo.test").await;
    assert_eq!(requester.list(TicketQuery::default()).await, [before.id]);
    assert_eq!(requester.fetch(&Faces::of(&again), &file).await, (StatusCode::OK, b"before".to_vec()));
}

#[tokio::test]
async fn nothing_is_overwritten() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("backup")).expect("a folder");
    let done =
        ticketmesh(folder.path(), ["backup", "--to", "backup"]).output().await.expect("the binary starts");
    assert_eq!(done.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&done.stderr).contains("--to backup can't be used"));
}

fn path(path: &std::path::Path) -> &str {
    path.to_str().expect("a path is text")
}

async fn run(folder: &std::path::Path, args: &[&str]) {
    let done = ticketmesh(folder, args).output().await.expect("the binary starts");
    assert!(done.status.success(), "{args:?} failed: {}", String::from_utf8_lossy(&done.stderr));
}
