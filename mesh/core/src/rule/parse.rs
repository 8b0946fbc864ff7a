//! From words to a tree, by recursive descent over CEL's grammar.
//!
//! The invariant: the tree has at most [`MOST_PARTS`] nodes and neither it nor the descent is deeper than [`MOST_DEPTH`] calls
//! of each of the few stages, so nothing later can run out of stack.

use super::{
    MOST_CHARACTERS, MOST_DEPTH, MOST_PARTS,
    lex::{Kind as Word, Lexer, Token},
    problem::Fault,
};

/// A part of a rule, as it was written.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) at: usize,
    pub(super) kind: Kind,
}

#[derive(Clone, Debug)]
pub(super) enum Kind {
    Null,
    Bool(bool),
    Whole(i64),
    Number(f64),
    Text(String),
    Name(String),
    Field(Box<Node>, String),
    Index(Box<Node>, Box<Node>),
    Call { target: Option<Box<Node>>, name: String, arguments: Vec<Node> },
    List(Vec<Node>),
    Not(Box<Node>),
    Negative(Box<Node>),
    All(Vec<Node>),
    Any(Vec<Node>),
    Infix(Infix, Box<Node>, Box<Node>),
    Choice(Box<[Node; 3]>),
}

/// What stands between two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Infix {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    Plus,
    Minus,
}

const RELATIONS: [(&str, Infix); 7] = [
    ("==", Infix::Equal),
    ("!=", Infix::Unequal),
    ("<", Infix::Less),
    ("<=", Infix::LessOrEqual),
    (">", Infix::Greater),
    (">=", Infix::GreaterOrEqual),
    ("in", Infix::In),
];
const SUMS: [(&str, Infix); 2] = [("+", Infix::Plus), ("-", Infix::Minus)];

/// Words of other languages, and what CEL writes.
const FOREIGN: [(&str, &str); 5] = [("and", "&&"), ("or", "||"), ("not", "!"), ("is", "=="), ("AND", "&&")];

type Parsed = Result<Node, Fault>;

/// The tree of a rule.
pub(super) fn parse(source: &str) -> Parsed {
    if source.chars().nth(MOST_CHARACTERS).is_some() {
        return Err(Fault::new(
            0,
            format!("the rule is too long; write at most {MOST_CHARACTERS} characters"),
        ));
    }
    let mut lexer = Lexer::new(source);
    let token = lexer.word()?;
    if token.kind == Word::End {
        return Err(Fault::new(0, "the rule is empty; write a condition, `true` holds always"));
    }
    let mut parser = Parser { lexer, token, depth: 0, parts: 0 };
    let tree = parser.expression()?;
    if parser.token.kind == Word::End { Ok(tree) } else { Err(parser.unexpected("an operator or the end")) }
}

#[derive(Debug)]
struct Parser<'s> {
    lexer: Lexer<'s>,
    /// The next word, not taken yet.
    token: Token,
    depth: usize,
    parts: usize,
}

impl Parser<'_> {
    /// `condition ? this : that`, or less.
    fn expression(&mut self) -> Parsed {
        let outer = self.descend()?;
        let condition = self.any()?;
        let at = self.token.at;
        let node = if self.takes("?")? {
            let then = self.any()?;
            self.expect(":")?;
            let otherwise = self.expression()?;
            self.node(at, Kind::Choice(Box::new([condition, then, otherwise])))?
        } else {
            condition
        };
        self.depth = outer;
        Ok(node)
    }

    fn any(&mut self) -> Parsed {
        self.chain("||", Self::all, Kind::Any)
    }

    fn all(&mut self) -> Parsed {
        self.chain("&&", Self::relation, Kind::All)
    }

    fn relation(&mut self) -> Parsed {
        self.infix(&RELATIONS, Self::sum)
    }

    fn sum(&mut self) -> Parsed {
        self.infix(&SUMS, Self::prefix)
    }

    /// Parts joined by one symbol, however many: one node, so that long rules are not deep ones.
    fn chain(&mut self, symbol: &str, part: fn(&mut Self) -> Parsed, join: fn(Vec<Node>) -> Kind) -> Parsed {
        let first = part(self)?;
        let at = self.token.at;
        if !self.token.is(symbol) {
            return Ok(first);
        }
        let mut parts = vec![first];
        while self.takes(symbol)? {
            parts.push(part(self)?);
        }
        self.node(at, join(parts))
    }

    /// Parts joined by operators of the same rank, the left ones first.
    fn infix(&mut self, operators: &[(&str, Infix)], part: fn(&mut Self) -> Parsed) -> Parsed {
        let mut left = part(self)?;
        let outer = self.depth;
        while let Some((_, operator)) = operators.iter().find(|(symbol, _)| self.token.is(symbol)) {
            let at = self.token.at;
            self.descend()?;
            self.advance()?;
            let right = part(self)?;
            left = self.node(at, Kind::Infix(*operator, Box::new(left), Box::new(right)))?;
        }
        self.depth = outer;
        Ok(left)
    }

    /// `!` and `-` before something.
    fn prefix(&mut self) -> Parsed {
        let at = self.token.at;
        let negates = self.token.is("!");
        if !negates && !self.token.is("-") {
            return self.member();
        }
        let outer = self.descend()?;
        self.advance()?;
        let inner = self.prefix()?;
        self.depth = outer;
        let kind = match inner.kind {
            _ if negates => Kind::Not(Box::new(inner)),
            Kind::Whole(whole) => Kind::Whole(-whole),
            Kind::Number(number) => Kind::Number(-number),
            _ => Kind::Negative(Box::new(inner)),
        };
        self.node(at, kind)
    }

    /// A value with the fields, indices and calls behind it.
    fn member(&mut self) -> Parsed {
        let mut node = self.primary()?;
        let outer = self.depth;
        loop {
            if self.takes(".")? {
                self.descend()?;
                let at = self.token.at;
                let name = self.name()?;
                let kind = if self.takes("(")? {
                    Kind::Call { target: Some(Box::new(node)), name, arguments: self.list_until(")")? }
                } else {
                    Kind::Field(Box::new(node), name)
                };
                node = self.node(at, kind)?;
            } else if self.token.is("[") {
                self.descend()?;
                let at = self.token.at;
                self.advance()?;
                let index = self.expression()?;
                self.expect("]")?;
                node = self.node(at, Kind::Index(Box::new(node), Box::new(index)))?;
            } else {
                self.depth = outer;
                return Ok(node);
            }
        }
    }

    fn primary(&mut self) -> Parsed {
        let at = self.token.at;
        if self.takes("(")? {
            let inner = self.expression()?;
            self.expect(")")?;
            return Ok(inner);
        }
        if self.takes("[")? {
            let members = self.list_until("]")?;
            return self.node(at, Kind::List(members));
        }
        let kind = match self.token.kind.clone() {
            Word::Whole(whole) => Kind::Whole(whole),
            Word::Number(number) => Kind::Number(number),
            Word::Text(text) => Kind::Text(text),
            Word::Name(name) => {
                self.advance()?;
                return self.named(at, name);
            }
            Word::Symbol(_) | Word::End => return Err(self.unexpected("a value")),
        };
        self.advance()?;
        self.node(at, kind)
    }

    /// A word that stands for a value, names a variable or calls a function.
    fn named(&mut self, at: usize, name: String) -> Parsed {
        let kind = match name.as_str() {
            "true" => Kind::Bool(true),
            "false" => Kind::Bool(false),
            "null" => Kind::Null,
            _ if self.takes("(")? => Kind::Call { target: None, name, arguments: self.list_until(")")? },
            _ => Kind::Name(name),
        };
        self.node(at, kind)
    }

    /// Expressions with commas between them, up to `close`.
    fn list_until(&mut self, close: &str) -> Result<Vec<Node>, Fault> {
        let mut members = Vec::new();
        while !self.takes(close)? {
            members.push(self.expression()?);
            if !self.token.is(close) {
                self.expect(",")?;
            }
        }
        Ok(members)
    }

    fn name(&mut self) -> Result<String, Fault> {
        let Word::Name(name) = self.token.kind.clone() else {
            return Err(self.unexpected("a field or a function"));
        };
        self.advance()?;
        Ok(name)
    }

    fn advance(&mut self) -> Result<(), Fault> {
        self.token = self.lexer.word()?;
        Ok(())
    }

    /// Goes on when the next word is this symbol.
    fn takes(&mut self, symbol: &str) -> Result<bool, Fault> {
        let found = self.token.is(symbol);
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    fn expect(&mut self, symbol: &str) -> Result<(), Fault> {
        if self.takes(symbol)? { Ok(()) } else { Err(self.unexpected(&format!("`{symbol}`"))) }
    }

    fn node(&mut self, at: usize, kind: Kind) -> Parsed {
        self.parts += 1;
        if self.parts > MOST_PARTS {
            return Err(Fault::new(
                at,
                format!("the rule has more than {MOST_PARTS} parts; write a shorter one"),
            ));
        }
        Ok(Node { at, kind })
    }

    /// One level deeper; gives the level to come back to.
    fn descend(&mut self) -> Result<usize, Fault> {
        let outer = self.depth;
        self.depth += 1;
        if self.depth > MOST_DEPTH {
            let sentence =
                format!("the rule is nested more than {MOST_DEPTH} levels deep; write a flatter one");
            return Err(Fault::new(self.token.at, sentence));
        }
        Ok(outer)
    }

    fn unexpected(&self, wanted: &str) -> Fault {
        let found = self.lexer.text_of(&self.token);
        let sentence = match (&self.token.kind, FOREIGN.into_iter().find(|(word, _)| *word == found)) {
            (Word::End, _) => format!("the rule ends where {wanted} should follow"),
            (_, Some((_, operator))) => format!("`{found}` is no operator; write `{operator}`"),
            (Word::Symbol("*" | "/" | "%"), _) => {
                format!("`{found}` is not part of the language; only `+` and `-` are")
            }
            (Word::Symbol("{"), _) => "objects can't be written out; compare single fields".to_owned(),
            _ => {
                let shown: String = found.chars().take(40).collect();
                format!("`{shown}` stands where {wanted} should")
            }
        };
        Fault::new(self.token.at, sentence)
    }
}
