//! Reads the JSON objects of a template key by key, and reports what has the wrong kind.

use serde_json::{Map, Value};

use super::check::Check;
use super::rules::fields::{FIELD_KIND, FIELD_MISSING, FIELD_UNKNOWN};

/// One JSON object of a template, and where it is.
#[derive(Debug, Clone)]
pub(super) struct Fields<'a> {
    object: &'a Map<String, Value>,
    pointer: String,
}

/// One item of a list, and where it is.
#[derive(Debug)]
pub(super) struct Item<'a> {
    pub(super) value: &'a Value,
    pub(super) pointer: String,
}

/// The kinds of JSON values in simple words.
#[derive(Clone, Copy)]
enum Kind {
    Object,
    List,
    Text,
    Flag,
    Integer,
}

impl<'a> Fields<'a> {
    /// Reads a value that should be an object.
    pub(super) fn read(value: &'a Value, pointer: &str, check: &mut Check) -> Option<Self> {
        let Value::Object(object) = value else {
            wrong_kind(Kind::Object, pointer, check);
            return None;
        };
        let pointer = pointer.to_owned();
        Some(Self { object, pointer })
    }

    pub(super) fn pointer(&self) -> &str {
        &self.pointer
    }

    /// The pointer to one of its keys.
    pub(super) fn at(&self, key: &str) -> String {
        let key = key.replace('~', "~0").replace('/', "~1");
        format!("{}/{key}", self.pointer)
    }

    /// Reports the keys that are not known.
    pub(super) fn allow(&self, keys: &[&str], check: &mut Check) {
        for key in self.object.keys() {
            if !keys.contains(&key.as_str()) {
                check.refuse_with(&FIELD_UNKNOWN, &self.at(key), &[("key", key)]);
            }
        }
    }

    /// The value of a key; `null` stands for none.
    pub(super) fn value(&self, key: &str) -> Option<&'a Value> {
        self.object.get(key).filter(|value| !value.is_null())
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.value(key).is_some()
    }

    /// The text of a key, if it is there.
    pub(super) fn text(&self, key: &str, check: &mut Check) -> Option<&'a str> {
        let text = self.value(key)?.as_str();
        self.of_kind(text, Kind::Text, key, check)
    }

    /// The text of a key, which must be there and not be blank.
    pub(super) fn required_text(&self, key: &str, check: &mut Check) -> Option<&'a str> {
        if !self.has(key) {
            self.missing(key, check);
        }
        let text = self.text(key, check)?;
        if text.trim().is_empty() {
            self.missing(key, check);
            return None;
        }
        Some(text)
    }

    /// A word of Meta's that must be there, in upper case.
    pub(super) fn required_word(&self, key: &str, check: &mut Check) -> Option<String> {
        self.required_text(key, check).map(str::to_ascii_uppercase)
    }

    pub(super) fn flag(&self, key: &str, check: &mut Check) -> Option<bool> {
        let flag = self.value(key)?.as_bool();
        self.of_kind(flag, Kind::Flag, key, check)
    }

    pub(super) fn integer(&self, key: &str, check: &mut Check) -> Option<i64> {
        let integer = integer(self.value(key)?);
        self.of_kind(integer, Kind::Integer, key, check)
    }

    pub(super) fn object(&self, key: &str, check: &mut Check) -> Option<Self> {
        Self::read(self.value(key)?, &self.at(key), check)
    }

    /// The items of a list, if it is there.
    pub(super) fn list(&self, key: &str, check: &mut Check) -> Option<Vec<Item<'a>>> {
        let items = self.value(key)?.as_array();
        let items = self.of_kind(items, Kind::List, key, check)?;
        Some(items_at(items, &self.at(key)))
    }

    /// The items of a list that must be there.
    pub(super) fn required_list(&self, key: &str, check: &mut Check) -> Option<Vec<Item<'a>>> {
        if !self.has(key) {
            self.missing(key, check);
        }
        self.list(key, check)
    }

    pub(super) fn missing(&self, key: &str, check: &mut Check) {
        check.refuse_with(&FIELD_MISSING, &self.at(key), &[("key", &key)]);
    }

    fn of_kind<T>(&self, value: Option<T>, kind: Kind, key: &str, check: &mut Check) -> Option<T> {
        if value.is_none() {
            wrong_kind(kind, &self.at(key), check);
        }
        value
    }
}

impl<'a> Item<'a> {
    /// The object that the item should be.
    pub(super) fn object(&self, check: &mut Check) -> Option<Fields<'a>> {
        Fields::read(self.value, &self.pointer, check)
    }

    /// The text that the item should be.
    pub(super) fn text(&self, check: &mut Check) -> Option<&'a str> {
        let text = self.value.as_str();
        if text.is_none() {
            wrong_kind(Kind::Text, &self.pointer, check);
        }
        text
    }
}

/// The items of a list that is at `pointer`.
pub(super) fn items_at<'a>(items: &'a [Value], pointer: &str) -> Vec<Item<'a>> {
    let items = items.iter().enumerate();
    items
        .map(|(index, value)| Item {
            value,
            pointer: format!("{pointer}/{index}"),
        })
        .collect()
}

/// An integer of JSON: `5.0` is one too.
fn integer(value: &Value) -> Option<i64> {
    let whole = |number: &f64| number.fract() == 0.0;
    let from_float = || format!("{:.0}", value.as_f64().filter(whole)?).parse().ok();
    value.as_i64().or_else(from_float)
}

fn wrong_kind(kind: Kind, pointer: &str, check: &mut Check) {
    let (en, fr) = match kind {
        Kind::Object => ("an object, {…}", "un objet, {…}"),
        Kind::List => ("a list, […]", "une liste, […]"),
        Kind::Text => ("a text, \"…\"", "un texte, \"…\""),
        Kind::Flag => ("true or false", "true ou false"),
        Kind::Integer => ("a whole number", "un nombre entier"),
    };
    check.refuse_with(&FIELD_KIND, pointer, &[("kind_en", &en), ("kind_fr", &fr)]);
}
