//! Plain forms of the signs of a number that come from keyboards, spreadsheets and copied text.

/// The zeros of the scripts that people of our markets write numbers in, and of styled text: ASCII, Arabic, Persian,
/// `N'Ko`, Devanagari, mathematical and wide digits. Each is followed by its 1 to 9.
const ZEROS: [u32; 10] = [
    0x30, 0x660, 0x6F0, 0x7C0, 0x966, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6,
];
/// Wide forms are the ASCII signs from `!` to `~` at an offset.
const WIDE_FORMS: std::ops::RangeInclusive<u32> = 0xFF01..=0xFF5E;
const FROM_WIDE: u32 = 0xFF01 - 0x21;

/// A text without invisible signs, in ASCII digits, blanks, dashes and quotes.
pub(super) fn plain_text(text: &str) -> String {
    text.chars().filter_map(plain).collect()
}

/// Signs inside a number without a meaning. Expects plain ones.
pub(super) const fn groups_digits(sign: char) -> bool {
    matches!(sign, ' ' | '-' | '.' | '_' | '(' | ')')
}

/// The plain form of a sign; `None` if it is invisible.
fn plain(sign: char) -> Option<char> {
    match sign {
        '\n' | '\r' => Some(sign),
        // Vertical blanks separate two items, as a line break does.
        '\t' | '\u{B}' | '\u{C}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some('\n'),
        _ if sign.is_whitespace() => Some(' '),
        _ if sign.is_control() || is_invisible(sign) => None,
        '\u{B7}'
        | '\u{2010}'..='\u{2015}'
        | '\u{2022}'
        | '\u{2027}'
        | '\u{2043}'
        | '\u{2212}'
        | '\u{FE58}'
        | '\u{FE63}' => Some('-'),
        '\u{207A}' | '\u{FB29}' | '\u{FE62}' => Some('+'),
        '`' | '\u{B4}' | '\u{2BC}' | '\u{2018}'..='\u{201B}' | '\u{2032}' => Some('\''),
        '\u{AB}' | '\u{BB}' | '\u{201C}'..='\u{201F}' | '\u{2033}' => Some('"'),
        _ => Some(ascii_form(sign).unwrap_or(sign)),
    }
}

/// Soft hyphens, joiners, marks of writing direction, and the two marks that make a digit a keycap.
const fn is_invisible(sign: char) -> bool {
    matches!(
        sign,
        '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{2069}' | '\u{20E3}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}'
    )
}

/// The ASCII sign that a digit of another script or a wide form stands for.
fn ascii_form(sign: char) -> Option<char> {
    let code = u32::from(sign);
    if WIDE_FORMS.contains(&code) {
        return char::from_u32(code - FROM_WIDE);
    }
    let digit = |zero: u32| code.checked_sub(zero).filter(|digit| *digit < 10);
    char::from_digit(ZEROS.into_iter().find_map(digit)?, 10)
}
