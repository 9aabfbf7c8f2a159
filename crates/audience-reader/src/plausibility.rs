//! Scores how plausible a text is: as names of French-speaking Africa and French words.
//!
//! Each character is weighed with its two neighbours. The sum over many fields distinguishes encodings; a single
//! character with the weight [`GARBLED`] is implausible by itself, and the row gets a warning.

/// The weight of a character that is never written in such a position.
const GARBLED: u32 = 10;
/// The weight of a character that replaces lost bytes, which no text contains.
const LOST: u32 = 20;
/// The weight of a French letter in a position where French does not have it, and of letters of other languages.
const UNUSUAL: u32 = 6;

/// How strange a text is; lower is more plausible.
pub(crate) fn strangeness(text: &str) -> u32 {
    if text.is_ascii() {
        return 0;
    }
    weights(text).sum()
}

/// Whether a text contains what is never written: symbols inside words, capitals inside lower-case words, or the
/// escapes of web pages and mail.
pub(crate) fn is_garbled(text: &str) -> bool {
    weights(text).any(|weight| weight >= GARBLED) || has_codes(text)
}

/// A character with its neighbours.
struct Sight {
    sign: char,
    before: Option<char>,
    /// The character before `before`.
    first: Option<char>,
    after: Option<char>,
}

fn weights(text: &str) -> impl Iterator<Item = u32> {
    let signs: Vec<char> = text.chars().collect();
    let at =
        |index: Option<usize>, signs: &[char]| index.and_then(|index| signs.get(index).copied());
    (0..signs.len()).filter_map(move |index| {
        let sight = Sight {
            sign: at(Some(index), &signs)?,
            before: at(index.checked_sub(1), &signs),
            first: at(index.checked_sub(2), &signs),
            after: at(Some(index + 1), &signs),
        };
        Some(weight(&sight))
    })
}

fn weight(sight: &Sight) -> u32 {
    let Sight {
        sign,
        before,
        after,
        ..
    } = *sight;
    let touching = [before, after]
        .into_iter()
        .flatten()
        .filter(|sign| sign.is_alphabetic())
        .count();
    match sign {
        // Written by programs for a character that they do not support.
        '?' if touching == 2 => GARBLED,
        _ if sign.is_ascii() || is_mark(sign) => 0,
        '\u{80}'..='\u{9F}' | '\u{E000}'..='\u{F8FF}' | char::REPLACEMENT_CHARACTER => LOST,
        _ if sign.is_whitespace() => 2,
        _ if is_name_letter(sign) => of_case(sight) + of_letter(before, sign, after),
        _ if sign.is_alphabetic() && !is_sign_letter(sign) => of_foreign_letter(before, after),
        _ => of_sign(before, sign, touching),
    }
}

/// A capital inside a lower-case word, or the reverse, which happens where keyboards lack accented capitals.
fn of_case(sight: &Sight) -> u32 {
    let is = |neighbour: Option<char>, test: fn(char) -> bool| neighbour.is_some_and(test);
    let follows_letter = is(sight.before, char::is_alphabetic);
    let leads_on = is(sight.after, char::is_alphabetic);
    if sight.sign.is_uppercase() && follows_letter {
        let among_small =
            is(sight.before, char::is_lowercase) || is(sight.after, char::is_lowercase);
        let ends_two_letters = !leads_on && !is(sight.first, char::is_alphabetic);
        return if among_small {
            GARBLED
        } else {
            3 * u32::from(ends_two_letters)
        };
    }
    let among_capitals =
        is(sight.before, char::is_uppercase) && is(sight.after, char::is_uppercase);
    let begins_word = !follows_letter && leads_on;
    match sight.sign.is_lowercase() {
        true if among_capitals => 3,
        true if begins_word => 3,
        _ => 0,
    }
}

/// How rare a letter is in names and French words, and whether it is in a usual position.
fn of_letter(before: Option<char>, letter: char, after: Option<char>) -> u32 {
    let is_one_of = |neighbour: Option<char>, letters: &str| {
        neighbour.is_some_and(|letter| letter.to_lowercase().all(|small| letters.contains(small)))
    };
    let follows_capitals =
        || before.is_some_and(char::is_uppercase) && !after.is_some_and(char::is_lowercase);
    let beside_vowel = || is_one_of(before, "aeiouyéè") || is_one_of(after, "aeiouyé");
    let small = letter.to_lowercase().next().unwrap_or(letter);
    let (rarity, is_at_home) = match small {
        'é' => (0, true),
        'è' => (1, true),
        'ê' | 'î' | 'û' | 'œ' => (2, true),
        'â' | 'ô' => (2, !is_one_of(before, "aeio")),
        'ë' | 'ï' => (2, beside_vowel()),
        'ç' => (2, is_one_of(after, "aouâôû")),
        'à' => (3, !after.is_some_and(char::is_alphabetic)),
        'ù' => (3, is_one_of(before, "o")),
        _ if is_african(small) => (2, letter.is_uppercase() || !follows_capitals()),
        _ => (UNUSUAL, true),
    };
    if is_at_home { rarity } else { rarity + UNUSUAL }
}

/// Letters of West African languages beyond the French ones.
pub(crate) fn is_african(letter: char) -> bool {
    let small = letter.to_lowercase().next().unwrap_or(letter);
    matches!(
        small,
        'ɛ' | 'ɔ' | 'ŋ' | 'ɓ' | 'ɗ' | 'ɲ' | 'ƴ' | 'ɩ' | 'ʋ' | 'ǝ'
    )
}

/// Letters of other scripts do not occur inside Latin words.
fn of_foreign_letter(before: Option<char>, after: Option<char>) -> u32 {
    let is_ours = |sign: char| sign.is_ascii_alphabetic() || is_name_letter(sign);
    if before.is_some_and(is_ours) || after.is_some_and(is_ours) {
        GARBLED
    } else {
        1
    }
}

/// Characters other than letters, by how many letters are next to them.
fn of_sign(before: Option<char>, sign: char, touching: usize) -> u32 {
    match sign {
        '’' | 'ʼ' | '‑' | '‐' => 0,
        '–' | '—' => 5,
        '…' if touching < 2 => 5,
        '°' | 'º' | 'ª' if before.is_some_and(|sign| "nNmM0123456789".contains(sign)) => 0,
        '«' | '“' | '‹' | '‘' if !before.is_some_and(char::is_alphabetic) => 3,
        '»' | '”' | '›' if touching < 2 => 3,
        '€' | '£' if touching < 2 => 4,
        '™' | '®' | '©' if touching == 1 && before.is_some_and(char::is_alphabetic) => 5,
        // Arrows, emoji and the like, but not box-drawing characters, which are letters of another encoding.
        '\u{2190}'..='\u{21FF}'
        | '\u{25A0}'..='\u{25C9}'
        | '\u{25CB}'..='\u{2BFF}'
        | '\u{1F000}'.. => 1,
        _ if touching > 0 => GARBLED,
        _ => 2,
    }
}

/// Letters of the Latin script beyond ASCII, including those of African languages.
const fn is_name_letter(sign: char) -> bool {
    matches!(
        sign,
        '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{191}' | '\u{193}'..='\u{2AF}'
            | '\u{1E00}'..='\u{1EFF}' | '\u{A720}'..='\u{A7FF}'
    )
}

/// Characters that Unicode counts as letters, and that do not occur in names.
const fn is_sign_letter(sign: char) -> bool {
    matches!(sign, 'ª' | 'º' | 'µ' | 'ƒ' | '\u{2B0}'..='\u{2FF}')
}

/// Spacing accents, joiners and marks of writing direction.
const fn is_mark(sign: char) -> bool {
    matches!(
        sign,
        '\u{AD}' | '\u{300}'..='\u{36F}' | '\u{61C}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{2069}' | '\u{20D0}'..='\u{20FF}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}'
    )
}

/// Escapes: `&eacute;` and `&#039;` of web pages, `%C3%A9` of links, `\u00e9` of programs, `=C3=A9` of mail and phones.
fn has_codes(text: &str) -> bool {
    let hex = |text: &str, count: usize| {
        let digits = text.get(..count);
        digits.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
    };
    let is_entity = |rest: &str| {
        let name = rest.split_once(';').map(|(name, _)| name);
        name.is_some_and(|name| {
            let name = name.strip_prefix('#').unwrap_or(name);
            (2..=8).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
    };
    let is_two_bytes = |rest: &str, mark: char| {
        let next = rest.get(2..).and_then(|next| next.strip_prefix(mark));
        hex(rest, 2) && next.is_some_and(|next| hex(next, 2))
    };
    after_each(text, '&').any(is_entity)
        || after_each(text, '\\')
            .filter_map(|rest| rest.strip_prefix('u'))
            .any(|code| hex(code, 4))
        || ['%', '=']
            .into_iter()
            .any(|mark| after_each(text, mark).any(|rest| is_two_bytes(rest, mark)))
}

/// The text after each occurrence of a character.
fn after_each(text: &str, mark: char) -> impl Iterator<Item = &str> {
    text.match_indices(mark)
        .filter_map(move |(at, found)| text.get(at + found.len()..))
}
