//! Headers with a place on a map.

use serde_json::json;

use super::super::*;
use super::{compose, read, variables};

fn delivery() -> TemplateShape {
    read(&json!([
        {"type": "HEADER", "format": "LOCATION"},
        {"type": "BODY", "text": "Votre commande {{1}} arrive."}
    ]))
    .unwrap()
}

#[test]
fn a_place_is_degrees_with_a_name_and_an_address_if_they_are_given() {
    let shape = delivery();
    assert_eq!(
        shape.variable_names(),
        ["header.latitude", "header.longitude", "1"]
    );
    assert_eq!(
        shape.optional_variable_names(),
        ["header.name", "header.address"]
    );
    let bare = [
        ("header.latitude", "12,3714"),
        ("header.longitude", "-1.5197"),
        ("1", "A7"),
    ];
    let header = |given: &[(&str, &str)]| {
        compose(&shape, &variables(given)).unwrap().components[0]["parameters"][0].clone()
    };
    assert_eq!(
        header(&bare),
        json!({"type": "location", "location": {"latitude": 12.3714, "longitude": -1.5197}})
    );
    let named = [
        &bare[..],
        &[
            ("header.name", "Boutique Faso"),
            ("header.address", "Avenue Kwame Nkrumah"),
        ],
    ]
    .concat();
    assert_eq!(
        header(&named)["location"],
        json!({"latitude": 12.3714, "longitude": -1.5197, "name": "Boutique Faso",
            "address": "Avenue Kwame Nkrumah"})
    );
}

#[test]
fn degrees_out_of_their_range_name_their_variable() {
    for (latitude, longitude, variable, limit) in [
        ("91", "0", "header.latitude", 90),
        ("Ouagadougou", "0", "header.latitude", 90),
        ("0", "-180.5", "header.longitude", 180),
        ("0", "NaN", "header.longitude", 180),
    ] {
        let given = [
            ("header.latitude", latitude),
            ("header.longitude", longitude),
            ("1", "A7"),
        ];
        let name = variable.to_owned();
        assert_eq!(
            compose(&delivery(), &variables(&given)),
            Err(ComposeError::NotDegrees { name, limit })
        );
    }
    let without = [("header.latitude", "12.37"), ("1", "A7")];
    assert_eq!(
        compose(&delivery(), &variables(&without))
            .unwrap_err()
            .variable(),
        "header.longitude"
    );
}
