//! Instants that jobs carry, to know whether they are still about the same thing.

use jiff::Timestamp;
use mesh_core::{
    clock,
    error::{Error, Result},
    jobs::Job,
};

/// An instant as a job carries it, to the microsecond.
pub(crate) fn carry(instant: Timestamp) -> Vec<u8> {
    instant.as_microsecond().to_be_bytes().to_vec()
}

/// The instant a job carries.
pub(crate) fn carried(job: &Job) -> Result<Timestamp> {
    let bytes = <[u8; 8]>::try_from(job.payload.as_slice()).map_err(Error::internal)?;
    Ok(clock::from_micros(i64::from_be_bytes(bytes)))
}
