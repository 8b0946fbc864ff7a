//! Taking parts of the shipped catalogue into a department.
//!
//! The invariant: what is there already, a field by its key or a category by its name, stays as it is; so a second adoption adds
//! nothing.

use mesh_core::{
    error::{Result, Violations},
    id::Ids,
};

use super::{
    Catalogue, Category, Field, Template,
    template::{Shipped, ShippedCategory},
};

/// What an adoption adds and finds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Adoption {
    pub(crate) new_fields: Vec<Field>,
    pub(crate) new_categories: Vec<Category>,
    /// Ids of the categories that were there.
    pub(crate) found: Vec<String>,
    /// Keys of all fields of the templates.
    pub(crate) field_keys: Vec<String>,
}

/// Where it is adopted, and out of what.
#[derive(Clone, Copy, Debug)]
struct Place<'a> {
    catalogue: &'a Catalogue,
    department_id: &'a str,
    ids: &'a Ids,
}

impl Adoption {
    /// Adopts the templates.
    pub(crate) fn of(
        shipped: &Shipped,
        templates: &[&Template],
        catalogue: &Catalogue,
        department_id: &str,
        ids: &Ids,
    ) -> Result<Self> {
        let mut adoption = Self::default();
        let place = Place { catalogue, department_id, ids };
        for template in templates {
            adoption.field_keys.extend(template.field_keys());
            let parent_id = adoption.adopt(place, &template.top, "")?;
            for category in &template.below {
                adoption.adopt(place, category, &parent_id)?;
            }
        }
        adoption.field_keys.sort();
        adoption.field_keys.dedup();
        for field in &shipped.fields {
            let is_wanted = adoption.field_keys.iter().any(|key| key == field.key());
            if is_wanted && catalogue.field(field.key()).is_none() {
                let mut wrong = Violations::default();
                adoption.new_fields.push(Field::new(ids.id("fld"), &field.to_proto(), &mut wrong));
                wrong.into_result()?;
            }
        }
        Ok(adoption)
    }

    /// The id of the category below `parent_id`, found or new.
    fn adopt(&mut self, place: Place<'_>, category: &ShippedCategory, parent_id: &str) -> Result<String> {
        let name_key = category.name.to_lowercase();
        let mut siblings = place.catalogue.siblings(place.department_id, parent_id);
        if let Some(found) = siblings.find(|one| one.name_key() == name_key) {
            self.found.push(found.id.clone());
            return Ok(found.id.clone());
        }
        let is_sibling = |one: &&Category| one.parent_id == parent_id;
        let before = place.catalogue.siblings(place.department_id, parent_id).count()
            + self.new_categories.iter().filter(is_sibling).count();
        let position = i32::try_from(before).unwrap_or(i32::MAX);
        let mut wrong = Violations::default();
        let sent = category.to_proto(place.department_id, parent_id, position);
        let category = Category::new(place.ids.id("cat"), &sent, &mut wrong);
        wrong.into_result()?;
        let id = category.id.clone();
        self.new_categories.push(category);
        Ok(id)
    }
}
