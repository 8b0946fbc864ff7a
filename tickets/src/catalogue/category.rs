//! Categories and their tree.

use std::collections::BTreeMap;

use mesh_core::error::{Error, Result, Violations};
use proto::tickets::v1::{self as wire, ErrorReason, Priority};

use super::{Catalogue, MOST_FIELDS, nearest};
use crate::{column::Words, ticket::Micros};

/// Categories in use in a department.
pub(crate) const MOST_CATEGORIES: usize = 500;
/// Levels of the tree.
const DEEPEST: usize = 4;
/// What an update may name.
const PATHS: &str = "name, description, parent_id, position, field_keys, default_priority";

/// A kind of request, as it is stored. What its fields mean stands in the contract.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct Category {
    pub(crate) id: String,
    pub(crate) department_id: String,
    pub(crate) parent_id: String,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) position: i32,
    #[sqlx(try_from = "String")]
    pub(crate) field_keys: Words,
    #[sqlx(try_from = "i32")]
    pub(crate) default_priority: Priority,
    pub(crate) archive_time: Micros,
    pub(crate) version: i64,
}

impl Category {
    /// A new category of what was sent, checked as far as it can be without the catalogue.
    pub(crate) fn new(id: String, sent: &wire::Category, wrong: &mut Violations) -> Self {
        wrong.id("category.department_id", &sent.department_id, "dep");
        let blank = Self {
            id,
            department_id: sent.department_id.clone(),
            parent_id: String::new(),
            name: String::new(),
            description: String::new(),
            position: 0,
            field_keys: Words::default(),
            default_priority: Priority::Unspecified,
            archive_time: 0,
            version: 1,
        };
        let every: Vec<_> = PATHS.split(", ").map(str::to_owned).collect();
        blank.edited(sent, &every, wrong)
    }

    /// The category with the named fields as they were sent.
    pub(crate) fn edited(&self, sent: &wire::Category, paths: &[String], wrong: &mut Violations) -> Self {
        let mut after = self.clone();
        for path in paths {
            match path.as_str() {
                "name" => sent.name.trim().clone_into(&mut after.name),
                "description" => after.description.clone_from(&sent.description),
                "parent_id" => after.parent_id.clone_from(&sent.parent_id),
                "position" => after.position = sent.position,
                "field_keys" => after.field_keys = Words::of(&sent.field_keys),
                "default_priority" => after.default_priority = sent.default_priority(),
                other => wrong.add("update_mask", format!("names {other:?}; name {PATHS}")),
            }
        }
        wrong.when(paths.is_empty(), "update_mask", &format!("is empty; name {PATHS}"));
        wrong.text("category.name", &after.name, 1..=100);
        wrong.text("category.description", &after.description, 0..=500);
        wrong.optional_id("category.parent_id", &after.parent_id, "cat");
        let known = Priority::try_from(sent.default_priority).is_ok();
        wrong.when(
            !known,
            "category.default_priority",
            "is unknown; use LOW, NORMAL, HIGH or URGENT, or none",
        );
        let doubled = sent.field_keys.len() != Words::of(&sent.field_keys).len();
        wrong.when(doubled, "category.field_keys", "name a field twice; name each once");
        let too_many = after.field_keys.len() > MOST_FIELDS;
        wrong.when(too_many, "category.field_keys", "are too many; name at most 500");
        after
    }

    /// What makes its name its own among its siblings.
    pub(crate) fn name_key(&self) -> String {
        self.name.to_lowercase()
    }

    /// The version for the wire.
    pub(crate) fn etag(&self) -> String {
        self.version.to_string()
    }
}

impl Catalogue {
    /// Names the fields of the category that are not there.
    pub(crate) fn check_keys(&self, category: &Category, wrong: &mut Violations) {
        for (index, key) in category.field_keys.iter().enumerate() {
            if self.field(key).is_none_or(|field| field.archive_time != 0) {
                let known = self.fields().filter(|field| field.archive_time == 0);
                let meant = nearest(key, known.map(|field| field.key.as_str()));
                let remedy = meant
                    .map_or_else(|| "create it first".to_owned(), |near| format!("did you mean {near}?"));
                wrong.add(format!("category.field_keys[{index}]"), format!("is no field in use; {remedy}"));
            }
        }
    }

    /// Fine when the category can stand where it wants to: below one in use of its department, not below itself, not too deep,
    /// with a name of its own.
    pub(crate) fn expect_place(&self, category: &Category) -> Result<()> {
        let above = self.path(&category.parent_id);
        if above.iter().any(|one| one.id == category.id) {
            let message = "a category can't stand below itself; choose another parent";
            return Err(Error::failed_precondition(&ErrorReason::LinkCircle, message));
        }
        let fits =
            |parent: &Category| parent.archive_time == 0 && parent.department_id == category.department_id;
        if !category.parent_id.is_empty() && !above.last().is_some_and(|parent| fits(parent)) {
            let message = "there is no such category in use in the department; choose another parent";
            return Err(Error::failed_precondition(&ErrorReason::CategoryUnavailable, message));
        }
        if above.len() + self.height(&category.id) > DEEPEST {
            let problem = "makes the tree deeper than 4 levels; choose a higher one";
            return Err(Error::invalid("category.parent_id", problem));
        }
        let is_namesake = |one: &&Category| one.id != category.id && one.name_key() == category.name_key();
        if self.siblings(&category.department_id, &category.parent_id).any(|one| is_namesake(&one)) {
            return Err(Error::already_exists("category.name", "is the name of another category there"));
        }
        Ok(())
    }

    /// The categories in use there.
    pub(crate) fn siblings(&self, department_id: &str, parent_id: &str) -> impl Iterator<Item = &Category> {
        self.in_use(department_id).filter(move |one| one.parent_id == parent_id)
    }

    /// The categories in use in a department.
    pub(crate) fn in_use(&self, department_id: &str) -> impl Iterator<Item = &Category> {
        self.categories().filter(move |one| one.archive_time == 0 && one.department_id == department_id)
    }

    /// Fine when a ticket of the department may be filed there; always without a category.
    pub(crate) fn expect_open(&self, category_id: &str, department_id: &str) -> Result<()> {
        let fits = |one: &&Category| one.archive_time == 0 && one.department_id == department_id;
        if category_id.is_empty() || self.category(category_id).as_ref().is_some_and(fits) {
            return Ok(());
        }
        let message = "there is no such category in the department; choose one from its catalogue";
        Err(Error::failed_precondition(&ErrorReason::CategoryUnavailable, message))
    }

    /// Levels from the category in use down to its deepest one, itself included.
    fn height(&self, id: &str) -> usize {
        let below = self.categories().filter(|one| one.archive_time == 0 && one.parent_id == id);
        1 + below.map(|one| self.height(&one.id)).max().unwrap_or_default()
    }
}

/// By department, a parent before its children, siblings by position and name.
pub(crate) fn parents_first(all: Vec<Category>) -> Vec<Category> {
    let shown: Vec<String> = all.iter().map(|one| one.id.clone()).collect();
    let mut below: BTreeMap<String, Vec<Category>> = BTreeMap::new();
    for one in all {
        // A parent that is left out leaves its children at the top.
        let parent_id = if shown.contains(&one.parent_id) { one.parent_id.clone() } else { String::new() };
        below.entry(parent_id).or_default().push(one);
    }
    for siblings in below.values_mut() {
        let place =
            |one: &Category| (one.department_id.clone(), one.position, one.name_key(), one.id.clone());
        siblings.sort_by_cached_key(place);
        siblings.reverse();
    }
    let mut ordered = vec![];
    let mut open = below.remove("").unwrap_or_default();
    while let Some(next) = open.pop() {
        open.extend(below.remove(&next.id).unwrap_or_default());
        ordered.push(next);
    }
    ordered
}
