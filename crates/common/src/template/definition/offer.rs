//! Templates with a limited-time offer.

use serde_json::{Value, json};

use super::body::{self, Body};
use super::button::{Button, Coupon};
use super::buttons::Buttons;
use super::check::Check;
use super::fields::Fields;
use super::format::present;
use super::header::Header;
use super::link::Link;
use super::parts::{PartKind, Parts};
use super::rules::parts::{OFFER_ALONE, OFFER_BUTTONS, OFFER_CATEGORY, OFFER_HEADER};
use super::wording::require_length;
use crate::template::category::Category;

const LONGEST_TEXT: usize = 16;

/// A template with a limited-time offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Offer {
    header: Option<Header>,
    terms: Terms,
    body: Body,
    coupon: Option<Coupon>,
    link: Link,
}

/// What is said of the offer.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Terms {
    text: String,
    has_expiration: Option<bool>,
}

impl Offer {
    /// Reads the components of a template with the offer `terms`.
    pub(super) fn read(parts: &Parts<'_>, terms: &Fields<'_>, check: &mut Check) -> Option<Self> {
        if !check.may_be(&Category::Marketing) {
            check.refuse(&OFFER_CATEGORY, terms.pointer());
        }
        const OWN: [PartKind; 4] = [
            PartKind::Header,
            PartKind::LimitedTimeOffer,
            PartKind::Body,
            PartKind::Buttons,
        ];
        parts.allow(&OWN, &OFFER_ALONE, check);
        let header = read_header(parts, check);
        let terms_read = Terms::read(terms, check);
        let body = parts.body(check);
        let body = body.and_then(|part| Body::read(part, body::LONGEST_OF_OFFER, check));
        let buttons = read_buttons(parts, terms, check);
        let (coupon, link) = buttons?;
        Some(Self {
            header,
            terms: terms_read?,
            body: body?,
            coupon,
            link,
        })
    }

    pub(super) fn to_meta(&self) -> Vec<Value> {
        let coupon = self.coupon.iter().map(Coupon::to_meta);
        let buttons: Vec<Value> = coupon.chain([self.link.to_meta()]).collect();
        let header = self.header.iter().map(Header::to_meta);
        let buttons = json!({"type": "BUTTONS", "buttons": buttons});
        header
            .chain([self.terms.to_meta(), self.body.to_meta(), buttons])
            .collect()
    }
}

impl Terms {
    fn read(fields: &Fields<'_>, check: &mut Check) -> Option<Self> {
        const KEY: &str = "limited_time_offer";
        fields.allow(&["type", KEY], check);
        if !fields.has(KEY) {
            fields.missing(KEY, check);
        }
        let fields = fields.object(KEY, check)?;
        fields.allow(&["text", "has_expiration"], check);
        let has_expiration = fields.flag("has_expiration", check);
        let text = fields.required_text("text", check)?.to_owned();
        require_length(&text, LONGEST_TEXT, &fields.at("text"), check);
        Some(Self {
            text,
            has_expiration,
        })
    }

    fn to_meta(&self) -> Value {
        let terms = present(json!({"text": self.text, "has_expiration": self.has_expiration}));
        json!({"type": "LIMITED_TIME_OFFER", "limited_time_offer": terms})
    }
}

fn read_header(parts: &Parts<'_>, check: &mut Check) -> Option<Header> {
    let part = parts.get(PartKind::Header)?;
    let header = Header::read(part, check)?;
    if !header.is_picture_or_video() {
        check.refuse(&OFFER_HEADER, part.pointer());
    }
    Some(header)
}

fn read_buttons(
    parts: &Parts<'_>,
    terms: &Fields<'_>,
    check: &mut Check,
) -> Option<(Option<Coupon>, Link)> {
    let Some(part) = parts.get(PartKind::Buttons) else {
        check.refuse(&OFFER_BUTTONS, terms.pointer());
        return None;
    };
    let buttons = Buttons::read(part, check)?;
    let mut buttons = buttons.into_vec().into_iter();
    match (buttons.next(), buttons.next(), buttons.next()) {
        (Some(Button::Link(link)), None, None) => Some((None, link)),
        (Some(Button::Coupon(coupon)), Some(Button::Link(link)), None) => {
            Some((Some(coupon), link))
        }
        _ => {
            check.refuse(&OFFER_BUTTONS, part.pointer());
            None
        }
    }
}
