//! A phrase of the list, and how much of a text it matches.

use std::collections::HashSet;

use super::folding;
use super::typo::is_one_typo;

/// The placeholder in a phrase for what is to be stopped.
const SUBJECT: &str = "<subject>";

/// A phrase such as `stop` or `ne plus recevoir <subject>`.
pub(super) struct Phrase(Vec<Part>);

enum Part {
    Word(String),
    MessageKeys,
}

/// What may replace `<subject>`.
#[derive(Default)]
pub(super) struct Subjects {
    pub(super) phrases: Vec<Phrase>,
    /// What may precede a subject.
    pub(super) articles: HashSet<String>,
}

/// How a word of the text is compared with a word of the list.
#[derive(Clone, Copy)]
pub(super) enum Spelling<'a> {
    Exact,
    /// One typo is accepted, unless the typo makes one of these words.
    Mistyped(&'a HashSet<String>),
}

/// The rest of a text after the phrase that it begins with.
#[derive(Clone, Copy)]
pub(super) struct Remainder<'w> {
    pub(super) words: &'w [String],
    pub(super) typos: usize,
}

impl Phrase {
    pub(super) fn read(text: &str) -> Self {
        let part = |piece: &str| match piece {
            SUBJECT => vec![Part::MessageKeys],
            _ => folding::words(piece).into_iter().map(Part::Word).collect(),
        };
        Self(text.split_whitespace().flat_map(part).collect())
    }

    /// The rest of the words when they begin with the phrase.
    pub(super) fn after<'w>(
        &self,
        words: &'w [String],
        subjects: &Subjects,
        spelling: Spelling<'_>,
    ) -> Option<Remainder<'w>> {
        let mut left = Remainder { words, typos: 0 };
        for part in &self.0 {
            let next = match part {
                Part::Word(word) => spelling.after(word, left.words)?,
                Part::MessageKeys => subjects.after(left.words, spelling)?,
            };
            left = Remainder {
                words: next.words,
                typos: left.typos + next.typos,
            };
        }
        Some(left)
    }
}

impl Subjects {
    fn after<'w>(&self, words: &'w [String], spelling: Spelling<'_>) -> Option<Remainder<'w>> {
        let articles = words
            .iter()
            .take_while(|word| self.articles.contains(*word));
        let words = words.get(articles.count()..)?;
        // A subject contains no subjects.
        let none = Self::default();
        longest(
            self.phrases
                .iter()
                .filter_map(|phrase| phrase.after(words, &none, spelling)),
        )
    }
}

impl Spelling<'_> {
    fn after<'w>(self, word: &str, words: &'w [String]) -> Option<Remainder<'w>> {
        let (first, words) = words.split_first()?;
        let typos = usize::from(first != word);
        let is_meant = match self {
            _ if typos == 0 => true,
            Self::Exact => false,
            Self::Mistyped(others) => !others.contains(first) && is_one_typo(first, word),
        };
        is_meant.then_some(Remainder { words, typos })
    }
}

/// The match that covers most of the text, with the fewest typos.
pub(super) fn longest<'w>(found: impl Iterator<Item = Remainder<'w>>) -> Option<Remainder<'w>> {
    found.min_by_key(|left| (left.words.len(), left.typos))
}
