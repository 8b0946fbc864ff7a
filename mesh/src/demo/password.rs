//! The one password of everybody in a demonstration: given, or made up at the first start and kept beside the keys.
//!
//! The invariant: what is printed at a start is what people can sign in with, also at the second.

use std::{
    fs::{self, OpenOptions},
    io::{self, ErrorKind, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use mesh_core::{
    config::Secret,
    error::{Error, Result},
    id::Ids,
};

/// Bytes of a password that is made up: 16 characters.
const LENGTH: usize = 12;
/// The file of one that was made up, in the folder of the keys.
const FILE: &str = "demo.password";
/// It opens accounts, if only of people who do not exist.
const OWNER_ONLY: u32 = 0o600;

/// The password that was given; else the one made up when the store was empty.
pub(crate) fn password(given: Option<&Secret>, folder: &Path, empty: bool, ids: &Ids) -> Result<Secret> {
    if let Some(given) = given {
        return Ok(given.clone());
    }
    let file = folder.join(FILE);
    let unusable = |error: io::Error| {
        Error::invalid(file.display().to_string(), format!("can't be used: {error}; mend its permissions"))
    };
    match fs::read_to_string(&file) {
        Ok(text) => Ok(Secret::from(text.trim_end())),
        Err(error) if error.kind() == ErrorKind::NotFound && empty => {
            let made = ids.secret::<LENGTH>();
            let mut kept = OpenOptions::new();
            let kept = kept.write(true).create_new(true).mode(OWNER_ONLY).open(&file);
            kept.and_then(|mut kept| kept.write_all(made.as_bytes()).and_then(|()| kept.sync_all()))
                .map_err(unusable)?;
            Ok(Secret::from(made.as_str()))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Err(Error::invalid(
            "TM_DEMO_PASSWORD",
            "is not set, and there are people already who were not made with a made-up one; give the password the \
             demonstration was made with, or begin anew in an empty --data-dir",
        )),
        Err(error) => Err(unusable(error)),
    }
}
