//! One button of a template, except those for one-time codes.

use serde_json::{Value, json};
use strum::{Display, EnumString};

use super::check::Check;
use super::fields::Fields;
use super::flow::Flow;
use super::format::present;
use super::label::Label;
use super::link::Link;
use super::rules::buttons::BUTTON_OTP_CATEGORY;
use super::rules::fields::VALUE_UNKNOWN;
use super::wording::require_length;

const LONGEST_PHONE_NUMBER: usize = 20;
/// A note of December 2025 says 20, the reference 15.
const LONGEST_COUPON: usize = 15;
const KINDS: &str = "QUICK_REPLY, URL, PHONE_NUMBER, COPY_CODE, OTP, FLOW, VOICE_CALL, CATALOG, MPM, SPM, \
                     ORDER_DETAILS, REQUEST_CONTACT_INFO";

/// Meta's types of buttons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum ButtonKind {
    QuickReply,
    Url,
    PhoneNumber,
    CopyCode,
    Otp,
    Flow,
    VoiceCall,
    Catalog,
    /// Several products of the catalogue.
    Mpm,
    /// A single product of the catalogue.
    Spm,
    OrderDetails,
    RequestContactInfo,
}

/// A button.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Button {
    /// Its text comes back as a message.
    QuickReply(Label),
    Link(Link),
    PhoneNumber(Label, String),
    Coupon(Coupon),
    Flow(Flow),
    /// What it does needs nothing but its type. WhatsApp writes most of these texts itself.
    Plain(PlainButton, Option<Label>),
}

/// The buttons that only have a type and a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PlainButton {
    VoiceCall,
    Catalog,
    Mpm,
    Spm,
    OrderDetails,
    RequestContactInfo,
}

/// A code that the button copies; here an example of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Coupon {
    text: Option<Label>,
    example: String,
}

impl ButtonKind {
    /// The type of a button.
    pub(super) fn read(fields: &Fields<'_>, check: &mut Check) -> Option<Self> {
        let word = fields.required_word("type", check)?;
        let kind = word.parse().ok();
        if kind.is_none() {
            check.refuse_with(
                &VALUE_UNKNOWN,
                &fields.at("type"),
                &[("found", &word), ("allowed", &KINDS)],
            );
        }
        kind
    }

    /// How many of the kind a template may have.
    pub(super) const fn most(self) -> usize {
        match self {
            Self::QuickReply => 10,
            Self::Url => 2,
            _ => 1,
        }
    }
}

impl Button {
    /// Reads a button of a kind.
    pub(super) fn read(kind: ButtonKind, fields: &Fields<'_>, check: &mut Check) -> Option<Self> {
        let plain = match kind {
            ButtonKind::QuickReply => {
                fields.allow(&["type", "text"], check);
                return Label::required(fields, "text", check).map(Self::QuickReply);
            }
            ButtonKind::Url => return Link::read(fields, check).map(Self::Link),
            ButtonKind::PhoneNumber => return read_phone_number(fields, check),
            ButtonKind::CopyCode => return Coupon::read(fields, check).map(Self::Coupon),
            ButtonKind::Flow => return Flow::read(fields, check).map(Self::Flow),
            ButtonKind::Otp => {
                check.refuse(&BUTTON_OTP_CATEGORY, &fields.at("type"));
                return None;
            }
            ButtonKind::VoiceCall => PlainButton::VoiceCall,
            ButtonKind::Catalog => PlainButton::Catalog,
            ButtonKind::Mpm => PlainButton::Mpm,
            ButtonKind::Spm => PlainButton::Spm,
            ButtonKind::OrderDetails => PlainButton::OrderDetails,
            // Its text cannot be chosen.
            ButtonKind::RequestContactInfo => {
                fields.allow(&["type"], check);
                return Some(Self::Plain(PlainButton::RequestContactInfo, None));
            }
        };
        fields.allow(&["type", "text"], check);
        Some(Self::Plain(plain, Label::read(fields, "text", check)))
    }

    pub(super) const fn kind(&self) -> ButtonKind {
        match self {
            Self::QuickReply(_) => ButtonKind::QuickReply,
            Self::Link(_) => ButtonKind::Url,
            Self::PhoneNumber(..) => ButtonKind::PhoneNumber,
            Self::Coupon(_) => ButtonKind::CopyCode,
            Self::Flow(_) => ButtonKind::Flow,
            Self::Plain(plain, _) => match plain {
                PlainButton::VoiceCall => ButtonKind::VoiceCall,
                PlainButton::Catalog => ButtonKind::Catalog,
                PlainButton::Mpm => ButtonKind::Mpm,
                PlainButton::Spm => ButtonKind::Spm,
                PlainButton::OrderDetails => ButtonKind::OrderDetails,
                PlainButton::RequestContactInfo => ButtonKind::RequestContactInfo,
            },
        }
    }

    pub(super) fn to_meta(&self) -> Value {
        let kind = self.kind().to_string();
        match self {
            Self::QuickReply(text) => json!({"type": kind, "text": text}),
            Self::Link(link) => link.to_meta(),
            Self::PhoneNumber(text, number) => {
                json!({"type": kind, "text": text, "phone_number": number})
            }
            Self::Coupon(coupon) => coupon.to_meta(),
            Self::Flow(flow) => flow.to_meta(),
            Self::Plain(_, text) => present(json!({"type": kind, "text": text})),
        }
    }
}

impl Coupon {
    /// Reads a button of the type COPY_CODE. Meta's reference writes its example as a text, Meta's lists of templates
    /// as a list with one.
    pub(super) fn read(fields: &Fields<'_>, check: &mut Check) -> Option<Self> {
        fields.allow(&["type", "text", "example"], check);
        let text = Label::read(fields, "text", check);
        let example = match fields.value("example").and_then(Value::as_array) {
            Some(list) => match list.as_slice() {
                [Value::String(example)] => Some(example.as_str()),
                _ => fields.text("example", check),
            },
            None => fields.required_text("example", check),
        };
        let example = example?.to_owned();
        require_length(&example, LONGEST_COUPON, &fields.at("example"), check);
        Some(Self { text, example })
    }

    pub(super) fn to_meta(&self) -> Value {
        present(json!({"type": "COPY_CODE", "text": self.text, "example": self.example}))
    }
}

fn read_phone_number(fields: &Fields<'_>, check: &mut Check) -> Option<Button> {
    fields.allow(&["type", "text", "phone_number"], check);
    let text = Label::required(fields, "text", check);
    let number = fields.required_text("phone_number", check)?;
    require_length(
        number,
        LONGEST_PHONE_NUMBER,
        &fields.at("phone_number"),
        check,
    );
    Some(Button::PhoneNumber(text?, number.to_owned()))
}
