//! Reply buttons, a list, or a link behind a button.

use serde::{Deserialize, Serialize};

use super::faults::Faults;

const LONGEST_BODY: usize = 1_024;
const LONGEST_HEADER: usize = 60;
const LONGEST_FOOTER: usize = 60;
const MOST_BUTTONS: usize = 3;
const LONGEST_BUTTON_ID: usize = 256;
/// The title of a reply button, of the button that opens a list, and of the button that opens a link.
const LONGEST_BUTTON: usize = 20;
const MOST_SECTIONS: usize = 10;
/// In all sections taken together.
const MOST_ROWS: usize = 10;
const LONGEST_SECTION_TITLE: usize = 24;
const LONGEST_ROW_ID: usize = 200;
const LONGEST_ROW_TITLE: usize = 24;
const LONGEST_ROW_DESCRIPTION: usize = 72;
/// Meta states no limit; this limit is ours.
const LONGEST_URL: usize = 2_000;

/// A message that can be answered with a tap.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Interactive {
    /// Up to three buttons; a tap on one of them is the answer.
    Button(Frame<ReplyButtons>),
    /// A list that opens behind a button.
    List(Frame<List>),
    /// A link behind a button.
    CtaUrl(Frame<CtaUrl>),
}

/// The texts around the action, and the action.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame<A> {
    /// Above the body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<Header>,
    /// Its text.
    pub body: Words,
    /// Small, below the body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub footer: Option<Words>,
    /// The buttons.
    pub action: A,
}

/// A header of text.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Meta's type of a text header.
    #[serde(rename = "type")]
    pub kind: TextWord,
    /// Its text.
    pub text: String,
}

/// A text alone.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    /// The text.
    pub text: String,
}

/// The action of reply buttons.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplyButtons {
    /// From left to right.
    pub buttons: Vec<ReplyButton>,
}

/// A button that sends a message to the business when it is tapped.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplyButton {
    /// Meta's type of a reply button.
    #[serde(rename = "type")]
    pub kind: ReplyWord,
    /// Its id and title.
    pub reply: ReplyId,
}

/// The title of a reply button, and the id that its tap sends to the business.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplyId {
    /// Returned with the tap.
    pub id: String,
    /// The text on the button.
    pub title: String,
}

/// The action of a list.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct List {
    /// The text on the button that opens the list.
    pub button: String,
    /// Its sections.
    pub sections: Vec<Section>,
}

/// A section of a list.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    /// Needed when there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Its rows.
    pub rows: Vec<ListRow>,
}

/// A row of a list.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListRow {
    /// Returned with the choice.
    pub id: String,
    /// Its text.
    pub title: String,
    /// The smaller text below the title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// The action of a link.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CtaUrl {
    /// Meta's name of the action.
    pub name: CallToAction,
    /// The link.
    pub parameters: CtaParameters,
}

/// A link behind a button.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CtaParameters {
    /// The text on the button.
    pub display_text: String,
    /// The address that it opens: http or https.
    pub url: String,
}

/// Meta's only value for the type of a reply button.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReplyWord {
    /// `reply`
    Reply,
}

/// Meta's value for the type of a text header.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextWord {
    /// `text`
    Text,
}

/// Meta's only value for the action of a link.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallToAction {
    /// `cta_url`
    CtaUrl,
}

impl Interactive {
    /// The text above the action.
    #[must_use]
    pub fn words(&self) -> &str {
        match self {
            Self::Button(frame) => &frame.body.text,
            Self::List(frame) => &frame.body.text,
            Self::CtaUrl(frame) => &frame.body.text,
        }
    }

    pub(super) fn check(&self, faults: &mut Faults) {
        match self {
            Self::Button(frame) => {
                frame.check(faults);
                frame.action.check(faults);
            }
            Self::List(frame) => {
                frame.check(faults);
                frame.action.check(faults);
            }
            Self::CtaUrl(frame) => {
                frame.check(faults);
                frame.action.check(faults);
            }
        }
    }
}

impl<A> Frame<A> {
    fn check(&self, faults: &mut Faults) {
        if let Some(header) = &self.header {
            faults.text("/header/text", &header.text, LONGEST_HEADER);
        }
        faults.text("/body/text", &self.body.text, LONGEST_BODY);
        if let Some(footer) = &self.footer {
            faults.text("/footer/text", &footer.text, LONGEST_FOOTER);
        }
    }
}

impl ReplyButtons {
    fn check(&self, faults: &mut Faults) {
        const BUTTONS: &str = "/action/buttons";
        if !(1..=MOST_BUTTONS).contains(&self.buttons.len()) {
            faults.add(BUTTONS, format!("should have 1 to {MOST_BUTTONS} buttons"));
        }
        let pointer = |index: usize, field: &str| format!("{BUTTONS}/{index}/reply/{field}");
        for (index, ReplyButton { reply, .. }) in self.buttons.iter().enumerate() {
            let id = pointer(index, "id");
            faults.text(&id, &reply.id, LONGEST_BUTTON_ID);
            if reply.id.trim() != reply.id && !reply.id.trim().is_empty() {
                faults.add(&id, "should not begin or end with a space");
            }
            faults.text(&pointer(index, "title"), &reply.title, LONGEST_BUTTON);
        }
        let replies = || self.buttons.iter().map(|button| &button.reply).enumerate();
        faults.distinct(replies().map(|(index, reply)| (pointer(index, "id"), reply.id.as_str())));
        faults.distinct(
            replies().map(|(index, reply)| (pointer(index, "title"), reply.title.as_str())),
        );
    }
}

impl List {
    fn check(&self, faults: &mut Faults) {
        const SECTIONS: &str = "/action/sections";
        faults.text("/action/button", &self.button, LONGEST_BUTTON);
        if !(1..=MOST_SECTIONS).contains(&self.sections.len()) {
            faults.add(
                SECTIONS,
                format!("should have 1 to {MOST_SECTIONS} sections"),
            );
        }
        let rows: usize = self.sections.iter().map(|section| section.rows.len()).sum();
        if rows > MOST_ROWS {
            faults.add(
                SECTIONS,
                format!("should have at most {MOST_ROWS} rows together"),
            );
        }
        let is_one_of_many = self.sections.len() > 1;
        for (index, section) in self.sections.iter().enumerate() {
            section.check(faults, &format!("{SECTIONS}/{index}"), is_one_of_many);
        }
        faults.distinct(
            self.sections
                .iter()
                .enumerate()
                .flat_map(|(index, section)| {
                    let rows = section.rows.iter().enumerate();
                    rows.map(move |(row, ListRow { id, .. })| {
                        (format!("{SECTIONS}/{index}/rows/{row}/id"), id.as_str())
                    })
                }),
        );
    }
}

impl Section {
    fn check(&self, faults: &mut Faults, pointer: &str, is_one_of_many: bool) {
        let title = format!("{pointer}/title");
        match &self.title {
            Some(words) => faults.text(&title, words, LONGEST_SECTION_TITLE),
            None if is_one_of_many => {
                faults.add(&title, "is missing; a list of several sections names each");
            }
            None => {}
        }
        if self.rows.is_empty() {
            faults.add(&format!("{pointer}/rows"), "should have at least one row");
        }
        for (index, row) in self.rows.iter().enumerate() {
            let pointer = |field| format!("{pointer}/rows/{index}/{field}");
            faults.text(&pointer("id"), &row.id, LONGEST_ROW_ID);
            faults.text(&pointer("title"), &row.title, LONGEST_ROW_TITLE);
            if let Some(description) = &row.description {
                faults.text(
                    &pointer("description"),
                    description,
                    LONGEST_ROW_DESCRIPTION,
                );
            }
        }
    }
}

impl CtaUrl {
    fn check(&self, faults: &mut Faults) {
        const URL: &str = "/action/parameters/url";
        let CtaParameters { display_text, url } = &self.parameters;
        faults.text(
            "/action/parameters/display_text",
            display_text,
            LONGEST_BUTTON,
        );
        faults.text(URL, url, LONGEST_URL);
        let is_web = ["https://", "http://"].iter().any(|scheme| {
            url.strip_prefix(scheme)
                .is_some_and(|rest| !rest.is_empty())
        });
        if !is_web || url.contains(char::is_whitespace) {
            faults.add(
                URL,
                "should be an address that begins with https:// or http://",
            );
        }
    }
}
