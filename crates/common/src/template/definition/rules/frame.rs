//! Rules for a template as a whole: name, language, category, time to live.

use super::{Rule, rules};

rules! {
    NAME_CHARACTERS = Rule::new(
        "name.characters",
        "The name may only have small letters without accents, digits and \"_\", for example \"order_ready\".",
        "Le nom ne peut contenir que des lettres minuscules sans accent, des chiffres et « _ », par exemple \
         « commande_prete ».",
    );
    NAME_LENGTH = Rule::new(
        "name.length",
        "The name has {found} characters; at most {limit} are possible. Please shorten it.",
        "Le nom compte {found} caractères ; {limit} au plus sont possibles. Merci de le raccourcir.",
    );
    LANGUAGE_UNKNOWN = Rule::new(
        "language.unknown",
        "WhatsApp has no templates in the language \"{found}\". Please use a code of Meta's list, such as \"fr\" or \
         \"en_US\".",
        "WhatsApp ne propose pas de modèle dans la langue « {found} ». Merci d'utiliser un code de la liste de Meta, \
         comme « fr » ou « en_US ».",
    );
    LANGUAGE_SPELLING = Rule::new(
        "language.spelling",
        "Meta spells this language \"{meant}\". Please write it exactly so.",
        "Meta écrit cette langue « {meant} ». Merci de l'écrire exactement ainsi.",
    );
    TTL_RANGE = Rule::new(
        "ttl.range",
        "A template of this category may wait {allowed} seconds for its delivery. Please choose such a number, or leave \
         it out.",
        "Un modèle de cette catégorie peut attendre sa remise {allowed} secondes. Merci de choisir un tel nombre, ou de \
         ne rien indiquer.",
    );
    BID_CATEGORY = Rule::new(
        "bid.category",
        "Only marketing templates can have a maximum price. Please remove it, or choose the category MARKETING.",
        "Seuls les modèles marketing peuvent avoir un prix maximal. Merci de l'enlever, ou de choisir la catégorie \
         MARKETING.",
    );
    BID_AMOUNT = Rule::new(
        "bid.amount",
        "The maximum price is a whole number above 0: what 1,000 deliveries may cost, in the smallest coin of your \
         currency.",
        "Le prix maximal est un nombre entier supérieur à 0 : ce que 1 000 remises peuvent coûter, dans la plus petite \
         unité de votre monnaie.",
    );
}
