//! The catalogue: what may be asked for, and with which fields.
//!
//! The model: categories form a tree in a department, each lists keys of fields, and a category's form has the fields of the
//! categories above it first. The invariants, which hold in every [`Catalogue`]:
//!
//! - every rule of a field can be asked: it was read against the fields there are, archived ones included;
//! - the rules of a field that requesters see speak of no field they don't see, so nothing of those can be told from a form;
//! - a key and a type never change, an option is never removed, so whatever a ticket has kept can be understood.

mod adoption;
mod category;
mod field;
mod fields;
mod filling;
mod form;
mod matrix;
mod rules;
mod template;
mod value;

use std::collections::BTreeMap;

use proto::tickets::v1::FieldType;

pub(crate) use adoption::Adoption;
pub(crate) use category::{Category, MOST_CATEGORIES, parents_first};
pub(crate) use field::{Field, MOST_FIELDS};
pub(crate) use fields::{Audience, Fields, PREFIX, Reader};
pub(crate) use filling::{Answers, Named};
pub(crate) use form::Form;
pub(crate) use matrix::{Matrix, check_matrix};
pub(crate) use rules::{Broken, Guarded, variable, with_answers};
pub(crate) use template::{Shipped, Template, templates};
pub(crate) use value::{Cell, Value};

/// The whole catalogue as of a revision, with its rules understood. The default is one with nothing in it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Catalogue {
    pub(crate) revision: i64,
    pub(crate) matrix: Matrix,
    categories: BTreeMap<String, Category>,
    fields: BTreeMap<String, Guarded>,
}

impl Catalogue {
    /// A catalogue of these categories and fields; the first rule that can't be asked otherwise.
    pub(crate) fn new(
        revision: i64,
        matrix: Matrix,
        categories: Vec<Category>,
        fields: Vec<Field>,
    ) -> Result<Self, Broken> {
        let categories = categories.into_iter().map(|one| (one.id.clone(), one)).collect();
        let fields = rules::guard(fields)?.into_iter().map(|one| (one.field.key.clone(), one)).collect();
        Ok(Self { revision, matrix, categories, fields })
    }

    /// The category with this id, archived ones included.
    pub(crate) fn category(&self, id: &str) -> Option<&Category> {
        self.categories.get(id)
    }

    /// All categories, by id.
    pub(crate) fn categories(&self) -> impl Iterator<Item = &Category> {
        self.categories.values()
    }

    /// The category and those above it, the top first.
    pub(crate) fn path(&self, id: &str) -> Vec<&Category> {
        let up = |one: &&Category| self.categories.get(&one.parent_id);
        let mut path: Vec<_> =
            std::iter::successors(self.categories.get(id), up).take(MOST_CATEGORIES).collect();
        path.reverse();
        path
    }

    /// The category and all below it.
    pub(crate) fn with_descendants(&self, id: &str) -> Vec<&Category> {
        self.categories().filter(|one| self.path(&one.id).iter().any(|above| above.id == id)).collect()
    }

    /// The field with this key, archived ones included.
    pub(crate) fn field(&self, key: &str) -> Option<&Field> {
        self.fields.get(key).map(|guarded| &guarded.field)
    }

    /// All fields, by key.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &Field> {
        self.fields.values().map(|guarded| &guarded.field)
    }

    /// The form of a category; without fields for one that is unknown, and for none.
    pub(crate) fn form(&self, category_id: &str) -> Form<'_> {
        let mut fields: Vec<&Guarded> = vec![];
        for key in self.path(category_id).into_iter().flat_map(|category| category.field_keys.iter()) {
            let is_there = fields.iter().any(|known| known.field.key == key);
            let in_use = self.fields.get(key).filter(|guarded| guarded.field.archive_time == 0);
            fields.extend(in_use.filter(|_| !is_there));
        }
        let name = self.category(category_id).map_or("", |category| category.name.as_str());
        Form { category: name, fields }
    }

    /// For whom the field with this key is; one that nobody knows is the staff's.
    pub(crate) fn audience(&self, key: &str) -> Audience {
        self.field(key).map_or(Audience::Staff, Field::audience)
    }

    /// For whom a change in a history is, by its path.
    pub(crate) fn audience_of(&self, path: &str) -> Audience {
        path.strip_prefix(PREFIX).map_or(Audience::Everybody, |key| self.audience(key))
    }

    /// The people chosen in these values, each with the key of its field.
    pub(crate) fn people_of<'v>(&self, values: &'v Fields) -> impl Iterator<Item = (&'v str, &'v str)> {
        values.iter().filter_map(|(key, value)| match value {
            Value::Text(id) if self.field(key)?.kind == FieldType::User => Some((key, id.as_str())),
            _ => None,
        })
    }

    /// The same catalogue with this field added, or in the place of the one with its key.
    pub(crate) fn with_field(&self, field: &Field) -> Result<Self, Broken> {
        let others = self.fields().filter(|one| one.key != field.key).cloned();
        let fields = others.chain([field.clone()]).collect();
        Self::new(self.revision, self.matrix, self.categories().cloned().collect(), fields)
    }
}

/// The one of these names that somebody may have meant.
pub(crate) fn nearest<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let near = known.filter(|one| strsim::jaro_winkler(one, name) > 0.8);
    near.min_by_key(|one| strsim::damerau_levenshtein(one, name))
}
