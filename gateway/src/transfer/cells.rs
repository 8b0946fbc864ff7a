//! Records of CSV (RFC 4180), read as they come and written one by one.
//!
//! The invariants: whatever is written is read back the same, line ends, quotes and commas included; a spreadsheet that opens the
//! file computes nothing of it: what it would take for a formula has an apostrophe before it, which reading takes off again.

use csv_core::{ReadRecordResult, Reader, WriteResult, Writer};

/// Bytes and cells of a record; longer ones are read to their end and refused.
pub(super) const LONGEST: usize = 3 * 1024 * 1024;
const MOST_CELLS: usize = 256;
/// How much room the reader has at first.
const ROOM: usize = 16 * 1024;

/// What a spreadsheet would compute, and the apostrophe itself, so that taking it off is exact.
const GUARDED: [char; 5] = ['=', '+', '-', '@', '\''];

/// A record that was read: its cells, or why it is none.
pub(super) type Record = Result<Vec<String>, &'static str>;

/// Reads records from bytes as they come.
#[derive(Debug)]
pub(super) struct Records {
    reader: Reader,
    text: Vec<u8>,
    ends: Vec<usize>,
    used: usize,
    cells: usize,
    too_long: bool,
    /// Line ends before what comes next.
    lines: u64,
    /// The line the record being read began in; 0 before it begins.
    begun: u64,
}

impl Records {
    pub(super) fn new() -> Self {
        Self {
            reader: Reader::new(),
            text: vec![0; ROOM],
            ends: vec![0; MOST_CELLS],
            used: 0,
            cells: 0,
            too_long: false,
            lines: 0,
            begun: 0,
        }
    }

    /// Reads what came, and gives each whole record with its line.
    pub(super) fn feed(&mut self, mut input: &[u8], mut give: impl FnMut(u64, Record)) {
        while !input.is_empty() {
            if self.begun == 0 {
                input = self.begin(input);
            }
            if let Some((line, record)) = self.advance(&mut input) {
                give(line, record);
            }
        }
    }

    /// Nothing more comes: the last record, when no line end was behind it.
    pub(super) fn finish(&mut self, mut give: impl FnMut(u64, Record)) {
        while self.begun != 0 {
            if let Some((line, record)) = self.advance(&mut &[][..]) {
                give(line, record);
            }
        }
    }

    /// Passes over line ends before a record.
    fn begin<'b>(&mut self, input: &'b [u8]) -> &'b [u8] {
        let blank = input.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let (before, rest) = input.split_at(blank);
        self.count(before);
        if !rest.is_empty() {
            self.begun = self.lines + 1;
        }
        rest
    }

    fn count(&mut self, bytes: &[u8]) {
        let ends = bytes.split(|byte| *byte == b'\n').skip(1).count();
        self.lines += u64::try_from(ends).unwrap_or_default();
    }

    /// One step; the record when it is whole.
    fn advance(&mut self, input: &mut &[u8]) -> Option<(u64, Record)> {
        if self.begun == 0 {
            return None;
        }
        let (text, ends) = (&mut self.text[self.used..], &mut self.ends[self.cells..]);
        let (result, read, written, cells) = self.reader.read_record(input, text, ends);
        let (taken, rest) = input.split_at(read);
        *input = rest;
        self.count(taken);
        self.used += written;
        self.cells += cells;
        match result {
            ReadRecordResult::InputEmpty => None,
            ReadRecordResult::OutputFull => {
                self.make_room();
                None
            }
            ReadRecordResult::OutputEndsFull => {
                (self.too_long, self.cells) = (true, 0);
                None
            }
            ReadRecordResult::Record => Some(self.whole()),
            ReadRecordResult::End => {
                self.begun = 0;
                None
            }
        }
    }

    /// More room, or what was read so far is thrown away because the record is refused anyway.
    fn make_room(&mut self) {
        if self.text.len() < LONGEST && !self.too_long {
            self.text.resize((self.text.len() * 2).min(LONGEST), 0);
        } else {
            (self.too_long, self.used) = (true, 0);
        }
    }

    fn whole(&mut self) -> (u64, Record) {
        let line = std::mem::take(&mut self.begun);
        let (cells, too_long) = (std::mem::take(&mut self.cells), std::mem::take(&mut self.too_long));
        self.used = 0;
        if too_long {
            return (line, Err("is longer than 3 MB or has more than 256 cells; shorten it"));
        }
        let mut start = 0;
        let record = self.ends[..cells].iter().map(|end| {
            let cell = self.text.get(start..*end).unwrap_or_default();
            start = *end;
            std::str::from_utf8(cell).map(|cell| plain(cell).to_owned())
        });
        (line, record.collect::<Result<_, _>>().map_err(|_| super::rows::NOT_UTF8))
    }
}

/// A record as a line.
pub(super) fn line(cells: impl IntoIterator<Item = String>) -> Vec<u8> {
    let mut writer = Writer::new();
    let mut line = vec![];
    for (index, cell) in cells.into_iter().enumerate() {
        if index > 0 {
            write(&mut line, |room| {
                let (result, written) = writer.delimiter(room);
                (result, 0, written)
            });
        }
        let cell = guarded(cell);
        let mut rest = cell.as_bytes();
        write(&mut line, |room| {
            let (result, read, written) = writer.field(rest, room);
            rest = &rest[read..];
            (result, read, written)
        });
    }
    write(&mut line, |room| {
        let (result, written) = writer.terminator(room);
        (result, 0, written)
    });
    line
}

/// Writes until it is written.
fn write(line: &mut Vec<u8>, mut step: impl FnMut(&mut [u8]) -> (WriteResult, usize, usize)) {
    let mut room = [0; 1024];
    loop {
        let (result, _, written) = step(&mut room);
        line.extend_from_slice(&room[..written]);
        if result == WriteResult::InputEmpty {
            return;
        }
    }
}

fn guarded(cell: String) -> String {
    if cell.starts_with(GUARDED) { format!("'{cell}") } else { cell }
}

fn plain(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(GUARDED) => rest,
        _ => cell,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{LONGEST, Record, Records, line};

    /// What is read of a file that comes in pieces of this size.
    fn read(file: &[u8], piece: usize) -> Vec<(u64, Record)> {
        let (mut records, mut read) = (Records::new(), vec![]);
        for piece in file.chunks(piece) {
            records.feed(piece, |line, record| read.push((line, record)));
        }
        records.finish(|line, record| read.push((line, record)));
        read
    }

    #[expect(clippy::unnecessary_wraps, reason = "it is compared with records, some of which are none")]
    fn cells(texts: &[&str]) -> Record {
        Ok(texts.iter().map(|text| (*text).to_owned()).collect())
    }

    #[test]
    fn records_are_read_with_the_line_they_begin_in_however_they_end() {
        for piece in 1..9 {
            for file in ["a,b\r\n\"1\r\n2\",\"x\"\"y\"\r\n\r\n,z", "a,b\n\"1\r\n2\",\"x\"\"y\"\n\n,z\n"] {
                let expected =
                    [(1, cells(&["a", "b"])), (2, cells(&["1\r\n2", "x\"y"])), (5, cells(&["", "z"]))];
                assert_eq!(read(file.as_bytes(), piece), expected, "{file:?} in pieces of {piece}");
            }
        }
    }

    #[test]
    fn what_is_too_long_or_not_utf8_is_refused_alone() {
        let long = [b"a,".as_slice(), &vec![b'x'; LONGEST + 1], b"\nb,c\n\xff,d\ne,f"].concat();
        let read = read(&long, 64 * 1024);
        let lines: Vec<_> = read.iter().map(|(line, record)| (*line, record.is_ok())).collect();
        assert_eq!(lines, [(1, false), (2, true), (3, false), (4, true)]);
    }

    #[test]
    fn a_spreadsheet_finds_no_formula() {
        let written = String::from_utf8(line(["=1+1".into(), "@x".into(), "'t".into(), "a=b".into()]));
        assert_eq!(written.expect("is text"), "'=1+1,'@x,''t,a=b\n");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            table in prop::collection::vec(prop::collection::vec("[=+'@\"a,; \r\n\tä-]{0,8}", 2..5), 1..5),
            piece in 1..40_usize,
        ) {
            let file: Vec<u8> = table.iter().flat_map(|cells| line(cells.clone())).collect();
            let read: Vec<_> = read(&file, piece).into_iter().map(|(_, record)| record.expect("a record")).collect();
            prop_assert_eq!(read, table);
        }

        #[test]
        fn no_bytes_whatever_break_the_reader(file in prop::collection::vec(any::<u8>(), 0..400), piece in 1..50_usize) {
            let lines: Vec<_> = read(&file, piece).into_iter().map(|(line, _)| line).collect();
            prop_assert!(lines.is_sorted());
        }
    }
}
