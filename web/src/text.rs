//! Every word the UI says, in Fluent: English and German, each complete.
//!
//! Invariant, kept by tests: every id used in the code stands in every language, and every id of a language is in the other.

use fluent_bundle::{FluentArgs, FluentBundle, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

use crate::{browser, prefs};

const ENGLISH: &str = include_str!("../locales/en.ftl");
const GERMAN: &str = include_str!("../locales/de.ftl");

/// The languages there are: tag and own name.
pub(crate) const LANGUAGES: [(&str, &str); 2] = [("en", "English"), ("de", "Deutsch")];

thread_local! {
    static TEXTS: Texts = Texts::new(&wanted());
}

/// The texts of one language.
struct Texts {
    tag: &'static str,
    bundle: FluentBundle<FluentResource>,
}

impl Texts {
    fn new(wanted: &str) -> Self {
        let (tag, source) = if wanted.starts_with("de") { ("de", GERMAN) } else { ("en", ENGLISH) };
        let language: LanguageIdentifier = tag.parse().unwrap_or_default();
        let mut bundle = FluentBundle::new(vec![language]);
        bundle.set_use_isolating(false);
        // A resource with a mistake still brings its sound entries; a test refuses the mistake.
        let (Ok(resource) | Err((resource, _))) = FluentResource::try_new(source.to_owned());
        bundle.add_resource_overriding(resource);
        Self { tag, bundle }
    }

    fn say(&self, id: &str, arguments: Option<&FluentArgs<'_>>) -> Option<String> {
        let pattern = self.bundle.get_message(id)?.value()?;
        Some(self.bundle.format_pattern(pattern, arguments, &mut Vec::new()).into_owned())
    }
}

fn wanted() -> String {
    if cfg!(not(target_arch = "wasm32")) {
        return "en".to_owned();
    }
    prefs::language().or_else(browser::language).unwrap_or_default()
}

/// The tag of the language in use.
pub(crate) fn tag() -> &'static str {
    TEXTS.with(|texts| texts.tag)
}

/// The text with this id; the id itself if there is none, which a test prevents.
pub(crate) fn say(id: &str) -> String {
    maybe(id).unwrap_or_else(|| id.to_owned())
}

/// The text with this id, for ids made from data of the server.
pub(crate) fn maybe(id: &str) -> Option<String> {
    TEXTS.with(|texts| texts.say(id, None))
}

/// The text with this id, its placeables filled in.
pub(crate) fn say_with<'a, const N: usize>(id: &str, arguments: [(&'a str, FluentValue<'a>); N]) -> String {
    let arguments = FluentArgs::from_iter(arguments);
    TEXTS.with(|texts| texts.say(id, Some(&arguments))).unwrap_or_else(|| id.to_owned())
}

/// Servers speak in lower case without a full stop; people read sentences.
pub(crate) fn sentence(message: &str) -> String {
    let message = message.trim();
    let mut letters = message.chars();
    let Some(first) = letters.next() else {
        return String::new();
    };
    let end = if message.ends_with(['.', '!', '?', ')', '…']) { "" } else { "." };
    format!("{}{}{end}", first.to_uppercase(), letters.as_str())
}

/// `t!("sign-in")`, or `t!("unread", count = 3)` with placeables.
macro_rules! t {
    ($id:expr) => { $crate::text::say($id) };
    ($id:expr, $($name:ident = $value:expr),+ $(,)?) => {
        $crate::text::say_with($id, [$((stringify!($name), ::fluent_bundle::FluentValue::from($value))),+])
    };
}
pub(crate) use t;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use fluent_bundle::FluentResource;

    use super::{ENGLISH, GERMAN};

    fn ids(source: &str) -> BTreeSet<&str> {
        source
            .lines()
            .filter_map(|line| line.split_once(" ="))
            .map(|(id, _)| id)
            .filter(|id| is_id(id))
            .collect()
    }

    fn is_id(text: &str) -> bool {
        text.starts_with(|first: char| first.is_ascii_lowercase())
            && text
                .chars()
                .all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-')
    }

    /// Ids written out in the code: `t!("…")` and `T(id="…")`.
    fn used(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                used(&path, found);
                continue;
            }
            let code = fs::read_to_string(&path).unwrap();
            for mark in ["t!(\"", "T(id=\""] {
                let uses = code.split(mark).skip(1).filter_map(|rest| rest.split_once('"'));
                found.extend(uses.map(|(id, _)| id).filter(|id| is_id(id)).map(str::to_owned));
            }
        }
    }

    #[test]
    fn every_text_can_be_read() {
        for source in [ENGLISH, GERMAN] {
            let mistakes = FluentResource::try_new(source.to_owned()).err().map(|(_, mistakes)| mistakes);
            assert_eq!(mistakes, None);
        }
    }

    #[test]
    fn both_languages_have_the_same_texts() {
        let (english, german) = (ids(ENGLISH), ids(GERMAN));
        assert_eq!(english.symmetric_difference(&german).collect::<Vec<_>>(), Vec::<&&str>::new());
    }

    #[test]
    fn every_text_the_code_names_is_there() {
        let mut wanted = BTreeSet::new();
        used(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut wanted);
        let there = ids(ENGLISH);
        let missing: Vec<_> = wanted.iter().filter(|id| !there.contains(id.as_str())).collect();
        assert!(wanted.len() > 100 && missing.is_empty(), "{missing:?}");
    }
}
