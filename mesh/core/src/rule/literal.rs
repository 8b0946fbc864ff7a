//! Values somebody writes out: texts with their escapes, times and durations.

use jiff::Timestamp;

use super::problem::Fault;

/// Microseconds of each unit a duration may be written in.
const UNITS: [(&str, f64); 5] = [("ms", 1e3), ("us", 1.0), ("h", 3_600e6), ("m", 60e6), ("s", 1e6)];
/// The longest duration, 2^58 microseconds or about 9,000 years: sums of a few stay within 64 bits.
const MOST_MICROS: f64 = 288_230_376_151_711_744.0;

/// The text between the quotes `rest` begins with, and how many bytes it takes with them. `at` is where `rest` begins.
pub(super) fn text(rest: &str, raw: bool, at: usize) -> Result<(String, usize), Fault> {
    let quote =
        ["\"\"\"", "'''", "\"", "'"].into_iter().find(|quote| rest.starts_with(quote)).unwrap_or("\"");
    let mut letters = rest[quote.len()..].char_indices();
    let mut text = String::new();
    loop {
        if letters.as_str().starts_with(quote) {
            let length = rest.len() - letters.as_str().len() + quote.len();
            return Ok((text, length));
        }
        match letters.next() {
            None => return Err(unterminated(at)),
            Some((_, '\n')) if quote.len() == 1 => return Err(unterminated(at)),
            Some((offset, '\\')) if !raw => {
                let escaped = escape(&mut letters.by_ref().map(|(_, letter)| letter));
                text.push(escaped.ok_or_else(|| unknown_escape(at + quote.len() + offset))?);
            }
            Some((offset, '\0')) => return Err(unknown_escape(at + quote.len() + offset)),
            Some((_, letter)) => text.push(letter),
        }
    }
}

fn unterminated(at: usize) -> Fault {
    Fault::new(at, "the text that begins here has no end; close it with the same quote")
}

fn unknown_escape(at: usize) -> Fault {
    Fault::new(at, "this stands for no character of a text; write `\\\\` for a backslash")
}

/// What stands after a backslash. No database keeps the character 0.
fn escape(letters: &mut impl Iterator<Item = char>) -> Option<char> {
    let letter = match letters.next()? {
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        same @ ('\\' | '\'' | '"' | '`' | '?') => same,
        'x' | 'X' => code(letters, 2, 16, 0)?,
        'u' => code(letters, 4, 16, 0)?,
        'U' => code(letters, 8, 16, 0)?,
        first @ '0'..='3' => code(letters, 2, 8, first.to_digit(8)?)?,
        _ => return None,
    };
    (letter != '\0').then_some(letter)
}

/// A character by its number: `first` and so many digits.
fn code(letters: &mut impl Iterator<Item = char>, digits: usize, base: u32, first: u32) -> Option<char> {
    let mut code = first;
    for _ in 0..digits {
        code = code.checked_mul(base)?.checked_add(letters.next()?.to_digit(base)?)?;
    }
    char::from_u32(code)
}

/// Microseconds since 1970 of a time as RFC 3339 writes it, with its offset.
pub(super) fn time(text: &str) -> Option<i64> {
    text.parse::<Timestamp>().ok().map(Timestamp::as_microsecond)
}

/// Microseconds of a duration such as `1h30m` or `-1.5s`.
pub(super) fn duration(text: &str) -> Option<i64> {
    let (sign, mut rest) = text.strip_prefix('-').map_or((1.0, text), |rest| (-1.0, rest));
    let mut micros = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.')?;
        let (unit, size) = UNITS.into_iter().find(|(unit, _)| rest[digits..].starts_with(unit))?;
        micros += rest[..digits].parse::<f64>().ok()? * size;
        rest = &rest[digits + unit.len()..];
    }
    if text.trim_start_matches('-').is_empty() || micros > MOST_MICROS {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "it is within 58 bits; what is below a microsecond is cut off"
    )]
    let micros = (sign * micros).round() as i64;
    Some(micros)
}
