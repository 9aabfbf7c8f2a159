//! Valid templates of every kind, as Meta's JSON in the form in which definitions are written.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

/// A template of any kind.
pub fn template() -> impl Strategy<Value = Value> {
    let message = any::<bool>().prop_flat_map(|is_named| {
        let format = is_named.then_some("NAMED");
        let category = select(vec!["UTILITY", "MARKETING"]);
        (Just(format), category, message(is_named))
    });
    let of = |category: &'static str| move |parts| (None, category, parts);
    let content = prop_oneof![
        message,
        offer().prop_map(of("MARKETING")),
        carousel().prop_map(of("MARKETING")),
        code().prop_map(of("AUTHENTICATION")),
    ];
    let frame = (
        "[a-z0-9_]{1,20}",
        select(vec!["fr", "en_US", "pt_BR", "ha"]),
        option(any::<bool>()),
        any::<bool>(),
    );
    (frame, content).prop_map(|((name, language, change, has_ttl), (format, category, parts))| {
        let is_marketing = category == "MARKETING";
        let ttl = if is_marketing { 50_000 } else { 60 };
        present(json!({
            "name": name, "language": language, "category": category, "parameter_format": format,
            "components": parts, "allow_category_change": change,
            "message_send_ttl_seconds": has_ttl.then_some(ttl),
            "optimization_spec": (is_marketing && has_ttl).then_some(json!({"bid_strategy": "X", "bid_amount": 7})),
        }))
    })
}

fn option<T: std::fmt::Debug>(of: impl Strategy<Value = T>) -> impl Strategy<Value = Option<T>> {
    prop::option::of(of)
}

fn message(is_named: bool) -> impl Strategy<Value = Vec<Value>> {
    let header = prop_oneof![
        text_header(is_named),
        file("IMAGE"),
        file("DOCUMENT"),
        location()
    ];
    let footer = text().prop_map(|text| json!({"type": "FOOTER", "text": text}));
    let permission = Just(json!({"type": "CALL_PERMISSION_REQUEST"}));
    let action = prop_oneof![buttons(), permission];
    let parts = (
        option(header),
        body(is_named),
        option(footer),
        option(action),
    );
    parts.prop_map(|(header, body, footer, action)| {
        header
            .into_iter()
            .chain([body])
            .chain(footer)
            .chain(action)
            .collect()
    })
}

fn offer() -> impl Strategy<Value = Vec<Value>> {
    let header = option(prop_oneof![file("IMAGE"), file("VIDEO")]);
    let parts = (
        header,
        "[a-z]{1,16}",
        option(any::<bool>()),
        body(false),
        option(coupon()),
        link(),
    );
    parts.prop_map(|(header, text, expires, body, coupon, link)| {
        let terms = present(json!({"text": text, "has_expiration": expires}));
        let buttons: Vec<Value> = coupon.into_iter().chain([link]).collect();
        let parts = header.into_iter();
        parts
            .chain([
                json!({"type": "LIMITED_TIME_OFFER", "limited_time_offer": terms}),
                body,
                json!({"type": "BUTTONS", "buttons": buttons}),
            ])
            .collect()
    })
}

fn carousel() -> impl Strategy<Value = Vec<Value>> {
    let media = (
        file("IMAGE"),
        option(body(false)),
        prop::collection::vec(prop_oneof![reply(), link()], 1..=2),
    );
    let product = (
        Just(json!({"type": "HEADER", "format": "PRODUCT"})),
        Just(None),
        Just(vec![json!({"type": "SPM"})]),
    );
    let card = prop_oneof![media, product].prop_map(|(header, body, buttons)| {
        let buttons = json!({"type": "BUTTONS", "buttons": buttons});
        let parts: Vec<Value> = [header].into_iter().chain(body).chain([buttons]).collect();
        json!({"components": parts})
    });
    (body(false), card, 2..=10_usize).prop_map(|(body, card, count)| {
        vec![
            body,
            json!({"type": "CAROUSEL", "cards": vec![card; count]}),
        ]
    })
}

fn code() -> impl Strategy<Value = Vec<Value>> {
    let footer = option(option(1..=90));
    (option(any::<bool>()), footer, otp()).prop_map(|(recommendation, footer, button)| {
        let body = present(json!({"type": "BODY", "add_security_recommendation": recommendation}));
        let footer = footer
            .map(|minutes| present(json!({"type": "FOOTER", "code_expiration_minutes": minutes})));
        let buttons = json!({"type": "BUTTONS", "buttons": [button]});
        [body].into_iter().chain(footer).chain([buttons]).collect()
    })
}

fn otp() -> impl Strategy<Value = Value> {
    let app = ("com(\\.[a-z][a-z0-9_]{0,9}){1,3}", "[a-zA-Z0-9+/=]{11}")
        .prop_map(|(package, hash)| json!({"package_name": package, "signature_hash": hash}));
    let apps = prop::collection::vec(app, 1..=5);
    let kind = select(vec!["COPY_CODE", "ONE_TAP", "ZERO_TAP"]);
    (kind, option(label()), option(label()), apps).prop_map(|(kind, text, autofill, apps)| {
        let has_apps = kind != "COPY_CODE";
        present(json!({
            "type": "OTP", "otp_type": kind, "text": text,
            "autofill_text": autofill.filter(|_| has_apps),
            "zero_tap_terms_accepted": (kind == "ZERO_TAP").then_some(true),
            "supported_apps": has_apps.then_some(apps),
        }))
    })
}

fn buttons() -> impl Strategy<Value = Value> {
    let replies = prop::collection::vec(reply(), 1..=3);
    let plain = select(vec![
        "VOICE_CALL",
        "CATALOG",
        "MPM",
        "ORDER_DETAILS",
        "REQUEST_CONTACT_INFO",
    ]);
    let plain = (plain, option(label())).prop_map(|(kind, text)| {
        let text = text.filter(|_| kind != "REQUEST_CONTACT_INFO");
        present(json!({"type": kind, "text": text}))
    });
    let call = label().prop_map(
        |text| json!({"type": "PHONE_NUMBER", "text": text, "phone_number": "+22670000000"}),
    );
    let flow = (label(), select(vec!["flow_id", "flow_name", "flow_json"])).prop_map(|(text, key)| {
        json!({"type": "FLOW", "text": text, key: "123", "flow_action": "navigate", "navigate_screen": "A"})
    });
    let others = (
        option(link()),
        option(plain),
        option(call),
        option(flow),
        option(coupon()),
    );
    let others = others.prop_map(|(a, b, c, d, e)| {
        [a, b, c, d, e]
            .into_iter()
            .flatten()
            .collect::<Vec<Value>>()
    });
    (replies, others, any::<bool>()).prop_map(|(replies, others, is_first)| {
        let buttons = if is_first {
            [replies, others].concat()
        } else {
            [others, replies].concat()
        };
        json!({"type": "BUTTONS", "buttons": buttons})
    })
}

fn reply() -> impl Strategy<Value = Value> {
    label().prop_map(|text| json!({"type": "QUICK_REPLY", "text": text}))
}

fn coupon() -> impl Strategy<Value = Value> {
    "[A-Z0-9]{1,15}".prop_map(|code| json!({"type": "COPY_CODE", "example": code}))
}

fn link() -> impl Strategy<Value = Value> {
    (label(), option("[a-z0-9]{1,9}")).prop_map(|(text, example)| {
        let end = if example.is_some() { "{{1}}" } else { "" };
        let url = format!("https://boutique.example/{end}");
        present(json!({"type": "URL", "text": text, "url": url, "example": example.map(|example| [example])}))
    })
}

fn text_header(is_named: bool) -> BoxedStrategy<Value> {
    let variable = if is_named { "nom" } else { "1" };
    option("[a-z]{1,9}")
        .prop_map(move |value| {
            let example = value.as_ref().map(|value| match is_named {
                true => json!({"header_text_named_params": [{"param_name": variable, "example": value}]}),
                false => json!({"header_text": [value]}),
            });
            let end = value.map(|_| format!(" {{{{{variable}}}}}")).unwrap_or_default();
            let text = format!("Commande{end}");
            present(json!({"type": "HEADER", "format": "TEXT", "text": text, "example": example}))
        })
        .boxed()
}

fn file(format: &'static str) -> BoxedStrategy<Value> {
    let handle = "4::[a-zA-Z]{4,20}";
    handle
        .prop_map(move |handle| json!({"type": "HEADER", "format": format, "example": {"header_handle": [handle]}}))
        .boxed()
}

fn location() -> BoxedStrategy<Value> {
    Just(json!({"type": "HEADER", "format": "LOCATION"})).boxed()
}

fn body(is_named: bool) -> impl Strategy<Value = Value> {
    prop::collection::vec(("[a-zé]{1,6}", "[A-Za-z0-9 %$]{1,5}[a-z]"), 0..4).prop_map(
        move |pairs| {
            let name = |index: usize| match is_named {
                true => format!("v{}", "_".repeat(index)),
                false => (index + 1).to_string(),
            };
            let mut text = String::new();
            let (mut numbered, mut named) = (Vec::new(), Vec::new());
            for (index, (word, value)) in pairs.iter().enumerate() {
                text.push_str(&format!("{word} {{{{{}}}}}, ", name(index)));
                numbered.push(value.clone());
                named.push(json!({"param_name": name(index), "example": value}));
            }
            let example = match (pairs.is_empty(), is_named) {
                (true, _) => None,
                (false, true) => Some(json!({"body_text_named_params": named})),
                (false, false) => Some(json!({"body_text": [numbered]})),
            };
            present(json!({"type": "BODY", "text": format!("{text}merci."), "example": example}))
        },
    )
}

fn text() -> impl Strategy<Value = String> {
    "[A-Za-zà-ÿ][A-Za-zà-ÿ0-9 ]{0,59}"
}

fn label() -> impl Strategy<Value = String> {
    "[A-Za-zà-ÿ][A-Za-zà-ÿ0-9 ]{0,24}"
}

/// Without the fields that are null.
fn present(mut value: Value) -> Value {
    if let Some(fields) = value.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    value
}
