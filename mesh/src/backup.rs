//! `backup` and `restore`: a folder with everything a mesh in one process keeps.
//!
//! Each database is copied as of one moment while the mesh runs, the files after that: new files do no harm, and those of that
//! moment are kept for a day after nobody needs them any more. Keys are part of it, so the folder is as secret as they are. A
//! database on PostgreSQL is named with the command that copies it, and so are files in a bucket.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use mesh_core::{
    audit::Deed,
    db::{Db, Engine},
    error::{Error, Result},
};

use crate::{
    cli::{Backup, Databases, Restore},
    process::clock_and_ids,
    upkeep,
};

/// Folders below the data folder that are copied file by file. Files never change once they are there.
const FOLDERS: [&str; 3] = ["keys", BLOBS, "mail"];
const BLOBS: &str = "blobs";
/// What is still on its way in belongs to no moment.
const UNFINISHED: &str = "incoming";

/// Copies everything into a folder that is not there yet.
#[expect(clippy::print_stdout, reason = "the command's answer")]
pub(crate) async fn backup(args: Backup) -> Result<()> {
    let Backup { to, databases, blobs_url } = args;
    fs::create_dir(&to).map_err(|error| unusable("--to", &to, &error))?;
    let data_dir = databases.data_dir.clone();
    let (clock, ids) = clock_and_ids();
    let databases = databases.each();
    let mut copied = vec![];
    for (name, url, migrations) in databases.clone() {
        let file = file_of(&to, name);
        let db = upkeep::open(name, &url, &ids, &clock)?;
        if db.engine() == Engine::Postgres {
            // Better to hear now than at the restore that this is not the database one thought it was.
            db.check(name, migrations).ask().await?;
            println!(
                "{name} is on PostgreSQL; copy it with: pg_dump --format=custom --no-owner --file={} \"{}\"",
                dump_of(&to, name).display(),
                address_of(name)
            );
            continue;
        }
        db.copy_to(&file).await?;
        db.close().await;
        println!("{}", file.display());
        copied.push(name);
    }
    for folder in FOLDERS {
        copy_folder(&data_dir.join(folder), &to.join(folder))?;
    }
    match blobs_url.as_deref().map(|url| (url, url.strip_prefix("file://"))) {
        None => {}
        Some((_, Some(folder))) => copy_folder(Path::new(folder), &to.join(BLOBS))?,
        Some((url, None)) => {
            println!("files are in {url}; copy them with: aws s3 sync {url} {}", to.join(BLOBS).display());
        }
    }
    let Some((name, url, _)) = databases.first() else { return Ok(()) };
    note(&upkeep::open(name, url, &ids, &clock)?, "backup.made", &to, &copied).await
}

/// Whatever leaves the mesh as a file is in the audit log, and so is that time went back.
async fn note(db: &Db, action: &'static str, folder: &Path, databases: &[&str]) -> Result<()> {
    let mut tx = db.begin().await?;
    let deed = Deed::new(action, "").saying("folder", folder.display().to_string());
    deed.saying("databases", databases).note_command(&mut tx).await?;
    tx.commit().await?;
    db.close().await;
    Ok(())
}

/// Puts a backup into a data folder that has no databases yet, and says how to put copies of PostgreSQL's back.
#[expect(clippy::print_stdout, reason = "the command's answer")]
pub(crate) async fn restore(args: Restore) -> Result<()> {
    let Restore { from, data_dir } = args;
    let copies: Vec<_> = Databases::NAMES.into_iter().filter(|name| file_of(&from, name).exists()).collect();
    let dumps: Vec<_> = Databases::NAMES.iter().filter(|name| dump_of(&from, name).exists()).collect();
    if copies.is_empty() && dumps.is_empty() {
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
    for name in &copies {
        let file = file_of(&data_dir, name);
        fs::copy(file_of(&from, name), &file).map_err(|error| unusable("--data-dir", &file, &error))?;
        println!("{}", file.display());
    }
    if let Some(name) = copies.first() {
        let (clock, ids) = clock_and_ids();
        let url = format!("sqlite://{}", file_of(&data_dir, name).display());
        note(&upkeep::open(name, &url, &ids, &clock)?, "backup.restored", &from, &copies).await?;
    }
    for name in dumps {
        println!(
            "{name} is on PostgreSQL; put it into an empty database with: pg_restore --no-owner --exit-on-error --dbname=\"{}\" {}",
            address_of(name),
            dump_of(&from, name).display()
        );
    }
    Ok(())
}

/// The variable that names a service's database, as a shell takes it.
fn address_of(name: &str) -> String {
    format!("$TM_{}_DATABASE_URL", name.to_uppercase())
}

fn dump_of(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.dump"))
}

fn file_of(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.db"))
}

/// Copies a folder with all below it; what is not there, or no more, is left out.
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
            if entry.file_name() != UNFINISHED {
                copy_folder(&source, &target)?;
            }
            continue;
        }
        match fs::copy(&source, &target) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(unusable("--to", &target, &error));
            }
            _ => {}
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
