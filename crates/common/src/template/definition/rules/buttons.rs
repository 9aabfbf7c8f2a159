//! Rules for buttons.

use super::{Rule, rules};

const LABEL_FORMAT: &str =
    "Buttons can't have any variables, newlines, emojis or formatting characters.";

rules! {
    BUTTONS_COUNT = Rule::new(
        "buttons.count",
        "There are {found} buttons; a template with buttons has 1 to 10.",
        "Il y a {found} boutons ; un modèle avec boutons en compte de 1 à 10.",
    );
    BUTTONS_OF_KIND = Rule::new(
        "buttons.of_kind",
        "There are {found} buttons of the type {kind}; at most {limit} of them are possible. Please remove some.",
        "Il y a {found} boutons de type {kind} ; {limit} au plus sont possibles. Merci d'en enlever.",
    );
    BUTTONS_GROUPING = Rule::new(
        "buttons.grouping",
        "Quick replies must stand together, all before or all after the other buttons. Please sort the buttons that way.",
        "Les réponses rapides doivent rester ensemble, toutes avant ou toutes après les autres boutons. Merci de ranger \
         les boutons ainsi.",
    ).meta("Invalid combination of buttons.");
    BUTTON_OTP_CATEGORY = Rule::new(
        "button.otp_category",
        "The button for one-time codes is only possible in the category AUTHENTICATION. Please remove it, or change the \
         category.",
        "Le bouton pour codes à usage unique n'est possible que dans la catégorie AUTHENTICATION. Merci de l'enlever, ou \
         de changer de catégorie.",
    );
    LABEL_VARIABLE = Rule::new(
        "label.variable",
        "The text of a button cannot have variables. Please write it out.",
        "Le texte d'un bouton ne peut pas avoir de variable. Merci de l'écrire en entier.",
    ).meta(LABEL_FORMAT);
    LABEL_LINE_BREAK = Rule::new(
        "label.line_break",
        "The text of a button has one line. Please remove the line break.",
        "Le texte d'un bouton tient sur une ligne. Merci d'enlever le retour à la ligne.",
    ).meta(LABEL_FORMAT);
    LABEL_FORMATTING = Rule::new(
        "label.formatting",
        "The text of a button cannot be bold or italic. Please remove *, _, ~ and ` from it.",
        "Le texte d'un bouton ne peut être ni en gras ni en italique. Merci d'en enlever *, _, ~ et `.",
    ).meta(LABEL_FORMAT);
    LABEL_EMOJI = Rule::new(
        "label.emoji",
        "The text of a button cannot have emoji. Please remove them.",
        "Le texte d'un bouton ne peut pas contenir d'emoji. Merci de les enlever.",
    ).meta(LABEL_FORMAT);
    LINK_VARIABLE = Rule::new(
        "link.variable",
        "A link can have one variable, {{1}}, at its very end. Please write it that way.",
        "Un lien peut avoir une seule variable, {{1}}, tout à la fin. Merci de l'écrire ainsi.",
    );
    LINK_EXAMPLE = Rule::new(
        "link.example",
        "Meta wants to see where a link with a variable leads. Please give exactly one example.",
        "Meta veut voir où mène un lien avec variable. Merci de donner exactement un exemple.",
    );
    LINK_EXAMPLE_UNEXPECTED = Rule::new(
        "link.example_unexpected",
        "The link has no variable, so it needs no example. Please remove the example, or end the link in {{1}}.",
        "Le lien n'a pas de variable et n'a donc pas besoin d'exemple. Merci d'enlever l'exemple, ou de finir le lien \
         par {{1}}.",
    );
    LINK_WHATSAPP = Rule::new(
        "link.whatsapp",
        "A button cannot lead to WhatsApp itself (wa.me, whatsapp.com). Please use a link to your site, or a quick reply.",
        "Un bouton ne peut pas mener à WhatsApp lui-même (wa.me, whatsapp.com). Merci d'utiliser un lien vers votre site, \
         ou une réponse rapide.",
    ).meta("Buttons can't contain direct links to WhatsApp.");
    FLOW_SOURCE = Rule::new(
        "flow.source",
        "Please name the flow in exactly one way: \"flow_id\", \"flow_name\" or \"flow_json\".",
        "Merci d'indiquer le flow d'une seule manière : « flow_id », « flow_name » ou « flow_json ».",
    );
}
