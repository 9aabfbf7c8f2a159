//! The list of keyword phrases, and the keyword that a text means.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::Keyword;
use super::folding::words;
use super::phrase::{Phrase, Remainder, Spelling, Subjects, longest};

/// The phrases as they are checked in.
pub(super) const WORDS: &str = include_str!("words.txt");

pub(super) static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| Lexicon::read(WORDS));

/// The parsed list.
#[derive(Default)]
pub(super) struct Lexicon {
    opt_out: Vec<Phrase>,
    opt_in: Vec<Phrase>,
    support: Vec<Phrase>,
    subjects: Subjects,
    courtesies: Vec<Phrase>,
    other_words: HashSet<String>,
}

impl Lexicon {
    fn read(text: &str) -> Self {
        let mut lexicon = Self::default();
        for (section, line) in sections(text) {
            for entry in line
                .split(',')
                .map(str::trim)
                .filter(|entry| !entry.is_empty())
            {
                lexicon.add(section, entry);
            }
        }
        lexicon
    }

    fn add(&mut self, section: &str, entry: &str) {
        match section {
            "opt-out" => self.opt_out.push(Phrase::read(entry)),
            "opt-in" => self.opt_in.push(Phrase::read(entry)),
            "support" => self.support.push(Phrase::read(entry)),
            "subjects" => self.subjects.phrases.push(Phrase::read(entry)),
            "articles" => self.subjects.articles.extend(words(entry)),
            "courtesies" => self.courtesies.push(Phrase::read(entry)),
            _ => self.other_words.extend(words(entry)),
        }
    }

    /// The words without greetings, thanks and the like, wherever they occur.
    pub(super) fn without_courtesies(&self, words: &[String]) -> Vec<String> {
        let (mut kept, mut left) = (Vec::with_capacity(words.len()), words);
        while let Some((first, rest)) = left.split_first() {
            if let Some(after) = self.begins(&self.courtesies, left, Spelling::Exact) {
                left = after.words;
            } else {
                kept.push(first.clone());
                left = rest;
            }
        }
        kept
    }

    /// The keyword that the words mean, if each word is spelt as in the list.
    pub(super) fn exact(&self, words: &[String]) -> Option<Keyword> {
        let consists = |phrases| self.typos(phrases, words, Spelling::Exact).is_some();
        match () {
            () if consists(&self.opt_out) => Some(Keyword::OptOut),
            () if consists(&self.opt_in) => Some(Keyword::OptIn),
            () if consists(&self.support) => Some(Keyword::Support),
            () => None,
        }
    }

    /// The opt-out that the words mean with one typo in all.
    pub(super) fn mistyped(&self, words: &[String]) -> Option<Keyword> {
        let typos = self.typos(&self.opt_out, words, Spelling::Mistyped(&self.other_words));
        (typos == Some(1)).then_some(Keyword::OptOut)
    }

    /// With how many typos the words consist of such phrases, one after the other; `None` if they do not.
    fn typos(&self, phrases: &[Phrase], words: &[String], spelling: Spelling<'_>) -> Option<usize> {
        let (mut left, mut typos) = (words, 0);
        while !left.is_empty() {
            let next = self.begins(phrases, left, spelling)?;
            (left, typos) = (next.words, typos + next.typos);
        }
        (!words.is_empty()).then_some(typos)
    }

    fn begins<'w>(
        &self,
        phrases: &[Phrase],
        words: &'w [String],
        spelling: Spelling<'_>,
    ) -> Option<Remainder<'w>> {
        longest(
            phrases
                .iter()
                .filter_map(|phrase| phrase.after(words, &self.subjects, spelling)),
        )
    }
}

/// The lines of a file, each with its `[section]`; empty lines and comments are skipped.
pub(super) fn sections(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut section = "";
    text.lines().filter_map(move |line| {
        let line = line.trim();
        if let Some(name) = line
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
        {
            section = name;
            return None;
        }
        (!line.is_empty() && !line.starts_with('#')).then_some((section, line))
    })
}
