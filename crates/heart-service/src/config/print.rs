//! The effective configuration as TOML, with the origin of each value in a comment.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::layers::Merged;
use super::path::KeyPath;

/// What `print-config` shows.
pub(super) fn print(effective: &Value, merged: &Merged) -> String {
    let mut text = String::new();
    if let Value::Object(table) = effective {
        print_table(table, merged, &KeyPath::default(), "", &mut text);
    }
    text
}

/// TOML wants a table's own values before the tables in it.
fn print_table(
    table: &Map<String, Value>,
    merged: &Merged,
    at: &KeyPath,
    header: &str,
    text: &mut String,
) {
    // Writing to a string does not fail, here and below.
    for (key, value) in table.iter().filter(|(_, value)| !is_table(value)) {
        let path = at.key(key);
        let origin = merged.origin_of_value(&path);
        let key = quote_key(key);
        let _ = match value {
            Value::Null => writeln!(text, "# {key} is not set"),
            value => writeln!(text, "{key} = {}  # from: {origin}", inline(&key, value)),
        };
    }
    for (key, value) in table.iter().filter(|(_, value)| is_table(value)) {
        let path = at.key(key);
        let name = match header {
            "" => quote_key(key),
            header => format!("{header}.{}", quote_key(key)),
        };
        match value {
            Value::Object(table) => {
                let _ = writeln!(text, "\n[{name}]");
                print_table(table, merged, &path, &name, text);
            }
            Value::Array(tables) => {
                for (index, table) in tables.iter().enumerate() {
                    let _ = writeln!(text, "\n[[{name}]]");
                    if let Value::Object(table) = table {
                        print_table(table, merged, &path.index(index), &name, text);
                    }
                }
            }
            _ => {}
        }
    }
}

fn is_table(value: &Value) -> bool {
    match value {
        Value::Object(_) => true,
        Value::Array(elements) => !elements.is_empty() && elements.iter().all(Value::is_object),
        _ => false,
    }
}

fn inline(key: &str, value: &Value) -> String {
    match value {
        Value::Null => "\"\"".to_owned(),
        Value::Bool(yes) => yes.to_string(),
        Value::Number(number) => match number.as_f64().filter(|_| number.is_f64()) {
            Some(number) => shortest(number),
            None => number.to_string(),
        },
        Value::String(text) => quote(&mask(key, text)),
        Value::Array(elements) => {
            let elements: Vec<String> = elements.iter().map(|value| inline(key, value)).collect();
            format!("[{}]", elements.join(", "))
        }
        Value::Object(table) => {
            let entries = table.iter().filter(|(_, value)| !value.is_null());
            let entries: Vec<String> = entries
                .map(|(key, value)| format!("{} = {}", quote_key(key), inline(key, value)))
                .collect();
            format!("{{ {} }}", entries.join(", "))
        }
    }
}

/// 0.1, not 0.10000000149011612, for what was 0.1 in 32 bits.
#[expect(clippy::cast_possible_truncation, reason = "the comparison finds out whether it fits")]
fn shortest(number: f64) -> String {
    let narrow = number as f32;
    if f64::from(narrow).to_bits() == number.to_bits() {
        format!("{narrow:?}")
    } else {
        format!("{number:?}")
    }
}

/// `mqtt://user:secret@host` without the secret, and what is called a password not at all.
fn mask(key: &str, text: &str) -> String {
    if ["password", "secret", "token"].iter().any(|word| key.ends_with(word)) {
        return "***".to_owned();
    }
    let masked = || {
        let (scheme, rest) = text.split_once("://")?;
        let (user, host) = rest.rsplit_once('@')?;
        let (name, _) = user.split_once(':')?;
        Some(format!("{scheme}://{name}:***@{host}"))
    };
    masked().unwrap_or_else(|| text.to_owned())
}

fn quote_key(key: &str) -> String {
    let bare = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if !key.is_empty() && key.bytes().all(bare) { key.to_owned() } else { quote(key) }
}

fn quote(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}
