//! Letters as `.eml` files in a folder, for laptops and tests: any mail program opens them.

use std::path::{Path, PathBuf};

use async_trait::async_trait;
use lettre::message::Mailbox;
use tokio::fs;

use super::{Letter, Mail, compose};
use crate::{
    clock::SharedClock,
    error::{Error, Result},
};

/// A folder that takes one file a letter, named after the letter's id.
#[derive(Clone, Debug)]
pub struct Directory {
    folder: PathBuf,
    from: Mailbox,
    clock: SharedClock,
}

impl Directory {
    /// Makes the folder when it is not there.
    pub fn open(folder: &Path, from: Mailbox, clock: &SharedClock) -> Result<Self> {
        std::fs::create_dir_all(folder).map_err(|error| {
            Error::invalid(
                "TM_SMTP_URL",
                format!("names the folder {}, which can't be made: {error}", folder.display()),
            )
        })?;
        Ok(Self { folder: folder.to_owned(), from, clock: clock.clone() })
    }
}

#[async_trait]
impl Mail for Directory {
    /// Writes beside the final name first, so that a reader never sees half a letter.
    async fn send(&self, letter: &Letter) -> Result<()> {
        let message = compose(letter, &self.from, &self.clock)?.formatted();
        let name: String =
            letter.id.chars().map(|char| if char.is_ascii_alphanumeric() { char } else { '_' }).collect();
        let (half, whole) =
            (self.folder.join(format!(".{name}.part")), self.folder.join(format!("{name}.eml")));
        let written = async {
            fs::write(&half, message).await?;
            fs::rename(&half, &whole).await
        };
        written.await.map_err(|error| Error::unavailable_because("the mail folder can't be written", error))
    }

    async fn ping(&self) -> Result<()> {
        let folder = fs::metadata(&self.folder).await;
        folder.map(drop).map_err(|error| Error::unavailable_because("the mail folder is not there", error))
    }
}
