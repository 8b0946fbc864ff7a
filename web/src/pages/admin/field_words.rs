//! Types of fields in words, and the words rules may have.

use proto::tickets::v1::{Field, FieldType};
use sycamore::prelude::*;

use crate::parts::{Offer, Pill};
use crate::text::t;

/// All types, in the order they are offered.
pub(super) const TYPES: [FieldType; 11] = [
    FieldType::Text,
    FieldType::LongText,
    FieldType::Choice,
    FieldType::MultiChoice,
    FieldType::Bool,
    FieldType::Number,
    FieldType::Money,
    FieldType::Date,
    FieldType::User,
    FieldType::Asset,
    FieldType::Url,
];

/// What a type is called.
pub(super) fn type_name(r#type: FieldType) -> String {
    t!(&r#type.as_str_name().to_ascii_lowercase().replace('_', "-"))
}

/// The type of a field, with icon and word.
pub(super) fn type_pill(r#type: FieldType) -> View {
    let icon = match r#type {
        FieldType::Choice | FieldType::MultiChoice => "list",
        FieldType::Bool => "check",
        FieldType::Date => "clock",
        FieldType::User => "user",
        FieldType::Url => "link",
        FieldType::Asset => "screen",
        _ => "edit",
    };
    view! { Pill(tone="open", icon=icon, label=type_name(r#type)) }
}

/// Whether fields of a type have options.
pub(super) const fn has_options(r#type: FieldType) -> bool {
    matches!(r#type, FieldType::Choice | FieldType::MultiChoice)
}

/// The words rules of forms may have: the fields, and what is known of every request.
pub(super) fn offers(fields: &[Field]) -> Vec<Offer> {
    let offer = |word: &str, detail: String| Offer { word: word.to_owned(), detail };
    let own = fields.iter().map(|field| {
        offer(&format!("fields.{}", field.key), format!("{} · {}", field.label, type_name(field.r#type())))
    });
    let known = [
        "category",
        "category_id",
        "department_id",
        "priority",
        "impact",
        "urgency",
        "source",
        "requester_id",
        "on_behalf_of_id",
    ];
    own.chain(known.map(|word| offer(word, t!(&format!("rule-{}", word.replace('_', "-")))))).collect()
}

/// A key made of a label: `Serial number!` becomes `serial_number`.
pub(super) fn key_of(label: &str) -> String {
    let plain: String = label
        .to_lowercase()
        .chars()
        .map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '_' })
        .collect();
    let key = plain.split('_').filter(|word| !word.is_empty()).collect::<Vec<_>>().join("_");
    key.trim_start_matches(|first: char| !first.is_ascii_lowercase()).chars().take(64).collect()
}

#[cfg(test)]
mod tests {
    use proto::tickets::v1::{Field, FieldType};

    use super::{TYPES, has_options, key_of, offers, type_name};

    #[test]
    fn every_type_has_a_name_and_choices_have_options() {
        assert!(TYPES.iter().all(|kind| !type_name(*kind).starts_with("field-type-")));
        assert_eq!(TYPES.into_iter().filter(|kind| has_options(*kind)).count(), 2);
    }

    #[test]
    fn a_key_is_made_of_the_label() {
        assert_eq!(key_of("Serial number!"), "serial_number");
        assert_eq!(key_of("2nd device"), "nd_device");
        assert_eq!(key_of("  —  "), "");
    }

    #[test]
    fn rules_are_offered_the_fields_and_what_is_known_of_every_request() {
        let field = Field {
            key: "device".into(),
            label: "Device".into(),
            r#type: FieldType::Text.into(),
            ..Field::default()
        };
        let offers = offers(&[field]);
        assert_eq!((offers[0].word.as_str(), offers[0].detail.as_str()), ("fields.device", "Device · Text"));
        assert!(offers.iter().all(|offer| !offer.detail.starts_with("rule-")));
    }
}
