//! WhatsApp's formatting marks: `*bold*`, `_italic_`, `~strikethrough~`, `` `code` ``, ```` ```monospace``` ````, `> quote`, `- item`
//! and `1. item`.
//!
//! A mark opens before a character that is no space and after one that is no letter or digit, and closes in the same line
//! in the mirror image of that. Other marks are text.

use serde::Serialize;

/// A run of text in one style.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Span {
    /// The text without its marks.
    pub text: String,
    /// `*bold*`
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub bold: bool,
    /// `_italic_`
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub italic: bool,
    /// `~strikethrough~`
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub strikethrough: bool,
    /// Monospace.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub code: bool,
}

/// A line, or several that belong together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Block {
    /// A line of text; empty for an empty line.
    Line {
        /// Its runs.
        spans: Vec<Span>,
    },
    /// A quoted line.
    Quote {
        /// Its runs.
        spans: Vec<Span>,
    },
    /// An item of a list.
    Item {
        /// Its number; none for a bullet.
        #[serde(skip_serializing_if = "Option::is_none")]
        number: Option<u32>,
        /// Its runs.
        spans: Vec<Span>,
    },
    /// Text in monospace, with its line breaks.
    Code {
        /// The text.
        text: String,
    },
}

const FENCE: &str = "```";

/// Reads the marks of a text.
#[must_use]
pub fn formatted(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut rest = text;
    while let Some((before, code, after)) = fenced(rest) {
        lines(before.trim_end_matches('\n'), &mut blocks);
        blocks.push(Block::Code {
            text: code.trim_matches('\n').to_owned(),
        });
        rest = after.trim_start_matches('\n');
    }
    lines(rest, &mut blocks);
    blocks
}

/// The text before, between and after the first pair of fences with something between them.
fn fenced(text: &str) -> Option<(&str, &str, &str)> {
    let (before, after) = text.split_once(FENCE)?;
    let (code, after) = after.split_once(FENCE)?;
    (!code.trim().is_empty()).then_some((before, code, after))
}

fn lines(text: &str, blocks: &mut Vec<Block>) {
    if text.is_empty() {
        return;
    }
    blocks.extend(text.lines().map(line));
}

fn line(line: &str) -> Block {
    if let Some(quoted) = line.strip_prefix("> ") {
        return Block::Quote {
            spans: spans(quoted),
        };
    }
    if let Some(item) = line.strip_prefix("- ").or_else(|| line.strip_prefix("* ")) {
        return Block::Item {
            number: None,
            spans: spans(item),
        };
    }
    if let Some((number, item)) = line.split_once(". ")
        && let Some(number) = item_number(number)
    {
        return Block::Item {
            number: Some(number),
            spans: spans(item),
        };
    }
    Block::Line { spans: spans(line) }
}

/// One or two digits.
fn item_number(text: &str) -> Option<u32> {
    let is_short = text.len() <= 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    is_short.then(|| text.parse().ok()).flatten()
}

/// The runs of one line.
fn spans(line: &str) -> Vec<Span> {
    let mut found = Vec::new();
    read(line, &Span::default(), &mut found);
    found
}

/// Reads the runs of a text whose surroundings have a style already.
fn read(text: &str, style: &Span, found: &mut Vec<Span>) {
    let mut rest = text;
    let mut plain = String::new();
    let mut previous = None;
    while let Some(mark) = rest.chars().next() {
        let after = rest.get(mark.len_utf8()..).unwrap_or_default();
        let opened = opens(mark, previous, after, style);
        if let Some((inner, behind)) = opened.then(|| closed(after, mark)).flatten() {
            push(&mut plain, style, found);
            read_marked(mark, inner, style, found);
            previous = Some(mark);
            rest = behind;
            continue;
        }
        plain.push(mark);
        previous = Some(mark);
        rest = after;
    }
    push(&mut plain, style, found);
}

fn read_marked(mark: char, inner: &str, style: &Span, found: &mut Vec<Span>) {
    let mut inner_style = style.clone();
    match mark {
        '*' => inner_style.bold = true,
        '_' => inner_style.italic = true,
        '~' => inner_style.strikethrough = true,
        _ => {
            inner_style.code = true;
            push(&mut inner.to_owned(), &inner_style, found);
            return;
        }
    }
    read(inner, &inner_style, found);
}

/// Whether a character opens a style here that does not hold yet.
fn opens(mark: char, previous: Option<char>, after: &str, style: &Span) -> bool {
    let holds = match mark {
        '*' => style.bold,
        '_' => style.italic,
        '~' => style.strikethrough,
        '`' => style.code,
        _ => return false,
    };
    let stands_free = !previous.is_some_and(char::is_alphanumeric);
    let before_text = after
        .chars()
        .next()
        .is_some_and(|next| !next.is_whitespace() && next != mark);
    !holds && stands_free && before_text
}

/// The text up to the mark that closes, and the text behind it.
fn closed(after: &str, mark: char) -> Option<(&str, &str)> {
    let mut places = after.char_indices().filter(|(_, found)| *found == mark);
    places.find_map(|(place, _)| {
        let (inner, behind) = (after.get(..place)?, after.get(place + mark.len_utf8()..)?);
        let ends_text = inner
            .chars()
            .last()
            .is_some_and(|last| !last.is_whitespace());
        let stands_free = !behind.chars().next().is_some_and(char::is_alphanumeric);
        (ends_text && stands_free).then_some((inner, behind))
    })
}

fn push(text: &mut String, style: &Span, found: &mut Vec<Span>) {
    if !text.is_empty() {
        found.push(Span {
            text: std::mem::take(text),
            ..style.clone()
        });
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The runs as text with letters for their styles, such as `b:un|:deux`.
    fn shown(line: &str) -> String {
        let styles = |span: &Span| {
            let marks = [
                (span.bold, 'b'),
                (span.italic, 'i'),
                (span.strikethrough, 's'),
                (span.code, 'c'),
            ];
            let letters = marks.into_iter().filter(|(holds, _)| *holds);
            letters.map(|(_, letter)| letter).collect::<String>()
        };
        let runs = spans(line)
            .into_iter()
            .map(|span| format!("{}:{}", styles(&span), span.text));
        runs.collect::<Vec<_>>().join("|")
    }

    #[test]
    fn marks_are_read_as_whatsapp_reads_them() {
        for (text, expected) in [
            ("Bonjour *Awa* !", ":Bonjour |b:Awa|: !"),
            ("*_très_ bien*", "bi:très|b: bien"),
            ("~12 000~ 9 000", "s:12 000|: 9 000"),
            ("le `code` 4", ":le |c:code|: 4"),
            ("`*a*`", "c:*a*"),
            ("2*3*4", ":2*3*4"),
            ("* pas gras *", ":* pas gras *"),
            ("*pas gras", ":*pas gras"),
            ("snake_case_name", ":snake_case_name"),
            ("*a *b*", "b:a *b"),
            ("(*gras*)", ":(|b:gras|:)"),
            ("**", ":**"),
            ("مرحبا *آوا*", ":مرحبا |b:آوا"),
            ("*👍🏾*", "b:👍🏾"),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn lines_are_quotes_items_and_code() {
        let blocks = formatted("> cité\n- un\n1. deux\n\n```a *b*\nc```\nfin 2. x");
        let plain = |text: &str| {
            vec![Span {
                text: text.to_owned(),
                ..Span::default()
            }]
        };
        let item = |number, text| Block::Item {
            number,
            spans: plain(text),
        };
        assert_eq!(
            blocks,
            [
                Block::Quote {
                    spans: plain("cité")
                },
                item(None, "un"),
                item(Some(1), "deux"),
                Block::Code {
                    text: "a *b*\nc".to_owned()
                },
                Block::Line {
                    spans: plain("fin 2. x")
                },
            ]
        );
    }

    proptest! {
        #[test]
        fn nothing_but_marks_is_lost(text in "[a-zé *_~`\u{627}\u{1F600}]{0,40}") {
            let only_text = |text: &str| text.chars().filter(|c| !"*_~`".contains(*c)).collect::<String>();
            let read: String = spans(&text).into_iter().map(|span| span.text).collect();
            prop_assert_eq!(only_text(&read), only_text(&text));
        }
    }
}
