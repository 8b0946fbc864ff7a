//! Every word the UI says, in Fluent: English and German, each complete, a file for each area in `locales/<language>/`.
//!
//! Invariant, kept by tests: every id used in the code stands in every language, every id of a language is in the other, and no
//! program says anything that only another's files have.

use std::cell::OnceCell;

use fluent_bundle::{FluentArgs, FluentBundle, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

use crate::{browser, prefs};

/// The languages there are: tag and own name.
pub(crate) const LANGUAGES: [(&str, &str); 2] = [("en", "English"), ("de", "Deutsch")];

/// The texts of an area in each of the [`LANGUAGES`].
pub(crate) type Area = [&'static str; LANGUAGES.len()];

macro_rules! areas {
    ($($name:literal),+ $(,)?) => {
        &[$([
            include_str!(concat!("../locales/en/", $name, ".ftl")),
            include_str!(concat!("../locales/de/", $name, ".ftl")),
        ]),+]
    };
}

/// What every program says: parts, stores, `api`, the door, and what is shared of a ticket.
pub(crate) const SHARED: &[Area] = areas!["common", "door", "portal", "ticket"];

/// What the front says besides.
pub(crate) const FRONT: &[Area] = areas!["help", "account", "permissions", "palette"];

/// What the desk says besides.
pub(crate) const DESK: &[Area] = areas!["desk", "macros", "palette"];

/// What the work says besides what the back says, too.
pub(crate) const WORK: &[Area] = areas!["routing", "levels", "automations", "flows"];

/// What the team says besides.
pub(crate) const TEAM: &[Area] = areas!["team", "approvals", "reports", "macros", "palette"];

/// What the back says besides.
pub(crate) const BACK: &[Area] = areas![
    "people",
    "permissions",
    "roles",
    "access",
    "programs",
    "sso",
    "audit",
    "transfer",
    "knowledge",
    "catalogue"
];

/// What is said before a program read its own: everything in tests, which draw parts without a program.
const UNREAD: &[&[Area]] = if cfg!(test) { &[SHARED, FRONT, DESK, BACK, WORK, TEAM] } else { &[] };

thread_local! {
    static TEXTS: OnceCell<Texts> = const { OnceCell::new() };
}

/// The texts of one language.
struct Texts {
    tag: &'static str,
    bundle: FluentBundle<FluentResource>,
}

impl Texts {
    fn new(wanted: &str, areas: &[&[Area]]) -> Self {
        let number = LANGUAGES.iter().position(|(tag, _)| wanted.starts_with(tag)).unwrap_or_default();
        let tag = LANGUAGES[number].0;
        let language: LanguageIdentifier = tag.parse().unwrap_or_default();
        let mut bundle = FluentBundle::new(vec![language]);
        bundle.set_use_isolating(false);
        for area in areas.iter().copied().flatten() {
            // A resource with a mistake still brings its sound entries; a test refuses the mistake.
            let (Ok(resource) | Err((resource, _))) = FluentResource::try_new(area[number].to_owned());
            bundle.add_resource_overriding(resource);
        }
        Self { tag, bundle }
    }

    fn say(&self, id: &str, arguments: Option<&FluentArgs<'_>>) -> Option<String> {
        let pattern = self.bundle.get_message(id)?.value()?;
        Some(self.bundle.format_pattern(pattern, arguments, &mut Vec::new()).into_owned())
    }
}

/// Reads the texts of a program in the language of whoever is there.
pub(crate) fn read(areas: &[&[Area]]) {
    TEXTS.with(|texts| texts.get_or_init(|| Texts::new(&wanted(), areas)).tag);
}

fn with<T>(ask: impl FnOnce(&Texts) -> T) -> T {
    TEXTS.with(|texts| ask(texts.get_or_init(|| Texts::new(&wanted(), UNREAD))))
}

fn wanted() -> String {
    if cfg!(not(target_arch = "wasm32")) {
        return "en".to_owned();
    }
    prefs::language().or_else(browser::language).unwrap_or_default()
}

/// The tag of the language in use.
pub(crate) fn tag() -> &'static str {
    with(|texts| texts.tag)
}

/// The text with this id; the id itself if there is none, which a test prevents.
pub(crate) fn say(id: &str) -> String {
    maybe(id).unwrap_or_else(|| id.to_owned())
}

/// The text with this id, for ids made from data of the server.
pub(crate) fn maybe(id: &str) -> Option<String> {
    with(|texts| texts.say(id, None))
}

/// The text with this id, its placeables filled in.
pub(crate) fn say_with<'a, const N: usize>(id: &str, arguments: [(&'a str, FluentValue<'a>); N]) -> String {
    let arguments = FluentArgs::from_iter(arguments);
    with(|texts| texts.say(id, Some(&arguments))).unwrap_or_else(|| id.to_owned())
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
    use std::path::{Path, PathBuf};

    use fluent_bundle::FluentResource;

    use super::{Area, BACK, DESK, FRONT, LANGUAGES, SHARED, TEAM, WORK};

    /// Each program: what it says, and the code that not every program runs but it does; files and folders.
    const PROGRAMS: [(&[&[Area]], &[&str]); 5] = [
        (&[FRONT], &["pages/portal", "pages/help", "pages/account", "pages/palette", "pages/rights"]),
        (&[DESK], &["desk", "pages/desk", "pages/palette", "pages/ready", "store/bulk"]),
        (&[BACK], &["pages/admin", "pages/rights"]),
        (&[BACK, WORK], &WORKS),
        (&[TEAM], &["pages/kit", "pages/palette", "pages/ready", "pages/team"]),
    ];
    /// The pages of the work, some of which stand among those of the administration.
    const WORKS: [&str; 13] = [
        "pages/admin",
        "pages/admin/agent_form",
        "pages/admin/agent_limits",
        "pages/admin/automations",
        "pages/admin/flow",
        "pages/admin/flows",
        "pages/admin/level_calendar",
        "pages/admin/level_policy",
        "pages/admin/level_targets",
        "pages/admin/levels",
        "pages/admin/queue_form",
        "pages/admin/queue_lines",
        "pages/admin/queues",
    ];

    /// Every area once.
    fn all() -> Vec<Area> {
        let areas: BTreeSet<_> = [SHARED, FRONT, DESK, BACK, WORK, TEAM].concat().into_iter().collect();
        areas.into_iter().collect()
    }

    /// The ids of some areas in one language, in the order of the files.
    fn ids(areas: &[&[Area]], language: usize) -> Vec<&'static str> {
        let lines = areas.iter().copied().flatten().flat_map(|area| area[language].lines());
        lines.filter_map(|line| line.split_once(" =")).map(|(id, _)| id).filter(|id| is_id(id)).collect()
    }

    fn is_id(text: &str) -> bool {
        text.starts_with(|first: char| first.is_ascii_lowercase())
            && text
                .chars()
                .all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-')
    }

    /// Ids written out in the code below `path`, but for what is left out: `t!("…")` and `T(id="…")`.
    fn used(path: &Path, left_out: &[PathBuf], found: &mut BTreeSet<String>) {
        if left_out.contains(&path.with_extension("")) {
            return;
        }
        if path.is_dir() {
            for entry in fs::read_dir(path).unwrap() {
                used(&entry.unwrap().path(), left_out, found);
            }
            return;
        }
        let code = fs::read_to_string(path).unwrap();
        for mark in ["t!(\"", "T(id=\""] {
            let uses = code.split(mark).skip(1).filter_map(|rest| rest.split_once('"'));
            found.extend(uses.map(|(id, _)| id).filter(|id| is_id(id)).map(str::to_owned));
        }
    }

    #[test]
    fn every_text_can_be_read() {
        for source in all().concat() {
            let mistakes = FluentResource::try_new(source.to_owned()).err().map(|(_, mistakes)| mistakes);
            assert_eq!(mistakes, None);
        }
    }

    #[test]
    fn every_file_of_texts_is_read() {
        for (language, (tag, _)) in LANGUAGES.into_iter().enumerate() {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("locales").join(tag);
            let files = fs::read_dir(folder).unwrap();
            let there: BTreeSet<_> =
                files.map(|file| fs::read_to_string(file.unwrap().path()).unwrap()).collect();
            let read = all().iter().map(|area| area[language].to_owned()).collect();
            assert_eq!(there, read);
        }
    }

    #[test]
    fn all_languages_have_the_same_texts_in_the_same_files_once_each() {
        for area in all() {
            let [english, german] = [0, 1].map(|language| ids(&[&[area]], language));
            assert_eq!(english, german);
        }
        let ids = ids(&[&all()], 0);
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
    }

    #[test]
    fn every_text_the_code_names_is_there() {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let own = |paths: &[&str]| paths.iter().map(|path| source.join(path)).collect::<Vec<_>>();
        for (says, runs) in PROGRAMS {
            let others = PROGRAMS.iter().flat_map(|(_, paths)| own(paths));
            let left_out: Vec<_> = others.filter(|path| !own(runs).contains(path)).collect();
            let mut wanted = BTreeSet::new();
            used(&source, &left_out, &mut wanted);
            let there = ids(&[[SHARED].as_slice(), says].concat(), 0);
            let missing: Vec<_> = wanted.iter().filter(|id| !there.contains(&id.as_str())).collect();
            assert!(wanted.len() > 100 && missing.is_empty(), "{missing:?}");
        }
    }
}
