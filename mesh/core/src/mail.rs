//! Letters out of the mesh. [`Mail`] is a port with two adapters: [`Smtp`] and [`Directory`], a folder of `.eml` files.
//!
//! The invariant: a letter keeps its `Message-ID` over every attempt, so a retry after an unknown outcome is recognised as the
//! same letter by mail programs, and overwrites the same file in a folder.

mod directory;
mod smtp;

use std::{fmt::Debug, path::Path, sync::Arc, time::SystemTime};

use async_trait::async_trait;
use lettre::{
    Message,
    message::{
        Mailbox, MultiPart,
        header::{HeaderName, HeaderValue},
    },
};

pub use directory::Directory;
pub use smtp::Smtp;

use crate::{
    clock::SharedClock,
    config::Secret,
    error::{Error, Result},
};

/// Sends letters.
#[async_trait]
pub trait Mail: Debug + Send + Sync {
    /// Hands the letter over. A transient error (see [`Error::is_transient`]) is worth another attempt; any other is the
    /// letter's fault and stays.
    async fn send(&self, letter: &Letter) -> Result<()>;

    /// Whether letters could be handed over now.
    async fn ping(&self) -> Result<()>;
}

/// A letter to one person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Letter {
    /// The id its `Message-ID` is made of; the same for every attempt.
    pub id: String,
    /// The address: `ada@example.org`.
    pub to: String,
    /// The name beside the address; may be empty.
    pub to_name: String,
    /// Where an answer goes, when it is not the sender.
    pub reply_to: Option<String>,
    /// One line.
    pub subject: String,
    /// The text for programs without HTML.
    pub text: String,
    /// The same as HTML.
    pub html: Option<String>,
    /// The `Message-ID`s of the conversation so far, oldest first, without angle brackets.
    pub references: Vec<String>,
}

/// How letters leave.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Mail")]
#[group(skip)]
pub struct Settings {
    /// The mail server: `smtp://user:password@host:587?tls=required`, `smtps://…`, or `file:///folder`. Without it letters go to a
    /// folder.
    #[arg(long, env = "TM_SMTP_URL", hide_env_values = true)]
    pub smtp_url: Option<Secret>,
    /// The sender of every letter.
    #[arg(long, env = "TM_MAIL_FROM", default_value = "Ticketmesh <ticketmesh@localhost>")]
    pub mail_from: Mailbox,
}

impl Settings {
    /// Opens what the settings say; `folder` takes the letters when there is no mail server.
    pub fn open(&self, folder: &Path, clock: &SharedClock) -> Result<Arc<dyn Mail>> {
        let from = self.mail_from.clone();
        let url = self.smtp_url.as_ref().map_or("", Secret::reveal);
        Ok(match url.strip_prefix("file://") {
            _ if url.is_empty() => Arc::new(Directory::open(folder, from, clock)?),
            Some(folder) => Arc::new(Directory::open(Path::new(folder), from, clock)?),
            None => Arc::new(Smtp::open(url, from, clock)?),
        })
    }
}

/// The letter as a message. Whatever is wrong with it is named after the letter's field.
fn compose(letter: &Letter, from: &Mailbox, clock: &SharedClock) -> Result<Message> {
    let message_id = format!("<{}@{}>", letter.id, from.email.domain());
    let mut message = Message::builder()
        .from(from.clone())
        .to(mailbox("to", &letter.to_name, &letter.to)?)
        .subject(one_line("subject", &letter.subject)?)
        .message_id(Some(message_id))
        .date(SystemTime::try_from(clock.now()).map_err(Error::internal)?)
        .raw_header(HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".into(),
        ));
    if let Some(address) = &letter.reply_to {
        message = message.reply_to(mailbox("reply_to", "", address)?);
    }
    if let Some(last) = letter.references.last() {
        message = message.in_reply_to(format!("<{last}>"));
        message = message
            .references(letter.references.iter().map(|id| format!("<{id}>")).collect::<Vec<_>>().join(" "));
    }
    match &letter.html {
        Some(html) => message.multipart(MultiPart::alternative_plain_html(letter.text.clone(), html.clone())),
        None => message.body(letter.text.clone()),
    }
    .map_err(Error::internal)
}

fn mailbox(field: &str, name: &str, address: &str) -> Result<Mailbox> {
    let email = address
        .parse()
        .map_err(|_| Error::invalid(field, "is no e-mail address; give one like ada@example.org"))?;
    let name = (!name.is_empty()).then(|| name.chars().filter(|char| !char.is_control()).collect());
    Ok(Mailbox::new(name, email))
}

/// A header with a line break would begin another header.
fn one_line<'a>(field: &str, text: &'a str) -> Result<&'a str> {
    if text.chars().any(char::is_control) {
        return Err(Error::invalid(field, "has control characters; give one line of text"));
    }
    Ok(text)
}
