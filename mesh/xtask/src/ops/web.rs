//! As much of an HTTP client as the checks need: one request a connection.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

const PATIENCE: Duration = Duration::from_secs(30);

/// A call of the JSON face of a method; anything but 200 is an error with what was said.
pub(super) fn call(door: SocketAddr, token: &str, method: &str, message: &Value) -> Result<Value> {
    let body = message.to_string();
    let head = format!(
        "POST /api/ticketmesh.{method} HTTP/1.0\r\nhost: localhost\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n{}\r\n",
        body.len(),
        if token.is_empty() { String::new() } else { format!("authorization: Bearer {token}\r\n") }
    );
    serde_json::from_str(&exchange(door, &(head + &body))?)
        .with_context(|| format!("{method} answered no JSON"))
}

/// What a path answers.
pub(super) fn get(address: SocketAddr, path: &str) -> Result<String> {
    exchange(address, &format!("GET {path} HTTP/1.0\r\nhost: localhost\r\n\r\n"))
}

fn exchange(address: SocketAddr, request: &str) -> Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let answer = String::from_utf8_lossy(&answer);
    let (head, body) =
        answer.split_once("\r\n\r\n").context("the connection was closed without an answer")?;
    ensure!(head.split(' ').nth(1) == Some("200"), "{head}\n{body}");
    Ok(body.to_owned())
}

/// Signs the demonstration's administrator in.
pub(super) fn sign_in(door: SocketAddr) -> Result<String> {
    let ask = serde_json::json!({ "email": "admin@demo.test", "password": crate::product::DEMO_PASSWORD });
    let answer = call(door, "", "identity.v1.AuthService/SignIn", &ask)?;
    let token = answer.pointer("/tokens/accessToken").and_then(Value::as_str);
    token.map(str::to_owned).with_context(|| format!("signing in answered {answer}"))
}

/// A department tickets can be filed in.
pub(super) fn department(door: SocketAddr, token: &str) -> Result<String> {
    let answer = call(door, token, "identity.v1.DirectoryService/ListDepartments", &serde_json::json!({}))?;
    let first = answer.pointer("/departments/0/id").and_then(Value::as_str);
    first.map(str::to_owned).context("there is no department")
}

/// Files a ticket. The same subject is the same request.
pub(super) fn file(door: SocketAddr, token: &str, department: &str, subject: &str) -> Result<()> {
    let mut number = DefaultHasher::new();
    subject.hash(&mut number);
    let ask = serde_json::json!({
        "ticket": { "subject": subject, "departmentId": department },
        "requestId": format!("00000000-0000-4000-8000-{:012x}", number.finish() >> 16),
    });
    call(door, token, "tickets.v1.TicketService/CreateTicket", &ask).map(drop)
}

/// How many tickets match words in their subject.
pub(super) fn count(door: SocketAddr, token: &str, words: &str) -> Result<u64> {
    count_where(door, token, words, "")
}

/// How many of them stand on a stage of their workflow.
pub(super) fn count_begun(door: SocketAddr, token: &str, words: &str) -> Result<u64> {
    count_where(door, token, words, "stage != \"\"")
}

fn count_where(door: SocketAddr, token: &str, words: &str, filter: &str) -> Result<u64> {
    let ask = serde_json::json!({ "query": { "text": words, "filter": filter }, "pageSize": 1 });
    let answer = call(door, token, "tickets.v1.TicketService/ListTickets", &ask)?;
    // 64-bit numbers are text in protobuf's JSON, and a zero is left out.
    Ok(answer.get("total").and_then(Value::as_str).unwrap_or("0").parse()?)
}
