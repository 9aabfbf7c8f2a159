//! Finds the delimiter: the character that is most frequent in the header line.

use crate::record_boundary::{first_line, without_line_end};

/// In order of preference, for a header with none, or with equal numbers of several.
const CANDIDATES: [u8; 3] = [b';', b',', b'\t'];
/// Excel's own notation for the delimiter, in a line before the header: `sep=;`.
const EXCEL_HINT: &[u8] = b"sep=";

/// The delimiter, and the file without the line that may specify it.
pub(crate) fn detect(bytes: &[u8]) -> (u8, &[u8]) {
    let mut text = bytes;
    while let Some(after) = without_line_end(text) {
        text = after;
    }
    let line = first_line(text);
    match line.strip_prefix(EXCEL_HINT) {
        Some([delimiter]) => {
            let rest = text.get(line.len()..).unwrap_or_default();
            (*delimiter, without_line_end(rest).unwrap_or(rest))
        }
        _ => (most_frequent(line), bytes),
    }
}

fn most_frequent(header: &[u8]) -> u8 {
    let mut counts = CANDIDATES.map(|candidate| (candidate, 0_usize));
    let mut quoted = false;
    for byte in header {
        if *byte == b'"' {
            quoted = !quoted;
        } else if !quoted && let Some((_, count)) = counts.iter_mut().find(|(of, _)| of == byte) {
            *count += 1;
        }
    }
    let [first, rest @ ..] = counts;
    rest.into_iter()
        .fold(
            first,
            |best, next| if next.1 > best.1 { next } else { best },
        )
        .0
}
