//! The configuration's JSON Schema, generated from its types, and the check of keys against it.

use schemars::schema_for;
use serde_json::{Value, json};
use toml_edit::TableLike;

use super::{Config, Loaded};

/// The JSON Schema of `luthier.toml`, for editors.
pub fn schema() -> String {
    let mut text = serde_json::to_string_pretty(&schema_for!(Config)).expect("a schema is JSON");
    text.push('\n');
    text
}

/// The configuration as `luthier.toml` would say it; what is not set is left out.
pub fn to_toml(config: &Config) -> String {
    let mut document = toml_edit::ser::to_document(config).unwrap_or_default();
    let empty: Vec<String> = document
        .iter()
        .filter(|(_, item)| {
            item.as_array().is_some_and(toml_edit::Array::is_empty)
                || item.as_table_like().is_some_and(TableLike::is_empty)
        })
        .map(|(key, _)| key.to_owned())
        .collect();
    for key in empty {
        document.remove(&key);
    }
    document.to_string()
}

/// The configuration and the file that it comes from (`null` where there is none), as JSON; what is
/// not set is left out.
pub fn to_json(loaded: &Loaded) -> String {
    let mut config = serde_json::to_value(&loaded.config).expect("plain values");
    if let Some(keys) = config.as_object_mut() {
        let is_empty = |value: &Value| {
            value.is_null()
                || value.as_array().is_some_and(Vec::is_empty)
                || value.as_object().is_some_and(serde_json::Map::is_empty)
        };
        keys.retain(|_, value| !is_empty(value));
    }
    let path = loaded.path.as_ref().map(|path| path.to_string_lossy());
    let whole = json!({"path": path, "configuration": config});
    let mut text = serde_json::to_string_pretty(&whole).expect("plain values");
    text.push('\n');
    text
}

/// A key that the configuration does not have.
pub(super) struct UnknownKey {
    pub(super) key: String,
    /// The key that was probably meant.
    pub(super) nearest: Option<String>,
    pub(super) span: Option<std::ops::Range<usize>>,
}

/// The first key of `table` that the configuration does not have, at any depth.
pub(super) fn unknown_key(table: &dyn TableLike) -> Option<UnknownKey> {
    let root = serde_json::to_value(schema_for!(Config)).expect("a schema is JSON");
    in_table(table, &root, &root)
}

fn in_table(table: &dyn TableLike, schema: &Value, root: &Value) -> Option<UnknownKey> {
    let schema = resolved(schema, root);
    let properties = schema.get("properties").and_then(Value::as_object);
    let others = schema
        .get("additionalProperties")
        .filter(|rest| rest.is_object());
    for (key, item) in table.iter() {
        let of_key = properties
            .and_then(|properties| properties.get(key))
            .or(others);
        let Some(of_key) = of_key else {
            let known = properties
                .into_iter()
                .flatten()
                .map(|(key, _)| key.as_str());
            return Some(UnknownKey {
                key: key.to_owned(),
                nearest: nearest(key, known).map(str::to_owned),
                span: table.get_key_value(key).and_then(|(key, _)| key.span()),
            });
        };
        let inner = item.as_table_like();
        if let Some(unknown) = inner.and_then(|inner| in_table(inner, of_key, root)) {
            return Some(unknown);
        }
    }
    None
}

/// What a `$ref` leads to.
fn resolved<'a>(schema: &'a Value, root: &'a Value) -> &'a Value {
    let reference = schema.get("$ref").and_then(Value::as_str);
    let pointer = reference.and_then(|reference| reference.strip_prefix('#'));
    pointer
        .and_then(|pointer| root.pointer(pointer))
        .unwrap_or(schema)
}

/// The word most like `word`, where one is alike enough to have been meant.
pub(crate) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let mut best: Option<(f64, &str)> = None;
    for candidate in known {
        let likeness = strsim::jaro_winkler(&word.to_lowercase(), &candidate.to_lowercase());
        if likeness >= 0.75 && best.is_none_or(|(so_far, _)| likeness > so_far) {
            best = Some((likeness, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}
