//! The components of a template or of a card, sorted by their types.

use strum::{Display, EnumString};

use super::check::Check;
use super::fields::{Fields, Item};
use super::rules::Rule;
use super::rules::fields::VALUE_UNKNOWN;
use super::rules::parts::{BODY_MISSING, COMPONENT_REPEATED};

const KINDS: &str =
    "HEADER, BODY, FOOTER, BUTTONS, LIMITED_TIME_OFFER, CAROUSEL, CALL_PERMISSION_REQUEST";

/// Meta's types of components.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum PartKind {
    Header,
    Body,
    Footer,
    Buttons,
    LimitedTimeOffer,
    Carousel,
    CallPermissionRequest,
}

/// At most one component of each type. Their order has no meaning.
#[derive(Debug)]
pub(super) struct Parts<'a> {
    pointer: String,
    parts: Vec<(PartKind, Fields<'a>)>,
}

impl<'a> Parts<'a> {
    /// Reads the `components` of a template or of a card.
    pub(super) fn read(owner: &Fields<'a>, check: &mut Check) -> Option<Self> {
        let items = owner.required_list("components", check)?;
        let mut parts = Self {
            pointer: owner.at("components"),
            parts: Vec::new(),
        };
        for item in items {
            parts.add(&item, check);
        }
        Some(parts)
    }

    fn add(&mut self, item: &Item<'a>, check: &mut Check) {
        let Some(fields) = item.object(check) else {
            return;
        };
        let Some(word) = fields.required_word("type", check) else {
            return;
        };
        let Ok(kind) = word.parse::<PartKind>() else {
            check.refuse_with(
                &VALUE_UNKNOWN,
                &fields.at("type"),
                &[("found", &word), ("allowed", &KINDS)],
            );
            return;
        };
        match self.get(kind) {
            Some(_) => {
                check.refuse_with(&COMPONENT_REPEATED, fields.pointer(), &[("kind", &kind)]);
            }
            None => self.parts.push((kind, fields)),
        }
    }

    pub(super) fn get(&self, kind: PartKind) -> Option<&Fields<'a>> {
        let mut parts = self.parts.iter();
        parts.find(|(other, _)| *other == kind).map(|(_, it)| it)
    }

    /// The body, which every template has.
    pub(super) fn body(&self, check: &mut Check) -> Option<&Fields<'a>> {
        let body = self.get(PartKind::Body);
        if body.is_none() {
            check.refuse(&BODY_MISSING, &self.pointer);
        }
        body
    }

    /// Reports the components that do not belong to the others.
    pub(super) fn allow(&self, kinds: &[PartKind], rule: &Rule, check: &mut Check) {
        for (kind, fields) in &self.parts {
            if !kinds.contains(kind) {
                check.refuse_with(rule, fields.pointer(), &[("kind", kind)]);
            }
        }
    }
}
