//! `ticketmesh dead`: events and jobs that failed until they were given up, in the databases of the services they belong to.
//!
//! Invariant: an id that is named is dealt with wherever it is, and one that is nowhere is an error after the others are done.

use std::collections::BTreeSet;

use jiff::Timestamp;
use mesh_core::{
    db::Db,
    error::{Error, Result},
    jobs,
    outbox::dead,
};
use proto::event;

use crate::{
    cli::{Databases, Dead, ListDead, TheDead},
    process::clock_and_ids,
    upkeep,
};

/// What ids of jobs begin with; everything else is an event.
const JOB: &str = "job_";

/// What is done with what is named.
#[derive(Clone, Copy)]
enum Deed {
    Revive,
    Discard,
}

pub(crate) async fn run(deed: Dead) -> Result<()> {
    match deed {
        Dead::List(args) => list(args).await,
        Dead::Revive(args) => treat(Deed::Revive, args).await,
        Dead::Discard(args) => treat(Deed::Discard, args).await,
    }
}

/// One line for each, columns apart by tabs.
#[expect(clippy::print_stdout, reason = "the command's answer")]
async fn list(args: ListDead) -> Result<()> {
    for (service, db) in open(args.databases).await? {
        for letter in dead::list(&db, args.most).await? {
            let event = letter.envelope.as_ref().and_then(|envelope| envelope.event.as_ref());
            let what = event.map_or("unreadable", event::name);
            let about = [letter.id.as_str(), what, &letter.subject];
            println!("{service}\t{}", line(about, letter.attempts, letter.died_at, &letter.reason));
        }
        for job in jobs::dead(&db, args.most).await? {
            let about = [job.id.as_str(), &job.kind, &job.key];
            println!("{service}\t{}", line(about, job.attempts, job.died_at, &job.reason));
        }
        db.close().await;
    }
    Ok(())
}

fn line(about: [&str; 3], attempts: i64, died_at: Timestamp, reason: &str) -> String {
    let reason = reason.replace(['\n', '\t'], " ");
    format!("{}\t{attempts}\t{died_at}\t{reason}", about.join("\t"))
}

#[expect(clippy::print_stdout, reason = "the command's answer")]
async fn treat(deed: Deed, args: TheDead) -> Result<()> {
    let mut missing: BTreeSet<_> = args.ids.iter().cloned().collect();
    for (service, db) in open(args.databases).await? {
        let ids = if args.all { everything(&db).await? } else { args.ids.clone() };
        for id in ids {
            if treat_one(&db, deed, &id).await? {
                missing.remove(&id);
                println!("{service}\t{id}");
            }
        }
        db.close().await;
    }
    match missing.first() {
        None => Ok(()),
        Some(id) => Err(Error::not_found("dead event or job", id)),
    }
}

/// Ids of all events and jobs that were given up here.
async fn everything(db: &Db) -> Result<Vec<String>> {
    let letters = dead::list(db, i64::MAX).await?.into_iter().map(|letter| letter.id);
    let jobs = jobs::dead(db, i64::MAX).await?.into_iter().map(|job| job.id);
    Ok(letters.chain(jobs).collect())
}

/// False when it is not here.
async fn treat_one(db: &Db, deed: Deed, id: &str) -> Result<bool> {
    let mut tx = db.begin().await?;
    let done = match (deed, id.starts_with(JOB)) {
        (Deed::Revive, true) => jobs::revive(&mut tx, id).await,
        (Deed::Revive, false) => dead::revive(&mut tx, id).await,
        (Deed::Discard, true) => jobs::discard(&mut tx, id).await,
        (Deed::Discard, false) => dead::discard(&mut tx, id).await,
    };
    match done {
        Ok(()) => tx.commit().await.map(|()| true),
        Err(Error::NotFound { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

/// The databases that were named, each with this version's schema.
async fn open(databases: Databases) -> Result<Vec<(&'static str, Db)>> {
    let (clock, ids) = clock_and_ids();
    let mut opened = vec![];
    for (service, url, migrations) in databases.each() {
        let db = upkeep::open(service, &url, &ids, &clock)?;
        db.check(service, migrations).ask().await?;
        opened.push((service, db));
    }
    Ok(opened)
}
