//! The buttons of a template together: how many, of which kinds, in which order.

use serde_json::{Value, json};

use super::button::{Button, ButtonKind};
use super::check::Check;
use super::fields::Fields;
use super::rules::buttons::{BUTTONS_COUNT, BUTTONS_GROUPING, BUTTONS_OF_KIND};

const MOST: usize = 10;

/// One to ten buttons that may be together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Buttons(Vec<Button>);

impl Buttons {
    /// Reads a component of the type BUTTONS.
    pub(super) fn read(fields: &Fields<'_>, check: &mut Check) -> Option<Self> {
        let (kinds, buttons) = read_each(fields, check)?;
        let at = fields.at("buttons");
        check_kinds(&kinds, &at, check);
        buttons.map(Self)
    }

    pub(super) fn kinds(&self) -> Vec<ButtonKind> {
        self.0.iter().map(Button::kind).collect()
    }

    pub(super) fn into_vec(self) -> Vec<Button> {
        self.0
    }

    pub(super) fn to_meta(&self) -> Value {
        let buttons: Vec<Value> = self.0.iter().map(Button::to_meta).collect();
        json!({"type": "BUTTONS", "buttons": buttons})
    }
}

/// The kinds that are known, and the buttons if all are valid.
type Read = (Vec<ButtonKind>, Option<Vec<Button>>);

fn read_each(fields: &Fields<'_>, check: &mut Check) -> Option<Read> {
    fields.allow(&["type", "buttons"], check);
    let items = fields.required_list("buttons", check)?;
    if !(1..=MOST).contains(&items.len()) {
        let found = items.len();
        check.refuse_with(&BUTTONS_COUNT, &fields.at("buttons"), &[("found", &found)]);
    }
    let (mut kinds, mut buttons) = (Vec::new(), Some(Vec::new()));
    for item in items {
        let fields = item.object(check);
        let kind = fields.as_ref().and_then(|it| ButtonKind::read(it, check));
        kinds.extend(kind);
        let button = kind
            .zip(fields)
            .and_then(|(kind, it)| Button::read(kind, &it, check));
        buttons = buttons.zip(button).map(|(mut buttons, button)| {
            buttons.push(button);
            buttons
        });
    }
    Some((kinds, buttons))
}

fn check_kinds(kinds: &[ButtonKind], at: &str, check: &mut Check) {
    for (index, kind) in kinds.iter().enumerate() {
        let found = kinds.iter().filter(|other| *other == kind).count();
        let is_first = kinds.iter().position(|other| other == kind) == Some(index);
        // More than ten quick replies are too many buttons, which was reported.
        if is_first && found > kind.most() && found <= MOST {
            let (limit, kind) = (kind.most(), kind);
            check.refuse_with(
                &BUTTONS_OF_KIND,
                at,
                &[("found", &found), ("kind", kind), ("limit", &limit)],
            );
        }
    }
    let is_reply = |kind: &ButtonKind| *kind == ButtonKind::QuickReply;
    let changes = kinds.windows(2).filter(|pair| match pair {
        [a, b] => is_reply(a) != is_reply(b),
        _ => false,
    });
    if changes.count() > 1 {
        check.refuse(&BUTTONS_GROUPING, at);
    }
}
