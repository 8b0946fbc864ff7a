//! From text to words: names, values and symbols, each with its place.

use super::{MOST_WHOLE, literal, problem::Fault};

/// The largest number one can write. Sums of a few stay finite.
const MOST_NUMBER: f64 = 1e300;

/// Longest first, so that `<=` is not read as `<`.
const SYMBOLS: [&str; 25] = [
    "&&", "||", "==", "!=", "<=", ">=", "<", ">", "!", "+", "-", "*", "/", "%", "?", ":", "(", ")", "[", "]",
    "{", "}", ".", ",", ";",
];

/// Words that are no names in CEL.
const RESERVED: [&str; 16] = [
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "while",
];

/// One word of a rule.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) at: usize,
    pub(super) end: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    Name(String),
    Whole(i64),
    Number(f64),
    Text(String),
    Symbol(&'static str),
    End,
}

impl Token {
    pub(super) fn is(&self, symbol: &str) -> bool {
        matches!(&self.kind, Kind::Symbol(found) if *found == symbol)
    }
}

/// Cuts a rule into words.
#[derive(Debug)]
pub(super) struct Lexer<'s> {
    source: &'s str,
    at: usize,
}

impl<'s> Lexer<'s> {
    pub(super) fn new(source: &'s str) -> Self {
        Self { source, at: 0 }
    }

    /// The text of a word.
    pub(super) fn text_of(&self, token: &Token) -> &'s str {
        self.source.get(token.at..token.end).unwrap_or_default()
    }

    /// The next word; again and again the end when there is none.
    pub(super) fn word(&mut self) -> Result<Token, Fault> {
        self.skip();
        let (at, rest) = (self.at, self.rest());
        let kind = match rest.bytes().next() {
            None => Kind::End,
            Some(b'"' | b'\'') => self.text(0, false)?,
            Some(b'r' | b'R') if rest[1..].starts_with(['"', '\'']) => self.text(1, true)?,
            Some(b'b' | b'B') if rest[1..].starts_with(['"', '\'']) => {
                return Err(Fault::new(
                    at,
                    "bytes are not part of the language; write a text without the `b`",
                ));
            }
            Some(b'a'..=b'z' | b'A'..=b'Z' | b'_') => self.name()?,
            Some(b'0'..=b'9') => self.number()?,
            Some(b'.') if rest[1..].starts_with(|next: char| next.is_ascii_digit()) => self.number()?,
            Some(_) => self.symbol()?,
        };
        Ok(Token { kind, at, end: self.at })
    }

    fn rest(&self) -> &'s str {
        &self.source[self.at..]
    }

    /// Goes on behind the bytes of the rest that are `wanted`, and gives them.
    fn take(&mut self, wanted: impl Fn(char) -> bool) -> &'s str {
        let rest = self.rest();
        let length = rest.find(|letter| !wanted(letter)).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    /// Spaces, line ends and comments.
    fn skip(&mut self) {
        self.take(|letter| letter.is_ascii_whitespace() || letter == '\u{b}');
        while self.rest().starts_with("//") {
            self.take(|letter| letter != '\n');
            self.take(|letter| letter.is_ascii_whitespace() || letter == '\u{b}');
        }
    }

    fn text(&mut self, prefix: usize, raw: bool) -> Result<Kind, Fault> {
        let at = self.at + prefix;
        let (text, length) = literal::text(&self.source[at..], raw, at)?;
        self.at = at + length;
        Ok(Kind::Text(text))
    }

    fn name(&mut self) -> Result<Kind, Fault> {
        let at = self.at;
        let name = self.take(|letter| letter.is_ascii_alphanumeric() || letter == '_');
        if RESERVED.contains(&name) {
            return Err(Fault::new(at, format!("`{name}` is a reserved word; no variable has that name")));
        }
        Ok(if name == "in" { Kind::Symbol("in") } else { Kind::Name(name.to_owned()) })
    }

    fn number(&mut self) -> Result<Kind, Fault> {
        let at = self.at;
        if self.rest().starts_with("0x") || self.rest().starts_with("0X") {
            self.at += 2;
            let digits = self.take(|letter| letter.is_ascii_alphanumeric() || letter == '_');
            return whole(digits, 16, at);
        }
        self.take(|letter| letter.is_ascii_digit());
        let rest = self.rest();
        if rest.starts_with('.') && rest[1..].starts_with(|next: char| next.is_ascii_digit()) {
            self.at += 1;
            self.take(|letter| letter.is_ascii_digit());
        }
        let exponent = self.rest();
        if exponent.starts_with(['e', 'E']) {
            self.at += if exponent[1..].starts_with(['+', '-']) { 2 } else { 1 };
        }
        self.take(|letter| letter.is_ascii_alphanumeric() || letter == '_');
        let digits = &self.source[at..self.at];
        if digits.contains(['.', 'e', 'E']) { number(digits, at) } else { whole(digits, 10, at) }
    }

    fn symbol(&mut self) -> Result<Kind, Fault> {
        let rest = self.rest();
        if let Some(symbol) = SYMBOLS.into_iter().find(|symbol| rest.starts_with(symbol)) {
            self.at += symbol.len();
            return Ok(Kind::Symbol(symbol));
        }
        let found = rest.chars().next().unwrap_or_default();
        Err(Fault::new(
            self.at,
            match found {
                '=' => "`=` is no operator; compare with `==`".to_owned(),
                '&' => "`&` is no operator; write `&&`".to_owned(),
                '|' => "`|` is no operator; write `||`".to_owned(),
                '“' | '”' | '„' | '‘' | '’' => {
                    "texts stand between straight quotes, `\"` or `'`".to_owned()
                }
                _ => format!("{found:?} has no meaning here; put text between quotes"),
            },
        ))
    }
}

fn whole(digits: &str, base: u32, at: usize) -> Result<Kind, Fault> {
    if digits.ends_with(['u', 'U']) && digits.len() > 1 {
        return Err(Fault::new(at, "numbers have no kind for themselves; write it without the `u`"));
    }
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(base)) {
        return Err(Fault::new(at, "this is no number; put text between quotes"));
    }
    match i64::from_str_radix(digits, base) {
        Ok(whole) if whole <= MOST_WHOLE => Ok(Kind::Whole(whole)),
        _ => Err(Fault::new(at, format!("this number is too large; the largest is {MOST_WHOLE}"))),
    }
}

fn number(digits: &str, at: usize) -> Result<Kind, Fault> {
    match digits.parse::<f64>() {
        Ok(number) if number <= MOST_NUMBER => Ok(Kind::Number(number)),
        Ok(_) => Err(Fault::new(at, format!("this number is too large; the largest is {MOST_NUMBER:e}"))),
        Err(_) => Err(Fault::new(at, "this is no number; put text between quotes")),
    }
}
