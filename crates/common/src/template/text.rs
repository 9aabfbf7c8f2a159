//! A text with variables, such as `la commande {{2}} de {{1}}`: which values Meta expects for it, in which order, and
//! the text with them filled in.

use std::collections::BTreeSet;

/// A text of a template. Its variables are a set: whatever their order and number of uses, Meta expects one value for
/// each, numbered ones in the order of their numbers (Meta, templates: parameters).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct TemplateText {
    pieces: Vec<Piece>,
    variables: Vec<String>,
}

/// What is wrong with the variables of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BadVariables {
    /// Numbers that are not 1, 2, 3 and so on.
    Numbering,
    /// An invalid name.
    Naming,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Literal(String),
    Variable(String),
}

impl TemplateText {
    /// Reads a text whose variables are numbered from 1 to the number of variables.
    pub(super) fn numbered(text: &str) -> Result<Self, BadVariables> {
        let pieces = pieces(text);
        let numbers: Option<BTreeSet<u32>> = names(&pieces).map(number).collect();
        let numbers = numbers.ok_or(BadVariables::Numbering)?;
        if !numbers.iter().copied().eq((1..).take(numbers.len())) {
            return Err(BadVariables::Numbering);
        }
        let variables = numbers.iter().map(ToString::to_string).collect();
        Ok(Self { pieces, variables })
    }

    /// Reads a text whose variables have names.
    pub(super) fn named(text: &str) -> Result<Self, BadVariables> {
        let pieces = pieces(text);
        let mut variables: Vec<String> = Vec::new();
        for name in names(&pieces) {
            if !is_name(name) {
                return Err(BadVariables::Naming);
            }
            if !variables.iter().any(|known| known == name) {
                variables.push(name.to_owned());
            }
        }
        Ok(Self { pieces, variables })
    }

    /// The variables, each once, in the order in which Meta expects their values.
    pub(super) fn variables(&self) -> &[String] {
        &self.variables
    }

    /// The number of characters of the text with its variables filled in.
    pub(super) fn filled_chars<'v>(&self, value: impl Fn(&str) -> &'v str) -> usize {
        let chars = |piece: &Piece| match piece {
            Piece::Literal(text) => text.chars().count(),
            Piece::Variable(name) => value(name).chars().count(),
        };
        self.pieces.iter().map(chars).sum()
    }
}

/// The text with its variables filled in; a variable without a value stays as it is.
#[must_use]
pub fn filled_text<'v>(text: &str, value: impl Fn(&str) -> Option<&'v str>) -> String {
    fill_text(text, value).0
}

/// The text with its variables filled in, and whether each had a value; a variable without a value stays as it is.
pub(super) fn fill_text<'v>(text: &str, value: impl Fn(&str) -> Option<&'v str>) -> (String, bool) {
    let (mut filled, mut is_complete) = (String::with_capacity(text.len()), true);
    for piece in pieces(text) {
        match piece {
            Piece::Literal(literal) => filled.push_str(&literal),
            Piece::Variable(name) => match value(&name) {
                Some(value) => filled.push_str(value),
                None => {
                    is_complete = false;
                    filled.push_str(&format!("{{{{{name}}}}}"));
                }
            },
        }
    }
    (filled, is_complete)
}

/// The names between `{{` and `}}`, each once, whatever they are.
pub(super) fn distinct_variables(text: &str) -> BTreeSet<String> {
    names(&pieces(text)).map(ToOwned::to_owned).collect()
}

/// What is before, between and after the variables: one more text than there are variables, some perhaps empty.
pub(super) fn literals(text: &str) -> Vec<String> {
    let literals = pieces(text).into_iter().filter_map(|piece| match piece {
        Piece::Literal(text) => Some(text),
        Piece::Variable(_) => None,
    });
    literals.collect()
}

fn pieces(text: &str) -> Vec<Piece> {
    let (mut pieces, mut left) = (Vec::new(), text);
    let mut literal = String::new();
    while let Some((before, after)) = left.split_once("}}") {
        left = after;
        // The braces nearest to the name belong to it, so that `{{{1}}}` is a variable in braces.
        if let Some((text, name)) = before.rsplit_once("{{") {
            literal.push_str(text);
            pieces.push(Piece::Literal(std::mem::take(&mut literal)));
            pieces.push(Piece::Variable(name.trim().to_owned()));
        } else {
            literal.push_str(before);
            literal.push_str("}}");
        }
    }
    literal.push_str(left);
    pieces.push(Piece::Literal(literal));
    pieces
}

fn names(pieces: &[Piece]) -> impl Iterator<Item = &str> {
    pieces.iter().filter_map(|piece| match piece {
        Piece::Variable(name) => Some(name.as_str()),
        Piece::Literal(_) => None,
    })
}

/// A number as Meta writes it: `01` and `+1` are not accepted.
fn number(name: &str) -> Option<u32> {
    let number: u32 = name.parse().ok()?;
    (number.to_string() == name).then_some(number)
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_')
}
