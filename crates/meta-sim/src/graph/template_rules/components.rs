//! The components of utility and marketing templates.

use serde_json::Value;

use super::{
    Checked, PARAMETER, Submission, WRONG_BODY, WRONG_FOOTER, WRONG_HEADER, at_most, buttons,
    carousel, ensure, examples, list, text,
};

const LONGEST_BODY: usize = 1_024;
const LONGEST_BODY_OF_AN_OFFER: usize = 600;
const LONGEST_LINE: usize = 60;
const LONGEST_OFFER: usize = 16;
const MOST_BUTTONS: usize = 10;
/// Meta takes a GIF through the Marketing Messages API alone.
const MEDIA: [&str; 3] = ["IMAGE", "VIDEO", "DOCUMENT"];
const MARKDOWN: [char; 4] = ['*', '_', '~', '`'];

/// Checks every component, and those of which one excludes another.
pub(super) fn check(it: &Submission<'_>, components: &[Value]) -> Checked {
    let of_type = |kind: &str| components.iter().find(|its| text(its, "type") == kind);
    let offers = of_type("LIMITED_TIME_OFFER").is_some();
    let longest_body = if offers {
        LONGEST_BODY_OF_AN_OFFER
    } else {
        LONGEST_BODY
    };
    for component in components {
        match text(component, "type") {
            "HEADER" => check_header(it, component)?,
            "BODY" => check_body(it, component, longest_body)?,
            "FOOTER" => check_footer(component)?,
            "BUTTONS" => buttons::check(list(component, "buttons"), MOST_BUTTONS)?,
            "CAROUSEL" => carousel::check(it, component)?,
            "LIMITED_TIME_OFFER" => check_offer(it, component)?,
            _ => {}
        }
    }
    if offers {
        let format = of_type("HEADER").map_or("IMAGE", |header| text(header, "format"));
        let suits = ["IMAGE", "VIDEO"].contains(&format) && of_type("FOOTER").is_none();
        let rule = "A limited-time offer has an image or a video above it, and no footer.";
        ensure(suits, PARAMETER, rule)?;
        let buttons = of_type("BUTTONS").map_or(&[][..], |its| list(its, "buttons"));
        let kinds: Vec<&str> = buttons.iter().map(|button| text(button, "type")).collect();
        ensure(
            matches!(kinds[..], ["URL"] | ["COPY_CODE", "URL"]),
            PARAMETER,
            "A limited-time offer has a URL button, and a button with its code before it at most.",
        )?;
    }
    let buttons = of_type("BUTTONS").map_or(&[][..], |its| list(its, "buttons"));
    check_pairs(of_type("HEADER"), buttons)?;
    ensure(
        of_type("CALL_PERMISSION_REQUEST").is_none() || buttons.is_empty(),
        PARAMETER,
        "A call permission request has no buttons beside it.",
    )?;
    let has_carousel = of_type("CAROUSEL").is_some();
    let is_beside = |its: &Value| !["BODY", "CAROUSEL"].contains(&text(its, "type"));
    ensure(
        !has_carousel || !components.iter().any(is_beside),
        PARAMETER,
        "A carousel has nothing but a body beside it.",
    )
}

/// A header that shows a product and the button that opens it belong together.
pub(super) fn check_pairs(header: Option<&Value>, buttons: &[Value]) -> Checked {
    let is = |its: &Value, key: &str, kind: &str| text(its, key).eq_ignore_ascii_case(kind);
    let has_header = header.is_some_and(|header| is(header, "format", "PRODUCT"));
    let has_button = buttons.iter().any(|button| is(button, "type", "SPM"));
    ensure(
        has_header == has_button,
        PARAMETER,
        "A product in the header needs an SPM button, and the button needs the product.",
    )
}

fn check_header(it: &Submission<'_>, component: &Value) -> Checked {
    match text(component, "format") {
        "TEXT" => check_text_header(it, component),
        format if MEDIA.contains(&format) => examples::of_media(component, it.is_handle),
        "LOCATION" | "PRODUCT" => Ok(()),
        _ => ensure(
            false,
            WRONG_HEADER,
            "The format of the header is not known.",
        ),
    }
}

fn check_text_header(it: &Submission<'_>, component: &Value) -> Checked {
    let content = text(component, "text");
    at_most(LONGEST_LINE, content)?;
    let plain = remove_variables(content);
    ensure(
        !content.is_empty() && !plain.contains(MARKDOWN) && !plain.contains('\n'),
        WRONG_HEADER,
        "A header has one line of text without formatting.",
    )?;
    text::check_names(content, it.is_named(), WRONG_HEADER)?;
    ensure(
        content.matches("{{").count() <= 1,
        WRONG_HEADER,
        "A header has one variable at most.",
    )?;
    examples::of_header(component, it.is_named())
}

/// A body, of the template or of a card.
pub(super) fn check_body(it: &Submission<'_>, component: &Value, longest: usize) -> Checked {
    let content = text(component, "text");
    ensure(!content.is_empty(), WRONG_BODY, "The body has no text.")?;
    at_most(longest, content)?;
    text::check(content, it.is_named(), it.words_per_variable, WRONG_BODY)?;
    examples::of_body(component, it.is_named(), WRONG_BODY)
}

fn check_footer(component: &Value) -> Checked {
    let content = text(component, "text");
    at_most(LONGEST_LINE, content)?;
    ensure(
        !content.trim().is_empty() && !content.contains("{{"),
        WRONG_FOOTER,
        "A footer has a text without variables.",
    )
}

fn check_offer(it: &Submission<'_>, component: &Value) -> Checked {
    let offer = component.get("limited_time_offer").unwrap_or(&Value::Null);
    let is_marketing = it.category == "MARKETING";
    ensure(
        is_marketing,
        PARAMETER,
        "Only marketing templates have limited-time offers.",
    )?;
    at_most(LONGEST_OFFER, text(offer, "text"))?;
    let rule = "A limited-time offer needs a text.";
    ensure(!text(offer, "text").is_empty(), PARAMETER, rule)
}

fn remove_variables(content: &str) -> String {
    let mut pieces = content.split("{{");
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |fixed, piece| {
        fixed + piece.split_once("}}").map_or(piece, |(_, rest)| rest)
    })
}
