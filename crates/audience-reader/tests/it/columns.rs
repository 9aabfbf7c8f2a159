//! Which columns are used.

use audience_reader::{AudienceSpec, RowOutcome};
use common::campaign::SkipReason;

use crate::seen::{assert_rows, opened, to};

#[test]
fn the_phone_column_is_known_by_many_names() {
    for name in [
        "Téléphone",
        "telephone",
        "TEL",
        "Tél.",
        "N° téléphone",
        "Numéro de téléphone",
        "Numero",
        "phone",
        "Phone Number",
        "Mobile",
        "Portable",
        "Contact",
        "WhatsApp",
        "Numéro WhatsApp",
        "  Te\u{301}le\u{301}phone  ",
    ] {
        let file = format!("Nom;{name}\nAwa;70123456\n");
        assert_rows(
            file.as_bytes(),
            &["Nom"],
            &[(2, to("+22670123456", &["Awa"]))],
        );
    }
}

#[test]
fn a_column_that_says_oui_is_not_taken_for_numbers() {
    let file = "WhatsApp;Accepte WhatsApp;Tel\noui;oui;70123456\n";
    assert_rows(file.as_bytes(), &[], &[(2, to("+22670123456", &[]))]);
}

#[test]
fn columns_that_the_caller_names_are_used() {
    let file = b"Tel;Joindre au;Veut\n70123456;76543210;non\n";
    let spec = AudienceSpec {
        phone_column: Some("joindre au".to_owned()),
        consent_column: Some("veut".to_owned()),
        ..AudienceSpec::default()
    };
    let file = opened(file);
    let reader = file.read(&spec).unwrap();
    assert_eq!(
        (reader.phone_column(), reader.consent_column()),
        (Some("Joindre au"), Some("Veut"))
    );
    let outcomes: Vec<_> = reader.map(|row| row.outcome).collect();
    assert_eq!(
        outcomes,
        [RowOutcome::Skipped {
            reason: SkipReason::OptedOut
        }]
    );
}
