//! `ticketmesh dead`: events and jobs that failed until they were given up, in the databases of the services they belong to.
//!
//! Invariants: an id that is named is dealt with wherever it is, and one that is nowhere is an error after the others are done; what was
//! done with one is in the audit log.

use std::collections::BTreeSet;

use jiff::Timestamp;
use mesh_core::{
    audit::Deed,
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
enum Verb {
    Revive,
    Discard,
}

/// An event or a job that was given up.
struct GivenUp {
    id: String,
    what: String,
    about: String,
    attempts: i64,
    died_at: Timestamp,
    reason: String,
}

pub(crate) async fn run(deed: Dead) -> Result<()> {
    match deed {
        Dead::List(args) => list(args).await,
        Dead::Revive(args) => treat(Verb::Revive, args).await,
        Dead::Discard(args) => treat(Verb::Discard, args).await,
    }
}

/// One line for each, columns apart by tabs.
#[expect(clippy::print_stdout, reason = "the command's answer")]
async fn list(args: ListDead) -> Result<()> {
    for (service, db) in open(args.databases).await? {
        for GivenUp { id, what, about, attempts, died_at, reason } in given_up(&db, args.most).await? {
            let reason = reason.replace(['\n', '\t'], " ");
            println!("{service}\t{id}\t{what}\t{about}\t{attempts}\t{died_at}\t{reason}");
        }
        db.close().await;
    }
    Ok(())
}

/// Events and jobs that were given up here, at most so many of each, the latest first.
async fn given_up(db: &Db, most: i64) -> Result<Vec<GivenUp>> {
    let letters = dead::list(db, most).await?.into_iter().map(|letter| {
        let event = letter.envelope.as_ref().and_then(|envelope| envelope.event.as_ref());
        GivenUp {
            what: event.map_or("unreadable", event::name).to_owned(),
            id: letter.id,
            about: letter.subject,
            attempts: letter.attempts,
            died_at: letter.died_at,
            reason: letter.reason,
        }
    });
    let jobs = jobs::dead(db, most).await?.into_iter().map(|job| GivenUp {
        id: job.id,
        what: job.kind,
        about: job.key,
        attempts: job.attempts,
        died_at: job.died_at,
        reason: job.reason,
    });
    Ok(letters.chain(jobs).collect())
}

#[expect(clippy::print_stdout, reason = "the command's answer")]
async fn treat(verb: Verb, args: TheDead) -> Result<()> {
    let mut missing: BTreeSet<_> = args.ids.iter().cloned().collect();
    for (service, db) in open(args.databases).await? {
        let here = given_up(&db, i64::MAX).await?.into_iter();
        for one in here.filter(|one| args.all || args.ids.contains(&one.id)) {
            if treat_one(&db, service, verb, &one).await? {
                missing.remove(&one.id);
                println!("{service}\t{}", one.id);
            }
        }
        db.close().await;
    }
    match missing.first() {
        None => Ok(()),
        Some(id) => Err(Error::not_found("dead event or job", id)),
    }
}

/// False when somebody else has dealt with it meanwhile.
async fn treat_one(db: &Db, service: &str, verb: Verb, one: &GivenUp) -> Result<bool> {
    let mut tx = db.begin().await?;
    let id = &one.id;
    let done = match (verb, id.starts_with(JOB)) {
        (Verb::Revive, true) => jobs::revive(&mut tx, id).await,
        (Verb::Revive, false) => dead::revive(&mut tx, id).await,
        (Verb::Discard, true) => jobs::discard(&mut tx, id).await,
        (Verb::Discard, false) => dead::discard(&mut tx, id).await,
    };
    match done {
        Ok(()) => {}
        Err(Error::NotFound { .. }) => return Ok(false),
        Err(error) => return Err(error),
    }
    let action = match verb {
        Verb::Revive => "dead.revived",
        Verb::Discard => "dead.discarded",
    };
    let deed = Deed::new(action, id).because(&one.reason).saying("service", service);
    let deed = deed.saying("kind", one.what.as_str()).saying("about", one.about.as_str());
    deed.note_command(&mut tx).await?;
    tx.commit().await?;
    Ok(true)
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
