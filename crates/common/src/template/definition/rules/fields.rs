//! Rules for the JSON itself.

use super::{Rule, rules};

rules! {
    FIELD_MISSING = Rule::new(
        "field.missing",
        "\"{key}\" is missing here. Please fill it in.",
        "Il manque « {key} » ici. Merci de le renseigner.",
    );
    FIELD_KIND = Rule::new(
        "field.kind",
        "This should be {kind_en}. Please write it that way.",
        "Ici, il faut {kind_fr}. Merci de corriger.",
    );
    FIELD_UNKNOWN = Rule::new(
        "field.unknown",
        "\"{key}\" is not known here. Please remove it, or check its spelling.",
        "« {key} » n'est pas connu ici. Merci de l'enlever ou d'en vérifier l'orthographe.",
    );
    VALUE_UNKNOWN = Rule::new(
        "value.unknown",
        "\"{found}\" is not possible here. Please choose one of these: {allowed}.",
        "« {found} » n'est pas possible ici. Merci de choisir parmi : {allowed}.",
    );
}
