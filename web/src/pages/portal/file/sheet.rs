//! A request as it is typed, and the draft of it: kept on the server a moment after the last letter, there again after a reload.
//!
//! The draft is a flat JSON object of texts, right or wrong, by the names of their fields; what was typed into the form of another
//! category is kept, too, so that looking around in the catalogue costs nothing.

use proto::tickets::v1::{Attachment, DraftKind, Ticket};
use sycamore::prelude::*;

use crate::app::App;
use crate::browser;
use crate::pages::filling::Filling;
use crate::store::uploads::{Stage, Uploads};

/// The most bytes a file may have, unless the server says less or more when it is sent.
const LARGEST: u64 = 25 << 20;
/// The field that may be filled before anybody typed: where there is one department it is chosen, which is nothing to keep.
const DEPARTMENT: &str = "department_id";
/// Where the draft keeps files that are there: a line each of id, size and name.
const FILES: &str = "files";
/// What the names of a form's fields begin with.
const FIELD: &str = "fields.";

/// The fields as they are typed.
#[derive(Clone, Copy)]
pub(super) struct Sheet {
    pub(super) department: Signal<String>,
    /// Who asks; empty for whoever files it.
    pub(super) requester: Signal<String>,
    /// Whom it is about, where that is somebody else.
    pub(super) behalf: Signal<String>,
    pub(super) subject: Signal<String>,
    pub(super) description: Signal<String>,
    pub(super) filling: Filling,
    pub(super) uploads: Uploads,
}

impl Sheet {
    /// An empty sheet.
    pub(super) fn new() -> Self {
        let blank = || create_signal(String::new());
        Self {
            department: blank(),
            requester: blank(),
            behalf: blank(),
            subject: blank(),
            description: blank(),
            filling: Filling::new(),
            uploads: Uploads::new(String::new(), LARGEST),
        }
    }

    /// A sheet with what was typed before, and kept as it is typed from now on.
    pub(super) fn kept(app: App) -> Self {
        let sheet = Self::new();
        let draft = app.drafts.of("", DraftKind::Ticket);
        create_effect(move || {
            let text = draft.get_clone();
            if !text.is_empty() && untrack(|| sheet.entries().is_empty()) {
                sheet.restore(browser::json_fields(&text));
            }
        });
        // The first look only follows: what the server kept may still be on its way.
        let first = create_signal(true);
        create_effect(move || {
            let text = json(&sheet.entries());
            if !first.replace_silent(false) && draft.with_untracked(|before| *before != text) {
                draft.set(text);
            }
        });
        sheet
    }

    /// The plain fields by name.
    const fn plain(self) -> [(&'static str, Signal<String>); 8] {
        [
            (DEPARTMENT, self.department),
            ("requester_id", self.requester),
            ("on_behalf_of_id", self.behalf),
            ("category_id", self.filling.category),
            ("impact", self.filling.impact),
            ("urgency", self.filling.urgency),
            ("subject", self.subject),
            ("description", self.description),
        ]
    }

    /// Everything worth keeping, by name; nothing of an empty sheet. Follows what is typed.
    fn entries(self) -> Vec<(String, String)> {
        let plain = self.plain().map(|(name, value)| (name.to_owned(), value.get_clone()));
        let files = files(self.uploads);
        let mut entries: Vec<_> = plain.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        if !files.is_empty() {
            entries.push((FILES.to_owned(), files));
        }
        let typed = self.filling.typed();
        if entries.iter().all(|(name, _)| name == DEPARTMENT) {
            return Vec::new();
        }
        entries.extend(typed.into_iter().map(|(key, value)| (format!("{FIELD}{key}"), value)));
        entries
    }

    /// Whether there is anything to lose. Follows what is typed.
    pub(super) fn is_begun(self) -> bool {
        !self.entries().is_empty()
    }

    /// Takes back what was kept.
    fn restore(self, entries: Vec<(String, String)>) {
        batch(|| {
            for (name, value) in entries {
                if let Some(key) = name.strip_prefix(FIELD) {
                    self.filling.write(key, value);
                } else if name == FILES {
                    value.lines().filter_map(file).for_each(|file| self.show(file));
                } else if let Some((_, field)) = self.plain().into_iter().find(|(known, _)| *known == name) {
                    field.set(value);
                }
            }
        });
    }

    fn show(self, file: Attachment) {
        let size = u64::try_from(file.size_bytes).unwrap_or_default();
        self.uploads.show(file.name.clone(), size, Stage::There(file), None);
    }

    /// The ticket, but for the values of its form.
    pub(super) fn ticket(self) -> Ticket {
        Ticket {
            department_id: self.department.get_clone(),
            requester_id: self.requester.get_clone(),
            on_behalf_of_id: self.behalf.get_clone(),
            category_id: self.filling.category.get_clone(),
            subject: self.subject.get_clone().trim().to_owned(),
            description: self.description.get_clone(),
            impact: self.filling.impact().into(),
            urgency: self.filling.urgency().into(),
            ..Ticket::default()
        }
    }

    /// Empties everything, once it was sent.
    pub(super) fn clear(self) {
        batch(|| {
            self.uploads.sent();
            self.filling.clear();
            self.plain().into_iter().for_each(|(_, value)| value.set(String::new()));
        });
    }
}

fn json(entries: &[(String, String)]) -> String {
    if entries.is_empty() {
        return String::new();
    }
    let entries: Vec<_> = entries.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    browser::json(&entries)
}

/// The files that are there, for the draft.
fn files(uploads: Uploads) -> String {
    let all = uploads.all();
    let line = |stage: &Stage| match stage {
        Stage::There(file) => Some(format!("{} {} {}", file.id, file.size_bytes, file.name)),
        _ => None,
    };
    let lines: Vec<_> = all.with(|all| all.iter().filter_map(|upload| upload.stage.with(line)).collect());
    lines.join("\n")
}

/// The file of a line of the draft.
fn file(line: &str) -> Option<Attachment> {
    let (id, rest) = line.split_once(' ')?;
    let (size, name) = rest.split_once(' ')?;
    let size_bytes = size.parse().ok()?;
    Some(Attachment { id: id.to_owned(), size_bytes, name: name.to_owned(), ..Attachment::default() })
}

#[cfg(test)]
mod tests {
    use proto::tickets::v1::{Attachment, Field, FieldType};
    use sycamore::prelude::*;

    use super::Sheet;
    use crate::store::uploads::Stage;

    fn blank(key: &str) -> Field {
        Field { key: key.to_owned(), r#type: FieldType::Text.into(), ..Field::default() }
    }

    #[test]
    fn an_empty_sheet_keeps_nothing_and_a_typed_one_comes_back_as_it_was() {
        let _root = create_root(|| {
            let sheet = Sheet::new();
            sheet.filling.lay(vec![blank("device")]);
            sheet.department.set("dep_1".to_owned());
            assert!(sheet.entries().is_empty(), "the only department there is says nothing");
            sheet.subject.set("The door ".to_owned());
            sheet.filling.write("device", "front door".to_owned());
            let attachment = Attachment {
                id: "att_1".into(),
                name: "a plan.pdf".into(),
                size_bytes: 7,
                ..Attachment::default()
            };
            sheet.uploads.show(attachment.name.clone(), 7, Stage::There(attachment), None);

            let other = Sheet::new();
            other.restore(sheet.entries());
            other.filling.lay(vec![blank("device")]);
            assert_eq!(other.entries(), sheet.entries());
            assert_eq!(other.uploads.ids(), ["att_1"]);
            assert_eq!(other.ticket().subject, "The door");
        });
    }
}
