//! Files: whole or not there.

use std::{path::Path, sync::Arc, time::Duration};

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use mesh_core::{
    blobs::{Blobs, Bucket, Expected, Served, Store, Stretch},
    clock::{Clock, ManualClock, SharedClock},
    error::{Error, Result},
    id::Ids,
    testing::s3_url,
};
use rstest::rstest;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// What `sha256sum` says of `hello`.
const HELLO: &str = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

#[derive(Clone, Copy, Debug)]
enum Kind {
    Directory,
    Memory,
    S3,
}

fn store(kind: Kind, folder: &Path) -> Store {
    let clock: SharedClock = Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH));
    let ids = Ids::seeded(clock.clone(), 1);
    let prefix = folder.file_name().expect("a name").to_string_lossy();
    match kind {
        Kind::Directory => Store::directory(folder, &ids, &clock).expect("a folder"),
        Kind::Memory => Store::memory(&ids, &clock),
        Kind::S3 => {
            let bucket = Bucket::at(&s3_url(), &format!("s3://ticketmesh/{prefix}"), ["test", "test"]);
            bucket.and_then(|bucket| bucket.open(true, &ids, &clock)).expect("a bucket")
        }
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

/// Everything that is left in a store: files, objects, and parts of objects that were never ended.
async fn left(kind: Kind, folder: &Path) -> usize {
    let Kind::S3 = kind else { return files(folder) };
    let prefix = folder.file_name().expect("a name").to_string_lossy();
    let objects = get(&format!("/ticketmesh?list-type=2&prefix={prefix}")).await.matches("<Key>").count();
    let uploads = get("/ticketmesh?uploads").await;
    objects + uploads.matches(&format!("<Key>{prefix}")).count()
}

/// What the S3 server answers, head and body.
async fn get(path: &str) -> String {
    let url = s3_url();
    let host = url.strip_prefix("http://").expect("an address");
    let mut stream = TcpStream::connect(host).await.expect("connected");
    let ask = format!("GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
    stream.write_all(ask.as_bytes()).await.expect("asked");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("answered");
    answer
}

/// Every file below a folder.
fn files(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| if entry.path().is_dir() { files(&entry.path()) } else { 1 }).sum()
}

#[rstest]
#[tokio::test]
async fn a_file_is_kept_once_under_its_digest_and_read_in_parts(
    #[values(Kind::Directory, Kind::Memory, Kind::S3)] kind: Kind,
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

#[rstest]
#[tokio::test]
async fn half_an_upload_leaves_nothing(#[values(Kind::Directory, Kind::S3)] kind: Kind) {
    let folder = tempfile::tempdir().expect("a folder");
    let store = store(kind, folder.path());
    // Large enough that a part of it was sent when it broke.
    let large = Bytes::from(vec![b'x'; 20 * 1024 * 1024]);
    let broken = stream::iter([Ok(large), Err(Error::unavailable("the line went dead"))]).boxed();
    let expected = Expected { max_bytes: u64::MAX, ..expected() };
    assert!(matches!(store.put(&expected, broken).await, Err(Error::Unavailable { .. })));
    assert_eq!(left(kind, folder.path()).await, 0);
}

#[rstest]
#[tokio::test]
async fn a_large_file_goes_in_parts_and_comes_back_whole(#[values(Kind::Directory, Kind::S3)] kind: Kind) {
    let folder = tempfile::tempdir().expect("a folder");
    let store = store(kind, folder.path());
    let piece = |letter| Ok(Bytes::from(vec![letter; 7 * 1024 * 1024]));
    let expected = Expected { max_bytes: u64::MAX, ..expected() };
    let stored = store.put(&expected, stream::iter([piece(b'a'), piece(b'b'), piece(b'c')]).boxed());
    let stored = stored.await.expect("kept");
    assert_eq!(stored.size, 21 * 1024 * 1024);
    let edge = 7 * 1024 * 1024;
    assert_eq!(read(&store, &stored.sha256, Some(edge - 2..edge + 2)).await.expect("there"), "aabb");
    assert_eq!(read(&store, &stored.sha256, None).await.expect("there").len() as u64, stored.size);
}

#[rstest]
#[tokio::test]
async fn an_upload_that_broke_off_goes_on_where_it_ended(
    #[values(Kind::Directory, Kind::Memory, Kind::S3)] kind: Kind,
) {
    let folder = tempfile::tempdir().expect("a folder");
    let store = store(kind, folder.path());
    let expected = Expected { size: Some(5), ..expected() };
    let stretch = |at| Stretch { upload: "att_1", at, expected: &expected };
    let broken =
        stream::iter([Ok(Bytes::from_static(b"he")), Err(Error::unavailable("the line went dead"))]).boxed();
    let half = store.append(stretch(0), broken).await.expect("half of it is kept");
    assert_eq!((half.size, half.stopped.is_some()), (2, true));
    let silent = stream::iter([Err(Error::unavailable("the line went dead"))]).boxed();
    assert_eq!(store.append(stretch(2), silent).await.expect("nothing more").size, 2);
    let arrived = store.arrived("att_1").await.expect("asks");
    assert_eq!((arrived.size, arrived.stretches()), (2, 1));
    let rest = store.append(stretch(2), chunks(&["l", "lo"])).await.expect("the rest");
    assert_eq!((rest.size, rest.stopped.is_none()), (5, true));

    let arrived = store.arrived("att_1").await.expect("asks");
    let bytes: Vec<Bytes> = store.read(&arrived).await.expect("opens").try_collect().await.expect("reads");
    assert_eq!(bytes.concat(), b"hello");
    assert!(matches!(store.keep(&arrived, &"0".repeat(64)).await, Err(Error::Invalid { .. })));
    store.keep(&arrived, HELLO).await.expect("kept");
    store.discard("att_1").await.expect("forgotten");
    assert_eq!(read(&store, HELLO, None).await.expect("there"), "hello");
    assert_eq!(store.arrived("att_1").await.expect("asks").size, 0);
    store.delete(HELLO).await.expect("gone");
    assert_eq!(left(kind, folder.path()).await, 0);
}

#[rstest]
#[tokio::test]
async fn an_upload_that_came_at_once_is_kept_without_reading_it_again(
    #[values(Kind::Directory, Kind::S3)] kind: Kind,
) {
    let folder = tempfile::tempdir().expect("a folder");
    let store = store(kind, folder.path());
    let whole = Stretch { upload: "att_1", at: 0, expected: &expected() };
    store.append(whole, chunks(&["hello"])).await.expect("taken");
    let arrived = store.arrived("att_1").await.expect("asks");
    store.keep(&arrived, HELLO).await.expect("kept");
    assert_eq!(read(&store, HELLO, None).await.expect("there"), "hello");
    assert!(matches!(store.keep(&arrived, HELLO).await, Err(Error::Aborted { .. })), "somebody was faster");
}

#[rstest]
#[tokio::test]
async fn a_stretch_that_is_too_long_or_of_the_wrong_type_is_not_kept(
    #[values(Kind::Directory, Kind::S3)] kind: Kind,
) {
    let folder = tempfile::tempdir().expect("a folder");
    let store = store(kind, folder.path());
    let expected = Expected { size: Some(4), content_type: "image/png".into(), ..expected() };
    let whole = Stretch { upload: "att_1", at: 0, expected: &expected };
    assert!(matches!(store.append(whole, chunks(&["hello"])).await, Err(Error::Invalid { .. })));
    let expected = Expected { size: Some(64), ..expected };
    let wrong = Stretch { upload: "att_1", at: 0, expected: &expected };
    let text = chunks(&["0123456789012345678901234567890123456789012345678901234567890123"]);
    assert!(matches!(store.append(wrong, text).await, Err(Error::Invalid { .. })));
    assert!(matches!(store.arrived("../etc").await, Err(Error::Invalid { .. })));
    assert_eq!(left(kind, folder.path()).await, 0);
}

#[tokio::test]
async fn a_link_to_a_blob_in_s3_gives_it_out_as_it_was_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let bucket = store(Kind::S3, folder.path());
    let stored = bucket.put(&expected(), chunks(&["hello"])).await.expect("kept");
    let served =
        Served { content_type: "text/plain".into(), disposition: "attachment; filename=\"a b.txt\"".into() };
    let link = bucket.link(&stored.sha256, &served).await.expect("asks").expect("a link");
    let answer = get(link.strip_prefix(&s3_url()).expect("at the server")).await;
    let (head, body) = answer.split_once("\r\n\r\n").expect("an answer");
    assert!(head.starts_with("HTTP/1.1 200") && head.contains("attachment; filename=\"a b.txt\""), "{head}");
    assert!(link.contains("X-Amz-Signature=") && body.contains("hello"), "{link} {body}");
    let directory = store(Kind::Directory, folder.path());
    assert_eq!(directory.link(&stored.sha256, &served).await.expect("asks"), None);
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
    std::fs::create_dir(folder.path().join("incoming/att_1")).expect("made");
    std::fs::write(folder.path().join("incoming/att_1/0-upl_2#1"), "less than half").expect("written");
    let clock = Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH));
    let shared: SharedClock = clock.clone();
    let store = Store::directory(folder.path(), &Ids::seeded(shared.clone(), 1), &shared).expect("a folder");
    assert_eq!(store.sweep(Duration::from_mins(1)).await.expect("swept"), 0);
    clock.set(Timestamp::MAX.checked_sub(SignedDuration::from_secs(1)).expect("late"));
    assert!(clock.now() > Timestamp::UNIX_EPOCH);
    assert_eq!(store.sweep(Duration::from_mins(1)).await.expect("swept"), 2);
    assert_eq!(files(folder.path()), 0);
    assert!(!folder.path().join("incoming/att_1").exists());
}

#[tokio::test]
async fn a_name_that_is_no_digest_finds_nothing_and_breaks_out_of_nowhere() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = store(Kind::Directory, folder.path());
    for name in ["", "../../etc/passwd", &HELLO.to_uppercase()] {
        assert!(matches!(store.get(name, None).await, Err(Error::Invalid { .. })), "{name}");
    }
}
