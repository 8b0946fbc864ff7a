//! The columns of a CSV file of tickets.
//!
//! The invariant: what a column shows of a ticket it takes back as it was; an empty cell is what a ticket has that nobody said
//! anything about.

use jiff::Timestamp;
use mesh_core::{
    clock,
    error::{Error, Result, Violations},
};
use prost::Message as _;
use proto::tickets::v1::{
    ExportTicketsResponse, Impact, ImportTicketsRequest, Priority, Satisfaction, Source, Status, Ticket,
    Urgency, WaitReason,
};

use crate::json::Json;

/// What a cell could not be, or fine.
type Taken = std::result::Result<(), String>;

/// A column about the ticket itself.
#[derive(Clone, Copy, Debug)]
struct Column {
    name: &'static str,
    show: fn(&Ticket) -> String,
    take: fn(&mut Ticket, &str) -> Taken,
}

/// Columns of another kind: names, and parts with a form of their own, as JSON.
const EXTERNAL_ID: &str = "external_id";
const SYSTEM: &str = "system";
const FIELDS: &str = "fields";
const COMMENTS: &str = "comments";
const LINKS: &str = "links";
/// Columns without which nothing can be imported.
const NEEDED: [&str; 3] = [EXTERNAL_ID, "subject", "department"];

/// Declares columns that are text, lists, enums and times of a ticket.
macro_rules! columns {
    (
        text { $($text:literal => $text_field:ident,)* }
        list { $($list:literal => $list_field:ident,)* }
        choice { $($choice:literal => $choice_field:ident: $enum:ident $prefix:literal,)* }
        time { $($time:literal => $time_field:ident,)* }
    ) => {
        &[
            $(Column {
                name: $text,
                show: |ticket| ticket.$text_field.clone(),
                take: |ticket, cell| { ticket.$text_field = cell.to_owned(); Ok(()) },
            },)*
            $(Column {
                name: $list,
                show: |ticket| ticket.$list_field.join(" "),
                take: |ticket, cell| { ticket.$list_field = words(cell); Ok(()) },
            },)*
            $(Column {
                name: $choice,
                show: |ticket| if ticket.$choice_field == 0 {
                    String::new()
                } else {
                    ticket.$choice_field().as_str_name().trim_start_matches($prefix).to_owned()
                },
                take: |ticket, cell| {
                    let name = format!("{}{}", $prefix, cell.trim().to_uppercase().replace([' ', '-'], "_"));
                    let known = $enum::from_str_name(&name).ok_or_else(|| unknown_choice(cell))?;
                    ticket.$choice_field = known.into();
                    Ok(())
                },
            },)*
            $(Column {
                name: $time,
                show: |ticket| shown(ticket.$time_field.as_ref()),
                take: |ticket, cell| { ticket.$time_field = Some(time(cell)?); Ok(()) },
            },)*
        ]
    };
}

/// The columns with a form of one of the usual kinds.
const USUAL: &[Column] = columns! {
    text {
        "subject" => subject, "description" => description, "requester" => requester_id,
        "on_behalf_of" => on_behalf_of_id, "department" => department_id, "category" => category_id,
        "language" => language, "assignee" => assignee_id,
    }
    list { "cc" => cc_ids, "watchers" => watcher_ids, "tags" => tags, }
    choice {
        "priority" => priority: Priority "PRIORITY_", "impact" => impact: Impact "IMPACT_",
        "urgency" => urgency: Urgency "URGENCY_", "source" => source: Source "SOURCE_",
        "status" => status: Status "STATUS_", "wait_reason" => wait_reason: WaitReason "WAIT_REASON_",
    }
    time {
        "wait_until" => wait_until_time, "create_time" => create_time, "update_time" => update_time,
        "first_response_time" => first_response_time, "resolve_time" => resolve_time, "close_time" => close_time,
    }
};

/// The others.
const OWN: &[Column] = &[
    Column {
        name: "priority_by_hand",
        show: |ticket| if ticket.priority_by_hand { "true".to_owned() } else { String::new() },
        take: |ticket, cell| {
            ticket.priority_by_hand = cell.parse().map_err(|_| "is neither true nor false".to_owned())?;
            Ok(())
        },
    },
    Column {
        name: "reopen_count",
        show: |ticket| if ticket.reopen_count == 0 { String::new() } else { ticket.reopen_count.to_string() },
        take: |ticket, cell| {
            ticket.reopen_count = number(cell)?;
            Ok(())
        },
    },
    Column {
        name: "score",
        show: |ticket| ticket.satisfaction.as_ref().map_or_else(String::new, |said| said.score.to_string()),
        take: |ticket, cell| {
            satisfaction(ticket).score = number(cell)?;
            Ok(())
        },
    },
    Column {
        name: "score_comment",
        show: |ticket| ticket.satisfaction.as_ref().map_or_else(String::new, |said| said.comment.clone()),
        take: |ticket, cell| {
            cell.clone_into(&mut satisfaction(ticket).comment);
            Ok(())
        },
    },
    Column {
        name: "score_time",
        show: |ticket| shown(ticket.satisfaction.as_ref().and_then(|said| said.rate_time.as_ref())),
        take: |ticket, cell| {
            satisfaction(ticket).rate_time = Some(time(cell)?);
            Ok(())
        },
    },
];

fn satisfaction(ticket: &mut Ticket) -> &mut Satisfaction {
    ticket.satisfaction.get_or_insert_default()
}

fn words(cell: &str) -> Vec<String> {
    let words = cell.split(|letter: char| letter.is_whitespace() || matches!(letter, ',' | ';'));
    words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn number(cell: &str) -> std::result::Result<i32, String> {
    cell.trim().parse().map_err(|_| "is no whole number".to_owned())
}

fn time(cell: &str) -> std::result::Result<prost_types::Timestamp, String> {
    let instant: std::result::Result<Timestamp, _> = cell.trim().parse();
    instant.map(clock::to_proto).map_err(|_| "is no time; write it like 2026-01-31T08:30:00Z".to_owned())
}

fn shown(time: Option<&prost_types::Timestamp>) -> String {
    time.and_then(clock::from_proto).map_or_else(String::new, |instant| instant.to_string())
}

fn unknown_choice(cell: &str) -> String {
    format!("is {cell:?}, which is none of the contract's; see the field's comment there")
}

fn all() -> impl Iterator<Item = &'static Column> {
    USUAL.iter().chain(OWN)
}

/// What a column of a file is.
#[derive(Clone, Copy, Debug)]
enum Meaning {
    Ticket(&'static Column),
    Other(&'static str),
}

/// The columns of a file, in its order.
#[derive(Debug)]
pub(super) struct Columns(Vec<Meaning>);

impl Columns {
    /// The columns of these names, or what is wrong with them.
    pub(super) fn named(names: &[String]) -> Result<Self> {
        let mut wrong = Violations::default();
        let mut columns = Vec::with_capacity(names.len());
        for name in names.iter().map(|name| name.trim().to_lowercase()) {
            let other =
                [EXTERNAL_ID, SYSTEM, FIELDS, COMMENTS, LINKS].into_iter().find(|known| *known == name);
            let usual = all().find(|column| column.name == name);
            match (other, usual) {
                (Some(other), _) => columns.push(Meaning::Other(other)),
                (None, Some(column)) => columns.push(Meaning::Ticket(column)),
                (None, None) => wrong.add(name, format!("is no column; there are {}", header().join(", "))),
            }
        }
        for needed in NEEDED {
            let is_there = names.iter().any(|name| name.trim().eq_ignore_ascii_case(needed));
            wrong.when(!is_there, needed, "is missing among the columns in the first line; add it");
        }
        wrong.into_result()?;
        Ok(Self(columns))
    }

    /// What a row says, or everything that is wrong with it.
    pub(super) fn row(
        &self,
        json: &Json,
        cells: &[String],
    ) -> std::result::Result<ImportTicketsRequest, String> {
        if cells.len() != self.0.len() {
            return Err(format!(
                "has {} cells in place of {}; quote cells with commas",
                cells.len(),
                self.0.len()
            ));
        }
        let (mut row, mut ticket, mut problems) =
            (ImportTicketsRequest::default(), Ticket::default(), vec![]);
        for (meaning, cell) in self.0.iter().zip(cells).filter(|(_, cell)| !cell.is_empty()) {
            let (name, taken) = match meaning {
                Meaning::Ticket(column) => (column.name, (column.take)(&mut ticket, cell)),
                Meaning::Other(name) => (*name, take_other(json, name, cell, &mut row, &mut ticket)),
            };
            problems.extend(taken.err().map(|problem| format!("{name} {problem}")));
        }
        if problems.is_empty() {
            row.ticket = Some(ticket);
            Ok(row)
        } else {
            Err(problems.join(" · "))
        }
    }
}

fn take_other(
    json: &Json,
    name: &str,
    cell: &str,
    row: &mut ImportTicketsRequest,
    ticket: &mut Ticket,
) -> Taken {
    let part = |message: &str| json.read(message, &format!("{{\"{name}\":{cell}}}"));
    let broken = |error: prost::DecodeError| error.to_string();
    match name {
        EXTERNAL_ID => cell.clone_into(&mut row.external_id),
        SYSTEM => cell.clone_into(&mut row.system),
        FIELDS => {
            let bytes = part("ticketmesh.tickets.v1.Ticket")?;
            ticket.fields = Ticket::decode(bytes.as_slice()).map_err(broken)?.fields;
        }
        LINKS => {
            let bytes = part("ticketmesh.tickets.v1.ImportTicketsRequest")?;
            row.links = ImportTicketsRequest::decode(bytes.as_slice()).map_err(broken)?.links;
        }
        _ => {
            let bytes = part("ticketmesh.tickets.v1.ImportTicketsRequest")?;
            row.comments = ImportTicketsRequest::decode(bytes.as_slice()).map_err(broken)?.comments;
        }
    }
    Ok(())
}

/// The names of all columns, as an export writes them.
pub(super) fn header() -> Vec<String> {
    let usual = all().map(|column| column.name);
    [EXTERNAL_ID, SYSTEM]
        .into_iter()
        .chain(usual)
        .chain([FIELDS, COMMENTS, LINKS])
        .map(str::to_owned)
        .collect()
}

/// An exported ticket as the cells of a row, in the order of [`header`].
pub(super) fn cells(json: &Json, exported: &ExportTicketsResponse) -> Result<Vec<String>> {
    let ticket = exported.ticket.clone().unwrap_or_default();
    let mut cells = vec![exported.external_id.clone(), exported.system.clone()];
    cells.extend(all().map(|column| (column.show)(&ticket)));
    let fields = Ticket { fields: ticket.fields, ..Ticket::default() };
    cells.push(part(json, "ticketmesh.tickets.v1.Ticket", FIELDS, &fields.encode_to_vec())?);
    let said =
        ExportTicketsResponse { comments: exported.comments.clone(), ..ExportTicketsResponse::default() };
    let name = "ticketmesh.tickets.v1.ExportTicketsResponse";
    cells.push(part(json, name, COMMENTS, &said.encode_to_vec())?);
    let linked = ExportTicketsResponse { links: exported.links.clone(), ..ExportTicketsResponse::default() };
    cells.push(part(json, name, LINKS, &linked.encode_to_vec())?);
    Ok(cells)
}

/// One field of a message as JSON; empty when it is.
fn part(json: &Json, message: &str, field: &str, bytes: &[u8]) -> Result<String> {
    let whole: serde_json::Value =
        serde_json::from_str(&json.write(message, bytes)?).map_err(Error::internal)?;
    Ok(whole.get(field).map_or_else(String::new, ToString::to_string))
}

#[cfg(test)]
mod tests {
    use super::{Columns, header};

    #[test]
    fn an_exports_own_columns_are_known() {
        assert!(Columns::named(&header()).is_ok());
    }

    #[test]
    fn wrong_and_missing_columns_are_named_at_once() {
        let names = ["Subject", "titel"].map(str::to_owned);
        let wrong = Columns::named(&names).expect_err("are refused").to_string();
        for name in ["titel is no column", "external_id is missing", "department is missing"] {
            assert!(wrong.contains(name), "{wrong}");
        }
    }
}
