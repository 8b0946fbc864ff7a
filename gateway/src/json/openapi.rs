//! `GET /api/openapi.json`: the contract as an `OpenAPI` 3.1 document, made from its descriptor.
//!
//! What is said there is what the `.proto` files say: every unary method that is not the mesh's own, every message it can carry,
//! every comment.

use std::collections::BTreeMap;

use mesh_core::policy::{Rule, action_of};
use prost_reflect::{
    Cardinality, DescriptorPool, EnumDescriptor, FieldDescriptor, FileDescriptor, Kind, MessageDescriptor,
    MethodDescriptor,
};
use serde_json::{Map, Value, json};

/// The document.
pub(super) fn document(pool: &DescriptorPool) -> Value {
    let mut schemas = Schemas::default();
    let mut paths = Map::new();
    for service in pool.services() {
        for method in service.methods().filter(is_served) {
            let path = super::path_of(&method);
            paths.insert(format!("/api{path}"), json!({ "post": operation(&method, &mut schemas) }));
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": { "title": "Ticketmesh", "version": env!("CARGO_PKG_VERSION"), "license": { "name": "MIT", "identifier": "MIT" } },
        "paths": paths,
        "components": {
            "schemas": schemas.finish(),
            "securitySchemes": { "bearer": { "type": "http", "scheme": "bearer", "description": "An API key (`tm_…`) or an access token." } },
        },
        "security": [{ "bearer": [] }],
    })
}

/// Whether a method can be called as JSON from outside.
fn is_served(method: &MethodDescriptor) -> bool {
    let action = action_of(&super::path_of(method));
    !method.is_client_streaming()
        && !method.is_server_streaming()
        && action.is_some_and(|action| action.rule() != Rule::Mesh)
}

fn operation(method: &MethodDescriptor, schemas: &mut Schemas) -> Value {
    let service = method.parent_service();
    let body = |schema: Value| json!({ "application/json": { "schema": schema } });
    json!({
        "operationId": format!("{}_{}", service.name(), method.name()),
        "tags": [service.name()],
        "description": comment(&method.parent_file(), method.path()),
        "requestBody": { "required": true, "content": body(schemas.message(&method.input())) },
        "responses": {
            "200": { "description": "Done.", "content": body(schemas.message(&method.output())) },
            "default": { "description": "Refused or failed.", "content": body(json!({ "$ref": "#/components/schemas/Error" })) },
        },
    })
}

/// Schemas by name, each made once.
#[derive(Default)]
struct Schemas(BTreeMap<String, Value>);

impl Schemas {
    fn finish(mut self) -> Value {
        let detail = json!({
            "type": "object",
            "properties": { "type": { "type": "string" }, "value": { "type": "string" }, "debug": {} },
        });
        let error = json!({
            "type": "object",
            "required": ["code", "message"],
            "properties": {
                "code": { "type": "string", "description": "The gRPC status in snake case." },
                "message": { "type": "string" },
                "details": { "type": "array", "items": detail },
            },
        });
        self.0.insert("Error".into(), error);
        json!(self.0)
    }

    /// A reference to a message's schema, or what JSON has in its place.
    fn message(&mut self, message: &MessageDescriptor) -> Value {
        if let Some(known) = well_known(message.full_name()) {
            return known;
        }
        let name = message.full_name();
        if !self.0.contains_key(name) {
            // Messages may contain themselves, so the name is taken before the fields are looked at.
            self.0.insert(name.to_owned(), Value::Null);
            let properties: Map<_, _> =
                message.fields().map(|field| (field.json_name().to_owned(), self.field(&field))).collect();
            let schema = json!({
                "type": "object",
                "additionalProperties": false,
                "description": comment(&message.parent_file(), message.path()),
                "properties": properties,
            });
            self.0.insert(name.to_owned(), schema);
        }
        reference(name)
    }

    fn field(&mut self, field: &FieldDescriptor) -> Value {
        let single = self.kind(&field.kind());
        let mut schema = match field.cardinality() {
            _ if field.is_map() => self.map(field),
            Cardinality::Repeated => json!({ "type": "array", "items": single }),
            _ => single,
        };
        let said = comment(&field.parent_message().parent_file(), field.path());
        if let Some(schema) = schema.as_object_mut().filter(|_| !said.is_empty()) {
            schema.insert("description".into(), said.into());
        }
        schema
    }

    fn map(&mut self, field: &FieldDescriptor) -> Value {
        let kind = field.kind();
        let values = kind.as_message().map(|entry| self.kind(&entry.map_entry_value_field().kind()));
        json!({ "type": "object", "additionalProperties": values })
    }

    fn kind(&mut self, kind: &Kind) -> Value {
        match kind {
            Kind::Double | Kind::Float => json!({ "type": "number" }),
            Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => json!({ "type": "integer", "format": "int32" }),
            Kind::Uint32 | Kind::Fixed32 => json!({ "type": "integer", "minimum": 0 }),
            Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => json!({ "type": "string", "format": "int64" }),
            Kind::Uint64 | Kind::Fixed64 => json!({ "type": "string", "format": "uint64" }),
            Kind::Bool => json!({ "type": "boolean" }),
            Kind::String => json!({ "type": "string" }),
            Kind::Bytes => json!({ "type": "string", "format": "byte" }),
            Kind::Message(message) => self.message(message),
            Kind::Enum(values) => self.values(values),
        }
    }

    fn values(&mut self, values: &EnumDescriptor) -> Value {
        let schema = || {
            let names: Vec<_> = values.values().map(|value| value.name().to_owned()).collect();
            json!({ "type": "string", "enum": names, "description": comment(&values.parent_file(), values.path()) })
        };
        self.0.entry(values.full_name().to_owned()).or_insert_with(schema);
        reference(values.full_name())
    }
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// Messages that JSON writes in a way of their own.
fn well_known(name: &str) -> Option<Value> {
    Some(match name.strip_prefix("google.protobuf.")? {
        "Timestamp" => json!({ "type": "string", "format": "date-time" }),
        "Duration" => json!({ "type": "string", "pattern": r"^-?\d+(\.\d{1,9})?s$" }),
        "FieldMask" => {
            json!({ "type": "string", "description": "Field names in camel case, separated by commas." })
        }
        "Empty" => json!({ "type": "object", "additionalProperties": false }),
        "Any" => {
            json!({ "type": "object", "properties": { "@type": { "type": "string" } }, "required": ["@type"] })
        }
        "Struct" => json!({ "type": "object" }),
        _ => json!({}),
    })
}

/// What the `.proto` file says before the thing at `path`.
fn comment(file: &FileDescriptor, path: &[i32]) -> String {
    let said = file.file_descriptor_proto().source_code_info.as_ref();
    let here = said.and_then(|said| said.location.iter().find(|location| location.path == path));
    here.map(|here| here.leading_comments().lines().map(str::trim).collect::<Vec<_>>().join("\n"))
        .unwrap_or_default()
}
