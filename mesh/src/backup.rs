//! `backup` and `restore`: a folder with everything a mesh in one process keeps.
//!
//! Each database is copied as of one moment while the mesh runs. Keys are part of it, so the folder is as secret as they are. A
//! database on PostgreSQL is named with the command that copies it.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use mesh_core::{
    db::{Db, Engine},
    error::{Error, Result},
};

use crate::{
    cli::{Backup, Databases, Restore},
    process::clock_and_ids,
};

/// Folders below the data folder that are copied file by file. Files never change once they are there.
const FOLDERS: [&str; 3] = ["keys", "blobs", "mail"];

/// Copies everything into a folder that is not there yet.
#[expect(clippy::print_stdout, reason = "the command's answer")]
pub(crate) async fn backup(args: Backup) -> Result<()> {
    let Backup { to, databases } = args;
    fs::create_dir(&to).map_err(|error| unusable("--to", &to, &error))?;
    for folder in FOLDERS {
        copy_folder(&databases.data_dir.join(folder), &to.join(folder))?;
    }
    let (clock, ids) = clock_and_ids();
    for (name, url, _) in databases.each() {
        let file = file_of(&to, name);
        let db = Db::open(&url, &ids, &clock)?;
        if db.engine() == Engine::Postgres {
            println!(
                "{name} is on PostgreSQL; copy it with: pg_dump --format=custom --file={} \"$TM_{}_DATABASE_URL\"",
                file.with_extension("dump").display(),
                name.to_uppercase()
            );
            continue;
        }
        db.copy_to(&file).await?;
        db.close().await;
        println!("{}", file.display());
    }
    Ok(())
}

/// Puts a backup into a data folder that has no databases yet.
#[expect(clippy::print_stdout, reason = "the command's answer")]
pub(crate) fn restore(args: Restore) -> Result<()> {
    let Restore { from, data_dir } = args;
    let copies: Vec<_> = Databases::NAMES.iter().filter(|name| file_of(&from, name).exists()).collect();
    if copies.is_empty() {
        return Err(Error::invalid("--from", format!("{} holds no backup of a database", from.display())));
    }
    if let Some(there) =
        Databases::NAMES.iter().map(|name| file_of(&data_dir, name)).find(|file| file.exists())
    {
        return Err(Error::invalid(
            "--data-dir",
            format!("has {} already; restore into an empty folder", there.display()),
        ));
    }
    fs::create_dir_all(&data_dir).map_err(|error| unusable("--data-dir", &data_dir, &error))?;
    for folder in FOLDERS {
        copy_folder(&from.join(folder), &data_dir.join(folder))?;
    }
    for name in copies {
        let file = file_of(&data_dir, name);
        fs::copy(file_of(&from, name), &file).map_err(|error| unusable("--data-dir", &file, &error))?;
        println!("{}", file.display());
    }
    Ok(())
}

fn file_of(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.db"))
}

/// Copies a folder with all below it; one that is not there is left out.
fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    let entries = match fs::read_dir(from) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries.map_err(|error| unusable("--data-dir", from, &error))?,
    };
    fs::create_dir_all(to).map_err(|error| unusable("--to", to, &error))?;
    for entry in entries {
        let entry = entry.map_err(|error| unusable("--data-dir", from, &error))?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if source.is_dir() {
            copy_folder(&source, &target)?;
        } else {
            fs::copy(&source, &target).map_err(|error| unusable("--to", &target, &error))?;
        }
    }
    Ok(())
}

fn unusable(setting: &str, path: &Path, error: &io::Error) -> Error {
    Error::invalid(
        setting,
        format!("{} can't be used: {error}; choose another folder or mend its permissions", path.display()),
    )
}
