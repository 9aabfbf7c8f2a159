//! Where an HTTP/1.1 response ends.

use anyhow::{Context as _, Result, bail};

/// The most headers of a response.
const HEADERS: usize = 32;

/// A whole response at the start of what was read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) status: u16,
    /// Bytes of the head.
    pub(super) head: usize,
    /// Bytes of the body.
    pub(super) body: usize,
}

/// The response at the start of `bytes`; `None` while it is not whole.
///
/// # Errors
/// When it is none, or its length is not told.
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
        bail!("the response {status} does not tell its length");
    };
    let body: usize = std::str::from_utf8(length.value)?.trim().parse()?;
    Ok((bytes.len() >= head + body).then_some(Shape { status, head, body }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &[u8] = b"HTTP/1.1 202 Accepted\r\ncontent-length: 5\r\ndate: today\r\n\r\nhello";

    #[test]
    fn a_response_is_whole_with_its_last_byte() {
        for end in 0..WHOLE.len() {
            assert_eq!(shape(&WHOLE[..end]).unwrap(), None, "{end}");
        }
        let whole = shape(WHOLE).unwrap().unwrap();
        assert_eq!((whole.status, whole.body), (202, 5));
        assert_eq!(whole.head + whole.body, WHOLE.len());
    }

    #[test]
    fn what_follows_a_response_is_left_alone() {
        let two = [WHOLE, WHOLE].concat();
        assert_eq!(shape(&two).unwrap(), shape(WHOLE).unwrap());
    }

    #[test]
    fn what_is_no_response_is_an_error() {
        assert!(shape(b"hello, this is no HTTP\r\n\r\n").is_err());
        assert!(shape(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").is_err());
    }
}
