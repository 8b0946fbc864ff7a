//! Letters into a folder, and letters that are not ones.

use std::{
    path::Path,
    sync::{Arc, Mutex},
};

use mesh_core::{
    clock::{ManualClock, SharedClock},
    error::Error,
    mail::{Directory, Letter, Mail, Smtp},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

fn clock() -> SharedClock {
    Arc::new(ManualClock::at("2026-03-01T09:00:00Z".parse().expect("a time")))
}

fn letter() -> Letter {
    Letter {
        id: "ntf_1".into(),
        to: "grace@example.org".into(),
        to_name: "Grace Höpper".into(),
        subject: "TX-1: Drucker „brennt“".into(),
        text: "Please come.".into(),
        html: Some("<p>Please come.</p>".into()),
        references: vec!["tkt_1@ticketmesh.test".into()],
        ..Letter::default()
    }
}

fn folder_mail(folder: &Path) -> Directory {
    Directory::open(folder, "Desk <desk@ticketmesh.test>".parse().expect("a sender"), &clock())
        .expect("a folder")
}

#[tokio::test]
async fn a_letter_becomes_a_file_any_mail_program_opens() {
    let folder = tempfile::tempdir().expect("a folder");
    let mail = folder_mail(&folder.path().join("mail"));
    mail.send(&letter()).await.expect("sent");
    mail.send(&letter()).await.expect("a second attempt overwrites the first");
    let files: Vec<_> = std::fs::read_dir(folder.path().join("mail")).expect("a folder").flatten().collect();
    assert_eq!(
        files.iter().map(|file| file.file_name().into_string().expect("text")).collect::<Vec<_>>(),
        ["ntf_1.eml"]
    );
    let text = std::fs::read_to_string(files[0].path()).expect("readable");
    for line in [
        "From: Desk <desk@ticketmesh.test>",
        "Message-ID: <ntf_1@ticketmesh.test>",
        "In-Reply-To: <tkt_1@ticketmesh.test>",
        "Date: Sun, 01 Mar 2026 09:00:00 +0000",
        "Auto-Submitted: auto-generated",
        "Please come.",
        "<p>Please come.</p>",
    ] {
        assert!(text.contains(line), "{line} is in {text}");
    }
}

#[tokio::test]
async fn a_wrong_letter_names_its_wrong_field() {
    let folder = tempfile::tempdir().expect("a folder");
    let mail = folder_mail(folder.path());
    let wrong = [
        (Letter { to: "nowhere".into(), ..letter() }, "to"),
        (Letter { reply_to: Some("@".into()), ..letter() }, "reply_to"),
        (Letter { subject: "one\r\nBcc: everybody@example.org".into(), ..letter() }, "subject"),
    ];
    for (letter, field) in wrong {
        let error = mail.send(&letter).await.expect_err("refused");
        assert!(
            matches!(&error, Error::Invalid { violations, .. } if violations[0].field == field),
            "{error}"
        );
        assert!(!error.is_transient());
    }
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0);
}

#[tokio::test]
async fn a_mail_server_that_is_down_is_worth_another_attempt() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("smtp://{}", listener.local_addr().expect("an address"));
    drop(listener);
    let mail = Smtp::open(&url, "desk@ticketmesh.test".parse().expect("a sender"), &clock()).expect("a url");
    assert!(mail.send(&letter()).await.expect_err("down").is_transient());
    assert!(mail.ping().await.is_err());
}

#[tokio::test]
async fn a_letter_reaches_a_mail_server_and_a_refused_address_is_final() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("smtp://{}", listener.local_addr().expect("an address"));
    let received = Arc::new(Mutex::new(String::new()));
    tokio::spawn(serve(listener, received.clone()));
    let mail = Smtp::open(&url, "desk@ticketmesh.test".parse().expect("a sender"), &clock()).expect("a url");
    mail.ping().await.expect("there");
    mail.send(&letter()).await.expect("taken");
    let refused =
        mail.send(&Letter { to: "nobody@example.org".into(), ..letter() }).await.expect_err("refused");
    assert!(!refused.is_transient(), "{refused}");
    let received = received.lock().expect("no panic").clone();
    assert!(
        received.contains("MAIL FROM:<desk@ticketmesh.test>")
            && received.contains("Message-ID: <ntf_1@ticketmesh.test>")
    );
}

/// As much of a mail server as this needs: takes everything but letters to nobody.
async fn serve(listener: TcpListener, received: Arc<Mutex<String>>) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(talk(stream, received.clone()));
    }
}

async fn talk(stream: TcpStream, received: Arc<Mutex<String>>) {
    let (reader, mut writer) = stream.into_split();
    let mut lines = BufReader::new(reader).lines();
    let mut in_letter = false;
    writer.write_all(b"220 mail.test\r\n").await.expect("written");
    while let Some(line) = lines.next_line().await.expect("readable") {
        received.lock().expect("no panic").extend([line.as_str(), "\n"]);
        let answer: &[u8] = match line.as_str() {
            "." => b"250 taken\r\n",
            _ if in_letter => continue,
            "DATA" => b"354 go on\r\n",
            "QUIT" => break,
            line if line.contains("nobody@") => b"550 no such person\r\n",
            _ => b"250 fine\r\n",
        };
        in_letter = line == "DATA";
        writer.write_all(answer).await.expect("written");
    }
}
