//! Files through the front door: sent whole and in pieces, refused, and handed out to those who may see them.

use http::{Method, StatusCode};
use mesh_core::testing::{eventually, s3_url};
use proto::tickets::v1::CommentKind;
use tickets::FilesConfig;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::{
    behind::API_KEY,
    filing_house::{FilingHouse, PNG, Person},
    house::Front,
};

/// An id without its prefix: the name somebody signs in with.
const SOMEBODY: &str = "01h455vb4pex5vsknk084sn02q";

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_is_sent_and_shown_in_place_with_everything_that_guards_it() {
    let house = FilingHouse::open().await;
    let requester = house.requester();
    let path = house.prepare(&requester, "Bild ü.png", PNG.len()).await;
    let taken = house.put(&requester, &path, PNG, &[]).await;
    assert_eq!(
        (taken.status, taken.header("upload-offset")),
        (StatusCode::OK, PNG.len().to_string().as_str())
    );
    let json = taken.json();
    assert_eq!(
        (json["state"].as_str(), json["contentType"].as_str()),
        (Some("ATTACHMENT_STATE_READY"), Some("image/png"))
    );
    assert_eq!(json["inline"].as_bool(), Some(true));
    let id = json["id"].as_str().expect("an id");
    let shown = house.get(&requester, id, &[]).await;
    assert_eq!((shown.status, &shown.body[..]), (StatusCode::OK, PNG));
    for (name, value) in [
        ("content-type", "image/png"),
        ("content-disposition", "inline; filename=\"Bild _.png\"; filename*=UTF-8''Bild%20%C3%BC.png"),
        ("content-security-policy", "default-src 'none'; sandbox"),
        ("x-content-type-options", "nosniff"),
        ("cross-origin-resource-policy", "same-origin"),
        ("cache-control", "private, no-cache"),
        ("accept-ranges", "bytes"),
    ] {
        assert_eq!(shown.header(name), value, "{name}");
    }
    let known = house.get(&requester, id, &[("if-none-match", shown.header("etag"))]).await;
    assert_eq!((known.status, known.body.len()), (StatusCode::NOT_MODIFIED, 0));
    let again = house.put(&requester, &path, PNG, &[]).await;
    assert_eq!(
        (again.status, again.json()["id"].as_str()),
        (StatusCode::OK, Some(id)),
        "a repetition is harmless"
    );
    let posted = house.front.http(Method::POST, &format!("/files/{id}"), &[], "").await;
    assert_eq!(posted.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_was_cut_off_goes_on_where_it_ended() {
    let house = FilingHouse::open().await;
    let requester = house.requester();
    let path = house.prepare(&requester, "words.txt", 10).await;
    assert_eq!(house.come(&requester, &path).await, 0);
    drop(house.begin(&requester, &path, 10, b"01234").await);
    eventually("what came before the cut is kept", async || {
        (house.come(&requester, &path).await == 5).then_some(())
    })
    .await;
    let astray = house.put(&requester, &path, b"89", &[("upload-offset", "8")]).await;
    assert_eq!((astray.status, astray.header("upload-offset")), (StatusCode::CONFLICT, "5"));
    let part = house.put(&requester, &path, b"567", &[("upload-offset", "5")]).await;
    assert_eq!((part.status, part.header("upload-offset")), (StatusCode::ACCEPTED, "8"));
    let whole = house.put(&requester, &path, b"89", &[("upload-offset", "8")]).await;
    assert_eq!(whole.status, StatusCode::OK, "{whole:?}");
    let id = whole.json()["id"].as_str().expect("an id").to_owned();
    assert_eq!(&house.get(&requester, &id, &[]).await.body[..], b"0123456789");
    assert_eq!(house.come(&requester, &path).await, 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_falls_silent_is_told_how_far_it_is_and_may_begin_anew() {
    let house = FilingHouse::with(FilesConfig::default(), &["--request-silence", "100ms"]).await;
    let requester = house.requester();
    let path = house.prepare(&requester, "words.txt", 10).await;
    let mut silent = house.begin(&requester, &path, 10, b"01234").await;
    let mut answer = vec![0; 4096];
    let length = silent.read(&mut answer).await.expect("an answer");
    let answer = String::from_utf8_lossy(&answer[..length]).to_lowercase();
    assert!(answer.starts_with("http/1.1 408") && answer.contains("upload-offset: 5"), "{answer}");
    let whole = house.put(&requester, &path, b"abcdefghij", &[]).await;
    assert_eq!(whole.status, StatusCode::OK, "{whole:?}");
    let id = whole.json()["id"].as_str().expect("an id").to_owned();
    assert_eq!(&house.get(&requester, &id, &[]).await.body[..], b"abcdefghij");
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_was_announced_is_refused_and_leaves_nothing() {
    let house = FilingHouse::open().await;
    let requester = house.requester();
    let path = house.prepare(&requester, "words.txt", 5).await;
    let refused = house.put(&requester, &path, b"012345", &[]).await;
    assert_eq!(refused.status, StatusCode::PAYLOAD_TOO_LARGE, "{refused:?}");
    // Without a length beforehand it is noticed on the way.
    let chunked = format!(
        "PUT {path} HTTP/1.1\r\nhost: desk\r\nauthorization: {}\r\ntransfer-encoding: chunked\r\n\r\n6\r\n012345\r\n0\r\n\r\n",
        requester.bearer
    );
    assert!(raw(&house.front, &chunked).await.starts_with("HTTP/1.1 413"));
    assert_eq!(house.come(&requester, &path).await, 0);
    assert_eq!(house.put(&requester, &path, b"01234", &[]).await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_another_type_or_digest_is_refused_with_the_reason() {
    let house = FilingHouse::open().await;
    let requester = house.requester();
    let long = [b'x'; 100];
    for (name, bytes, said) in [
        ("a.png", &long[..], "does not begin like one"),
        ("a.png", b"short", "the name promises image/png"),
        ("a.txt", PNG, "the name promises text/plain"),
        ("a.txt", b"\x7fELF\x02\x01\x01\0", "program"),
    ] {
        let path = house.prepare(&requester, name, bytes.len()).await;
        let refused = house.put(&requester, &path, bytes, &[]).await;
        let message = refused.json()["message"].as_str().unwrap_or_default().to_owned();
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{name}: {message}");
        assert!(message.contains(said), "{name}: {message}");
    }
    let path = house.prepare(&requester, "a.txt", 5).await;
    let digest = ("repr-digest", "sha-256=:LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=:");
    let refused = house.put(&requester, &path, b"hullo", &[digest]).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{refused:?}");
    let path = house.prepare(&requester, "a.txt", 5).await;
    assert_eq!(house.put(&requester, &path, b"hello", &[digest]).await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_browser_would_run_is_saved_and_never_shown() {
    let house = FilingHouse::open().await;
    let requester = house.requester();
    let script = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>";
    for (name, bytes, content_type) in [
        ("a.svg", &script[..], "application/octet-stream"),
        ("a.html", b"<script>alert(1)</script>", "application/octet-stream"),
        ("bomb.zip", b"PK\x03\x04\x14\0\0\0", "application/zip"),
        ("a.txt", b"words", "text/plain"),
    ] {
        let id = house.file(&requester, name, bytes).await;
        let saved = house.get(&requester, &id, &[]).await;
        assert_eq!(saved.header("content-type"), content_type, "{name}");
        assert!(saved.header("content-disposition").starts_with("attachment; "), "{name}");
        assert_eq!(saved.header("content-security-policy"), "default-src 'none'; sandbox");
        assert_eq!(saved.header("x-content-type-options"), "nosniff");
    }
    let id = house.file(&requester, "a.pdf", b"%PDF-1.7\n").await;
    let shown = house.get(&requester, &id, &[]).await;
    assert!(shown.header("content-disposition").starts_with("inline; "));
    // Our own pages show it in a frame; nobody else's do, and nothing else stands in one.
    assert!(shown.header("content-security-policy").ends_with("; frame-ancestors 'self'"));
    assert_eq!(shown.header("x-frame-options"), "SAMEORIGIN");
    let id = house.file(&requester, "words.txt", b"words").await;
    assert_eq!(house.get(&requester, &id, &[]).await.header("x-frame-options"), "DENY");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_of_a_file_is_handed_out() {
    let house = FilingHouse::open().await;
    let requester = house.requester();
    let id = house.file(&requester, "a.txt", b"0123456789").await;
    let part = house.get(&requester, &id, &[("range", "bytes=2-4")]).await;
    assert_eq!(
        (part.status, part.header("content-range"), &part.body[..]),
        (StatusCode::PARTIAL_CONTENT, "bytes 2-4/10", &b"234"[..])
    );
    let end = house.get(&requester, &id, &[("range", "bytes=-3")]).await;
    assert_eq!((end.status, &end.body[..]), (StatusCode::PARTIAL_CONTENT, &b"789"[..]));
    let behind = house.get(&requester, &id, &[("range", "bytes=10-")]).await;
    assert_eq!(
        (behind.status, behind.header("content-range")),
        (StatusCode::RANGE_NOT_SATISFIABLE, "bytes */10")
    );
    let path = format!("/files/{id}");
    let head = house.front.http(Method::HEAD, &path, &[("authorization", &requester.bearer)], "").await;
    assert_eq!((head.status, head.header("content-length"), head.body.len()), (StatusCode::OK, "10", 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_there_for_those_who_may_read_what_it_came_with() {
    let house = FilingHouse::open().await;
    let (requester, agent, stranger) = (house.requester(), house.agent(), house.requester());
    let ticket = house.ticket(&requester).await;
    let public = house.file(&agent, "public.txt", b"public").await;
    let secret = house.file(&agent, "secret.txt", b"secret").await;
    assert_eq!(house.get(&requester, &public, &[]).await.status, StatusCode::NOT_FOUND, "not used yet");
    house.say(&agent, &ticket, CommentKind::Public, &public).await;
    house.say(&agent, &ticket, CommentKind::Internal, &secret).await;
    let status = async |person: &Person, id: &str| house.get(person, id, &[]).await.status;
    assert_eq!(status(&requester, &public).await, StatusCode::OK);
    assert_eq!(status(&requester, &secret).await, StatusCode::NOT_FOUND);
    assert_eq!(status(&agent, &secret).await, StatusCode::OK);
    assert_eq!(status(&stranger, &public).await, StatusCode::NOT_FOUND);
    assert_eq!(status(&requester, "att_1").await, StatusCode::NOT_FOUND);
    assert_eq!(status(&requester, "../../etc/passwd").await, StatusCode::NOT_FOUND);
    assert_eq!(house.front.get(&format!("/files/{public}")).await.status, StatusCode::UNAUTHORIZED);
    // The same content again is another file, which others do not see because of that.
    let copy = house.file(&stranger, "copy.txt", b"secret").await;
    assert_eq!(status(&stranger, &copy).await, StatusCode::OK);
    assert_eq!(status(&stranger, &secret).await, StatusCode::NOT_FOUND);
    let path = house.prepare(&agent, "mine.txt", 4).await;
    assert_eq!(house.put(&stranger, &path, b"mine", &[]).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_scanner_refused_is_never_handed_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = folder.path().join("scan.sh");
    let waiting = "cd \"$(dirname \"$0\")\"\nwhile [ ! -e go ]; do sleep 0.05; done\n! grep -q VIRUS\n";
    std::fs::write(&script, waiting).expect("written");
    let scan_command = Some(format!("sh {}", script.display()));
    let house = FilingHouse::with(FilesConfig { scan_command, ..FilesConfig::default() }, &[]).await;
    let requester = house.requester();
    let clean = house.file(&requester, "clean.txt", b"words").await;
    let virus = house.file(&requester, "virus.txt", b"a VIRUS").await;
    let waiting = house.get(&requester, &virus, &[]).await;
    assert_eq!((waiting.status, waiting.header("retry-after")), (StatusCode::SERVICE_UNAVAILABLE, "5"));
    std::fs::write(folder.path().join("go"), "").expect("written");
    house.front.world.settle().await;
    assert_eq!(house.get(&requester, &clean, &[]).await.status, StatusCode::OK);
    let refused = house.get(&requester, &virus, &[]).await;
    assert_eq!(
        (refused.status, refused.body.windows(5).any(|word| word == b"VIRUS")),
        (StatusCode::FORBIDDEN, false)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_sends_with_its_cookie_and_proof_and_a_program_with_its_key() {
    let house = FilingHouse::open().await;
    let browser = house.front.signed_in(SOMEBODY).await;
    let owner = house.bearer(SOMEBODY);
    let path = house.prepare(&owner, "a.txt", 5).await;
    let cookie = browser.sent();
    let forged = house.front.http(Method::PUT, &path, &[("cookie", &cookie)], "hello").await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN, "{forged:?}");
    let own = [("cookie", cookie.as_str()), ("x-tm-csrf", "1"), ("sec-fetch-site", "same-origin")];
    let sent = house.front.http(Method::PUT, &path, &own, "hello").await;
    assert_eq!(sent.status, StatusCode::OK, "{sent:?}");
    let id = sent.json()["id"].as_str().expect("an id").to_owned();
    let shown = house.front.http(Method::GET, &format!("/files/{id}"), &[("cookie", &cookie)], "").await;
    assert_eq!(&shown.body[..], b"hello");

    let robot = Person { bearer: format!("Bearer {API_KEY}") };
    let id = house.file(&robot, "a.txt", b"beep").await;
    assert_eq!(&house.get(&robot, &id, &[]).await.body[..], b"beep");
}

#[tokio::test(flavor = "multi_thread")]
async fn from_s3_downloads_come_by_a_link_and_pictures_through_the_door() {
    let house = FilingHouse::in_s3().await;
    let requester = house.requester();
    let text = house.file(&requester, "a b.txt", b"words").await;
    let sent_on = house.get(&requester, &text, &[]).await;
    let link = sent_on.header("location");
    assert_eq!((sent_on.status, sent_on.header("cache-control")), (StatusCode::FOUND, "no-store"));
    assert!(link.starts_with(&s3_url()) && link.contains("X-Amz-Signature="), "{link}");
    let picture = house.file(&requester, "a.png", PNG).await;
    let shown = house.get(&requester, &picture, &[]).await;
    assert_eq!((shown.status, &shown.body[..]), (StatusCode::OK, PNG));
    assert_eq!(house.blobs().ping().await.ok(), Some(()));
}

/// What is answered to a request written by hand.
async fn raw(front: &Front, request: &str) -> String {
    let mut stream = TcpStream::connect(front.address).await.expect("connected");
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = vec![0; 4096];
    let length = stream.read(&mut answer).await.expect("an answer");
    String::from_utf8_lossy(&answer[..length]).into_owned()
}
