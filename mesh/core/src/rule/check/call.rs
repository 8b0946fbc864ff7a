//! Calls: which function, on what, with what.

use regex::{Regex, RegexBuilder};

use super::{
    super::{
        function::{self, Builtin, FUNCTIONS},
        literal,
        parse::{Kind as Written, Node},
        problem::Fault,
        schema::Type,
        value::Value,
    },
    Checked, Checker, Expr, Kind, Piece,
};

/// Bytes a compiled pattern may take; its matching time grows with them.
const PATTERN_SIZE: usize = 1 << 18;
/// How deep groups of a pattern may be nested.
const PATTERN_DEPTH: u32 = 32;

impl Checker<'_> {
    pub(super) fn call(
        &mut self,
        at: usize,
        target: Option<Box<Node>>,
        name: &str,
        mut arguments: Vec<Node>,
    ) -> Checked {
        let Some(builtin) = function::find(name, target.is_some()) else {
            return Err(unknown(at, name, target.is_some()));
        };
        let wanted =
            usize::from(!(target.is_some() && matches!(builtin, Builtin::Size | Builtin::LowerAscii)));
        if arguments.len() != wanted {
            return Err(Fault::new(
                at,
                format!("`{name}` takes {wanted} argument{}", if wanted == 1 { "" } else { "s" }),
            ));
        }
        let argument = arguments.pop();
        match (builtin, target.map(|target| *target), argument) {
            (Builtin::Has, None, Some(field)) => self.has(at, field),
            (Builtin::Timestamp, None, Some(text)) => timestamp(text),
            (Builtin::Duration, None, Some(text)) => duration(text),
            (Builtin::Size, Some(counted), None) | (Builtin::Size, None, Some(counted)) => {
                self.size(at, counted)
            }
            (_, Some(target), argument) => self.on_text(at, builtin, name, target, argument),
            _ => Err(unknown(at, name, false)),
        }
    }

    fn has(&mut self, at: usize, field: Node) -> Checked {
        if !matches!(field.kind, Written::Name(_) | Written::Field(..) | Written::Index(..)) {
            return Err(Fault::new(field.at, "`has` takes a field, as in `has(claims.groups)`"));
        }
        Ok(Expr::truth(at, Kind::Present(Box::new(self.check(field)?))))
    }

    fn size(&mut self, at: usize, counted: Node) -> Checked {
        let counted = self.check(counted)?;
        if !matches!(counted.gives, Type::Text | Type::Texts | Type::Dynamic) {
            let sentence = format!("`size` counts characters and members, and this is {}", counted.gives);
            return Err(Fault::new(counted.at, sentence));
        }
        let nullable = counted.nullable;
        Ok(Expr::new(at, Kind::Size(Box::new(counted)), Type::Whole, nullable))
    }

    fn on_text(
        &mut self,
        at: usize,
        builtin: Builtin,
        name: &str,
        target: Node,
        argument: Option<Node>,
    ) -> Checked {
        let text = self.check(target)?.of(Type::Text, &format!("`{name}`"))?;
        let nullable = text.nullable;
        let text = Box::new(text);
        let Some(argument) = argument else {
            return Ok(Expr::new(at, Kind::Lower(text), Type::Text, nullable));
        };
        let place = argument.at;
        let written = written(argument, name)?;
        let kind = match builtin {
            Builtin::StartsWith => Kind::Piece(Piece::Start, text, written),
            Builtin::EndsWith => Kind::Piece(Piece::End, text, written),
            Builtin::Contains => Kind::Piece(Piece::Anywhere, text, written),
            _ => Kind::Matches(text, pattern(place, &written)?),
        };
        Ok(Expr::truth(at, kind))
    }
}

/// A text that stands there as it is: what is looked for is known when the rule is read.
fn written(argument: Node, function: &str) -> Result<String, Fault> {
    match argument.kind {
        Written::Text(text) => Ok(text),
        _ => Err(Fault::new(argument.at, format!("`{function}` takes a text between quotes"))),
    }
}

fn timestamp(argument: Node) -> Checked {
    let at = argument.at;
    let text = written(argument, "timestamp")?;
    let Some(micros) = literal::time(&text) else {
        let sentence = "this is no time; write it as in `timestamp(\"2026-01-07T08:30:00Z\")`";
        return Err(Fault::new(at, sentence));
    };
    Ok(Expr::constant(at, Value::Time(micros), Type::Time))
}

fn duration(argument: Node) -> Checked {
    let at = argument.at;
    let text = written(argument, "duration")?;
    let Some(micros) = literal::duration(&text) else {
        let days = text.ends_with('d');
        let remedy =
            if days { "count days in hours, a week is" } else { "write it as in `1h30m`, a week is" };
        return Err(Fault::new(at, format!("this is no duration; {remedy} `duration(\"168h\")`")));
    };
    Ok(Expr::constant(at, Value::Duration(micros), Type::Duration))
}

fn pattern(at: usize, text: &str) -> Result<Regex, Fault> {
    let built = RegexBuilder::new(text)
        .size_limit(PATTERN_SIZE)
        .dfa_size_limit(PATTERN_SIZE)
        .nest_limit(PATTERN_DEPTH)
        .build();
    built.map_err(|error| {
        let sentence = match error {
            regex::Error::CompiledTooBig(_) => "this pattern is too large; write a shorter one",
            _ => "this is no regular expression; look at its brackets and escapes",
        };
        Fault::new(at, sentence)
    })
}

/// The function there is not, with the one that may be meant.
fn unknown(at: usize, name: &str, on_something: bool) -> Fault {
    let sentence = match (function::find(name, !on_something), on_something) {
        (Some(_), false) => format!("`{name}` is called on a text, as in `subject.{name}(…)`"),
        (Some(_), true) => format!("`{name}` is called by itself, as in `{name}(…)`"),
        (None, _) => {
            let distance =
                |known: &&str| strsim::damerau_levenshtein(&known.to_lowercase(), &name.to_lowercase());
            let near = FUNCTIONS.iter().map(|function| function.name).filter(|known| distance(known) <= 3);
            match near.min_by_key(distance) {
                Some(near) => format!("there is no function `{name}`; did you mean `{near}`?"),
                None => format!("there is no function `{name}`"),
            }
        }
    };
    Fault::new(at, sentence)
}
