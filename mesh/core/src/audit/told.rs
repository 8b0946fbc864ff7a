//! Messages of the contract as the audit log tells them: field by field, in JSON.
//!
//! The invariant: a line has a bound. A field that is longer than anybody reads is told by its length and its digest, which show that
//! it changed and prove later which text it was.

use std::sync::LazyLock;

use prost::Name;
use prost_reflect::{DescriptorPool, DynamicMessage, SerializeOptions};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

/// Characters of a field that are told as they are.
const MOST: usize = 2_000;
/// What every resource has and nobody decides: the line's target, its time and the order of its lines say the same.
const SAID_BY_THE_LINE: [&str; 6] = ["id", "etag", "version", "create_time", "update_time", "request_id"];

/// What things are called by people.
const NAMES: [&str; 3] = ["name", "display_name", "label"];

/// The contract. It was compiled with the program, so that it can be read is a matter of the build.
static CONTRACT: LazyLock<DescriptorPool> =
    LazyLock::new(|| DescriptorPool::decode(proto::DESCRIPTORS).unwrap_or_default());

/// The fields of a message that are set, by their names in the contract.
pub(super) fn fields<M: Name>(message: &M) -> Result<Map<String, Value>> {
    let kind = CONTRACT.get_message_by_name(&M::full_name());
    let kind = kind.ok_or_else(|| Error::internal("the contract has no such message"))?;
    let message =
        DynamicMessage::decode(kind, message.encode_to_vec().as_slice()).map_err(Error::internal)?;
    let as_named = SerializeOptions::new().use_proto_field_name(true);
    let told = message.serialize_with_options(serde_json::value::Serializer, &as_named);
    let Value::Object(told) = told.map_err(Error::internal)? else {
        return Err(Error::internal("a message that is no object"));
    };
    let told = told.into_iter().filter(|(name, _)| !SAID_BY_THE_LINE.contains(&name.as_str()));
    Ok(told.map(|(name, value)| (name, brief(value))).collect())
}

/// Leaves out what is the same on both sides, but for what the thing is called. Whether anything differs.
pub(super) fn keep_what_differs(before: &mut Map<String, Value>, after: &mut Map<String, Value>) -> bool {
    if before == after {
        return false;
    }
    let (was, is) = (before.clone(), after.clone());
    let says = |name: &String| was.get(name) != is.get(name) || NAMES.contains(&name.as_str());
    before.retain(|name, _| says(name));
    after.retain(|name, _| says(name));
    true
}

/// A value, or what it was when it is long.
pub(super) fn brief(value: Value) -> Value {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let length = text.chars().count();
    if length <= MOST {
        return value;
    }
    format!("{length} characters, SHA-256 {}", hex::encode(Sha256::digest(text))).into()
}

/// The fields as a line has them; nothing for none.
pub(super) fn text(fields: Map<String, Value>) -> String {
    if fields.is_empty() { String::new() } else { Value::Object(fields).to_string() }
}

#[cfg(test)]
mod tests {
    use proto::tickets::v1::{Category, Priority};

    use super::{brief, fields, keep_what_differs};

    #[test]
    fn fields_are_told_by_their_names_and_of_an_edit_those_that_differ_with_the_name_of_the_thing() {
        let before = Category {
            id: "cat_1".into(),
            etag: "1".into(),
            name: "Printers".into(),
            default_priority: Priority::High.into(),
            ..Category::default()
        };
        let after = Category { etag: "2".into(), position: 3, ..before.clone() };
        let told = |one: &Category| fields(one).expect("told");
        let (mut was, mut is) = (told(&before), told(&after));
        assert_eq!(was["default_priority"], "PRIORITY_HIGH");
        assert!(!was.contains_key("id") && !was.contains_key("etag") && !was.contains_key("description"));
        assert!(keep_what_differs(&mut was, &mut is));
        assert_eq!(super::text(was), r#"{"name":"Printers"}"#);
        assert_eq!(super::text(is), r#"{"name":"Printers","position":3}"#);
        let (mut was, mut is) = (told(&before), told(&Category { etag: "2".into(), ..before.clone() }));
        assert!(!keep_what_differs(&mut was, &mut is));
    }

    #[test]
    fn a_long_text_is_told_by_its_digest() {
        let (one, other) = ("a".repeat(3_000), "b".repeat(3_000));
        let told = brief(one.into());
        assert!(told.as_str().is_some_and(|told| told.starts_with("3000 characters, SHA-256 ")), "{told}");
        assert_ne!(told, brief(other.into()), "that it changed still shows");
        assert_eq!(brief("short".into()), "short");
    }
}
