//! Files on their way to the server, one after the other: in pieces, so that one sees how far they are and that a broken connection
//! costs at most one piece.
//!
//! Invariant: what was chosen is never lost without a word; it is there, on its way, or says why not and offers to try again.

use proto::tickets::v1::Attachment;
use sycamore::prelude::*;
use sycamore_futures::spawn_local;
use web_sys::File;

use crate::api::{self, Answer, Kind, Trouble};
use crate::text::t;

/// Bytes sent at a time.
const PIECE: u64 = 1 << 20;
/// Waits before a piece that did not arrive is sent again, in milliseconds.
const PATIENCE: [u32; 4] = [500, 1_500, 4_000, 10_000];

/// How far a file is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Stage {
    /// Others go first.
    Waiting,
    /// So many bytes have come.
    Sending(u64),
    There(Attachment),
    Failed(Trouble),
}

/// One file.
#[derive(Clone)]
pub(crate) struct Upload {
    pub(crate) number: u32,
    pub(crate) name: String,
    /// In bytes.
    pub(crate) size: u64,
    pub(crate) stage: Signal<Stage>,
    /// None for a specimen, which is never sent.
    file: Option<File>,
    request_id: String,
}

impl PartialEq for Upload {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

/// The most bytes a file may have where the installation does not say otherwise; the server has the last word.
pub(crate) const MOST: u64 = 25 << 20;

/// The files of one composer or form.
#[derive(Clone, Copy)]
pub(crate) struct Uploads {
    /// What is shown of a file lives as long as this, not as long as the field it was chosen in.
    scope: NodeHandle,
    /// The ticket they are for; empty for one that is not filed yet.
    ticket_id: Signal<String>,
    all: Signal<Vec<Upload>>,
    next: Signal<u32>,
    is_sending: Signal<bool>,
    /// The most bytes a file may have.
    most: u64,
}

impl Uploads {
    /// No files yet, for a ticket or for one that is not filed yet.
    pub(crate) fn new(ticket_id: String, most: u64) -> Self {
        Self {
            scope: use_current_scope(),
            ticket_id: create_signal(ticket_id),
            all: create_signal(Vec::new()),
            next: create_signal(0),
            is_sending: create_signal(false),
            most,
        }
    }

    pub(crate) fn all(self) -> ReadSignal<Vec<Upload>> {
        *self.all
    }

    /// The most bytes a file may have.
    pub(crate) const fn most(self) -> u64 {
        self.most
    }

    /// Whether something is still on its way.
    pub(crate) fn is_busy(self) -> bool {
        self.all.with(|all| {
            all.iter()
                .any(|upload| upload.stage.with(|stage| matches!(stage, Stage::Waiting | Stage::Sending(_))))
        })
    }

    /// The ids of the files that are there, in the order they were chosen.
    pub(crate) fn ids(self) -> Vec<String> {
        let id = |upload: &Upload| {
            upload.stage.with(|stage| match stage {
                Stage::There(attachment) => Some(attachment.id.clone()),
                _ => None,
            })
        };
        self.all.with(|all| all.iter().filter_map(id).collect())
    }

    /// Takes a file along: by choosing, dropping or pasting.
    pub(crate) fn add(self, file: File) {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "browsers count whole bytes"
        )]
        let size = file.size() as u64;
        let stage = match refusal(size, self.most) {
            Some(trouble) => Stage::Failed(trouble),
            None => Stage::Waiting,
        };
        self.show(file.name(), size, stage, Some(file));
        self.start();
    }

    /// Shows a file at a stage; without content it stays there.
    pub(crate) fn show(self, name: String, size: u64, stage: Stage, file: Option<File>) {
        let number = self.next.get_untracked();
        self.next.set_silent(number + 1);
        let (stage, request_id) = (self.scope.run_in(|| create_signal(stage)), api::request_id());
        let upload = Upload { number, name, size, stage, file, request_id };
        self.all.update(|all| all.push(upload));
    }

    /// Tries again what failed: at the same place, or at a new one where that is gone.
    pub(crate) fn again(self, number: u32) {
        let Some(upload) = self.find(number).filter(|upload| upload.file.is_some()) else { return };
        let is_gone =
            |stage: &Stage| matches!(stage, Stage::Failed(trouble) if trouble.kind == Kind::NotFound);
        if upload.stage.with_untracked(is_gone) {
            self.all.update_silent(|all| {
                let same = all.iter_mut().filter(|upload| upload.number == number);
                same.for_each(|upload| upload.request_id = api::request_id());
            });
        }
        upload.stage.set(Stage::Waiting);
        self.start();
    }

    /// Takes a file away, wherever it is.
    pub(crate) fn remove(self, number: u32) {
        if let Some(Stage::There(attachment)) =
            self.find(number).map(|upload| upload.stage.get_clone_untracked())
        {
            // Nothing refers to it yet; one that stays all the same is forgotten by the server.
            spawn_local(async move { drop(api::files::delete(attachment.id).await) });
        }
        self.all.update(|all| all.retain(|upload| upload.number != number));
    }

    /// Forgets those that are there, once they belong to something that was sent; what failed stays and says so.
    pub(crate) fn sent(self) {
        let is_there =
            |upload: &Upload| upload.stage.with_untracked(|stage| matches!(stage, Stage::There(_)));
        self.all.update(|all| all.retain(|upload| !is_there(upload)));
    }

    fn find(self, number: u32) -> Option<Upload> {
        self.all.with_untracked(|all| all.iter().find(|upload| upload.number == number).cloned())
    }

    /// Sends what waits, unless that is being done.
    fn start(self) {
        if !self.is_sending.replace_silent(true) {
            spawn_local(async move { self.send_all().await });
        }
    }

    async fn send_all(self) {
        while let Some(upload) = self.is_alive().then(|| self.first_waiting()).flatten() {
            upload.stage.set(Stage::Sending(0));
            let outcome = self.send(&upload).await;
            if self.is_alive() && self.find(upload.number).is_some() {
                upload.stage.set(outcome.map_or_else(Stage::Failed, Stage::There));
            }
        }
        if self.is_alive() {
            self.is_sending.set_silent(false);
        }
    }

    fn is_alive(self) -> bool {
        self.all.is_alive()
    }

    fn first_waiting(self) -> Option<Upload> {
        let waits = |upload: &&Upload| upload.stage.with_untracked(|stage| *stage == Stage::Waiting);
        self.all.with_untracked(|all| all.iter().find(waits).cloned())
    }

    async fn send(self, upload: &Upload) -> Answer<Attachment> {
        let Some(file) = &upload.file else { return Err(Trouble::nothing_there()) };
        let size = i64::try_from(upload.size).unwrap_or(i64::MAX);
        let (ticket_id, name) = (self.ticket_id.get_clone_untracked(), upload.name.clone());
        let place = api::files::place(ticket_id, name, size, upload.request_id.clone()).await?;
        let mut waits = PATIENCE.into_iter();
        let mut sent = api::files::received(&place.path).await?;
        loop {
            if !self.is_alive() || self.find(upload.number).is_none() {
                return Err(Trouble::nothing_there());
            }
            upload.stage.set(Stage::Sending(sent));
            sent = match send_piece(&place.path, file, piece(sent, upload.size)).await {
                Ok(all) if all == upload.size => return Ok(place.attachment.unwrap_or_default()),
                Ok(sent) => sent,
                Err(trouble) => resumed(&place.path, trouble, waits.next()).await?,
            };
        }
    }
}

/// Sends one piece and answers how many bytes have come with it.
async fn send_piece(path: &str, file: &File, (from, to): (u64, u64)) -> Answer<u64> {
    #[expect(clippy::cast_precision_loss, reason = "no file is larger than a number can count")]
    let bytes = file.slice_with_f64_and_f64(from as f64, to as f64);
    let bytes = bytes.map_err(|_| Trouble::said(Kind::Refused, t!("upload-unreadable")))?;
    api::files::put(path, from, &bytes).await.map(|()| to)
}

/// After a piece that did not arrive: waits, and asks from where to go on. What no patience helps against is the answer.
async fn resumed(path: &str, trouble: Trouble, wait: Option<u32>) -> Answer<u64> {
    let Some(wait) = wait.filter(|_| matches!(trouble.kind, Kind::Offline | Kind::Stale | Kind::Busy)) else {
        return Err(trouble);
    };
    gloo_timers::future::TimeoutFuture::new(wait).await;
    api::files::received(path).await
}

/// The next piece after so many bytes of a file. With all of them sent it is empty, and asks the server to finish what it has.
fn piece(sent: u64, size: u64) -> (u64, u64) {
    (sent, size.min(sent.saturating_add(PIECE)))
}

/// What is wrong with a file before anything of it is sent.
fn refusal(size: u64, most: u64) -> Option<Trouble> {
    let words = match size {
        0 => t!("upload-empty"),
        _ if size > most => t!("upload-too-large"),
        _ => return None,
    };
    Some(Trouble::said(Kind::Refused, words))
}

/// A size as people read it: `1.4 MB`.
pub(crate) fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["B", "kB", "MB", "GB"];
    let (mut tenths, mut unit) = (bytes.saturating_mul(10), 0);
    while tenths >= 10_000 && unit + 1 < UNITS.len() {
        tenths = tenths.div_ceil(1_000);
        unit += 1;
    }
    let whole = tenths / 10;
    match tenths % 10 {
        _ if unit == 0 || whole >= 10 => format!("{whole} {}", UNITS[unit]),
        tenth => format!("{whole}.{tenth} {}", UNITS[unit]),
    }
}

#[cfg(test)]
mod tests {
    use super::{PIECE, piece, refusal, size};

    #[test]
    fn a_file_is_cut_into_pieces_that_are_all_of_it() {
        let whole = 2 * PIECE + 1;
        assert_eq!(piece(0, whole), (0, PIECE));
        assert_eq!(piece(PIECE, whole), (PIECE, 2 * PIECE));
        assert_eq!(piece(2 * PIECE, whole), (2 * PIECE, whole));
        assert_eq!(piece(whole, whole), (whole, whole), "what came but was not answered is finished");
    }

    #[test]
    fn what_cannot_be_taken_is_refused_before_it_is_sent() {
        assert!(refusal(0, 10).is_some() && refusal(11, 10).is_some() && refusal(10, 10).is_none());
    }

    #[test]
    fn sizes_are_told_as_people_read_them() {
        assert_eq!(
            [size(0), size(999), size(1_400_000), size(25 << 20)],
            ["0 B", "999 B", "1.4 MB", "26 MB"]
        );
    }
}
