//! Tickets as a file, in and out: `docs/import.md`.
//!
//! A file travels by HTTP. What becomes of its rows is told in lines of JSON while it is read, each about all rows so far.

use web_sys::Blob;

use super::files::{message, refused};
use super::{Answer, Kind, MARK, Trouble};
use crate::browser;
use crate::text::t;

const PATH: &str = "/transfer/tickets";

/// How far an import is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) rows: u64,
    pub(crate) created: u64,
    /// Taken by an earlier import.
    pub(crate) known: u64,
    pub(crate) refused: u64,
    /// Refused rows that were told one by one.
    pub(crate) failures: Vec<Failure>,
    pub(crate) done: bool,
    /// Why it broke off; what came before stays.
    pub(crate) error: String,
}

/// A refused row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) line: String,
    pub(crate) external_id: String,
    pub(crate) message: String,
}

impl Report {
    /// Takes a line, read as fields.
    fn take(&mut self, fields: Vec<(String, String)>) {
        let number = |text: &str| text.parse().unwrap_or_default();
        for (name, value) in fields {
            match name.as_str() {
                "rows" => self.rows = number(&value),
                "created" => self.created = number(&value),
                "known" => self.known = number(&value),
                "refused" => self.refused = number(&value),
                "failures" => {
                    let rows = browser::json_items(&value);
                    self.failures.extend(rows.iter().map(|row| Failure::of(browser::json_fields(row))));
                }
                "done" => self.done = true,
                "error" => self.error = message(&value),
                _ => {}
            }
        }
    }
}

impl Failure {
    fn of(fields: Vec<(String, String)>) -> Self {
        let mut failure = Self::default();
        for (name, value) in fields {
            match name.as_str() {
                "line" => failure.line = value,
                "externalId" => failure.external_id = value,
                "message" => failure.message = value,
                _ => {}
            }
        }
        failure
    }
}

/// How the name of a file says that it is written: lines of JSON, else CSV.
pub(crate) fn format(name: &str) -> &'static str {
    let name = name.to_lowercase();
    if [".jsonl", ".ndjson", ".json"].iter().any(|ending| name.ends_with(ending)) { "jsonl" } else { "csv" }
}

/// The system in an address, where one is named.
fn named(system: &str) -> String {
    if system.is_empty() { String::new() } else { format!("&system={}", browser::in_address(system)) }
}

/// Where tickets are handed out.
pub(crate) fn export_address(format: &str, filter: &str, with_comments: bool) -> String {
    let filter = browser::in_address(filter);
    format!("{PATH}?format={format}&filter={filter}&comments={with_comments}")
}

/// Sends a file, to be imported or only checked; hears how far it is.
pub(crate) async fn import(
    file: &Blob,
    format: &str,
    system: &str,
    dry_run: bool,
    each: impl Fn(&Report),
) -> Answer<Report> {
    let path = format!("{PATH}?format={format}{}&dry_run={dry_run}", named(system));
    let mut report = Report::default();
    let heard = browser::send_and_hear("POST", &path, &[MARK], file, |line| {
        report.take(browser::json_fields(line));
        each(&report);
    });
    match heard.await {
        None => Err(Trouble::said(Kind::Offline, t!("trouble-offline"))),
        Some(status) if (200..300).contains(&status) => Ok(report),
        Some(status) => Err(refused(status, &report.error)),
    }
}

#[cfg(test)]
mod tests {
    use super::{Report, format};

    #[test]
    fn each_line_is_about_all_rows_so_far() {
        let fields = |fields: &[(&str, &str)]| {
            fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        let mut report = Report::default();
        report.take(fields(&[("rows", "500"), ("created", "499"), ("refused", "1")]));
        report.take(fields(&[("rows", "612"), ("created", "611"), ("refused", "1"), ("done", "true")]));
        assert_eq!((report.rows, report.created, report.refused, report.done), (612, 611, 1, true));
    }

    #[test]
    fn a_file_is_csv_unless_its_name_says_json() {
        assert_eq!(["a.csv", "B.JSONL", "c", "d.ndjson"].map(format), ["csv", "jsonl", "csv", "jsonl"]);
    }
}
