//! The content of a message in a call: exactly one kind of content.
//!
//! The kinds are the variants of [`GivenContent`]; a new kind, such as `contacts`, needs a field there and in the call,
//! and a variant of `common::content::FreeForm`.

mod file;
mod interactive;
mod location;
mod text;

use common::content::FreeForm;
use common::template::Variables;

pub(crate) use file::{DocumentToSend, ImageOrVideo};
pub(crate) use interactive::InteractiveToSend;
pub(crate) use location::LocationToSend;
pub(crate) use text::TextToSend;

use super::TemplateRef;
use crate::problem::Problem;

/// The fields of a call that contain the content.
pub(super) struct GivenContent {
    pub(super) template: Option<TemplateRef>,
    pub(super) variables: Option<Variables>,
    pub(super) text: Option<TextToSend>,
    pub(super) location: Option<LocationToSend>,
    pub(super) interactive: Option<InteractiveToSend>,
    pub(super) document: Option<DocumentToSend>,
    pub(super) image: Option<ImageOrVideo>,
    pub(super) video: Option<ImageOrVideo>,
}

/// The one kind of content that was given.
pub(super) enum Content {
    /// A template with its variables.
    Template(TemplateRef, Variables),
    /// Content without a template, which needs an open customer service window. Its limits are checked.
    FreeForm(FreeForm),
}

impl GivenContent {
    /// The content, or the problem: none, several, or content that Meta would refuse.
    pub(super) fn read(self) -> Result<Content, Problem> {
        let given = [
            ("template", self.template.is_some()),
            ("text", self.text.is_some()),
            ("location", self.location.is_some()),
            ("interactive", self.interactive.is_some()),
            ("document", self.document.is_some()),
            ("image", self.image.is_some()),
            ("video", self.video.is_some()),
        ];
        only_one(&given)?;
        if self.template.is_none() && self.variables.is_some() {
            return Err(Problem::body(
                "/variables",
                "is only allowed with a template",
            ));
        }
        if let Some(template) = self.template {
            let variables = self.variables.unwrap_or_default();
            return Ok(Content::Template(template, variables));
        }
        let free_form = [
            self.text.map(|text| Ok(FreeForm::Text(text.into()))),
            self.location
                .map(|place| Ok(FreeForm::Location(place.into()))),
            self.interactive
                .map(|it| it.read().map(FreeForm::Interactive)),
            self.document.map(|it| Ok(FreeForm::Document(it.into()))),
            self.image.map(|image| Ok(FreeForm::Image(image.into()))),
            self.video.map(|video| Ok(FreeForm::Video(video.into()))),
        ];
        let mut free_form = free_form.into_iter().flatten();
        let content = free_form.next().ok_or_else(|| none(&given))??;
        let faults = content.faults();
        if faults.is_empty() {
            return Ok(Content::FreeForm(content));
        }
        let problems = faults
            .into_iter()
            .map(|fault| Problem::body(fault.pointer, fault.detail));
        Err(Problem::all(problems))
    }
}

/// Refuses a message with no content, or with several.
fn only_one(given: &[(&str, bool)]) -> Result<(), Problem> {
    let mut there = given.iter().filter(|(_, is_given)| *is_given);
    let Some((first, _)) = there.next() else {
        return Err(none(given));
    };
    let others: Vec<Problem> = there
        .map(|(other, _)| {
            let detail = format!("cannot be given with /{first}: a message has one content");
            Problem::body(format!("/{other}"), detail)
        })
        .collect();
    if others.is_empty() {
        return Ok(());
    }
    Err(Problem::all(others))
}

fn none(kinds: &[(&str, bool)]) -> Problem {
    let names: Vec<&str> = kinds.iter().map(|(name, _)| *name).collect();
    Problem::body("", format!("should have one of {}", names.join(", ")))
}
