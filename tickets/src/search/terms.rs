//! Terms of the search box: `status:open`, `assignee:me,none`, `tag:vpn`.
//!
//! A term is a name and values of which one must hold; several terms must hold together. Each is what a rule of lists says as
//! `name in [value, …]` (`status in ["OPEN", "NEW"]`), in the short form people type. The invariant: a name or a value that is
//! not known is answered with the nearest one that is.

use proto::tickets::v1::{Priority, Status};

/// What a term can be about, as people write it.
const NAMES: [(&str, Name); 7] = [
    ("status", Name::Status),
    ("priority", Name::Priority),
    ("assignee", Name::Assignee),
    ("from", Name::From),
    ("requester", Name::From),
    ("department", Name::Department),
    ("tag", Name::Tag),
];
/// Values of one term.
const MOST_VALUES: usize = 20;
const STATUS: &str = "STATUS_";
const PRIORITY: &str = "PRIORITY_";

/// What a term is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Name {
    Status,
    Priority,
    Assignee,
    From,
    Department,
    Tag,
}

/// A condition: one of these values. People and departments are as they were written: an id, a name, `me`, `none`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Term {
    Status(Vec<Status>),
    Priority(Vec<Priority>),
    Assignee(Vec<String>),
    /// The requester.
    From(Vec<String>),
    Department(Vec<String>),
    Tag(Vec<String>),
}

/// The same once everybody who was named is known: a field of a ticket is one of these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    Status(Vec<i64>),
    Priority(Vec<i64>),
    /// Ids; an empty one stands for nobody.
    Assignee(Vec<String>),
    Requester(Vec<String>),
    Department(Vec<String>),
}

impl Term {
    /// Reads `name:text`, or says what is wrong with it, going on from the field's name.
    pub(super) fn read(name: &str, text: &str) -> Result<Self, String> {
        let Some((name, known)) = NAMES.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name))
        else {
            let near = nearest(name, NAMES.iter().map(|(known, _)| (*known).to_owned()));
            return Err(format!(
                "knows no term {name}; did you mean {near}? In quotation marks it is looked for as words"
            ));
        };
        let values: Vec<_> = text.split(',').map(str::trim).filter(|value| !value.is_empty()).collect();
        if values.is_empty() || values.len() > MOST_VALUES {
            return Err(format!("has no value behind {name}:, or too many; {}", hint(known)));
        }
        let written = || values.iter().map(|value| (*value).to_owned()).collect();
        Ok(match known {
            Name::Status => Self::Status(read_all(&values, STATUS, &statuses())?),
            Name::Priority => Self::Priority(read_all(&values, PRIORITY, &priorities())?),
            Name::Assignee => Self::Assignee(written()),
            Name::From => Self::From(written()),
            Name::Department => Self::Department(written()),
            Name::Tag => Self::Tag(values.iter().map(|value| read_tag(value)).collect::<Result<_, _>>()?),
        })
    }
}

/// How the values of a term look.
fn hint(name: Name) -> &'static str {
    match name {
        Name::Status => "write status:open or status:new,open",
        Name::Priority => "write priority:high or priority:high,urgent",
        Name::Assignee => "write assignee:me, assignee:none or a name",
        Name::From => "write from:me or a name",
        Name::Department => "write the department's name, in quotation marks if it has spaces",
        Name::Tag => "write tag:vpn",
    }
}

fn statuses() -> impl Iterator<Item = (&'static str, Status)> + Clone {
    (1..).map_while(|number| Status::try_from(number).ok()).map(|status| (status.as_str_name(), status))
}

fn priorities() -> impl Iterator<Item = (&'static str, Priority)> + Clone {
    (1..)
        .map_while(|number| Priority::try_from(number).ok())
        .map(|priority| (priority.as_str_name(), priority))
}

/// The values of an enum people mean by these words.
fn read_all<V: Copy>(
    words: &[&str],
    prefix: &str,
    known: &(impl Iterator<Item = (&'static str, V)> + Clone),
) -> Result<Vec<V>, String> {
    let plain = |name: &str| name.strip_prefix(prefix).unwrap_or(name).to_lowercase();
    let read = |word: &&str| {
        let wanted = word.to_lowercase().replace('-', "_");
        let found = known.clone().find(|(name, _)| plain(name) == wanted).map(|(_, value)| value);
        found.ok_or_else(|| {
            let near = nearest(&wanted, known.clone().map(|(name, _)| plain(name)));
            format!("knows no {} {word}; did you mean {near}?", plain(prefix.trim_end_matches('_')))
        })
    };
    words.iter().map(read).collect()
}

fn read_tag(text: &str) -> Result<String, String> {
    let fits = text.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '-' | '_' | '.'));
    if fits { Ok(text.to_owned()) } else { Err(format!("has no tag in tag:{text}; {}", hint(Name::Tag))) }
}

/// The known word that is written most like `word`.
fn nearest(word: &str, known: impl Iterator<Item = String>) -> String {
    let word = word.to_lowercase();
    known.min_by_key(|known| strsim::osa_distance(known, &word)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proto::tickets::v1::Status;

    use super::Term;

    #[test]
    fn values_are_read_in_any_case_and_several_at_once() {
        let term = Term::read("Status", "Open,on-hold,").expect("a term");
        assert_eq!(term, Term::Status(vec![Status::Open, Status::OnHold]));
        assert_eq!(Term::read("requester", "Ada"), Ok(Term::From(vec!["Ada".to_owned()])));
    }

    #[test]
    fn the_nearest_known_word_is_named() {
        for (name, text, said) in [
            ("prioriti", "high", "did you mean priority?"),
            ("priority", "hihg", "did you mean high?"),
            ("status", "rejekted", "did you mean rejected?"),
            ("tag", "a'b", "write tag:vpn"),
            ("status", ",", "status:open"),
        ] {
            let problem = Term::read(name, text).expect_err("no term");
            assert!(problem.contains(said), "{problem}");
        }
    }
}
