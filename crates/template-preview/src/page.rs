//! A message as a page that looks like WhatsApp. It needs no script and nothing from elsewhere.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::bubble::{Bubble, Card, Header, Offer, is_french};
use crate::button::{Button, ButtonKind};
use crate::formatting::{Block, Span};

const STYLE: &str = include_str!("page.css");
/// WhatsApp shows the others behind "See all options" (Meta, templates: components).
const BUTTONS_SHOWN: usize = 3;
const SHOWN_BESIDE_MORE: usize = 2;

/// The colours of the page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Theme {
    /// Those that the reader's system prefers.
    #[default]
    Auto,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// The theme with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::Auto, Self::Light, Self::Dark]
            .into_iter()
            .find(|theme| theme.as_str() == name)
    }

    /// The name of the theme.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// The page of a message: HTML in UTF-8.
#[must_use]
pub fn page(bubble: &Bubble, theme: Theme) -> String {
    let language = bubble.language.replace('_', "-");
    let direction = direction(&language);
    let markup = html! {
        (DOCTYPE)
        html lang=(language) data-theme=(theme.as_str()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "Djigbachats" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                div.message {
                    div.bubble dir=(direction) {
                        @if let Some(header) = &bubble.header { (shown_header(header)) }
                        div.inside {
                            @if let Some(offer) = &bubble.offer { (shown_offer(offer)) }
                            (blocks(&bubble.body))
                            @if let Some(footer) = &bubble.footer { div.footer dir="auto" { (footer) } }
                            div.time { "10:30" }
                        }
                        (buttons(&bubble.buttons, is_french(&bubble.language)))
                    }
                }
                @if !bubble.cards.is_empty() {
                    div.cards dir=(direction) { @for card in &bubble.cards { (shown_card(card)) } }
                }
            }
        }
    };
    markup.into_string()
}

/// The direction of the layout; each line of text has that of its first letters.
fn direction(language: &str) -> &'static str {
    let is_from_right = ["ar", "he", "fa", "ur"]
        .iter()
        .any(|code| language == *code || language.starts_with(&format!("{code}-")));
    if is_from_right { "rtl" } else { "ltr" }
}

fn shown_header(header: &Header) -> Markup {
    html! {
        @match header {
            Header::Text { text } => div.inside { div.title dir="auto" { (text) } },
            Header::Image => div.media.picture { "🖼" },
            Header::Video => div.media.picture { "▶" },
            Header::Location => div.media.picture { "📍" },
            Header::Product => div.media.picture { "🛍" },
            Header::Document { filename } => div.media.document {
                span.sheet { "PDF" }
                span dir="auto" { (filename.as_deref().unwrap_or("document.pdf")) }
            },
        }
    }
}

fn shown_offer(offer: &Offer) -> Markup {
    html! {
        div.offer dir="auto" {
            strong { (offer.text) }
            @if offer.has_expiration { br; small { "⏱ 24:00:00" } }
        }
    }
}

fn shown_card(card: &Card) -> Markup {
    html! {
        div.bubble.card {
            @if let Some(header) = &card.header { (shown_header(header)) }
            div.inside { (blocks(&card.body)) }
            (buttons(&card.buttons, false))
        }
    }
}

fn blocks(blocks: &[Block]) -> Markup {
    html! { @for block in blocks { (shown_block(block)) } }
}

fn shown_block(block: &Block) -> Markup {
    html! {
        @match block {
            Block::Line { spans } => p dir="auto" { (shown_spans(spans)) },
            Block::Quote { spans } => blockquote dir="auto" { (shown_spans(spans)) },
            Block::Item { number, spans } => div.item dir="auto" {
                span { @match number { Some(number) => { (number) "." }, None => "•" } }
                span { (shown_spans(spans)) }
            },
            Block::Code { text } => pre dir="auto" { (text) },
        }
    }
}

fn shown_spans(spans: &[Span]) -> Markup {
    html! { @for span in spans { (shown_span(span)) } }
}

fn shown_span(span: &Span) -> Markup {
    let mut shown = html! { (span.text) };
    if span.code {
        shown = html! { code { (shown) } };
    }
    if span.strikethrough {
        shown = html! { s { (shown) } };
    }
    if span.italic {
        shown = html! { em { (shown) } };
    }
    if span.bold {
        shown = html! { strong { (shown) } };
    }
    shown
}

fn buttons(buttons: &[Button], is_french: bool) -> Markup {
    let shown = if buttons.len() > BUTTONS_SHOWN {
        SHOWN_BESIDE_MORE
    } else {
        BUTTONS_SHOWN
    };
    let more = if is_french {
        "Voir toutes les options"
    } else {
        "See all options"
    };
    html! {
        @for button in buttons.iter().take(shown) {
            div.button dir="auto" title=[button.target.as_deref()] {
                span.sign { (sign(button.kind)) } (button.label)
            }
        }
        @if buttons.len() > shown { div.button { span.sign { "☰" } (more) } }
    }
}

const fn sign(kind: ButtonKind) -> &'static str {
    match kind {
        ButtonKind::Reply => "↩",
        ButtonKind::Link => "↗",
        ButtonKind::Call => "✆",
        ButtonKind::Copy => "⧉",
        ButtonKind::Open => "☰",
    }
}

#[cfg(test)]
mod tests {
    use common::template::Variables;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn page_of(body: &str, language: &str) -> String {
        let template = json!({"name": "a", "language": language, "category": "UTILITY", "components": [
            {"type": "HEADER", "format": "TEXT", "text": body},
            {"type": "BODY", "text": body},
            {"type": "FOOTER", "text": body},
            {"type": "BUTTONS", "buttons": [{"type": "URL", "text": body, "url": body}]},
        ]});
        page(&Bubble::of(&template, &Variables::new()), Theme::Light)
    }

    #[test]
    fn arabic_is_laid_out_from_the_right() {
        let from_right = r#"<div class="bubble" dir="rtl">"#;
        assert!(page_of("مرحبا", "ar").contains(from_right));
        assert!(page_of("Bonjour", "fr").contains(r#"<html lang="fr" data-theme="light">"#));
        assert!(!page_of("Bonjour", "fr").contains(from_right));
    }

    #[test]
    fn what_is_shown_is_formatted_and_escaped() {
        let page = page_of("*a* <script>alert(1)</script>", "fr");
        assert!(page.contains("<strong>a</strong> &lt;script&gt;"), "{page}");
        assert!(!page.contains("<script"), "{page}");
    }

    proptest! {
        #[test]
        fn no_text_of_a_template_becomes_markup(text in r#"[<>"'&a*_~`{}]{0,30}"#) {
            let (with, without) = (page_of(&format!("{text}<i x=\"y\">"), "fr"), page_of("", "fr"));
            prop_assert!(!with.contains("<i "));
            // An attribute that ends early would begin another one.
            prop_assert_eq!(with.matches("title=\"").count(), 1 + without.matches("title=\"").count());
            prop_assert!(!with.contains("x=\"y\""));
        }
    }
}
