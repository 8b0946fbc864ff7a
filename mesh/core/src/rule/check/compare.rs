//! Operators that compare: what may stand on their two sides.

use super::{
    super::{
        parse::{Infix, Kind as Written, Node},
        problem::Fault,
        schema::{Type, Words},
        value::Value,
    },
    Checked, Checker, Expr, Kind, Order,
};

impl Checker<'_> {
    /// `==`, `<`, `in` and their like.
    pub(super) fn relation(&mut self, at: usize, relation: Infix, left: Node, right: Node) -> Checked {
        let order = match relation {
            Infix::Equal | Infix::Unequal => {
                let equal = self.equal(at, left, right)?;
                let negated = relation == Infix::Unequal;
                return Ok(if negated { Expr::truth(at, Kind::Not(Box::new(equal))) } else { equal });
            }
            Infix::In => return self.within(at, left, right),
            Infix::Less => Order::Less,
            Infix::LessOrEqual => Order::LessOrEqual,
            Infix::Greater => Order::Greater,
            _ => Order::GreaterOrEqual,
        };
        let sides = fitting(self.check(left)?, self.check(right)?)?;
        match sides[0].gives {
            Type::Bool => Err(Fault::new(at, "true and false have no order; use `==`, `!=` or `!`")),
            Type::Texts => Err(lists(at)),
            _ if sides.iter().any(|side| words(side).is_some()) => {
                Err(Fault::new(at, "words like these have no order; name the ones you mean after `in`"))
            }
            _ => Ok(Expr::truth(at, Kind::Ordered(order, Box::new(sides)))),
        }
    }

    fn equal(&mut self, at: usize, left: Node, right: Node) -> Checked {
        let other = match (&left.kind, &right.kind) {
            (_, Written::Null) => left,
            (Written::Null, _) => right,
            _ => {
                let sides = fitting(self.check(left)?, self.check(right)?)?;
                if sides.iter().any(|side| side.gives == Type::Texts) {
                    return Err(lists(at));
                }
                expect_word(&sides[0], &sides[1])?;
                expect_word(&sides[1], &sides[0])?;
                return Ok(Expr::truth(at, Kind::Equal(Box::new(sides))));
            }
        };
        let present = Expr::truth(at, Kind::Present(Box::new(self.check(other)?)));
        Ok(Expr::truth(at, Kind::Not(Box::new(present))))
    }

    /// `status in ["NEW", "OPEN"]` and `"vip" in tags`.
    fn within(&mut self, at: usize, left: Node, right: Node) -> Checked {
        let left = self.check(left)?;
        if left.gives == Type::Texts {
            return Err(Fault::new(left.at, "a list is in no other list; ask for one of its members"));
        }
        if let Written::List(members) = right.kind {
            return self.one_of(at, left, members);
        }
        let right = self.check(right)?;
        let left = match right.gives {
            Type::Texts => left.of(Type::Text, "this list")?,
            Type::Dynamic => left,
            other => {
                return Err(Fault::new(right.at, format!("after `in` comes a list, and this is {other}")));
            }
        };
        Ok(Expr::truth(at, Kind::Member(Box::new([left, right]))))
    }

    fn one_of(&mut self, at: usize, mut left: Expr, members: Vec<Node>) -> Checked {
        let members = members.into_iter().map(|member| self.check(member)).collect::<Result<Vec<_>, _>>()?;
        if left.gives == Type::Whole && members.iter().any(|member| member.gives == Type::Number) {
            left = left.widened();
        }
        let mut values = Vec::with_capacity(members.len());
        for member in members {
            let place = member.at;
            let [left, member] = fitting(left.clone(), member)?;
            expect_word(&left, &member)?;
            let Kind::Constant(value) = member.kind else {
                return Err(Fault::new(
                    place,
                    "a list after `in` holds written-out values; compare others with `==`",
                ));
            };
            values.push(value);
        }
        Ok(Expr::truth(at, Kind::OneOf(Box::new(left), values)))
    }
}

/// Two sides of one type; a whole number beside a number becomes one.
fn fitting(left: Expr, right: Expr) -> Result<[Expr; 2], Fault> {
    match (left.gives, right.gives) {
        (Type::Whole, Type::Number) => Ok([left.widened(), right]),
        (Type::Number, Type::Whole) => Ok([left, right.widened()]),
        (one, two) if one == two => Ok([left, right]),
        (Type::Dynamic, _) | (_, Type::Dynamic) => Ok([left, right]),
        (one, two) => {
            let remedy = match (one, two) {
                (Type::Time, Type::Text) | (Type::Text, Type::Time) => {
                    "; write `timestamp(\"2026-01-07T08:30:00Z\")`"
                }
                (Type::Duration, Type::Text) | (Type::Text, Type::Duration) => "; write `duration(\"36h\")`",
                _ => "",
            };
            Err(Fault::new(right.at, format!("{one} can't be compared with {two}{remedy}")))
        }
    }
}

/// The words a variable may be, when it is one of a few.
fn words(side: &Expr) -> Option<Words> {
    match &side.kind {
        Kind::Variable { words, .. } => *words,
        _ => None,
    }
}

/// Fine unless `side` is one of a few words and `other` is written out and none of them.
fn expect_word(side: &Expr, other: &Expr) -> Result<(), Fault> {
    let (Kind::Variable { name, .. }, Some(words)) = (&side.kind, words(side)) else { return Ok(()) };
    let Kind::Constant(Value::Text(written)) = &other.kind else { return Ok(()) };
    if words.iter().any(|(word, _)| word == written) {
        return Ok(());
    }
    let capital = written.to_uppercase();
    let near = words.iter().map(|(word, _)| word).filter(|word| strsim::jaro_winkler(word, &capital) > 0.8);
    let remedy = match near.min_by_key(|word| strsim::damerau_levenshtein(word, &capital)) {
        Some(near) => format!("did you mean `\"{near}\"`?"),
        None => format!("there are {}", words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ")),
    };
    Err(Fault::new(other.at, format!("`{name}` is never `\"{written}\"`; {remedy}")))
}

fn lists(at: usize) -> Fault {
    Fault::new(at, "lists can't be compared; ask for a member, as in `\"vip\" in tags`")
}
