//! Valid templates of every kind, as bases for invalid ones.

use serde_json::{Value, json};

/// A header, a body with two variables, a footer, a quick reply, a link with a variable and a phone number.
#[must_use]
pub fn utility() -> Value {
    json!({"name": "order_ready", "language": "fr", "category": "UTILITY", "components": [
        {"type": "HEADER", "format": "TEXT", "text": "Commande {{1}}", "example": {"header_text": ["A7"]}},
        {"type": "BODY", "text": "Bonjour {{1}}, votre commande {{2}} est prête.",
         "example": {"body_text": [["Awa", "A7"]]}},
        {"type": "FOOTER", "text": "Boutique Faso"},
        {"type": "BUTTONS", "buttons": [
            {"type": "QUICK_REPLY", "text": "Merci"},
            {"type": "URL", "text": "Voir", "url": "https://boutique.example/t/{{1}}", "example": ["a7"]},
            {"type": "PHONE_NUMBER", "text": "Appeler", "phone_number": "+22670000000"}]}
    ]})
}

/// A body with one variable that has a name.
#[must_use]
pub fn named() -> Value {
    json!({"name": "hello", "language": "fr", "category": "UTILITY", "parameter_format": "NAMED", "components": [
        {"type": "BODY", "text": "Bonjour {{prenom}}, merci.",
         "example": {"body_text_named_params": [{"param_name": "prenom", "example": "Awa"}]}}
    ]})
}

/// A picture, a body and a button to copy a code.
#[must_use]
pub fn marketing() -> Value {
    json!({"name": "promo", "language": "fr", "category": "MARKETING", "components": [
        {"type": "HEADER", "format": "IMAGE", "example": {"header_handle": ["4::aW"]}},
        {"type": "BODY", "text": "Tout à moitié prix."},
        {"type": "BUTTONS", "buttons": [{"type": "COPY_CODE", "example": "PROMO50"}]}
    ]})
}

/// A flow.
#[must_use]
pub fn flow() -> Value {
    json!({"name": "opinion", "language": "fr", "category": "UTILITY", "components": [
        {"type": "BODY", "text": "Votre avis compte."},
        {"type": "BUTTONS", "buttons": [{"type": "FLOW", "text": "Répondre", "flow_id": "123"}]}
    ]})
}

/// A limited-time offer.
#[must_use]
pub fn offer() -> Value {
    json!({"name": "offer", "language": "fr", "category": "MARKETING", "components": [
        {"type": "HEADER", "format": "VIDEO", "example": {"header_handle": ["4::dm"]}},
        {"type": "LIMITED_TIME_OFFER", "limited_time_offer": {"text": "Bientôt fini"}},
        {"type": "BODY", "text": "Tout à moitié prix."},
        {"type": "BUTTONS", "buttons": [
            {"type": "COPY_CODE", "example": "PROMO50"},
            {"type": "URL", "text": "Voir", "url": "https://boutique.example"}]}
    ]})
}

/// A carousel of two pictures.
#[must_use]
pub fn carousel() -> Value {
    let card = json!({"components": [
        {"type": "HEADER", "format": "IMAGE", "example": {"header_handle": ["4::aW"]}},
        {"type": "BODY", "text": "Pagne tissé"},
        {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Encore"}]}
    ]});
    json!({"name": "novelties", "language": "fr", "category": "MARKETING", "components": [
        {"type": "BODY", "text": "Nos nouveautés."},
        {"type": "CAROUSEL", "cards": [card, card]}
    ]})
}

/// A one-time code that fills itself in.
#[must_use]
pub fn code() -> Value {
    json!({"name": "login", "language": "fr", "category": "AUTHENTICATION", "components": [
        {"type": "BODY", "add_security_recommendation": true},
        {"type": "FOOTER", "code_expiration_minutes": 5},
        {"type": "BUTTONS", "buttons": [
            {"type": "OTP", "otp_type": "ZERO_TAP", "text": "Copier", "autofill_text": "Remplir",
             "zero_tap_terms_accepted": true,
             "supported_apps": [{"package_name": "com.exemple.boutique", "signature_hash": "K8a/AINcGX7"}]}]}
    ]})
}
