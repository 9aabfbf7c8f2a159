//! An error-tolerant JSON parser for webhooks: an invalid part does not affect others.
//!
//! A usual parser refuses a whole body for one lone surrogate or one field of another type, and with it an opt-out next
//! to it. Here every invalid part becomes [`Node::Broken`], all duplicate keys are kept, and a number is accepted where
//! a text is expected.

mod parse;
mod text;

use std::borrow::Cow;

use serde_json::Value;

pub(crate) use parse::parse;

/// A part of the body.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node<'a> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number as written.
    Number(&'a str),
    /// A text; invalid characters are replaced by U+FFFD.
    Text(Cow<'a, str>),
    /// An array.
    List(Vec<Node<'a>>),
    /// An object, with all of its members in order, including duplicates.
    Object(Vec<(Cow<'a, str>, Node<'a>)>),
    /// Invalid JSON.
    Broken,
}

impl<'a> Node<'a> {
    /// The members of an object; none for other nodes.
    pub(crate) fn members(&self) -> &[(Cow<'a, str>, Node<'a>)] {
        match self {
            Self::Object(members) => members,
            _ => &[],
        }
    }

    /// All members with this key.
    pub(crate) fn all<'n>(&'n self, key: &'n str) -> impl Iterator<Item = &'n Node<'a>> {
        let members = self.members().iter();
        members.filter_map(move |(name, node)| (name == key).then_some(node))
    }

    /// The member with this key: the last one that has a value.
    pub(crate) fn get(&self, key: &str) -> Option<&Node<'a>> {
        let says = |node: &Self| !matches!(node, Self::Null | Self::Broken);
        let mut members = self.members().iter().rev();
        let (_, node) = members.find(|(name, node)| name == key && says(node))?;
        Some(node)
    }

    /// The node at the end of a path of keys.
    pub(crate) fn at(&self, path: &[&str]) -> Option<&Node<'a>> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The items of an array; a node that is not an array counts as the only item; `null` has none.
    pub(crate) fn items(&self) -> &[Node<'a>] {
        match self {
            Self::List(items) => items,
            Self::Null => &[],
            other => std::slice::from_ref(other),
        }
    }

    /// Whether it can contain other nodes.
    pub(crate) const fn is_container(&self) -> bool {
        matches!(self, Self::List(_) | Self::Object(_))
    }

    pub(crate) const fn is_object(&self) -> bool {
        matches!(self, Self::Object(_))
    }

    /// A text, or a number as text.
    pub(crate) fn text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Text(text) => Some(Cow::Borrowed(text)),
            Self::Number(number) => Some(plain_number(number)),
            _ => None,
        }
    }

    /// A text that is not empty.
    pub(crate) fn name(&self) -> Option<String> {
        let text = self.text()?;
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// A text, parsed into a type.
    pub(crate) fn parsed<T: std::str::FromStr>(&self) -> Option<T> {
        self.text()?.trim().parse().ok()
    }

    /// One of Meta's fixed values: short ASCII. Free text, which may name a person, is excluded.
    pub(crate) fn label(&self) -> Option<String> {
        const LONGEST: usize = 64;
        let Self::Text(text) = self else { return None };
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        let is_label = (1..=LONGEST).contains(&text.len()) && text.bytes().all(is_plain);
        is_label.then(|| text.to_string())
    }

    /// Converts to `serde_json`.
    pub(crate) fn to_value(&self) -> Value {
        match self {
            Self::Null | Self::Broken => Value::Null,
            Self::Bool(bool) => Value::Bool(*bool),
            Self::Number(number) => {
                serde_json::from_str(number).unwrap_or_else(|_| Value::from(*number))
            }
            Self::Text(text) => Value::from(text.as_ref()),
            Self::List(items) => items.iter().map(Node::to_value).collect(),
            Self::Object(members) => {
                let members = members.iter();
                let members = members.map(|(key, node)| (key.to_string(), node.to_value()));
                Value::Object(members.collect())
            }
        }
    }
}

/// `2.2670123456e10` is the number 22670123456.
fn plain_number(number: &str) -> Cow<'_, str> {
    if number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Cow::Borrowed(number);
    }
    match number.parse::<f64>() {
        Ok(value) if value.fract() == 0.0 && value.abs() < 1e18 => {
            Cow::Owned(format!("{value:.0}"))
        }
        _ => Cow::Borrowed(number),
    }
}
