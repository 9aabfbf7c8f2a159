//! Tests names in the encodings that shop software writes: none is garbled without a warning.

use std::fmt::Write as _;

use common::campaign::RowNote;
use oem_cp::code_table::ENCODING_TABLE_CP850;
use proptest::prelude::*;

use super::{AudienceFile, AudienceSpec, CodePage, FileEncoding, RowOutcome, VariableMapping};

/// Names of customers, separated by semicolons, with the accents of French and of West African languages.
const NAMES: &str = "Zénabo; Éloïse Ouédraogo; Noël Bâ; Aïcha; François; FRANÇOIS; Hélène; HÉLÈNE; Benoît; Jérôme; Côme; Zoé; Léa; \
    Théophile; Désiré; Gaël; Anaïs; Loïc; Maïga; Kaboré; KABORÉ; Traoré; Compaoré; Nikiéma; Dabiré; Somé; Bèlem; \
    Pô; Joël; Raphaël; Israël; Édith; Étienne; Barthélemy; André; Rasmané; Lassané; Pingdwendé; Djénéba; Asséta; \
    Pélagie; Léontine; Béatrice; Gérard; N'Guessan; Kouamé; Koffi Améyo; Sékou; Adélaïde; Célestin; Thérèse; \
    Maëlle; Gaëtan; Moïse; Zaïnab; Dembélé; Gnassingbé; Agbodjélou; Houénou; Dossou-Gbété; Sènami; Têko; Ndèye; \
    Aïssatou; Fâ; Sène; Guèye; Sylvère; Kôkô; Brûlé; Lô; Zê; Françoise; FRANÇOISE; Île; Émilie; ÉMILIE; NOËL; \
    DJÉNÉBA; Français; Grâce; Chloé; Rosélie; Cissé; Côte; L'Été; Tiémoko";
const ENCODINGS: [FileEncoding; 5] = [
    FileEncoding::Utf8,
    FileEncoding::Utf16,
    FileEncoding::CodePage(CodePage::Windows1252),
    FileEncoding::CodePage(CodePage::MacRoman),
    FileEncoding::CodePage(CodePage::Cp850),
];

fn names() -> Vec<&'static str> {
    NAMES.split("; ").collect()
}

fn written(text: &str, encoding: FileEncoding) -> Vec<u8> {
    match encoding {
        FileEncoding::Utf8 => text.as_bytes().to_vec(),
        FileEncoding::Utf16 => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        FileEncoding::CodePage(page) => text.chars().map(|letter| byte(letter, page)).collect(),
    }
}

/// Encoded with another table than the one used for decoding, where there is one.
fn byte(letter: char, page: CodePage) -> u8 {
    if letter.is_ascii() {
        return u8::try_from(letter).unwrap();
    }
    match page {
        CodePage::Cp850 => ENCODING_TABLE_CP850[&letter],
        CodePage::Windows1252 => encoding_rs::WINDOWS_1252.encode(&letter.to_string()).0[0],
        CodePage::MacRoman => page.letters().byte_of(letter).unwrap(),
        CodePage::Other(encoding) => encoding.encode(&letter.to_string()).0[0],
    }
}

/// A text that was decoded in a wrong encoding, and encoded in UTF-8.
fn misread(text: &str, page: CodePage) -> String {
    page.letters().decode(text.as_bytes())
}

fn file(names: &[&str], header: &str) -> String {
    let mut file = format!("{header}\r\n");
    for (index, name) in names.iter().enumerate() {
        write!(file, "\"{name}\";70{index:06}\r\n").unwrap();
    }
    file
}

/// The first names of a file as they would be sent, and the warnings of their rows.
fn read(bytes: &[u8]) -> (FileEncoding, Vec<String>, Vec<RowNote>) {
    let spec = AudienceSpec {
        variables: vec![VariableMapping {
            variable: "1".to_owned(),
            column: "Prénom".to_owned(),
        }],
        ..AudienceSpec::default()
    };
    let file = AudienceFile::open(bytes).unwrap();
    let (mut names, mut noted) = (Vec::new(), Vec::new());
    for row in file.read(&spec).unwrap() {
        let RowOutcome::Planned {
            variables, notes, ..
        } = row.outcome
        else {
            panic!("row {} is skipped", row.row_number);
        };
        names.extend(variables);
        noted.extend(notes);
    }
    (file.encoding(), names, noted)
}

#[test]
fn one_name_is_enough_to_tell_the_encoding() {
    for encoding in ENCODINGS {
        for name in names() {
            let file = file(&[name], "Prenom;Telephone");
            let (found, names, notes) = read(&written(&file, encoding));
            assert_eq!(names, [name], "{encoding:?}, taken for {found:?}");
            assert!(notes.is_empty(), "{name} in {encoding:?}: {notes:?}");
        }
    }
}

#[test]
fn utf_16_is_read_with_and_without_its_mark_in_both_orders() {
    let text = file(&["Zénabo", "Bâ"], "Prénom;Téléphone");
    for mark in ["", "\u{feff}"] {
        let units: Vec<u16> = format!("{mark}{text}").encode_utf16().collect();
        let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
        for bytes in [little, big] {
            let (encoding, names, notes) = read(&bytes);
            assert_eq!(encoding, FileEncoding::Utf16);
            assert_eq!(
                (names, notes),
                (vec!["Zénabo".to_owned(), "Bâ".to_owned()], vec![])
            );
        }
    }
}

#[test]
fn text_that_was_misread_before_is_repaired_and_noted() {
    for page in CodePage::WESTERN {
        for name in names().into_iter().filter(|name| !name.is_ascii()) {
            for times in 1..=3 {
                let garbled = (0..times).fold(name.to_owned(), |text, _| misread(&text, page));
                let file = file(&[&garbled], "Prenom;Telephone");
                let (_, names, notes) = read(file.as_bytes());
                assert_eq!(names, [name], "{garbled} ({page:?}, {times} times)");
                assert_eq!(notes, [RowNote::LettersRepaired], "{garbled}");
            }
        }
    }
}

#[test]
fn a_misread_header_is_found_all_the_same() {
    let text = misread(
        &file(&["Zénabo"], "Prénom;Téléphone"),
        CodePage::Windows1252,
    );
    assert_eq!(read(text.as_bytes()).1, ["Zénabo"]);
}

#[test]
fn rows_of_other_programs_are_read_in_their_own_encoding() {
    let mut bytes = written(
        &file(&names(), "Prenom;Telephone"),
        FileEncoding::CodePage(CodePage::Windows1252),
    );
    for (page, number) in [
        (CodePage::MacRoman, "71000001"),
        (CodePage::Cp850, "71000002"),
    ] {
        bytes.extend(written(
            &format!("Zénabo;{number}\r\n"),
            FileEncoding::CodePage(page),
        ));
    }
    let (encoding, names, notes) = read(&bytes);
    assert_eq!(encoding, FileEncoding::CodePage(CodePage::Windows1252));
    assert_eq!(names[self::names().len()..], ["Zénabo", "Zénabo"]);
    assert_eq!(notes, [RowNote::LettersRepaired; 2]);
}

#[test]
fn what_cannot_be_repaired_is_noted() {
    for name in [
        "Z\u{fffd}nabo",
        "Z?nabo",
        "Zйnabo",
        "Z™nabo",
        "Z&eacute;nabo",
        "N&#039;Do",
        "Z%C3%A9nabo",
        "Z=C3=A9nabo",
        "Z\\u00e9nabo",
        "ZÈnabo",
    ] {
        let file = file(&[name], "Prénom;Téléphone");
        let (_, names, notes) = read(file.as_bytes());
        assert_eq!(
            (names, notes),
            (vec![name.to_owned()], vec![RowNote::LettersImplausible]),
            "{name}"
        );
    }
}

#[test]
fn what_people_write_is_not_noted() {
    for name in [
        "Zénabo",
        "OUéDRAOGO",
        "ZÉNABO",
        "N’Do",
        "Jean–Paul",
        "Awa ❤️",
        "★ VIP ★",
        "Maison « Chez Awa »",
        "José Müller",
        "Nuñez",
        "João",
        "Łukasz",
        "Şahin",
        "فاطمة",
        "Kpalɛ",
        "Ɔdɔ",
        "CAFÉ”",
        "Chez Noé®",
        "N°12",
        "Tom & Léa",
        "5 €",
        "L’Été",
        "Té\u{301}",
        "Mme Bâ…",
        "100 % coton",
    ] {
        let file = file(&[name], "Prénom;Téléphone");
        let (_, names, notes) = read(file.as_bytes());
        assert_eq!((names, notes), (vec![name.to_owned()], vec![]), "{name}");
    }
}

proptest! {
    #[test]
    fn names_come_through_every_encoding(
        places in prop::collection::vec(0..names().len(), 1..12),
        encoding in prop::sample::select(ENCODINGS.to_vec()),
        accents_in_header: bool,
    ) {
        let names: Vec<&str> = places.into_iter().map(|index| names()[index]).collect();
        let header = if accents_in_header { "Prénom;Téléphone" } else { "Prenom;Telephone" };
        let (_, sent, notes) = read(&written(&file(&names, header), encoding));
        prop_assert_eq!(sent, names);
        prop_assert!(notes.is_empty(), "{:?}", notes);
    }

    #[test]
    fn no_bytes_panic_and_no_plain_text_changes(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        plain in "[A-Za-z]([' -]?[A-Za-z]){9,16}",
    ) {
        let garbage = [b"Prenom;Telephone\n".as_slice(), &bytes].concat();
        if let Ok(file) = AudienceFile::open(&garbage)
            && let Ok(rows) = file.read(&AudienceSpec::default())
        {
            prop_assert!(rows.count() <= garbage.len());
        }
        let (_, names, notes) = read(file(&[&plain], "Prénom;Téléphone").as_bytes());
        prop_assert_eq!((names, notes), (vec![plain.clone()], vec![]));
    }
}
