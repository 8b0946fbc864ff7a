//! Tickets of other systems: what a row must be, and the ticket it stands for.
//!
//! The invariants: a row is taken whole or refused with everything that is wrong with it; what it says of times and people is
//! kept as long as it can be true here; a ticket never says of its past what its status contradicts.

mod build;
mod resolve;

use std::collections::{BTreeSet, HashMap};

use mesh_core::error::Violations;
use proto::tickets::v1::{
    Comment as WireComment, CommentKind, ImportLink, ImportTicketsRequest, LinkKind, Source, Status,
    Ticket as WireTicket, WaitReason,
};

use crate::{
    catalogue::{Catalogue, Value},
    ticket::{Micros, check_new, check_people, check_rating},
    wire::micros,
};

pub(crate) use build::{Maker, NamedLink, Numbered};
pub(crate) use resolve::people_of;

/// Characters of an external id and of a system's name.
const EXTERNAL_ID: std::ops::RangeInclusive<usize> = 1..=255;
const LONGEST_SYSTEM: usize = 50;
/// Comments of a ticket.
const MOST_COMMENTS: usize = 1_000;
/// Bytes of a comment.
const TEXT: std::ops::RangeInclusive<usize> = 1..=65_536;
/// Links of a ticket.
const MOST_LINKS: usize = 100;
/// People a comment may name, and people who may watch.
const MOST_MENTIONS: usize = 50;
const MOST_WATCHERS: usize = 200;
/// Characters of an author's name.
const NAME: std::ops::RangeInclusive<usize> = 0..=200;
/// How far ahead another system's clock may be.
const AHEAD: Micros = 24 * 60 * 60 * 1_000_000;

/// What our own tickets are called by: the system of exported tickets that were filed here.
pub(crate) const OWN: &str = "ticketmesh";

/// What a ticket is called in another system.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key {
    pub(crate) system: String,
    pub(crate) external_id: String,
}

impl Key {
    /// What a row calls its ticket.
    pub(crate) fn of(row: &ImportTicketsRequest) -> Self {
        Self { system: row.system.clone(), external_id: row.external_id.clone() }
    }
}

/// Somebody a row may name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Person {
    pub(crate) id: String,
    pub(crate) name: String,
}

/// What rows may name, as far as it is known.
#[derive(Debug)]
pub(crate) struct Known<'k> {
    /// By what rows call them: ids, and addresses in lower case.
    pub(crate) people: &'k HashMap<String, Person>,
    /// Id and name of each.
    pub(crate) departments: &'k [(String, String)],
    pub(crate) catalogue: &'k Catalogue,
    /// Who imports (`usr_…`).
    pub(crate) importer: &'k str,
    pub(crate) now: Micros,
}

/// The row with ids where it named people and places, or everything that is wrong with it.
pub(crate) fn check(
    mut row: ImportTicketsRequest,
    known: &Known<'_>,
) -> Result<ImportTicketsRequest, Violations> {
    let mut wrong = Violations::default();
    check_key(&row, &mut wrong);
    let mut ticket = row.ticket.take().unwrap_or_default();
    if ticket.requester_id.is_empty() {
        known.importer.clone_into(&mut ticket.requester_id);
    }
    known.resolve(&mut ticket, &mut wrong);
    known.resolve_comments(&mut row.comments, &mut wrong);
    if wrong.is_empty() {
        check_new(&ticket, &mut wrong);
        check_people("ticket.watcher_ids", &ticket.watcher_ids, MOST_WATCHERS, &mut wrong);
        check_past(&ticket, known.now, &mut wrong);
        check_fields(&ticket, known.catalogue, &mut wrong);
        check_comments(&row.comments, known.now, &mut wrong);
        check_links(&row.links, &mut wrong);
    }
    row.ticket = Some(ticket);
    if wrong.is_empty() { Ok(row) } else { Err(wrong) }
}

/// Whether a row has a name that can be looked for.
pub(crate) fn is_named(row: &ImportTicketsRequest) -> bool {
    let mut wrong = Violations::default();
    check_key(row, &mut wrong);
    wrong.is_empty()
}

fn check_key(row: &ImportTicketsRequest, wrong: &mut Violations) {
    wrong.text("external_id", &row.external_id, EXTERNAL_ID);
    check_system("system", &row.system, wrong);
}

fn check_system(path: &str, system: &str, wrong: &mut Violations) {
    let fits = (1..=LONGEST_SYSTEM).contains(&system.len())
        && system.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    wrong.when(!fits, path, "is no name of a system; use 1 to 50 letters, digits, -, _ and .");
}

fn check_links(links: &[ImportLink], wrong: &mut Violations) {
    wrong.when(links.len() > MOST_LINKS, "links", "are too many; give at most 100");
    for (index, link) in links.iter().take(MOST_LINKS).enumerate() {
        let path = |name: &str| format!("links[{index}].{name}");
        let unknown = link.kind() == LinkKind::Unspecified;
        let kinds = "is unknown; use PARENT, DUPLICATE, RELATED, BLOCKS or FOLLOW_UP";
        wrong.when(unknown, &path("kind"), kinds);
        wrong.text(&path("external_id"), &link.external_id, EXTERNAL_ID);
        if !link.system.is_empty() {
            check_system(&path("system"), &link.system, wrong);
        }
    }
}

/// Where it stands and stood: known values, and times in an order that can be.
fn check_past(ticket: &WireTicket, now: Micros, wrong: &mut Violations) {
    let unknown = "is unknown; use one of the contract's";
    wrong.when(Status::try_from(ticket.status).is_err(), "ticket.status", unknown);
    wrong.when(Source::try_from(ticket.source).is_err(), "ticket.source", unknown);
    wrong.when(WaitReason::try_from(ticket.wait_reason).is_err(), "ticket.wait_reason", unknown);
    wrong.when(ticket.reopen_count < 0, "ticket.reopen_count", "is negative; give 0 or more");
    let waits = matches!(ticket.status(), Status::Pending | Status::OnHold);
    let idle = ticket.wait_reason() != WaitReason::Unspecified && !waits;
    wrong.when(idle, "ticket.wait_reason", "goes with PENDING and ON_HOLD only; leave it out");
    let open_end = ticket.wait_reason() == WaitReason::UntilDate && ticket.wait_until_time.is_none();
    wrong.when(open_end, "ticket.wait_until_time", "is missing; say until when it waits");
    if let Some(said) = &ticket.satisfaction {
        let mut inner = Violations::default();
        check_rating(said.score, &said.comment, &mut inner);
        wrong.inside(inner, |field| format!("ticket.satisfaction.{field}"));
    }
    let begun = micros(ticket.create_time.as_ref()).unwrap_or_default();
    for (field, time) in times(ticket) {
        check_time(&format!("ticket.{field}"), time, (begun, now), wrong);
    }
    let wait_until = micros(ticket.wait_until_time.as_ref());
    wrong.when(wait_until.is_none(), "ticket.wait_until_time", OUT_OF_RANGE);
}

const TOO_EARLY: &str = "is before the ticket's create_time; put one of them right";
const OUT_OF_RANGE: &str = "is out of range; give a time between the years 1 and 9999";

/// The times of a ticket's past.
fn times(ticket: &WireTicket) -> [(&'static str, Option<&prost_types::Timestamp>); 6] {
    [
        ("create_time", ticket.create_time.as_ref()),
        ("update_time", ticket.update_time.as_ref()),
        ("first_response_time", ticket.first_response_time.as_ref()),
        ("resolve_time", ticket.resolve_time.as_ref()),
        ("close_time", ticket.close_time.as_ref()),
        ("satisfaction.rate_time", ticket.satisfaction.as_ref().and_then(|said| said.rate_time.as_ref())),
    ]
}

/// A time of the past, not before something began (0 for any time).
fn check_time(
    path: &str,
    time: Option<&prost_types::Timestamp>,
    (begun, now): (Micros, Micros),
    wrong: &mut Violations,
) {
    match micros(time) {
        None => wrong.add(path, OUT_OF_RANGE),
        Some(0) => {}
        Some(time) if time > now + AHEAD => wrong.add(path, "lies in the future; give a time that was"),
        Some(time) if time < begun => wrong.add(path, TOO_EARLY),
        Some(_) => {}
    }
}

/// Values of known fields, archived ones included. What a form would have asked for is not asked of the past.
fn check_fields(ticket: &WireTicket, catalogue: &Catalogue, wrong: &mut Violations) {
    for (key, sent) in &ticket.fields {
        let path = format!("ticket.fields.{}", key.chars().take(64).collect::<String>());
        match catalogue.field(key) {
            Some(field) => {
                if let Err(problem) = Value::read(field, sent) {
                    wrong.add(path, problem);
                }
            }
            None => wrong.add(path, "is no field of the catalogue; make it there or leave it out"),
        }
    }
}

fn check_comments(comments: &[WireComment], now: Micros, wrong: &mut Violations) {
    wrong.when(comments.len() > MOST_COMMENTS, "comments", "are too many; give at most 1000");
    let mut roots = BTreeSet::new();
    for (index, comment) in comments.iter().take(MOST_COMMENTS).enumerate() {
        let path = |name: &str| format!("comments[{index}].{name}");
        let kind = CommentKind::try_from(comment.kind).unwrap_or_default();
        wrong.when(kind == CommentKind::Unspecified, &path("kind"), "is unknown; use PUBLIC or INTERNAL");
        wrong.long_text(&path("text"), &comment.text, TEXT);
        wrong.long_text(&path("first_text"), &comment.first_text, 0..=*TEXT.end());
        check_people(&path("mention_ids"), &comment.mention_ids, MOST_MENTIONS, wrong);
        let author = comment.author.clone().unwrap_or_default();
        wrong.text(&path("author.display_name"), &author.display_name, NAME);
        let nobody = author.user_id.is_empty() && author.display_name.is_empty();
        wrong.when(
            nobody,
            &path("author"),
            "is missing; give user_id, or display_name of somebody unknown here",
        );
        check_time(&path("create_time"), comment.create_time.as_ref(), (0, now), wrong);
        check_time(&path("edit_time"), comment.edit_time.as_ref(), (0, now), wrong);
        let stray = !comment.parent_id.is_empty() && !roots.contains(comment.parent_id.as_str());
        wrong.when(
            stray,
            &path("parent_id"),
            "is no comment before it that replies to none; put it right or leave it out",
        );
        if comment.parent_id.is_empty() && !comment.id.is_empty() {
            roots.insert(comment.id.as_str());
        }
    }
}
