//! One spelling for all ways of writing the same words: case, accents, full-width letters, punctuation, emoji and
//! invisible characters make no difference.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// The words of a text, folded. Characters that are neither letters nor digits only separate words. Letters of other
/// scripts are kept, even if they look like Latin ones.
pub(super) fn words(text: &str) -> Vec<String> {
    let folded: String = text
        .chars()
        .map(|c| if is_sign(c) { ' ' } else { c })
        .nfkd()
        .filter(|c| !is_combining_mark(*c) && !is_invisible(*c))
        .flat_map(char::to_lowercase)
        .collect();
    folded
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(ToOwned::to_owned)
        .collect()
}

/// Signs that would otherwise decompose into letters.
const fn is_sign(c: char) -> bool {
    matches!(c, 'ℹ' | '™' | '℠')
}

/// Zero-width spaces and joiners, marks of direction, soft hyphens, and letters without a shape.
fn is_invisible(c: char) -> bool {
    c.general_category() == GeneralCategory::Format || matches!(c, '\u{115F}' | '\u{1160}')
}
