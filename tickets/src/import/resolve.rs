//! Ids in the place of names: people by their addresses, departments and categories by what they are called.

use std::collections::BTreeSet;

use mesh_core::error::Violations;
use proto::tickets::v1::{Comment, ImportTicketsRequest, Ticket};

use super::{Known, Person};

/// How the names of a category and those above it are written in one.
const BELOW: char = '/';

/// What is wrong with a name nobody has.
const NOBODY: &str = "is nobody known here; give the id or the e-mail address of somebody who is";

/// Whom a row names, as people are looked up: ids, and addresses in lower case.
pub(crate) fn people_of(row: &ImportTicketsRequest) -> impl Iterator<Item = String> {
    let ticket = row.ticket.iter().flat_map(|ticket| {
        let single = [&ticket.requester_id, &ticket.on_behalf_of_id, &ticket.assignee_id];
        single.into_iter().chain(&ticket.cc_ids).chain(&ticket.watcher_ids)
    });
    let authors = row.comments.iter().filter_map(|comment| Some(&comment.author.as_ref()?.user_id));
    let mentioned = row.comments.iter().flat_map(|comment| &comment.mention_ids);
    let named = ticket.chain(authors).chain(mentioned).filter(|name| !name.is_empty());
    named.map(|name| folded(name)).collect::<BTreeSet<_>>().into_iter()
}

/// What somebody is looked up by.
fn folded(name: &str) -> String {
    if name.contains('@') { name.trim().to_lowercase() } else { name.to_owned() }
}

impl Known<'_> {
    pub(super) fn person(&self, name: &str) -> Option<&Person> {
        self.people.get(&folded(name))
    }

    fn name_people(&self, path: &str, names: &mut [String], wrong: &mut Violations) {
        for (index, name) in names.iter_mut().enumerate() {
            self.name_person(&format!("{path}[{index}]"), name, wrong);
        }
    }

    /// Puts the id of somebody in his address's place. Nobody may be named, too.
    fn name_person(&self, path: &str, name: &mut String, wrong: &mut Violations) {
        if name.is_empty() {
            return;
        }
        match self.person(name) {
            Some(person) => name.clone_from(&person.id),
            None => wrong.add(path, NOBODY),
        }
    }

    /// Puts ids in the place of everybody and everything a ticket names.
    pub(super) fn resolve(&self, ticket: &mut Ticket, wrong: &mut Violations) {
        self.name_person("ticket.requester_id", &mut ticket.requester_id, wrong);
        self.name_person("ticket.on_behalf_of_id", &mut ticket.on_behalf_of_id, wrong);
        self.name_person("ticket.assignee_id", &mut ticket.assignee_id, wrong);
        self.name_people("ticket.cc_ids", &mut ticket.cc_ids, wrong);
        self.name_people("ticket.watcher_ids", &mut ticket.watcher_ids, wrong);
        match self.department(&ticket.department_id) {
            Some(id) => ticket.department_id = id,
            None => wrong.add("ticket.department_id", "is no department; give the id or the name of one"),
        }
        if ticket.category_id.is_empty() {
            return;
        }
        match self.category(&ticket.category_id, &ticket.department_id) {
            Some(id) => ticket.category_id = id,
            None => wrong.add(
                "ticket.category_id",
                "is no category of the department; give its id, or its names from the top: Hardware / Printer",
            ),
        }
    }

    /// The same for what was said.
    pub(super) fn resolve_comments(&self, comments: &mut [Comment], wrong: &mut Violations) {
        for (index, comment) in comments.iter_mut().enumerate() {
            self.name_people(&format!("comments[{index}].mention_ids"), &mut comment.mention_ids, wrong);
            if let Some(author) = comment.author.as_mut() {
                self.name_person(&format!("comments[{index}].author.user_id"), &mut author.user_id, wrong);
            }
        }
    }

    fn department(&self, name: &str) -> Option<String> {
        let is_meant = |(id, known): &&(String, String)| id == name || same(known, name);
        self.departments.iter().find(is_meant).map(|(id, _)| id.clone())
    }

    fn category(&self, name: &str, department_id: &str) -> Option<String> {
        let mut here = self.catalogue.categories().filter(|one| one.department_id == department_id);
        let is_meant = |id: &str| {
            let path = self.catalogue.path(id);
            let names = name.split(BELOW).map(str::trim);
            names.clone().count() == path.len() && names.zip(&path).all(|(name, one)| same(&one.name, name))
        };
        here.find(|one| one.id == name || is_meant(&one.id)).map(|one| one.id.clone())
    }
}

/// Whether two names are the same but for case.
fn same(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.trim().to_lowercase()
}
