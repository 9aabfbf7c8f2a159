//! Carousels: two to ten cards that are built alike.

use serde_json::Value;

use super::components::{check_body, check_pairs};
use super::{Checked, PARAMETER, Submission, buttons, ensure, examples, list, text};

const MOST_BUTTONS: usize = 2;
const LONGEST_BODY: usize = 160;
const KINDS: [&str; 4] = ["QUICK_REPLY", "URL", "PHONE_NUMBER", "SPM"];
const ALIKE: &str = "All cards of a carousel have the same components.";

pub(super) fn check(it: &Submission<'_>, carousel: &Value) -> Checked {
    let is_marketing = it.category == "MARKETING";
    ensure(
        is_marketing,
        PARAMETER,
        "Only marketing templates have carousels.",
    )?;
    let cards = list(carousel, "cards");
    let rule = "A carousel has 2 to 10 cards.";
    ensure((2..=10).contains(&cards.len()), PARAMETER, rule)?;
    let first = cards.first().map(build).unwrap_or_default();
    for card in cards {
        ensure(build(card) == first, PARAMETER, ALIKE)?;
        check_card(it, list(card, "components"))?;
    }
    Ok(())
}

fn check_card(it: &Submission<'_>, components: &[Value]) -> Checked {
    let of_type = |kind: &str| components.iter().find(|its| is(its, kind));
    let headers = components.iter().filter(|its| is(its, "HEADER")).count();
    ensure(headers == 1, PARAMETER, "Every card has one header.")?;
    let buttons = of_type("BUTTONS").map_or(&[][..], |its| list(its, "buttons"));
    let suits =
        |button: &Value| KINDS.contains(&text(button, "type").to_ascii_uppercase().as_str());
    ensure(
        !buttons.is_empty() && buttons.iter().all(suits),
        PARAMETER,
        "Every card has quick replies, links, a phone number or an SPM button.",
    )?;
    check_pairs(of_type("HEADER"), buttons)?;
    for component in components {
        if is(component, "HEADER") {
            match text(component, "format").to_ascii_uppercase().as_str() {
                "IMAGE" | "VIDEO" => examples::of_media(component, it.is_handle)?,
                "PRODUCT" => {}
                _ => ensure(
                    false,
                    PARAMETER,
                    "A card shows an image, a video or a product.",
                )?,
            }
        } else if is(component, "BODY") {
            check_body(it, component, LONGEST_BODY)?;
        } else if is(component, "BUTTONS") {
            buttons::check(list(component, "buttons"), MOST_BUTTONS)?;
        } else {
            ensure(
                false,
                PARAMETER,
                "A card has a header, a body and buttons only.",
            )?;
        }
    }
    Ok(())
}

fn is(component: &Value, kind: &str) -> bool {
    text(component, "type").eq_ignore_ascii_case(kind)
}

/// The types of a card's components, with the format of its header and the types of its buttons.
fn build(card: &Value) -> Vec<String> {
    let components = list(card, "components").iter();
    let parts = components.flat_map(|component| {
        let of_buttons = list(component, "buttons")
            .iter()
            .map(|button| text(button, "type"));
        [text(component, "type"), text(component, "format")]
            .into_iter()
            .chain(of_buttons)
            .map(str::to_ascii_uppercase)
            .collect::<Vec<_>>()
    });
    parts.collect()
}
