//! From merged values to the program's own type, knowing at each step where it stands.
//!
//! figment can deserialize too, but its errors do not say which element of an array they mean.

use std::fmt::Display;

use figment::value::{Dict, Value};
use serde::de::value::MapAccessDeserializer;
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, Error as _, IntoDeserializer, MapAccess,
    SeqAccess, Unexpected, Visitor,
};
use serde::forward_to_deserialize_any;

use super::fault::{Fault, What};
use super::layers::Merged;
use super::path::KeyPath;

/// Reads a `T`.
pub(super) fn read<T: DeserializeOwned>(merged: &Merged) -> Result<T, Fault> {
    let top = KeyPath::default();
    T::deserialize(Place { merged, value: &merged.value, path: top.clone() })
        .map_err(|fault| fault.at(&top))
}

/// What serde calls a value of this kind in its messages.
pub(super) fn unexpected(value: &Value) -> Unexpected<'_> {
    match value {
        Value::String(_, text) => Unexpected::Str(text),
        Value::Char(_, letter) => Unexpected::Char(*letter),
        Value::Bool(_, yes) => Unexpected::Bool(*yes),
        Value::Num(_, number) => match number.to_f64() {
            Some(number) => Unexpected::Float(number),
            None => match number.to_i128().map(i64::try_from) {
                Some(Ok(number)) => Unexpected::Signed(number),
                _ => Unexpected::Other("a large number"),
            },
        },
        Value::Empty(..) => Unexpected::Unit,
        Value::Dict(..) => Unexpected::Map,
        Value::Array(..) => Unexpected::Seq,
    }
}

/// A value and where it stands.
struct Place<'a> {
    merged: &'a Merged,
    value: &'a Value,
    path: KeyPath,
}

impl<'a> Place<'a> {
    fn table(&self, dict: &'a Dict) -> Table<'a> {
        Table { merged: self.merged, at: self.path.clone(), entries: dict.iter(), next: None }
    }

    /// Text is wanted: what was typed counts, even if it looks like a number or a truth.
    fn visit_text<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match (self.value, self.merged.text(&self.path)) {
            (Value::Num(..) | Value::Bool(..), Some(text)) => visitor.visit_str(text),
            _ => self.deserialize_any(visitor),
        }
    }
}

impl<'de> Deserializer<'de> for Place<'_> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.value {
            Value::String(_, text) => visitor.visit_str(text),
            Value::Char(_, letter) => visitor.visit_char(*letter),
            Value::Bool(_, yes) => visitor.visit_bool(*yes),
            Value::Num(_, number) => match (number.to_i128().map(i64::try_from), number.to_f64()) {
                (Some(Ok(number)), _) => visitor.visit_i64(number),
                (_, Some(number)) => visitor.visit_f64(number),
                _ => Err(Fault::custom("a number beyond 64 bits")),
            },
            Value::Empty(..) => visitor.visit_unit(),
            Value::Dict(_, dict) => visitor.visit_map(self.table(dict)),
            Value::Array(_, elements) => visitor.visit_seq(Elements {
                merged: self.merged,
                at: self.path.clone(),
                rest: elements.iter().enumerate(),
            }),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.visit_text(visitor)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.visit_text(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match self.value {
            Value::String(_, text) => visitor.visit_enum(text.as_str().into_deserializer()),
            Value::Dict(_, dict) => {
                visitor.visit_enum(MapAccessDeserializer::new(self.table(dict)))
            }
            other => Err(Fault::invalid_type(unexpected(other), &"one of the known words")),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char bytes byte_buf unit unit_struct
        seq tuple tuple_struct map struct identifier ignored_any
    }
}

struct Elements<'a> {
    merged: &'a Merged,
    at: KeyPath,
    rest: std::iter::Enumerate<std::slice::Iter<'a, Value>>,
}

impl<'de> SeqAccess<'de> for Elements<'_> {
    type Error = Fault;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Fault> {
        let Some((index, value)) = self.rest.next() else { return Ok(None) };
        let path = self.at.index(index);
        let place = Place { merged: self.merged, value, path: path.clone() };
        seed.deserialize(place).map(Some).map_err(|fault| fault.at(&path))
    }
}

struct Table<'a> {
    merged: &'a Merged,
    at: KeyPath,
    entries: std::collections::btree_map::Iter<'a, String, Value>,
    next: Option<(&'a str, &'a Value)>,
}

impl<'de> MapAccess<'de> for Table<'_> {
    type Error = Fault;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Fault> {
        let Some((key, value)) = self.entries.next() else { return Ok(None) };
        self.next = Some((key, value));
        seed.deserialize(key.as_str().into_deserializer()).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        let (key, value) = self.next.take().ok_or_else(|| Fault::custom("a value without key"))?;
        let path = self.at.key(key);
        let place = Place { merged: self.merged, value, path: path.clone() };
        seed.deserialize(place).map_err(|fault| fault.at(&path))
    }
}

impl de::Error for Fault {
    fn custom<T: Display>(message: T) -> Self {
        Fault::new(What::Other(message.to_string()))
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Fault::new(What::WrongType { found: found.to_string(), expected: expected.to_string() })
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Fault::new(What::UnknownField { field: field.to_owned(), expected })
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Fault::new(What::UnknownVariant { variant: variant.to_owned(), expected })
    }

    fn missing_field(field: &'static str) -> Self {
        Fault::new(What::Missing { field })
    }
}
