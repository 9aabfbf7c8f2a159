//! Finds the end of an HTTP/1.1 response.

use anyhow::{Context as _, Result, bail};

/// Maximum number of headers.
const HEADERS: usize = 32;

/// A complete response at the start of the input.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) status: u16,
    /// Bytes of the head.
    pub(super) head: usize,
    /// Bytes of the body.
    pub(super) body: usize,
}

/// The response at the start of `bytes`; `None` while it is incomplete.
///
/// # Errors
/// When it is not HTTP or has no content length.
pub(super) fn shape(bytes: &[u8]) -> Result<Option<Shape>> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(head) = response.parse(bytes)? else {
        return Ok(None);
    };
    let status = response.code.context("the response has no status")?;
    let length = response
        .headers
        .iter()
        .find(|header| header.name.eq_ignore_ascii_case("content-length"));
    let Some(length) = length else {
        bail!("the response {status} has no content length");
    };
    let body: usize = std::str::from_utf8(length.value)?.trim().parse()?;
    Ok((bytes.len() >= head + body).then_some(Shape { status, head, body }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &[u8] = b"HTTP/1.1 202 Accepted\r\ncontent-length: 5\r\ndate: today\r\n\r\nhello";

    #[test]
    fn a_response_is_complete_with_its_last_byte() {
        for end in 0..WHOLE.len() {
            assert_eq!(shape(&WHOLE[..end]).unwrap(), None, "{end}");
        }
        let whole = shape(WHOLE).unwrap().unwrap();
        assert_eq!((whole.status, whole.body), (202, 5));
        assert_eq!(whole.head + whole.body, WHOLE.len());
    }

    #[test]
    fn bytes_after_a_response_are_ignored() {
        let two = [WHOLE, WHOLE].concat();
        assert_eq!(shape(&two).unwrap(), shape(WHOLE).unwrap());
    }

    #[test]
    fn input_that_is_not_a_response_is_an_error() {
        assert!(shape(b"hello, this is no HTTP\r\n\r\n").is_err());
        assert!(shape(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").is_err());
    }
}
