//! Files: whole or not there.

use std::{path::Path, sync::Arc, time::Duration};

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use mesh_core::{
    blobs::{Blobs, Expected, Store},
    clock::{Clock, ManualClock, SharedClock},
    error::{Error, Result},
    id::Ids,
};
use rstest::rstest;

/// What `sha256sum` says of `hello`.
const HELLO: &str = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

#[derive(Clone, Copy, Debug)]
enum Kind {
    Directory,
    Memory,
}

fn store(kind: Kind, folder: &Path) -> Store {
    let clock: SharedClock = Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH));
    let ids = Ids::seeded(clock.clone(), 1);
    match kind {
        Kind::Directory => Store::directory(folder, &ids, &clock).expect("a folder"),
        Kind::Memory => Store::memory(&ids, &clock),
    }
}

fn expected() -> Expected {
    Expected { content_type: "text/plain".into(), max_bytes: 100, ..Expected::default() }
}

fn chunks(chunks: &[&'static str]) -> stream::BoxStream<'static, Result<Bytes>> {
    stream::iter(chunks.iter().map(|chunk| Ok(Bytes::from_static(chunk.as_bytes()))).collect::<Vec<_>>())
        .boxed()
}

async fn read(store: &Store, sha256: &str, range: Option<std::ops::Range<u64>>) -> Result<String> {
    let blob = store.get(sha256, range).await?;
    let bytes: Vec<Bytes> = blob.bytes.try_collect().await?;
    Ok(String::from_utf8(bytes.concat()).expect("text"))
}

/// Every file below a folder.
fn files(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| if entry.path().is_dir() { files(&entry.path()) } else { 1 }).sum()
}

#[rstest]
#[tokio::test]
async fn a_file_is_kept_once_under_its_digest_and_read_in_parts(
    #[values(Kind::Directory, Kind::Memory)] kind: Kind,
) {
    let folder = tempfile::tempdir().expect("a folder");
    let store = store(kind, folder.path());
    let stored = store.put(&expected(), chunks(&["hel", "lo"])).await.expect("kept");
    assert_eq!((stored.sha256.as_str(), stored.size), (HELLO, 5));
    assert_eq!(store.put(&expected(), chunks(&["hello"])).await.expect("kept"), stored);
    assert_eq!(read(&store, HELLO, None).await.expect("there"), "hello");
    assert_eq!(read(&store, HELLO, Some(1..3)).await.expect("there"), "el");
    store.ping().await.expect("usable");
    store.delete(HELLO).await.expect("gone");
    store.delete(HELLO).await.expect("gone twice is gone");
    assert!(matches!(read(&store, HELLO, None).await, Err(Error::NotFound { .. })));
}

#[tokio::test]
async fn half_an_upload_leaves_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = store(Kind::Directory, folder.path());
    let large = Bytes::from(vec![b'x'; 6 * 1024 * 1024]);
    let broken = stream::iter([Ok(large), Err(Error::unavailable("the line went dead"))]).boxed();
    let expected = Expected { max_bytes: u64::MAX, ..expected() };
    assert!(matches!(store.put(&expected, broken).await, Err(Error::Unavailable { .. })));
    assert_eq!(files(folder.path()), 0);
}

#[rstest]
#[case::too_large(Expected { max_bytes: 4, ..expected() }, "has more than 4 bytes")]
#[case::longer_than_said(Expected { size: Some(3), ..expected() }, "has more than 3 bytes")]
#[case::shorter_than_said(Expected { size: Some(9), ..expected() }, "ended after 5 of 9 bytes")]
#[case::another_digest(Expected { sha256: Some("0".repeat(64)), ..expected() }, "the bytes have 2cf24dba")]
#[case::another_type(Expected { content_type: "image/png".into(), ..expected() }, "does not begin like one")]
#[tokio::test]
async fn a_file_that_is_not_what_was_said_is_refused_and_leaves_nothing(
    #[case] expected: Expected,
    #[case] said: &str,
) {
    let folder = tempfile::tempdir().expect("a folder");
    let refused = store(Kind::Directory, folder.path())
        .put(&expected, chunks(&["hel", "lo"]))
        .await
        .expect_err("refused");
    assert!(refused.to_string().contains(said), "{refused}");
    assert_eq!(files(folder.path()), 0);
}

#[tokio::test]
async fn programs_are_not_taken_and_pictures_are() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = store(Kind::Directory, folder.path());
    let refused = store.put(&expected(), chunks(&["\u{7f}ELF\0\0\0"])).await.expect_err("a program");
    assert!(refused.to_string().contains("program"), "{refused}");
    let picture = Expected { content_type: "image/gif".into(), ..expected() };
    store.put(&picture, chunks(&["GIF", "89a…"])).await.expect("a picture");
}

#[tokio::test]
async fn what_a_crash_left_is_swept_away() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("incoming")).expect("made");
    std::fs::write(folder.path().join("incoming/upl_1"), "half").expect("written");
    let clock = Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH));
    let shared: SharedClock = clock.clone();
    let store = Store::directory(folder.path(), &Ids::seeded(shared.clone(), 1), &shared).expect("a folder");
    assert_eq!(store.sweep(Duration::from_mins(1)).await.expect("swept"), 0);
    clock.set(Timestamp::MAX.checked_sub(SignedDuration::from_secs(1)).expect("late"));
    assert!(clock.now() > Timestamp::UNIX_EPOCH);
    assert_eq!(store.sweep(Duration::from_mins(1)).await.expect("swept"), 1);
    assert_eq!(files(folder.path()), 0);
}

#[tokio::test]
async fn a_name_that_is_no_digest_finds_nothing_and_breaks_out_of_nowhere() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = store(Kind::Directory, folder.path());
    for name in ["", "../../etc/passwd", &HELLO.to_uppercase()] {
        assert!(matches!(store.get(name, None).await, Err(Error::Invalid { .. })), "{name}");
    }
}
