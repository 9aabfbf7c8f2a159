//! Templates that break one rule of how parts belong together.

use serde_json::{Value, json};

use crate::bases::{carousel, marketing, offer, utility};
use crate::{Case, with};

const CARD: &str = "/components/1/cards/0";
const SECOND_CARD: &str = "/components/1/cards/1";

pub(crate) fn cases() -> Vec<Case> {
    [messages(), offers(), carousels(), cards()].concat()
}

fn one(base: Value, pointer: &str, value: Value) -> Value {
    with(base, &[(pointer, value)])
}

fn messages() -> Vec<Case> {
    let footer = json!({"type": "FOOTER", "text": "Merci"});
    let no_body = json!([footer]);
    let product = json!({"type": "HEADER", "format": "PRODUCT"});
    let gif = json!({"type": "HEADER", "format": "GIF", "example": {"header_handle": ["4::aW"]}});
    let permission = json!({"type": "CALL_PERMISSION_REQUEST"});
    let two_samples = json!({"header_handle": ["4::a", "4::b"]});
    vec![
        (
            "body.missing",
            "/components",
            one(utility(), "/components", no_body),
        ),
        (
            "component.repeated",
            "/components/4",
            one(utility(), "/components/-", footer),
        ),
        (
            "header.sample",
            "/components/0/example",
            one(marketing(), "/components/0/example", Value::Null),
        ),
        (
            "header.sample",
            "/components/0/example",
            one(marketing(), "/components/0/example", two_samples),
        ),
        (
            "header.gif",
            "/components/0/format",
            one(utility(), "/components/0", gif),
        ),
        (
            "product.pair",
            "/components/0",
            one(marketing(), "/components/0", product),
        ),
        (
            "product.pair",
            "/components/2",
            one(
                marketing(),
                "/components/2/buttons",
                json!([{"type": "SPM", "text": "Voir"}]),
            ),
        ),
        (
            "call_permission.alone",
            "/components/4",
            one(utility(), "/components/-", permission),
        ),
    ]
}

fn offers() -> Vec<Case> {
    let footer = json!({"type": "FOOTER", "text": "Merci"});
    let location = json!({"type": "HEADER", "format": "LOCATION"});
    let coupon = json!([{"type": "COPY_CODE", "example": "PROMO50"}]);
    let link = json!({"type": "URL", "text": "Voir", "url": "https://boutique.example"});
    let turned = json!([link, {"type": "COPY_CODE", "example": "PROMO50"}]);
    let without_buttons = json!([
        {"type": "LIMITED_TIME_OFFER", "limited_time_offer": {"text": "Bientôt fini"}},
        {"type": "BODY", "text": "Tout à moitié prix."}
    ]);
    vec![
        (
            "offer.category",
            "/components/1",
            one(offer(), "/category", json!("UTILITY")),
        ),
        (
            "offer.alone",
            "/components/4",
            one(offer(), "/components/-", footer),
        ),
        (
            "offer.header",
            "/components/0",
            one(offer(), "/components/0", location),
        ),
        (
            "offer.buttons",
            "/components/3",
            one(offer(), "/components/3/buttons", coupon),
        ),
        (
            "offer.buttons",
            "/components/3",
            one(offer(), "/components/3/buttons", turned),
        ),
        (
            "offer.buttons",
            "/components/0",
            one(offer(), "/components", without_buttons),
        ),
    ]
}

fn carousels() -> Vec<Case> {
    let card = carousel().pointer(CARD).expect("a card").clone();
    let footer = json!({"type": "FOOTER", "text": "Merci"});
    let link = json!([{"type": "URL", "text": "Voir", "url": "https://boutique.example"}]);
    vec![
        (
            "carousel.category",
            "/components/1",
            one(carousel(), "/category", json!("UTILITY")),
        ),
        (
            "carousel.alone",
            "/components/2",
            one(carousel(), "/components/-", footer),
        ),
        (
            "carousel.count",
            "/components/1/cards",
            one(carousel(), "/components/1/cards", json!([card])),
        ),
        (
            "carousel.count",
            "/components/1/cards",
            one(carousel(), "/components/1/cards", json!(vec![card; 11])),
        ),
        (
            "carousel.alike",
            SECOND_CARD,
            one(
                carousel(),
                &format!("{SECOND_CARD}/components/0/format"),
                json!("VIDEO"),
            ),
        ),
        (
            "carousel.alike",
            SECOND_CARD,
            one(
                carousel(),
                &format!("{SECOND_CARD}/components/2/buttons"),
                link,
            ),
        ),
    ]
}

fn cards() -> Vec<Case> {
    let footer = json!({"type": "FOOTER", "text": "Merci"});
    let document = json!("DOCUMENT");
    let reply = json!({"type": "QUICK_REPLY", "text": "Encore"});
    let flow = json!([{"type": "FLOW", "text": "Avis", "flow_id": "1"}]);
    let both = |place: &str, value: &Value| {
        let (first, second) = (format!("{CARD}/{place}"), format!("{SECOND_CARD}/{place}"));
        with(
            carousel(),
            &[(&first, value.clone()), (&second, value.clone())],
        )
    };
    let without = |index: usize| {
        let mut template = carousel();
        for card in [CARD, SECOND_CARD] {
            let parts = template
                .pointer_mut(&format!("{card}/components"))
                .and_then(Value::as_array_mut);
            parts.expect("components").remove(index);
        }
        template
    };
    vec![
        (
            "card.part",
            "/components/1/cards/0/components/3",
            one(carousel(), &format!("{CARD}/components/-"), footer),
        ),
        (
            "card.header",
            "/components/1/cards/0/components/0",
            both("components/0/format", &document),
        ),
        ("card.header", CARD, without(0)),
        ("card.buttons", CARD, without(2)),
        (
            "card.buttons",
            "/components/1/cards/0/components/2",
            both("components/2/buttons", &flow),
        ),
        (
            "card.buttons",
            "/components/1/cards/0/components/2",
            both("components/2/buttons", &json!([reply, reply, reply])),
        ),
        (
            "card.buttons",
            "/components/1/cards/0/components/2",
            both(
                "components/0",
                &json!({"type": "HEADER", "format": "PRODUCT"}),
            ),
        ),
    ]
}
