//! Finds the end of a record before it is parsed.
//!
//! Otherwise one stray quote at the start of a field would include all rows after it, and need their memory. The rules
//! of quoting are those of the `csv` crate, except that a quoted field that spans lines must be closed properly, and
//! that a record has a greatest length. Parsing of a broken record is repeated from its second line, so without this
//! limit the time for a file full of quotes would be quadratic.

/// The greatest length of a record; a longer one is no row of a customer.
const MAX_RECORD_BYTES: usize = 64 * 1024;
/// The greatest number of line ends in a record.
const MAX_LINE_ENDS: usize = 64;

/// The extent of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// It ends with its line.
    OneLine,
    /// A quoted field holds line breaks.
    SeveralLines,
    /// A quote is never closed, or the record is too long for a row of a customer.
    Broken,
}

/// The extent of the record at the start of `bytes`, which must not begin with a blank line.
pub(crate) fn of(bytes: &[u8], delimiter: u8) -> Extent {
    let line = first_line(bytes);
    if line.len() > MAX_RECORD_BYTES {
        return Extent::Broken;
    }
    if line.contains(&b'"') {
        of_quoted(bytes, delimiter)
    } else {
        Extent::OneLine
    }
}

/// The first line without its end.
pub(crate) fn first_line(bytes: &[u8]) -> &[u8] {
    let end = bytes
        .iter()
        .position(|byte| is_line_end(*byte))
        .unwrap_or(bytes.len());
    bytes.get(..end).unwrap_or(bytes)
}

/// The bytes after the line end at the start of `bytes`, if there is one.
pub(crate) fn without_line_end(bytes: &[u8]) -> Option<&[u8]> {
    bytes.strip_prefix(b"\r\n").or_else(|| match bytes {
        [first, rest @ ..] if is_line_end(*first) => Some(rest),
        _ => None,
    })
}

const fn is_line_end(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n')
}

fn of_quoted(bytes: &[u8], delimiter: u8) -> Extent {
    let mut extent = Extent::OneLine;
    let mut at_field_start = true;
    let mut quoted = false;
    let mut line_ends = 0;
    let mut rest = bytes.iter().copied().take(MAX_RECORD_BYTES).peekable();
    while let Some(byte) = rest.next() {
        if !quoted {
            if is_line_end(byte) {
                return extent;
            }
            quoted = at_field_start && byte == b'"';
            at_field_start = byte == delimiter;
        } else if is_line_end(byte) {
            extent = Extent::SeveralLines;
            line_ends += 1;
            if line_ends > MAX_LINE_ENDS {
                return Extent::Broken;
            }
        } else if byte == b'"' && rest.next_if_eq(&b'"').is_none() {
            quoted = false;
            let closed = rest
                .peek()
                .is_none_or(|next| *next == delimiter || is_line_end(*next));
            if extent == Extent::SeveralLines && !closed {
                return Extent::Broken;
            }
        }
    }
    if quoted || bytes.len() > MAX_RECORD_BYTES {
        Extent::Broken
    } else {
        extent
    }
}
