//! Rules for templates that carry a one-time code.

use super::{Rule, rules};

rules! {
    CODE_TEXT = Rule::new(
        "code.text",
        "Meta writes the text of a template for one-time codes. Please remove \"{key}\".",
        "C'est Meta qui écrit le texte d'un modèle pour codes à usage unique. Merci d'enlever « {key} ».",
    );
    CODE_ALONE = Rule::new(
        "code.alone",
        "A template for one-time codes has a body, a footer and a button only. Please remove the {kind}.",
        "Un modèle pour codes à usage unique a seulement un corps, un pied de page et un bouton. Merci d'enlever le \
         {kind}.",
    );
    CODE_BUTTON = Rule::new(
        "code.button",
        "A template for one-time codes has exactly one button, of the type OTP. Please add it, and remove others.",
        "Un modèle pour codes à usage unique a exactement un bouton, de type OTP. Merci de l'ajouter et d'enlever les \
         autres.",
    );
    CODE_EXPIRATION = Rule::new(
        "code.expiration",
        "A code can expire after 1 to 90 minutes. Please choose such a number.",
        "Un code peut expirer après 1 à 90 minutes. Merci de choisir un tel nombre.",
    );
    APPS_COUNT = Rule::new(
        "apps.count",
        "Please name 1 to 5 apps in \"supported_apps\"; here are {found}.",
        "Merci d'indiquer de 1 à 5 applications dans « supported_apps » ; ici, il y en a {found}.",
    );
    APPS_OUTSIDE = Rule::new(
        "apps.outside",
        "Since version 21 of its API, Meta only takes apps in the list \"supported_apps\". Please move \"package_name\" and \
         \"signature_hash\" there.",
        "Depuis la version 21 de son API, Meta n'accepte les applications que dans la liste « supported_apps ». Merci d'y \
         déplacer « package_name » et « signature_hash ».",
    );
    APP_PACKAGE = Rule::new(
        "app.package",
        "The package name of an Android app has at least two parts with a dot between them, such as com.example.shop. Each \
         part begins with a letter and has letters, digits and \"_\"; at most 224 characters are possible.",
        "Le nom de paquet d'une application Android a au moins deux parties séparées par un point, comme \
         com.exemple.boutique. Chaque partie commence par une lettre et contient des lettres, des chiffres et « _ » ; 224 \
         caractères au plus sont possibles.",
    );
    APP_HASH = Rule::new(
        "app.hash",
        "The signature hash of an app has exactly 11 characters: letters, digits, +, / and =. Please copy it as your \
         developer computed it.",
        "L'empreinte de signature d'une application compte exactement 11 caractères : lettres, chiffres, +, / et =. Merci \
         de la copier telle que votre développeur l'a calculée.",
    );
    ZERO_TAP_TERMS = Rule::new(
        "zero_tap.terms",
        "Codes that fill themselves in need your consent to Meta's terms. Please set \"zero_tap_terms_accepted\" to true.",
        "Les codes qui se remplissent tout seuls demandent votre accord aux conditions de Meta. Merci de mettre \
         « zero_tap_terms_accepted » à true.",
    );
}
