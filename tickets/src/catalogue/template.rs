//! The catalogue that is shipped: data, read where it is asked for.

use mesh_core::error::{Error, Result};
use proto::tickets::v1::{self as wire, CategoryTemplate, FieldType};
use serde::Deserialize;

use super::field::Choice;

const SHIPPED: &str = include_str!("../../catalogue/shipped.json");

/// All that is shipped.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Shipped {
    pub(crate) fields: Vec<ShippedField>,
    pub(crate) templates: Vec<Template>,
}

/// A category with those below it.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Template {
    pub(crate) key: String,
    #[serde(flatten)]
    pub(crate) top: ShippedCategory,
    #[serde(default)]
    pub(crate) below: Vec<ShippedCategory>,
}

/// One category.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct ShippedCategory {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) description: String,
    #[serde(default)]
    pub(crate) field_keys: Vec<String>,
}

/// One field.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ShippedField {
    key: String,
    label: String,
    #[serde(default)]
    help: String,
    kind: String,
    #[serde(default)]
    options: Vec<Choice>,
    #[serde(default)]
    required_when: String,
    #[serde(default)]
    visible_when: String,
}

/// What is shipped.
pub(crate) fn templates() -> Result<Shipped> {
    serde_json::from_str(SHIPPED).map_err(Error::internal)
}

impl Template {
    /// Keys of all fields of its forms, each once.
    pub(crate) fn field_keys(&self) -> Vec<String> {
        let mut keys = self.top.field_keys.clone();
        for key in self.below.iter().flat_map(|category| &category.field_keys) {
            if !keys.contains(key) {
                keys.push(key.clone());
            }
        }
        keys
    }

    /// The template as the contract has it.
    pub(crate) fn to_proto(&self) -> CategoryTemplate {
        CategoryTemplate {
            key: self.key.clone(),
            name: self.top.name.clone(),
            description: self.top.description.clone(),
            category_names: self.below.iter().map(|category| category.name.clone()).collect(),
            field_keys: self.field_keys(),
        }
    }
}

impl ShippedField {
    /// Its key.
    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    /// The field as somebody would send it.
    pub(crate) fn to_proto(&self) -> wire::Field {
        let kind = FieldType::from_str_name(&format!("FIELD_TYPE_{}", self.kind));
        let option =
            |one: &Choice| wire::Option { key: one.key.clone(), label: one.label.clone(), retired: false };
        wire::Field {
            key: self.key.clone(),
            label: self.label.clone(),
            help: self.help.clone(),
            r#type: kind.unwrap_or_default().into(),
            options: self.options.iter().map(option).collect(),
            required_when: self.required_when.clone(),
            visible_when: self.visible_when.clone(),
            ..wire::Field::default()
        }
    }
}

impl ShippedCategory {
    /// The category as somebody would send it.
    pub(crate) fn to_proto(&self, department_id: &str, parent_id: &str, position: i32) -> wire::Category {
        wire::Category {
            department_id: department_id.to_owned(),
            parent_id: parent_id.to_owned(),
            name: self.name.clone(),
            description: self.description.clone(),
            position,
            field_keys: self.field_keys.clone(),
            ..wire::Category::default()
        }
    }
}
