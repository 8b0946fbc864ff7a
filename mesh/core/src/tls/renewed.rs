//! What is made of files that somebody replaces while the process runs.
//!
//! The invariant: what was made last stays in use until all of the files make sense together again. They are read every so often
//! instead of watched: a folder that is pointed elsewhere, as Kubernetes does with secrets, looks like files that were written over.

use std::{sync::Arc, time::Duration};

use tokio::{sync::watch, task::spawn_blocking, time::sleep};

use super::{Pem, Source};
use crate::{
    error::{Error, Result},
    telemetry,
};

/// Whatever a setting says, files are not read more often.
const AT_MOST_EVERY: Duration = Duration::from_millis(20);

/// The newest that could be made. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Renewed<T>(watch::Receiver<T>);

impl<T: Clone + Send + Sync + 'static> Renewed<T> {
    /// Reads the files and makes it, again when they are others, until nobody has it any more. Must be called inside a runtime.
    pub(crate) fn open(
        files: Vec<Source>,
        every: Duration,
        make: impl Fn(&[Pem]) -> Result<T> + Send + Sync + 'static,
    ) -> Result<Self> {
        let pems = read(&files)?;
        let (newest, receiver) = watch::channel(make(&pems)?);
        let keeper = Keeper { files: files.into(), pems, make, newest, refused: String::new() };
        tokio::spawn(keeper.run(every.max(AT_MOST_EVERY)));
        Ok(Self(receiver))
    }

    /// As it is now.
    pub(crate) fn now(&self) -> T {
        self.0.borrow().clone()
    }

    /// Ends when there is a newer one than was there the last time this ended.
    pub(crate) async fn renewed(&mut self) {
        if self.0.changed().await.is_err() {
            // Its keeper goes only with the last of us, or with the runtime.
            std::future::pending::<()>().await;
        }
    }
}

fn read(files: &[Source]) -> Result<Vec<Pem>> {
    files.iter().map(Source::read).collect()
}

/// Looks after one of them.
struct Keeper<T, M> {
    files: Arc<[Source]>,
    /// What the newest is made of.
    pems: Vec<Pem>,
    make: M,
    newest: watch::Sender<T>,
    /// What was said last of files that make no sense; empty when they do.
    refused: String,
}

impl<T, M> Keeper<T, M>
where
    T: Clone + Send + Sync + 'static,
    M: Fn(&[Pem]) -> Result<T> + Send + Sync + 'static,
{
    async fn run(mut self, every: Duration) {
        loop {
            self.show();
            tokio::select! {
                () = self.newest.closed() => return,
                () = sleep(every) => {},
            }
            match self.look().await {
                Ok(()) => self.refused.clear(),
                Err(error) => self.refuse(&error),
            }
        }
    }

    /// Takes up what is new in the files.
    async fn look(&mut self) -> Result<()> {
        let files = self.files.clone();
        let pems = spawn_blocking(move || read(&files)).await.map_err(Error::internal)??;
        if pems != self.pems {
            self.newest.send_replace((self.make)(&pems)?);
            self.pems = pems;
            tracing::info!(setting = self.name(), "certificates were replaced; new connections use them");
        }
        Ok(())
    }

    /// Says it once, however often the same is found.
    fn refuse(&mut self, error: &Error) {
        let why = error.with_causes();
        if why != self.refused {
            tracing::warn!(
                why,
                setting = self.name(),
                "certificates that make no sense; those before stay in use"
            );
            self.refused = why;
        }
    }

    fn show(&self) {
        let refused = i64::from(!self.refused.is_empty());
        let description = "1 while files of certificates make no sense and those before them stay in use";
        telemetry::record("tls.files.refused", description, &[("setting", self.name())], refused);
    }

    /// The setting of the first of its files.
    fn name(&self) -> &'static str {
        self.files.first().map_or("", |file| file.setting)
    }
}
