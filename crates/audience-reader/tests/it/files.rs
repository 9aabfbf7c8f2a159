//! Whole files: encodings, delimiters, and files that cannot be read.

use audience_reader::{AudienceError, AudienceSpec, CodePage, FileEncoding, NotText};

use crate::seen::{assert_rows, opened, refused, spec, to};

#[test]
fn a_file_is_read_in_every_encoding_and_with_every_delimiter() {
    let expected = [(2, to("+22670123456", &["Zénabo"]))];
    for (file, encoding, delimiter) in [
        (
            "Prénom;Téléphone\r\nZénabo;70 12 34 56\r\n".as_bytes(),
            FileEncoding::Utf8,
            ';',
        ),
        (
            "\u{feff}Prénom;Téléphone\nZénabo;70 12 34 56".as_bytes(),
            FileEncoding::Utf8,
            ';',
        ),
        (
            "Prénom,Téléphone\nZénabo,70 12 34 56\n".as_bytes(),
            FileEncoding::Utf8,
            ',',
        ),
        (
            "Prénom\tTéléphone\nZénabo\t70 12 34 56\n".as_bytes(),
            FileEncoding::Utf8,
            '\t',
        ),
        (
            "Prénom\tTéléphone\rZénabo\t70 12 34 56\r".as_bytes(),
            FileEncoding::Utf8,
            '\t',
        ),
        (
            "sep=|\r\nPrénom|Téléphone\r\nZénabo|70 12 34 56\r\n".as_bytes(),
            FileEncoding::Utf8,
            '|',
        ),
        (
            b"Pr\xE9nom;T\xE9l\xE9phone\r\nZ\xE9nabo;70 12 34 56",
            FileEncoding::CodePage(CodePage::Windows1252),
            ';',
        ),
        (
            b"Pr\xC3\xA9nom;T\xE9l\xE9phone\r\nZ\xC3\xA9nabo;70 12 34 56",
            FileEncoding::CodePage(CodePage::Windows1252),
            ';',
        ),
    ] {
        let opened = opened(file);
        let reader = opened.read(&spec(&["Prénom"])).unwrap();
        assert_eq!(
            (opened.encoding(), reader.delimiter()),
            (encoding, delimiter)
        );
        assert_rows(file, &["Prénom"], &expected);
    }
}

#[test]
fn the_delimiter_is_not_looked_for_inside_quotes() {
    let file = b"\"Nom, usuel, complet, entier\";Tel\nAwa;70123456\n";
    let file = opened(file);
    assert_eq!(file.read(&spec(&[])).unwrap().delimiter(), ';');
}

#[test]
fn a_file_that_cannot_be_read_says_why() {
    let none = AudienceSpec::default();
    for file in [
        b"".as_slice(),
        b"\xEF\xBB\xBF",
        b"\r\n\r\n",
        b";;;\n \n",
        b"sep=;\n",
    ] {
        assert_eq!(refused(file, &none), AudienceError::Empty);
    }
    for (file, reason) in [
        (b"PK\x03\x04rest".as_slice(), NotText::Workbook),
        (b"\xD0\xCF\x11\xE0rest", NotText::Workbook),
        (b"Tel;Nom\n7012\0", NotText::Binary),
    ] {
        assert_eq!(refused(file, &none), AudienceError::Undecodable(reason));
    }
    for file in [
        "Awa;70 12 34 56\nAli;76543210\n",
        "\"Tel;Nom\n70123456;Awa\n",
    ] {
        assert_eq!(refused(file.as_bytes(), &none), AudienceError::NoHeader);
    }
    let columns = vec!["Nom".to_owned(), "Ville".to_owned()];
    assert_eq!(
        refused(b"Nom;Ville;;\nAwa;Ouaga;;\n", &none),
        AudienceError::PhoneColumnNotFound { columns }
    );
    let missing = refused(b"Nom;Tel\nAwa;70123456\n", &spec(&["Points"]));
    assert_eq!(
        missing.to_string(),
        "the file has no column \"Points\"; the columns are: Nom, Tel"
    );
}
