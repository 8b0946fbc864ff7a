//! Tickets as a file through the front door: taken in row by row with a report, handed out as they can be taken in again.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    behind::DEPARTMENT,
    filing_house::{FilingHouse, Person},
    house::Reply,
};

const CSV: &str = "/transfer/tickets?format=csv&system=old";
const LINES: &str = "/transfer/tickets?format=jsonl&system=old";

impl FilingHouse {
    async fn send(&self, person: &Person, path: &str, file: impl Into<Vec<u8>>) -> Reply {
        let headers = [("authorization", person.bearer.as_str())];
        self.front.http(Method::POST, path, &headers, file.into()).await
    }

    async fn fetch(&self, person: &Person, path: &str) -> Reply {
        self.front.http(Method::GET, path, &[("authorization", person.bearer.as_str())], "").await
    }
}

/// The lines of a report.
fn lines(reply: &Reply) -> Vec<Value> {
    assert_eq!(reply.status, StatusCode::OK, "{reply:?}");
    assert_eq!(reply.header("content-type"), "application/x-ndjson");
    let text = std::str::from_utf8(&reply.body).expect("text");
    text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
}

/// What was created, known and refused in the end, and that it was the end.
fn outcome(reply: &Reply) -> (i64, i64, i64) {
    let last = lines(reply).pop().expect("a last line");
    assert_eq!(last["done"], json!(true), "{last}");
    let count = |name: &str| last[name].as_i64().expect("a count");
    (count("created"), count("known"), count("refused"))
}

/// Line and message of every refused row.
fn failures(reply: &Reply) -> Vec<(i64, String)> {
    let all = lines(reply);
    let told = all.iter().filter_map(|line| line["failures"].as_array()).flatten();
    told.map(|one| {
        (one["line"].as_i64().expect("a line"), one["message"].as_str().expect("a message").to_owned())
    })
    .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn csv_of_any_make_is_taken_once() {
    let house = FilingHouse::open().await;
    let lead = house.lead();
    let rows = [
        format!("1,{DEPARTMENT},\"Toner, black\",\"first\r\nsecond \"\"x\"\"\",closed,2020-01-31T08:30:00Z"),
        format!("2,{DEPARTMENT},Ä,,On hold,"),
    ];
    let header = "\u{feff}external_id,Department,subject,description,status,create_time";
    let file = format!("{header}\r\n{}\r\n{}\r\n\r\n", rows[0], rows[1]);
    assert_eq!(outcome(&house.send(&lead, &format!("{CSV}&dry_run=true"), file.clone()).await), (2, 0, 0));
    assert_eq!(outcome(&house.send(&lead, CSV, file.clone()).await), (2, 0, 0));
    assert_eq!(outcome(&house.send(&lead, CSV, file.replace("\r\n", "\n")).await), (0, 2, 0));
    let out = house.fetch(&lead, "/transfer/tickets?format=jsonl").await;
    let out = std::str::from_utf8(&out.body).expect("text").lines().map(serde_json::from_str::<Value>);
    let out: Vec<_> = out.map(|line| line.expect("JSON")).collect();
    assert_eq!((&out[0]["externalId"], &out[0]["system"]), (&json!("1"), &json!("old")));
    assert_eq!(out[0]["ticket"]["description"], "first\r\nsecond \"x\"");
    assert_eq!(out[0]["ticket"]["createTime"], "2020-01-31T08:30:00Z");
    assert_eq!(out[1]["ticket"]["status"], "STATUS_ON_HOLD");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_refused_row_is_told_with_its_line_and_the_others_are_taken() {
    let house = FilingHouse::open().await;
    let lead = house.lead();
    let long = "x".repeat(1024 * 1024);
    let good = |id: &str| format!("{id},{DEPARTMENT},Fine,\n");
    let file = [
        b"external_id,department,subject,status\n".as_slice(),
        good("1").as_bytes(),
        format!("2,{DEPARTMENT},\"two\nlines\",\n").as_bytes(),
        format!("3,{DEPARTMENT},Fine,half done\n").as_bytes(),
        b"4,\xff,Fine,\n",
        b"5,too few\n",
        format!("6,{DEPARTMENT},{long},\n").as_bytes(),
        format!("7,Nowhere,{},\n", "y".repeat(4 * 1024 * 1024)).as_bytes(),
        good("8").as_bytes(),
    ]
    .concat();
    let reply = house.send(&lead, CSV, file).await;
    assert_eq!(outcome(&reply), (2, 0, 6));
    let mut told = failures(&reply);
    told.sort();
    for ((line, message), (expected, word)) in told.iter().zip([
        (3, "control characters"),
        (5, "half done"),
        (6, "UTF-8"),
        (7, "2 cells in place of 4"),
        (8, "at most 255 characters"),
        (9, "longer than 3 MB"),
    ]) {
        assert!(*line == expected && message.contains(word), "{line}: {message}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_of_json_are_taken_and_named_when_they_are_wrong() {
    let house = FilingHouse::open().await;
    let lead = house.lead();
    let ticket = json!({ "subject": "Fine", "departmentId": DEPARTMENT, "status": "STATUS_RESOLVED" });
    let comment =
        json!({ "kind": "COMMENT_KIND_PUBLIC", "text": "Hello", "author": { "displayName": "Gone" } });
    let file = [
        json!({ "externalId": "1", "ticket": ticket, "comments": [comment] }).to_string(),
        String::new(),
        "{ not JSON".to_owned(),
        json!({ "externalId": "2", "ticket": ticket, "colour": "red" }).to_string(),
        json!({ "externalId": "3", "ticket": ticket }).to_string(),
    ]
    .join("\r\n");
    let reply = house.send(&lead, LINES, file).await;
    assert_eq!(outcome(&reply), (2, 0, 2));
    let told = failures(&reply);
    assert_eq!(told.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [3, 4]);
    assert!(told[1].1.contains("colour"), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_exported_is_taken_elsewhere_and_exported_the_same() {
    for format in ["csv", "jsonl"] {
        let path = format!("/transfer/tickets?format={format}");
        let house = FilingHouse::open().await;
        let agent = house.lead();
        let subject = "=HYPERLINK(\"x\"), 'quoted'\tand so on".replace('\t', " ");
        let comment = json!({ "kind": "COMMENT_KIND_INTERNAL", "text": "a,\"b\"\n\nc", "author": { "displayName": "Gone" } });
        let row = json!({
            "externalId": "1", "comments": [comment],
            "ticket": {
                "subject": subject, "description": "+1\r\n'x'", "departmentId": DEPARTMENT, "tags": ["a", "b"],
                "status": "STATUS_CLOSED", "createTime": "2020-01-01T00:00:00.123456Z",
            },
        });
        assert_eq!(outcome(&house.send(&agent, LINES, row.to_string()).await), (1, 0, 0));
        let first = house.fetch(&agent, &path).await;
        let other = FilingHouse::open().await;
        let lead = other.lead();
        assert_eq!(outcome(&other.send(&lead, &path, first.body.to_vec()).await), (1, 0, 0), "{first:?}");
        let second = other.fetch(&lead, &path).await;
        if format == "csv" {
            let [first, second] = [&first, &second].map(|reply| without_ids(&reply.body));
            assert_eq!(first, second);
            assert!(first.contains("'=HYPERLINK"), "{first}");
        }
        assert_eq!(first.header("content-disposition"), format!("attachment; filename=\"tickets.{format}\""));
    }
}

/// A file without the names comments have in their store, which differ.
fn without_ids(file: &[u8]) -> String {
    let text = String::from_utf8(file.to_vec()).expect("text");
    let cut = |text: &str, prefix: &str| {
        let mut parts = text.split(prefix);
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |kept, part| kept + part.get(26..).unwrap_or_default())
    };
    cut(&cut(&cut(&text, "cmt_"), "tkt_"), "usr_")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_cannot_be_understood_is_refused_whole() {
    let house = FilingHouse::open().await;
    let lead = house.lead();
    for (file, word) in [
        (b"\xff\xfee\0x\0t\0".to_vec(), "UTF-16"),
        (b"external_id,titel\n1,x\n".to_vec(), "titel is no column"),
        (vec![], "is empty"),
    ] {
        let reply = house.send(&lead, CSV, file).await;
        let last = lines(&reply).pop().expect("a line");
        let message = last["error"]["message"].as_str().unwrap_or_default();
        assert!(message.contains(word) && last["created"] == json!(0), "{last}");
    }
    let unknown = house.send(&lead, "/transfer/tickets?format=xml", "").await;
    assert_eq!(unknown.status, StatusCode::BAD_REQUEST);
    assert_eq!(unknown.json()["code"], "invalid_argument");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_may_not_is_refused_before_anything_is_taken() {
    let house = FilingHouse::open().await;
    let file = format!("external_id,department,subject\n1,{DEPARTMENT},Fine\n");
    for person in [house.requester(), house.agent()] {
        assert_eq!(house.send(&person, CSV, file.clone()).await.status, StatusCode::FORBIDDEN);
        assert_eq!(house.fetch(&person, "/transfer/tickets?format=csv").await.status, StatusCode::FORBIDDEN);
    }
    let nobody = house.front.http(Method::POST, CSV, &[], file.clone()).await;
    assert_eq!(nobody.status, StatusCode::UNAUTHORIZED);
    let forged = [("cookie", "tm_session=x"), ("sec-fetch-site", "cross-site")];
    let forged = house.front.http(Method::POST, CSV, &forged, file).await;
    assert!(forged.status.is_client_error(), "{forged:?}");
    assert_eq!(house.front.http(Method::PUT, CSV, &[], "").await.status, StatusCode::METHOD_NOT_ALLOWED);
}
