//! Which texts are recognised: the corpus, and that the spelling makes no difference.

use proptest::prelude::*;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::lexicon::{WORDS, sections};
use super::{Keyword, folding, recognise};

const CORPUS: &str = include_str!("corpus.txt");

fn corpus() -> Vec<(Option<Keyword>, &'static str)> {
    let expected = |section| match section {
        "opt-out" => Some(Keyword::OptOut),
        "opt-in" => Some(Keyword::OptIn),
        "support" => Some(Keyword::Support),
        "near words" | "sentences" => None,
        other => panic!("the corpus has a section {other}"),
    };
    let expect = |(section, text)| (expected(section), text);
    sections(CORPUS).map(expect).collect()
}

fn entries(section: &str) -> Vec<&'static str> {
    let of_section = sections(WORDS).filter(|(name, _)| *name == section);
    let entries = of_section.flat_map(|(_, line)| line.split(','));
    entries
        .map(str::trim)
        .filter(|entry| !entry.is_empty())
        .collect()
}

#[test]
fn the_corpus_is_taken_as_it_says() {
    let taken_otherwise: Vec<_> = corpus()
        .into_iter()
        .map(|(expected, text)| (text, expected, recognise(text)))
        .filter(|(_, expected, recognised)| expected != recognised)
        .collect();
    assert!(taken_otherwise.is_empty(), "{taken_otherwise:#?}");
}

#[test]
fn the_corpus_is_as_large_as_it_has_to_be() {
    let count = |wanted| {
        sections(CORPUS)
            .filter(|(section, _)| *section == wanted)
            .count()
    };
    assert!(count("opt-out") >= 150, "{} opt-outs", count("opt-out"));
    assert!(count("near words") >= 50 && count("sentences") >= 50);
}

#[test]
fn the_list_has_the_sections_that_are_read() {
    let mut names: Vec<_> = sections(WORDS).map(|(name, _)| name).collect();
    names.dedup();
    let read = [
        "opt-out",
        "opt-in",
        "support",
        "subjects",
        "articles",
        "courtesies",
        "other words",
    ];
    assert_eq!(names, read);
}

#[test]
fn every_phrase_of_the_list_is_recognised_with_and_without_a_subject() {
    let sections = [
        ("opt-out", Keyword::OptOut),
        ("opt-in", Keyword::OptIn),
        ("support", Keyword::Support),
    ];
    for (section, keyword) in sections {
        for phrase in entries(section) {
            for subject in entries("subjects") {
                let text = phrase.replace("<subject>", subject);
                assert_eq!(recognise(&text), Some(keyword), "{text}");
            }
        }
    }
}

#[test]
fn a_word_of_its_own_is_no_typo() {
    for word in entries("other words") {
        assert_eq!(recognise(word), None, "{word}");
        let text = format!("stop {word}");
        assert_eq!(recognise(&text), None, "{text}");
    }
}

#[test]
fn invisible_characters_are_ignored() {
    for text in [
        "\u{200E}STOP",
        "\u{202B}Stop\u{202C}",
        "S\u{200B}T\u{200C}O\u{200D}P",
        "\u{FEFF}stop\u{FEFF}",
        "st\u{00AD}op",
        "Arrêtez\u{2060}\u{00A0}svp",
        "\u{1160}stop",
    ] {
        assert_eq!(recognise(text), Some(Keyword::OptOut), "{text:?}");
    }
    assert_eq!(recognise("\u{200B}\u{200E}"), None);
}

#[test]
fn letters_of_other_scripts_are_not_latin_ones() {
    // Cyrillic and Greek letters that look like those of START: a look-alike must not start messages again.
    for text in ["ЅТАRТ", "STΑRT", "Ѕtор", "стop"] {
        assert_eq!(recognise(text), None, "{text}");
    }
}

#[test]
fn a_long_text_is_read_to_its_end() {
    let shouted = "stop ".repeat(800);
    assert_eq!(recognise(&shouted), Some(Keyword::OptOut));
    assert_eq!(recognise(&format!("{shouted} non")), None);
}

fn single_words(section: &str) -> Vec<&'static str> {
    let is_single = |entry: &&str| folding::words(entry).len() == 1 && !entry.contains('<');
    entries(section).into_iter().filter(is_single).collect()
}

/// A text in another spelling: other case, no accents, full width, signs around and between words, invisible
/// characters.
fn written_otherwise(text: &str, choices: &[u8]) -> String {
    const SIGNS: [&str; 8] = [" ", ".", " ! ", "…", "\u{200F}", "_", " 🙏 ", "\n"];
    let mut choices = choices.iter().copied().cycle();
    let mut choice = move |of: u8| choices.next().unwrap_or_default() % of;
    let mut other = String::new();
    for letter in text.chars() {
        let letter = match choice(4) {
            0 => letter.to_uppercase().collect(),
            1 => letter.to_lowercase().collect(),
            2 => letter.nfd().filter(|c| !is_combining_mark(*c)).collect(),
            _ if letter.is_ascii_graphic() => char::from_u32(u32::from(letter) + 0xFEE0)
                .unwrap()
                .to_string(),
            _ => letter.nfd().collect::<String>(),
        };
        other.push_str(&letter);
        if choice(5) == 0 {
            other.push('\u{200B}');
        }
        if letter.trim().is_empty() {
            other.push_str(SIGNS[usize::from(choice(8))]);
        }
    }
    format!(
        "{}{other}{}",
        SIGNS[usize::from(choice(8))],
        SIGNS[usize::from(choice(8))]
    )
}

fn any_text_of_the_corpus() -> impl Strategy<Value = &'static str> {
    let texts: Vec<_> = corpus().into_iter().map(|(_, text)| text).collect();
    prop::sample::select(texts)
}

proptest! {
    #[test]
    fn case_accents_width_signs_and_what_is_invisible_make_no_difference(
        text in any_text_of_the_corpus(),
        choices in prop::collection::vec(any::<u8>(), 1..60),
    ) {
        let other = written_otherwise(text, &choices);
        prop_assert_eq!(recognise(&other), recognise(text), "{:?} as {:?}", text, other);
    }

    #[test]
    fn courtesies_and_repetition_make_no_difference(
        text in any_text_of_the_corpus(),
        times in 1_usize..4,
        courtesy in prop::sample::select(entries("courtesies")),
    ) {
        // A repetition would contain the typo twice.
        let times = if folding::words(text) == folding::words("stop") { times } else { 1 };
        let polite = format!("{courtesy}, {} {courtesy}", [text].repeat(times).join(", "));
        prop_assert_eq!(recognise(&polite), recognise(text), "{}", polite);
    }

    #[test]
    fn a_typo_opts_nobody_in(
        word in prop::sample::select(single_words("opt-in")),
        at in any::<prop::sample::Index>(),
        letter in prop::sample::select(('a'..='z').collect::<Vec<_>>()),
        kind in 0..3,
    ) {
        let mut letters: Vec<char> = word.chars().collect();
        let at = at.index(letters.len());
        prop_assume!(letters[at] != letter);
        match kind {
            0 => letters[at] = letter,
            1 => drop(letters.remove(at)),
            _ => letters.insert(at, letters[at]),
        }
        let text = letters.into_iter().collect::<String>();
        let exact = entries("opt-in").iter().any(|word| folding::words(word) == folding::words(&text));
        prop_assert!(exact || recognise(&text) != Some(Keyword::OptIn), "{}", text);
    }

    #[test]
    fn one_typo_in_a_long_word_is_forgiven_and_two_are_not(
        word in prop::sample::select(vec!["desabonnement", "desinscription", "unsubscribe"]),
        first in any::<prop::sample::Index>(),
        second in any::<prop::sample::Index>(),
    ) {
        let mut letters: Vec<char> = word.chars().collect();
        letters[first.index(word.len())] = 'q';
        prop_assert_eq!(recognise(&letters.iter().collect::<String>()), Some(Keyword::OptOut));
        prop_assume!(first.index(word.len()) != second.index(word.len()));
        letters[second.index(word.len())] = 'q';
        prop_assert_eq!(recognise(&letters.iter().collect::<String>()), None);
    }

    #[test]
    fn any_text_is_read(text in any::<String>()) {
        let _ = recognise(&text);
    }
}
