//! Whether a file is what its `Content-Type` says, by its first bytes: what is not would be refused by Meta after it was
//! accepted here, or not open on the recipient's phone.

use common::media::MediaType;
use infer::{archive, doc, image, video};

/// Why a file is not what it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mismatch {
    /// It is something else.
    Other,
    /// A PNG with another depth or colours than 8-bit RGB or RGBA, which Meta refuses (Meta, media reference).
    PngForm,
}

/// Compares a file with its type.
pub(super) fn check(media_type: MediaType, content: &[u8]) -> Result<(), Mismatch> {
    let is_so = match media_type.as_str() {
        "application/pdf" => archive::is_pdf(content),
        "image/jpeg" => image::is_jpeg(content),
        "image/png" => image::is_png(content),
        "video/mp4" => video::is_mp4(content) || video::is_m4v(content),
        "video/3gpp" => content.get(4..10) == Some(b"ftyp3g"),
        "text/plain" => is_text(content),
        // The older formats of office programs share one container.
        "application/msword" | "application/vnd.ms-excel" | "application/vnd.ms-powerpoint" => {
            doc::is_doc(content)
        }
        // The newer ones are zip archives whose parts stand in any order.
        _ => archive::is_zip(content),
    };
    if !is_so {
        return Err(Mismatch::Other);
    }
    if media_type.as_str() == "image/png" && !has_metas_form(content) {
        return Err(Mismatch::PngForm);
    }
    Ok(())
}

/// UTF-8 without control characters but for line breaks and tabs.
fn is_text(content: &[u8]) -> bool {
    let is_odd = |char: char| char.is_control() && !matches!(char, '\n' | '\r' | '\t' | '\u{c}');
    str::from_utf8(content).is_ok_and(|text| !text.contains(is_odd))
}

/// Depth and colour type stand in the first chunk, which always begins at the same place (PNG specification, 11.2.1).
fn has_metas_form(png: &[u8]) -> bool {
    const RGB: u8 = 2;
    const RGBA: u8 = 6;
    matches!(png.get(24..26), Some([8, RGB | RGBA]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(content_type: &str, content: &[u8]) -> Result<(), Mismatch> {
        check(MediaType::of_content_type(content_type).unwrap(), content)
    }

    fn png(depth: u8, colour: u8) -> Vec<u8> {
        let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01".to_vec();
        png.extend([depth, colour, 0, 0, 0]);
        png
    }

    #[test]
    fn a_file_is_what_it_says() {
        let (rgb, rgba) = (png(8, 2), png(8, 6));
        let docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
        for (content_type, content) in [
            ("application/pdf", &b"%PDF-1.7\n"[..]),
            ("image/jpeg", b"\xff\xd8\xff\xe0\0\x10JFIF"),
            ("image/png", &rgb),
            ("image/png", &rgba),
            ("video/mp4", b"\0\0\0\x18ftypisom\0\0\0\0"),
            ("video/3gpp", b"\0\0\0\x18ftyp3gp4\0\0\0\0"),
            ("text/plain", "Reçu n° 12\r\n".as_bytes()),
            ("application/msword", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
            (docx, b"PK\x03\x04\x14\0"),
        ] {
            assert_eq!(checked(content_type, content), Ok(()), "{content_type}");
        }
    }

    #[test]
    fn a_file_that_is_something_else_is_noticed() {
        for content_type in MediaType::all().map(MediaType::as_str) {
            for other in [&b""[..], b"MZ\x90\0", b"<html>\0", b"\x7fELF"] {
                if content_type == "text/plain" && other.is_empty() {
                    continue;
                }
                let expected = Err(Mismatch::Other);
                assert_eq!(checked(content_type, other), expected, "{content_type}");
            }
        }
    }

    #[test]
    fn a_png_that_meta_refuses_is_told_apart() {
        for (depth, colour) in [(16, 2), (8, 3), (1, 0), (8, 4)] {
            assert_eq!(
                checked("image/png", &png(depth, colour)),
                Err(Mismatch::PngForm)
            );
        }
    }
}
