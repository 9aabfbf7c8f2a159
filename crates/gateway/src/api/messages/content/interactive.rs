//! Reply buttons, a list, or a link behind a button, in Meta's own form.
//!
//! The fields of all actions are read into one object, because an enum tagged by `type` would lose the pointer of an
//! error. Which fields belong together is checked afterwards.

use common::content::{
    CallToAction, CtaParameters, CtaUrl, Frame, Header, Interactive, List, ListRow, ReplyButton,
    ReplyButtons, ReplyId, ReplyWord, Section, TextWord, Words,
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::problem::Problem;

/// A message that the recipient answers with a tap. It can be sent only while the customer service window is open.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct InteractiveToSend {
    #[serde(rename = "type")]
    kind: InteractiveKind,
    /// Text above the body.
    header: Option<HeaderToSend>,
    body: BodyWords,
    /// Small text below the body.
    footer: Option<FooterWords>,
    action: ActionToSend,
}

/// Meta's type of the action.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum InteractiveKind {
    /// Up to three buttons. `action` has `buttons`.
    Button,
    /// A list that a button opens. `action` has `button` and `sections`.
    List,
    /// A link behind a button. `action` has `name` and `parameters`.
    CtaUrl,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct HeaderToSend {
    #[serde(rename = "type")]
    kind: HeaderKind,
    #[schema(
        min_length = 1,
        max_length = 60,
        pattern = r"[^\s\x85]",
        example = "Livraison"
    )]
    text: String,
}

#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum HeaderKind {
    Text,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct BodyWords {
    #[schema(
        min_length = 1,
        max_length = 1024,
        pattern = r"[^\s\x85]",
        example = "Confirmez-vous la livraison de demain ?"
    )]
    text: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct FooterWords {
    #[schema(
        min_length = 1,
        max_length = 60,
        pattern = r"[^\s\x85]",
        example = "Boutique Faso"
    )]
    text: String,
}

/// The buttons, list or link. Only the fields of the message's type are allowed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ActionToSend {
    /// For `button`: ids and titles have to be distinct.
    #[schema(min_items = 1, max_items = 3)]
    buttons: Option<Vec<ButtonToSend>>,
    /// For `list`: the label of the button that opens the list.
    #[schema(
        min_length = 1,
        max_length = 20,
        pattern = r"[^\s\x85]",
        example = "Choisir"
    )]
    button: Option<String>,
    /// For `list`: at most ten rows in all, with distinct ids. Titles are required if there are several sections.
    #[schema(min_items = 1, max_items = 10)]
    sections: Option<Vec<SectionToSend>>,
    /// For `cta_url`.
    name: Option<ActionName>,
    /// For `cta_url`.
    parameters: Option<LinkToSend>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ButtonToSend {
    #[serde(rename = "type")]
    kind: ButtonKind,
    reply: ReplyToSend,
}

#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ButtonKind {
    Reply,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReplyToSend {
    /// Returned in the inbound message when the button is tapped.
    #[schema(
        min_length = 1,
        max_length = 256,
        pattern = r"^[^\s\x85]([\s\S]*[^\s\x85])?$",
        example = "delivery-yes"
    )]
    id: String,
    #[schema(
        min_length = 1,
        max_length = 20,
        pattern = r"[^\s\x85]",
        example = "Oui"
    )]
    title: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SectionToSend {
    #[schema(
        min_length = 1,
        max_length = 24,
        pattern = r"[^\s\x85]",
        example = "Assistance"
    )]
    title: Option<String>,
    #[schema(min_items = 1, max_items = 10)]
    rows: Vec<RowToSend>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RowToSend {
    /// Returned in the inbound message when the row is chosen.
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = r"[^\s\x85]",
        example = "invoice"
    )]
    id: String,
    #[schema(
        min_length = 1,
        max_length = 24,
        pattern = r"[^\s\x85]",
        example = "Facture"
    )]
    title: String,
    #[schema(
        min_length = 1,
        max_length = 72,
        pattern = r"[^\s\x85]",
        example = "La facture de votre dernier achat"
    )]
    description: Option<String>,
}

#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ActionName {
    CtaUrl,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LinkToSend {
    #[schema(
        min_length = 1,
        max_length = 20,
        pattern = r"[^\s\x85]",
        example = "Suivre"
    )]
    display_text: String,
    /// Begins with `https://` or `http://`.
    #[schema(
        min_length = 1,
        max_length = 2000,
        pattern = r"^https?://[^\s\x85]+$",
        example = "https://boutique.example/suivi/4711"
    )]
    url: String,
}

impl InteractiveToSend {
    /// The message with the action of its type.
    pub(super) fn read(self) -> Result<Interactive, Problem> {
        let action = self.action;
        action.check(self.kind)?;
        let (header, body, footer) = (self.header, self.body, self.footer);
        let frame = Frame {
            header: header.map(|header| Header {
                kind: match header.kind {
                    HeaderKind::Text => TextWord::Text,
                },
                text: header.text,
            }),
            body: Words { text: body.text },
            footer: footer.map(|footer| Words { text: footer.text }),
            action: (),
        };
        Ok(match self.kind {
            InteractiveKind::Button => Interactive::Button(around(frame, action.buttons()?)),
            InteractiveKind::List => Interactive::List(around(frame, action.list()?)),
            InteractiveKind::CtaUrl => Interactive::CtaUrl(around(frame, action.link()?)),
        })
    }
}

impl ActionToSend {
    /// Refuses the fields of other types.
    fn check(&self, kind: InteractiveKind) -> Result<(), Problem> {
        let (button, list, link) = match kind {
            InteractiveKind::Button => (true, false, false),
            InteractiveKind::List => (false, true, false),
            InteractiveKind::CtaUrl => (false, false, true),
        };
        let stray: Vec<Problem> = [
            ("buttons", self.buttons.is_some() && !button),
            ("button", self.button.is_some() && !list),
            ("sections", self.sections.is_some() && !list),
            ("name", self.name.is_some() && !link),
            ("parameters", self.parameters.is_some() && !link),
        ]
        .into_iter()
        .filter(|(_, is_stray)| *is_stray)
        .map(|(field, _)| Problem::body(pointer(field), "does not belong to this type"))
        .collect();
        if stray.is_empty() {
            return Ok(());
        }
        Err(Problem::all(stray))
    }

    fn buttons(self) -> Result<ReplyButtons, Problem> {
        let buttons = self.buttons.ok_or_else(|| missing("buttons"))?;
        let button = |button: ButtonToSend| ReplyButton {
            kind: match button.kind {
                ButtonKind::Reply => ReplyWord::Reply,
            },
            reply: ReplyId {
                id: button.reply.id,
                title: button.reply.title,
            },
        };
        Ok(ReplyButtons {
            buttons: buttons.into_iter().map(button).collect(),
        })
    }

    fn list(self) -> Result<List, Problem> {
        let sections = self.sections.ok_or_else(|| missing("sections"))?;
        let row = |row: RowToSend| ListRow {
            id: row.id,
            title: row.title,
            description: row.description,
        };
        let section = |section: SectionToSend| Section {
            title: section.title,
            rows: section.rows.into_iter().map(row).collect(),
        };
        Ok(List {
            button: self.button.ok_or_else(|| missing("button"))?,
            sections: sections.into_iter().map(section).collect(),
        })
    }

    fn link(self) -> Result<CtaUrl, Problem> {
        let ActionName::CtaUrl = self.name.ok_or_else(|| missing("name"))?;
        let link = self.parameters.ok_or_else(|| missing("parameters"))?;
        Ok(CtaUrl {
            name: CallToAction::CtaUrl,
            parameters: CtaParameters {
                display_text: link.display_text,
                url: link.url,
            },
        })
    }
}

fn around<A>(frame: Frame<()>, action: A) -> Frame<A> {
    Frame {
        header: frame.header,
        body: frame.body,
        footer: frame.footer,
        action,
    }
}

fn pointer(field: &str) -> String {
    format!("/interactive/action/{field}")
}

fn missing(field: &str) -> Problem {
    Problem::body(pointer(field), "is missing")
}
