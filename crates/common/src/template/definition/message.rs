//! Templates of the common kind: a body, and above and below it a header, a footer, and buttons or a question whether
//! the business may call.

use serde_json::{Value, json};

use super::body::{self, Body};
use super::button::ButtonKind;
use super::buttons::Buttons;
use super::check::Check;
use super::footer::Footer;
use super::header::Header;
use super::parts::{PartKind, Parts};
use super::rules::parts::{CALL_PERMISSION_ALONE, PRODUCT_PAIR};

/// A template of the common kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Message {
    header: Option<Header>,
    body: Body,
    footer: Option<Footer>,
    action: Action,
}

/// What a person can tap.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Action {
    Nothing,
    Buttons(Buttons),
    /// Whether the business may call.
    CallPermission,
}

impl Message {
    /// Reads the components of a template that has neither a carousel nor an offer nor a one-time code.
    pub(super) fn read(parts: &Parts<'_>, check: &mut Check) -> Option<Self> {
        let header_part = parts.get(PartKind::Header);
        let header = header_part.and_then(|part| Header::read(part, check));
        let longest = match header {
            Some(Header::Product) => body::LONGEST_OF_CARD,
            _ => body::LONGEST,
        };
        let body = parts.body(check);
        let body = body.and_then(|part| Body::read(part, longest, check));
        let footer = parts.get(PartKind::Footer);
        let footer = footer.and_then(|part| Footer::read(part, check));
        let action = Action::read(parts, check)?;
        check_product(parts, header.as_ref(), &action, check);
        Some(Self {
            header,
            body: body?,
            footer,
            action,
        })
    }

    pub(super) fn to_meta(&self) -> Vec<Value> {
        let header = self.header.iter().map(Header::to_meta);
        let footer = self.footer.iter().map(Footer::to_meta);
        let action = match &self.action {
            Action::Nothing => None,
            Action::Buttons(buttons) => Some(buttons.to_meta()),
            Action::CallPermission => Some(json!({"type": "CALL_PERMISSION_REQUEST"})),
        };
        let parts = header.chain([self.body.to_meta()]).chain(footer);
        parts.chain(action).collect()
    }
}

impl Action {
    fn read(parts: &Parts<'_>, check: &mut Check) -> Option<Self> {
        let permission = parts.get(PartKind::CallPermissionRequest);
        if let Some(permission) = permission {
            permission.allow(&["type"], check);
        }
        let buttons = parts.get(PartKind::Buttons);
        if let (Some(permission), Some(_)) = (permission, buttons) {
            check.refuse(&CALL_PERMISSION_ALONE, permission.pointer());
        }
        match (buttons, permission) {
            (Some(buttons), _) => Buttons::read(buttons, check).map(Self::Buttons),
            (None, Some(_)) => Some(Self::CallPermission),
            (None, None) => Some(Self::Nothing),
        }
    }
}

/// A product in the header has its button SPM, and this button has its product there.
fn check_product(parts: &Parts<'_>, header: Option<&Header>, action: &Action, check: &mut Check) {
    let kinds = match action {
        Action::Buttons(buttons) => buttons.kinds(),
        Action::Nothing | Action::CallPermission => Vec::new(),
    };
    let has_product = matches!(header, Some(Header::Product));
    let is_paired = match has_product {
        true => kinds == [ButtonKind::Spm],
        false => !kinds.contains(&ButtonKind::Spm),
    };
    let place = match has_product {
        true => PartKind::Header,
        false => PartKind::Buttons,
    };
    if let (false, Some(part)) = (is_paired, parts.get(place)) {
        check.refuse(&PRODUCT_PAIR, part.pointer());
    }
}
