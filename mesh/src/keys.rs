//! The two secrets of a mesh, in files: the master key seals what is kept, the mesh key proves that a call comes from within.

use std::{
    fs::{self, OpenOptions},
    io::{ErrorKind, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use mesh_core::{
    config::Shared,
    error::{Error, Result},
    id::Ids,
    token::parse_seed,
};

const MASTER: &str = "master.key";
const MESH: &str = "mesh.key";
/// Only the owner reads a key.
const OWNER_ONLY: u32 = 0o600;

/// The secret bytes of both keys.
pub(crate) struct Keys {
    pub(crate) master: [u8; 32],
    pub(crate) mesh: [u8; 32],
}

/// The keys of identity, which must have been given: every replica needs the same.
pub(crate) fn given(shared: &Shared) -> Result<Keys> {
    Ok(Keys { master: master(shared)?, mesh: mesh(shared)? })
}

/// The master key, which identity alone is given.
pub(crate) fn master(shared: &Shared) -> Result<[u8; 32]> {
    read(named(shared.master_key_file.as_deref(), "TM_MASTER_KEY_FILE")?)
}

/// The mesh key, which every role is given.
pub(crate) fn mesh(shared: &Shared) -> Result<[u8; 32]> {
    read(named(shared.mesh_key_file.as_deref(), "TM_MESH_KEY_FILE")?)
}

/// The keys of a process that is the whole mesh: those given, or those in its data folder, made at the first start.
pub(crate) fn given_or_made(shared: &Shared, folder: &Path, ids: &Ids) -> Result<Keys> {
    make(folder, ids)?;
    let master = shared.master_key_file.clone().unwrap_or_else(|| folder.join(MASTER));
    let mesh = shared.mesh_key_file.clone().unwrap_or_else(|| folder.join(MESH));
    Ok(Keys { master: read(&master)?, mesh: read(&mesh)? })
}

/// Makes the key files that are missing in `folder`; answers where both are.
pub(crate) fn make(folder: &Path, ids: &Ids) -> Result<[PathBuf; 2]> {
    fs::create_dir_all(folder).map_err(|error| unusable(folder, &error))?;
    let files = [folder.join(MASTER), folder.join(MESH)];
    for file in &files {
        let text = BASE64_URL_SAFE_NO_PAD.encode(ids.bytes::<32>());
        match OpenOptions::new().write(true).create_new(true).mode(OWNER_ONLY).open(file) {
            Ok(mut made) => made
                .write_all(text.as_bytes())
                .and_then(|()| made.sync_all())
                .map_err(|error| unusable(file, &error))?,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(unusable(file, &error)),
        }
    }
    Ok(files)
}

fn named<'a>(file: Option<&'a Path>, variable: &str) -> Result<&'a Path> {
    file.ok_or_else(|| {
        Error::invalid(
            variable,
            "is not set; make a pair of keys with `ticketmesh config keys` and name the file",
        )
    })
}

fn read(file: &Path) -> Result<[u8; 32]> {
    parse_seed(&fs::read_to_string(file).map_err(|error| unusable(file, &error))?)
}

fn unusable(path: &Path, error: &std::io::Error) -> Error {
    Error::invalid(
        path.display().to_string(),
        format!("can't be used: {error}; choose another folder or mend its permissions"),
    )
}
