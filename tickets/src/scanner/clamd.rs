//! `clamd` across the network: its command `INSTREAM` takes a file in chunks, each behind its length, and answers one line.

use futures::TryStreamExt as _;
use mesh_core::error::{Error, Result};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, BufStream},
    net::TcpStream,
};

use super::{Content, Verdict, out_of_reach};

/// Bytes of an answer; a longer one is none.
const LONGEST_ANSWER: u64 = 4 * 1024;

/// Where it listens: `host:port`.
#[derive(Clone, Debug)]
pub(super) struct Clamd(pub(super) String);

impl Clamd {
    /// What it says of a file.
    pub(super) async fn scan(&self, mut content: Content) -> Result<Verdict> {
        let stream = TcpStream::connect(&self.0).await.map_err(out_of_reach)?;
        let mut stream = BufStream::new(stream);
        stream.write_all(b"zINSTREAM\0").await.map_err(out_of_reach)?;
        while let Some(chunk) = content.try_next().await? {
            if chunk.is_empty() {
                // A chunk without bytes would be the end.
                continue;
            }
            let length = u32::try_from(chunk.len()).map_err(Error::internal)?;
            stream.write_u32(length).await.map_err(out_of_reach)?;
            stream.write_all(&chunk).await.map_err(out_of_reach)?;
        }
        stream.write_u32(0).await.map_err(out_of_reach)?;
        stream.flush().await.map_err(out_of_reach)?;
        let mut answer = String::new();
        stream.take(LONGEST_ANSWER).read_to_string(&mut answer).await.map_err(out_of_reach)?;
        verdict(&answer)
    }
}

/// `stream: OK`, or `stream: Eicar-Test-Signature FOUND`; anything else is a complaint.
fn verdict(answer: &str) -> Result<Verdict> {
    let answer = answer.trim_end_matches(['\0', '\n']);
    match answer {
        _ if answer.ends_with(": OK") => Ok(Verdict::Clean),
        _ if answer.ends_with(" FOUND") => Ok(Verdict::Infected),
        _ => Err(Error::unavailable(format!("clamd said: {answer}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::{Verdict, verdict};

    #[test]
    fn only_what_clamd_says_in_its_own_words_counts() {
        assert_eq!(verdict("stream: OK\0").expect("an answer"), Verdict::Clean);
        assert_eq!(verdict("stream: Eicar-Test-Signature FOUND\0").expect("an answer"), Verdict::Infected);
        for complaint in ["", "INSTREAM size limit exceeded. ERROR", "OK"] {
            assert!(verdict(complaint).is_err(), "{complaint}");
        }
    }
}
