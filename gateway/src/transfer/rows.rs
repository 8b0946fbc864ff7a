//! Rows of a file as it comes, each with the line it begins in.
//!
//! The invariants: however the bytes are cut, the rows are the same; a row that is wrong is refused alone; only a file that
//! cannot be understood at all is refused whole, before anything of it is taken.

use mesh_core::error::{Error, Result};
use proto::tickets::v1::ImportTicketsRequest;

use super::{
    Format,
    cells::{LONGEST, Records},
    columns::Columns,
};
use crate::json::Json;

/// What is wrong with bytes that are no text.
pub(super) const NOT_UTF8: &str = "is not UTF-8; save the file as UTF-8 and send it again";
/// What may stand before the text of a file.
const MARK: &[u8] = b"\xef\xbb\xbf";
const OTHER_MARKS: [&[u8]; 2] = [b"\xff\xfe", b"\xfe\xff"];

/// A row: what it says, or what is wrong with it.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) line: u64,
    pub(super) said: std::result::Result<ImportTicketsRequest, String>,
}

/// Makes rows of a file.
#[derive(Debug)]
pub(super) struct Rows {
    json: Json,
    /// What a row without one has.
    system: String,
    /// The beginning, until it is long enough to tell its mark.
    beginning: Option<Vec<u8>>,
    text: Text,
}

#[derive(Debug)]
enum Text {
    Csv { records: Box<Records>, columns: Option<Columns> },
    Lines(Lines),
}

/// Lines of JSON.
#[derive(Debug, Default)]
struct Lines {
    rest: Vec<u8>,
    too_long: bool,
    before: u64,
}

impl Rows {
    pub(super) fn new(json: Json, format: Format, system: String) -> Self {
        let text = match format {
            Format::Csv => Text::Csv { records: Box::new(Records::new()), columns: None },
            Format::JsonLines => Text::Lines(Lines::default()),
        };
        Self { json, system, beginning: Some(vec![]), text }
    }

    /// The rows that are whole with what came.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Result<Vec<Row>> {
        let Some(beginning) = &mut self.beginning else { return self.read(bytes) };
        beginning.extend_from_slice(bytes);
        if beginning.len() < MARK.len() {
            return Ok(vec![]);
        }
        self.begin()
    }

    /// Nothing more comes: the rows that are left.
    pub(super) fn finish(&mut self) -> Result<Vec<Row>> {
        let mut rows = self.begin()?;
        match &mut self.text {
            Text::Csv { records, columns } => {
                let mut found = vec![];
                records.finish(|line, record| found.push((line, record)));
                for (line, record) in found {
                    rows.extend(csv_row(&self.json, columns, line, record)?);
                }
                if columns.is_none() {
                    return Err(Error::invalid("file", "is empty; its first line names the columns"));
                }
            }
            Text::Lines(lines) => {
                rows.extend(lines.end().map(|(line, text)| json_row(&self.json, line, text)));
            }
        }
        Ok(self.named(rows))
    }

    fn begin(&mut self) -> Result<Vec<Row>> {
        let Some(beginning) = self.beginning.take() else { return Ok(vec![]) };
        if OTHER_MARKS.iter().any(|mark| beginning.starts_with(mark)) {
            return Err(Error::invalid("file", "is UTF-16; save it as UTF-8 and send it again"));
        }
        self.read(beginning.strip_prefix(MARK).unwrap_or(&beginning))
    }

    fn read(&mut self, bytes: &[u8]) -> Result<Vec<Row>> {
        let mut rows = vec![];
        match &mut self.text {
            Text::Csv { records, columns } => {
                let mut found = vec![];
                records.feed(bytes, |line, record| found.push((line, record)));
                for (line, record) in found {
                    rows.extend(csv_row(&self.json, columns, line, record)?);
                }
            }
            Text::Lines(lines) => lines.feed(bytes, |line, text| rows.push(json_row(&self.json, line, text))),
        }
        Ok(self.named(rows))
    }

    /// The rows with the system the address names, where they name none.
    fn named(&self, mut rows: Vec<Row>) -> Vec<Row> {
        for said in rows.iter_mut().filter_map(|row| row.said.as_mut().ok()) {
            if said.system.is_empty() {
                said.system.clone_from(&self.system);
            }
        }
        rows
    }
}

/// A row of CSV; nothing for the first one, which names the columns.
fn csv_row(
    json: &Json,
    columns: &mut Option<Columns>,
    line: u64,
    record: super::cells::Record,
) -> Result<Option<Row>> {
    let Some(known) = columns else {
        let names = record.map_err(|problem| Error::invalid("file", problem))?;
        *columns = Some(Columns::named(&names)?);
        return Ok(None);
    };
    let said = record.map_err(str::to_owned).and_then(|cells| known.row(json, &cells));
    Ok(Some(Row { line, said }))
}

fn json_row(json: &Json, line: u64, text: std::result::Result<String, &'static str>) -> Row {
    let said = text.map_err(str::to_owned).and_then(|text| {
        let bytes = json.read("ticketmesh.tickets.v1.ImportTicketsRequest", &text)?;
        prost::Message::decode(bytes.as_slice()).map_err(|error| error.to_string())
    });
    Row { line, said }
}

impl Lines {
    fn feed(&mut self, bytes: &[u8], mut give: impl FnMut(u64, std::result::Result<String, &'static str>)) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let (piece, ended) = piece.strip_suffix(b"\n").map_or((piece, false), |piece| (piece, true));
            self.too_long |= self.rest.len() + piece.len() > LONGEST;
            if self.too_long {
                self.rest.clear();
            } else {
                self.rest.extend_from_slice(piece);
            }
            if ended {
                self.before += 1;
                if let Some((_, text)) = self.take() {
                    give(self.before, text);
                }
            }
        }
    }

    /// The last line, when no line end was behind it.
    fn end(&mut self) -> Option<(u64, std::result::Result<String, &'static str>)> {
        self.before += 1;
        self.take()
    }

    /// The line that is whole, unless it is blank.
    fn take(&mut self) -> Option<(u64, std::result::Result<String, &'static str>)> {
        let bytes = std::mem::take(&mut self.rest);
        if std::mem::take(&mut self.too_long) {
            return Some((self.before, Err("is longer than 3 MB; shorten it")));
        }
        if bytes.trim_ascii().is_empty() {
            return None;
        }
        Some((self.before, String::from_utf8(bytes).map_err(|_| NOT_UTF8)))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::{Format, Json, Rows};

    /// The first line of a file that can be understood.
    const HEAD: &[u8] = b"external_id,subject,department,status,create_time,fields.model\n";

    static JSON: LazyLock<Json> = LazyLock::new(|| Json::new().expect("the contract is readable"));

    /// What files are made of, and what they are not made of.
    #[rustfmt::skip]
    const PIECES: [&[u8]; 26] = [
        b"external_id", b"subject", b"status", b"department", b"create_time", b"fields.model", b",", b";", b"\t", b"\n", b"\r\n",
        b"\"", b"\"\"", b"NEW", b"2026-05-01T10:00:00Z", b"\xff\xfe", b"\xef\xbb\xbf", b"\0", b"{\"ticket\":",
        b"{\"subject\":\"a\"}", b"}", b"[", b"\"externalId\":", b"1e999", b"\xc3", b"x",
    ];

    /// The rows of a file that comes in pieces of this size, told; none of one that is refused whole.
    fn told(format: Format, file: &[u8], piece: usize) -> Option<Vec<String>> {
        let mut rows = Rows::new(JSON.clone(), format, "old".into());
        let mut found = vec![];
        for bytes in file.chunks(piece) {
            found.extend(rows.feed(bytes).ok()?);
        }
        found.extend(rows.finish().ok()?);
        Some(found.into_iter().map(|row| format!("{row:?}")).collect())
    }

    proptest! {
        #[test]
        fn a_file_of_anything_has_the_same_rows_however_it_is_cut(
            pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..40),
            noise in prop::collection::vec(any::<u8>(), 0..80),
            piece in 1..30_usize,
        ) {
            let rows = pieces.concat();
            let headed = [HEAD, &rows, &noise].concat();
            for file in [&rows, &headed, &noise] {
                for format in [Format::Csv, Format::JsonLines] {
                    let cut = told(format, file, piece);
                    prop_assert_eq!(told(format, file, usize::MAX), cut, "{:?} as {:?}", file, format);
                }
            }
        }
    }
}
