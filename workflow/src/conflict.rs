//! Beginning again when two transactions met.

use mesh_core::error::{Error, Result};

/// So many transactions never meet in a row by chance.
const ATTEMPTS: usize = 8;

/// Does the work, again when it met another transaction and was taken back whole. What is not a conflict is answered as it is. The work
/// is large, so it is put aside for those who wait for it.
pub(crate) async fn retried<T, F: Future<Output = Result<T>>>(mut work: impl FnMut() -> F) -> Result<T> {
    for _ in 1..ATTEMPTS {
        match Box::pin(work()).await {
            // A stale etag is an abort too, but brings the resource as it is now: only its caller can repeat that.
            Err(Error::Aborted { current: None, .. }) => tokio::task::yield_now().await,
            done => return done,
        }
    }
    Box::pin(work()).await
}
