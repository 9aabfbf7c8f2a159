//! Rules for the parts of a template: which belong together.

use super::{Rule, rules};

rules! {
    BODY_MISSING = Rule::new(
        "body.missing",
        "The template has no body. Please add a component of the type BODY with your text.",
        "Le modèle n'a pas de corps. Merci d'ajouter un composant de type BODY avec votre texte.",
    );
    COMPONENT_REPEATED = Rule::new(
        "component.repeated",
        "There can be only one {kind} here. Please keep one.",
        "Il ne peut y avoir qu'un seul {kind} ici. Merci d'en garder un.",
    );
    HEADER_SAMPLE = Rule::new(
        "header.sample",
        "Meta wants to see a sample of the file. Please give exactly one in \"header_handle\".",
        "Meta veut voir un exemple du fichier. Merci d'en donner exactement un dans « header_handle ».",
    );
    HEADER_GIF = Rule::new(
        "header.gif",
        "A GIF is only possible in marketing templates. Please use a picture, or choose the category MARKETING.",
        "Un GIF n'est possible que dans les modèles marketing. Merci d'utiliser une image, ou de choisir la catégorie \
         MARKETING.",
    );
    PRODUCT_PAIR = Rule::new(
        "product.pair",
        "A header with a product and the button SPM go together, and no other button with them. Please use both or \
         neither.",
        "Un en-tête avec un produit et le bouton SPM vont ensemble, sans autre bouton. Merci d'utiliser les deux, ou \
         aucun.",
    );
    CALL_PERMISSION_ALONE = Rule::new(
        "call_permission.alone",
        "A question whether you may call cannot be combined with buttons. Please remove one of them.",
        "Une demande d'autorisation d'appel ne se combine pas avec des boutons. Merci d'enlever l'un ou l'autre.",
    );
    OFFER_CATEGORY = Rule::new(
        "offer.category",
        "A limited-time offer is only possible in marketing templates. Please choose the category MARKETING.",
        "Une offre limitée dans le temps n'est possible que dans les modèles marketing. Merci de choisir la catégorie \
         MARKETING.",
    );
    OFFER_ALONE = Rule::new(
        "offer.alone",
        "A limited-time offer goes with a header, a body and buttons only. Please remove the {kind}.",
        "Une offre limitée dans le temps va seulement avec un en-tête, un corps et des boutons. Merci d'enlever le \
         {kind}.",
    );
    OFFER_HEADER = Rule::new(
        "offer.header",
        "The header of a limited-time offer is a picture or a video. Please choose IMAGE or VIDEO.",
        "L'en-tête d'une offre limitée dans le temps est une image ou une vidéo. Merci de choisir IMAGE ou VIDEO.",
    );
    OFFER_BUTTONS = Rule::new(
        "offer.buttons",
        "A limited-time offer has a button of the type URL and, if you like, one of the type COPY_CODE before it. Please \
         keep only these.",
        "Une offre limitée dans le temps a un bouton de type URL et, si vous voulez, un bouton COPY_CODE avant lui. Merci \
         de ne garder que ceux-là.",
    );
    CAROUSEL_CATEGORY = Rule::new(
        "carousel.category",
        "A carousel is only possible in marketing templates. Please choose the category MARKETING.",
        "Un carrousel n'est possible que dans les modèles marketing. Merci de choisir la catégorie MARKETING.",
    );
    CAROUSEL_ALONE = Rule::new(
        "carousel.alone",
        "A carousel goes with a body only. Please remove the {kind}, or put it into the cards.",
        "Un carrousel va seulement avec un corps. Merci d'enlever le {kind}, ou de le mettre dans les cartes.",
    );
    CAROUSEL_COUNT = Rule::new(
        "carousel.count",
        "A carousel has 2 to 10 cards; here are {found}.",
        "Un carrousel compte de 2 à 10 cartes ; ici, il y en a {found}.",
    );
    CAROUSEL_ALIKE = Rule::new(
        "carousel.alike",
        "All cards must be built alike: the same kind of header, a text on all or on none, and the same kinds of buttons \
         in the same order. Please build this card like the first one.",
        "Toutes les cartes doivent se ressembler : même type d'en-tête, un texte sur toutes ou sur aucune, et les mêmes \
         types de boutons dans le même ordre. Merci de faire cette carte comme la première.",
    );
    CARD_PART = Rule::new(
        "card.part",
        "A card has a header, a text if you like, and buttons. Please remove the {kind}.",
        "Une carte a un en-tête, un texte si vous voulez, et des boutons. Merci d'enlever le {kind}.",
    );
    CARD_HEADER = Rule::new(
        "card.header",
        "The header of a card is a picture, a video or a product. Please choose IMAGE, VIDEO or PRODUCT.",
        "L'en-tête d'une carte est une image, une vidéo ou un produit. Merci de choisir IMAGE, VIDEO ou PRODUCT.",
    );
    CARD_BUTTONS = Rule::new(
        "card.buttons",
        "A card has one or two buttons of the types QUICK_REPLY, URL and PHONE_NUMBER; a card with a product has one \
         button, SPM or URL. Please keep only these.",
        "Une carte a un ou deux boutons de type QUICK_REPLY, URL ou PHONE_NUMBER ; une carte avec un produit a un seul \
         bouton, SPM ou URL. Merci de ne garder que ceux-là.",
    );
}
