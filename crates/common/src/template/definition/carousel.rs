//! Templates with a carousel: a body, and cards below it that are built alike.

use serde_json::{Value, json};

use super::body::{self, Body};
use super::button::ButtonKind;
use super::buttons::Buttons;
use super::check::Check;
use super::fields::{Fields, Item};
use super::header::Header;
use super::parts::{PartKind, Parts};
use super::rules::parts::{
    CARD_BUTTONS, CARD_HEADER, CARD_PART, CAROUSEL_ALIKE, CAROUSEL_ALONE, CAROUSEL_CATEGORY,
    CAROUSEL_COUNT,
};
use crate::template::category::Category;

const FEWEST_CARDS: usize = 2;
const MOST_CARDS: usize = 10;
const MOST_BUTTONS: usize = 2;

/// A template with a carousel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Carousel {
    body: Body,
    cards: Vec<Card>,
}

/// One card of a carousel.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Card {
    header: Header,
    body: Option<Body>,
    buttons: Buttons,
}

impl Carousel {
    /// Reads the components of a template with the carousel `cards`.
    pub(super) fn read(parts: &Parts<'_>, cards: &Fields<'_>, check: &mut Check) -> Option<Self> {
        if !check.may_be(&Category::Marketing) {
            check.refuse(&CAROUSEL_CATEGORY, cards.pointer());
        }
        parts.allow(
            &[PartKind::Body, PartKind::Carousel],
            &CAROUSEL_ALONE,
            check,
        );
        let body = parts.body(check);
        let body = body.and_then(|part| Body::read(part, body::LONGEST, check));
        let cards = read_cards(cards, check);
        Some(Self {
            body: body?,
            cards: cards?,
        })
    }

    pub(super) fn to_meta(&self) -> Vec<Value> {
        let cards: Vec<Value> = self.cards.iter().map(Card::to_meta).collect();
        vec![
            self.body.to_meta(),
            json!({"type": "CAROUSEL", "cards": cards}),
        ]
    }
}

impl Card {
    fn read(item: &Item<'_>, check: &mut Check) -> Option<Self> {
        const OWN: [PartKind; 3] = [PartKind::Header, PartKind::Body, PartKind::Buttons];
        let card = item.object(check)?;
        card.allow(&["components"], check);
        let parts = Parts::read(&card, check)?;
        parts.allow(&OWN, &CARD_PART, check);
        let header = read_header(&parts, &card, check);
        let body = parts.get(PartKind::Body);
        let body = body.and_then(|part| Body::read(part, body::LONGEST_OF_CARD, check));
        let buttons = read_buttons(&parts, header.as_ref(), &card, check);
        Some(Self {
            header: header?,
            body,
            buttons: buttons?,
        })
    }

    fn is_like(&self, other: &Self) -> bool {
        self.header.is_like(&other.header)
            && self.body.is_some() == other.body.is_some()
            && self.buttons.kinds() == other.buttons.kinds()
    }

    fn to_meta(&self) -> Value {
        let body = self.body.iter().map(Body::to_meta);
        let parts: Vec<Value> = [self.header.to_meta()]
            .into_iter()
            .chain(body)
            .chain([self.buttons.to_meta()])
            .collect();
        json!({"components": parts})
    }
}

fn read_cards(fields: &Fields<'_>, check: &mut Check) -> Option<Vec<Card>> {
    fields.allow(&["type", "cards"], check);
    let items = fields.required_list("cards", check)?;
    let found = items.len();
    if !(FEWEST_CARDS..=MOST_CARDS).contains(&found) {
        check.refuse_with(&CAROUSEL_COUNT, &fields.at("cards"), &[("found", &found)]);
    }
    let read = items.iter().map(|item| (item, Card::read(item, check)));
    let read: Vec<(&Item<'_>, Option<Card>)> = read.collect();
    if let Some((_, Some(first))) = read.first() {
        for (item, card) in &read {
            if card.as_ref().is_some_and(|card| !card.is_like(first)) {
                check.refuse(&CAROUSEL_ALIKE, &item.pointer);
            }
        }
    }
    read.into_iter().map(|(_, card)| card).collect()
}

fn read_header(parts: &Parts<'_>, card: &Fields<'_>, check: &mut Check) -> Option<Header> {
    let Some(part) = parts.get(PartKind::Header) else {
        check.refuse(&CARD_HEADER, card.pointer());
        return None;
    };
    let header = Header::read(part, check)?;
    if header != Header::Product && !header.is_picture_or_video() {
        check.refuse(&CARD_HEADER, part.pointer());
    }
    Some(header)
}

fn read_buttons(
    parts: &Parts<'_>,
    header: Option<&Header>,
    card: &Fields<'_>,
    check: &mut Check,
) -> Option<Buttons> {
    let Some(part) = parts.get(PartKind::Buttons) else {
        check.refuse(&CARD_BUTTONS, card.pointer());
        return None;
    };
    let buttons = Buttons::read(part, check)?;
    let kinds = buttons.kinds();
    let suits = match header {
        Some(Header::Product) => matches!(kinds.as_slice(), [ButtonKind::Spm | ButtonKind::Url]),
        _ => kinds.len() <= MOST_BUTTONS && kinds.iter().all(|kind| is_of_media_card(*kind)),
    };
    if !suits {
        check.refuse(&CARD_BUTTONS, part.pointer());
    }
    Some(buttons)
}

const fn is_of_media_card(kind: ButtonKind) -> bool {
    matches!(
        kind,
        ButtonKind::QuickReply | ButtonKind::Url | ButtonKind::PhoneNumber
    )
}
