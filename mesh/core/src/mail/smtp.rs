//! Letters by SMTP, with pooled connections.

use async_trait::async_trait;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor, message::Mailbox, transport::smtp};

use super::{Letter, Mail, compose};
use crate::{
    clock::SharedClock,
    error::{Error, Result},
};

/// A mail server.
#[derive(Clone, Debug)]
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    clock: SharedClock,
}

impl Smtp {
    /// Takes `smtp://` (with `?tls=required` for STARTTLS) and `smtps://`. Connects with the first letter.
    pub fn open(url: &str, from: Mailbox, clock: &SharedClock) -> Result<Self> {
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url).map_err(|wrong| {
            Error::invalid(
                "TM_SMTP_URL",
                format!("can't be used: {wrong}; give smtp://host:port or smtps://host"),
            )
        })?;
        Ok(Self { transport: builder.build(), from, clock: clock.clone() })
    }
}

#[async_trait]
impl Mail for Smtp {
    async fn send(&self, letter: &Letter) -> Result<()> {
        let message = compose(letter, &self.from, &self.clock)?;
        self.transport.send(message).await.map(drop).map_err(outcome)
    }

    async fn ping(&self) -> Result<()> {
        match self.transport.test_connection().await {
            Ok(true) => Ok(()),
            Ok(false) => Err(Error::unavailable("the mail server does not answer")),
            Err(error) => Err(outcome(error)),
        }
    }
}

/// A 5xx answer is about the letter; everything else may be better in a while.
fn outcome(error: smtp::Error) -> Error {
    if error.is_permanent() {
        return Error::invalid("to", format!("was refused by the mail server: {error}; correct the address"));
    }
    Error::unavailable_because("the mail server can't be reached", error)
}
