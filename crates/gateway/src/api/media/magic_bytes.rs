//! Checks by its first bytes that a file is of its `Content-Type`. Otherwise Meta would refuse it after it was accepted
//! here, or the recipient's phone could not open it.

use common::media::MediaType;
use infer::{archive, doc, image, video};

/// A PDF may begin with other bytes, such as a byte order mark or line breaks (ISO 32000-1, annex H.3.4.1).
const PDF_HEADER_WITHIN: usize = 1024;
const PDF_HEADER: &[u8] = b"%PDF-";

/// Brands of MP4 video, other than those that cameras write first. A file lists all brands that it conforms to.
const MP4_BRANDS: [&[u8]; 12] = [
    b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"iso7", b"iso8", b"iso9", b"mp41",
    b"mp42", b"avc1",
];
/// Brands of other formats that list an MP4 brand too: QuickTime, which Meta does not support, and audio.
const OTHER_BRANDS: [&[u8]; 4] = [b"qt  ", b"M4A ", b"M4B ", b"M4P "];

/// Why a file is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mismatch {
    /// It is of another type.
    Other,
    /// A PNG with another bit depth or colour type than 8-bit RGB or RGBA, which Meta refuses (Meta, media reference).
    PngForm,
}

/// Checks a file against its type.
pub(super) fn check(media_type: MediaType, content: &[u8]) -> Result<(), Mismatch> {
    let is_so = match media_type.as_str() {
        "application/pdf" => is_pdf(content),
        "image/jpeg" => image::is_jpeg(content),
        "image/png" => image::is_png(content),
        "video/mp4" => is_mp4(content),
        "video/3gpp" => brands(content).any(|brand| brand.starts_with(b"3g")),
        "text/plain" => is_text(content),
        // The older formats of office programs share one container.
        "application/msword" | "application/vnd.ms-excel" | "application/vnd.ms-powerpoint" => {
            doc::is_doc(content)
        }
        // The newer ones are zip archives whose parts are in any order.
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

fn is_pdf(content: &[u8]) -> bool {
    let start = content.get(..PDF_HEADER_WITHIN).unwrap_or(content);
    let has_header = || {
        start
            .windows(PDF_HEADER.len())
            .any(|bytes| bytes == PDF_HEADER)
    };
    archive::is_pdf(content) || (infer::get(content).is_none() && has_header())
}

fn is_mp4(content: &[u8]) -> bool {
    let is_other = brands(content)
        .next()
        .is_some_and(|first| OTHER_BRANDS.contains(&first));
    let is_branded = || brands(content).any(|brand| MP4_BRANDS.contains(&brand));
    video::is_mp4(content) || video::is_m4v(content) || (!is_other && is_branded())
}

/// The brands in the first box of a video: its major brand and, after a version, its compatible brands (ISO/IEC
/// 14496-12, 4.3).
fn brands(content: &[u8]) -> impl Iterator<Item = &[u8]> {
    let size = content
        .first_chunk()
        .and_then(|size| usize::try_from(u32::from_be_bytes(*size)).ok());
    let is_type_box = content.get(4..8) == Some(b"ftyp");
    let fields = size
        .filter(|_| is_type_box)
        .and_then(|size| content.get(8..size.min(content.len())));
    let fields = fields.unwrap_or_default().chunks_exact(4);
    fields
        .enumerate()
        .filter_map(|(index, brand)| (index != 1).then_some(brand))
}

/// Text without control characters except line breaks and tabs: in UTF-8, or in an encoding whose bytes are mostly
/// ASCII, such as those of Western languages.
fn is_text(content: &[u8]) -> bool {
    let is_odd = |char: char| char.is_control() && !matches!(char, '\n' | '\r' | '\t' | '\u{c}');
    match str::from_utf8(content) {
        Ok(text) => !text.contains(is_odd),
        Err(_) => {
            let ascii = content.iter().filter(|byte| byte.is_ascii());
            !ascii.clone().any(|byte| is_odd(char::from(*byte)))
                && ascii.count() * 2 > content.len()
                && infer::get(content).is_none()
        }
    }
}

/// Bit depth and colour type are in the first chunk, whose offset is fixed (PNG specification, 11.2.1).
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
            ("application/pdf", b"\xef\xbb\xbf%PDF-1.4\n"),
            ("application/pdf", b"\r\n\n%PDF-1.4\n"),
            ("application/pdf", b"HTTP/1.1 200\r\n\r\n%PDF-1.4\n"),
            ("video/mp4", b"\0\0\0\x18ftypisom\0\0\0\0"),
            ("video/mp4", b"\0\0\0\x14ftypmp42\0\0\0\0isom"),
            ("video/mp4", b"\0\0\0\x14ftypavc1\0\0\0\0isom"),
            ("video/mp4", b"\0\0\0\x14ftypM4V \0\0\0\0mp42"),
            ("video/mp4", b"\0\0\0\x18ftypXAVC\0\0\0\0XAVCmp42"),
            ("video/mp4", b"\0\0\0\x18ftypiso9\0\0\0\0"),
            (
                "video/mp4; codecs=\"avc1\"",
                b"\0\0\0\x18ftyp3gp5\0\0\0\0isom3gp5",
            ),
            ("video/3gpp", b"\0\0\0\x18ftyp3gp4\0\0\0\0"),
            ("video/3gpp", b"\0\0\0\x14ftypisom\0\0\0\x003gp6"),
            ("video/3gp", b"\0\0\0\x18ftyp3gp6\0\0\0\0"),
            ("image/jpg", b"\xff\xd8\xff\xe0\0\x10JFIF"),
            ("text/plain", "Reçu n° 12\r\n".as_bytes()),
            ("text/plain", b"Re\xE7u n\xB0 12\r\n"),
            ("text/plain; charset=macintosh", b"Re\x8Du n\xA1 12\r"),
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
    fn files_that_name_the_type_beside_their_own_are_not_of_it() {
        for (content_type, content) in [
            ("video/mp4", &b"\0\0\0\x14ftypqt  \0\0\0\0mp42"[..]),
            ("video/mp4", b"\0\0\0\x14ftypM4A \0\0\0\0mp42"),
            ("video/mp4", b"\0\0\0\x14ftypheic\0\0\0\0mif1"),
            ("video/mp4", b"\0\0\0\x10ftypxxxx\0\0\0\0isom"),
            ("video/3gpp", b"\0\0\0\x14ftypisom\0\0\0\0mp42"),
            ("application/pdf", b"<html><body>%PDF-1.4</body>"),
            ("application/pdf", b"PK\x03\x04 %PDF-1.4"),
            (
                "text/plain",
                b"\xff\xd8\xff\xe0\x8f\x9d JFIF photo of nobody",
            ),
            ("text/plain", b"\xe9\xe8\xe7\xe6\xe5a"),
        ] {
            assert_eq!(
                checked(content_type, content),
                Err(Mismatch::Other),
                "{content_type}: {content:?}"
            );
        }
        let late = [&[b' '; PDF_HEADER_WITHIN][..], b"%PDF-1.4"].concat();
        assert_eq!(checked("application/pdf", &late), Err(Mismatch::Other));
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
