//! Reads the JSON object that creates a template.

use serde_json::Value;

use super::TemplateDefinition;
use super::check::Check;
use super::content::Content;
use super::delivery::{MaxPrice, TimeToLive};
use super::fields::Fields;
use super::format::ParameterFormat;
use super::language::Language;
use super::parts::Parts;
use super::rules::fields::VALUE_UNKNOWN;
use super::rules::frame::{NAME_CHARACTERS, NAME_LENGTH};
use crate::template::category::Category;

const LONGEST_NAME: usize = 512;
/// The keys of a template that Meta takes when it is created.
const KEYS: [&str; 10] = [
    "name",
    "language",
    "category",
    "parameter_format",
    "components",
    "allow_category_change",
    "message_send_ttl_seconds",
    "cta_url_link_tracking_opted_out",
    "optimization_spec",
    "display_format",
];

/// Reads a template. Every broken rule is in `check`.
pub(super) fn read(object: &Value, check: &mut Check) -> Option<TemplateDefinition> {
    let fields = Fields::read(object, "", check)?;
    fields.allow(&KEYS, check);
    let name = read_name(&fields, check);
    let language = Language::read(&fields, check);
    let category = read_category(&fields, check);
    if let Some(category) = &category {
        check.category = category.clone();
    }
    let format = ParameterFormat::read(&fields, check);
    check.format = format.unwrap_or(ParameterFormat::Positional);
    let allow_category_change = fields.flag("allow_category_change", check);
    let link_tracking_opted_out = fields.flag("cta_url_link_tracking_opted_out", check);
    let time_to_live = TimeToLive::read(&fields, check);
    let max_price = MaxPrice::read(&fields, check);
    let is_order = read_display_format(&fields, check);
    let parts = Parts::read(&fields, check)?;
    let content = Content::read(&parts, check);
    Some(TemplateDefinition {
        name: name?,
        language: language?,
        category: category?,
        format,
        content: content?,
        allow_category_change,
        link_tracking_opted_out,
        time_to_live,
        max_price,
        is_order,
    })
}

fn read_name(fields: &Fields<'_>, check: &mut Check) -> Option<String> {
    let name = fields.required_text("name", check)?;
    let at = fields.at("name");
    let suits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if !name.chars().all(suits) {
        check.refuse(&NAME_CHARACTERS, &at);
    }
    let found = name.chars().count();
    if found > LONGEST_NAME {
        check.refuse_with(
            &NAME_LENGTH,
            &at,
            &[("found", &found), ("limit", &LONGEST_NAME)],
        );
    }
    Some(name.to_owned())
}

fn read_category(fields: &Fields<'_>, check: &mut Check) -> Option<Category> {
    let word = fields.required_text("category", check)?;
    let category = Category::from_meta(word);
    if let Category::Other(_) = category {
        check.refuse_with(
            &VALUE_UNKNOWN,
            &fields.at("category"),
            &[
                ("found", &word),
                ("allowed", &"MARKETING, UTILITY, AUTHENTICATION"),
            ],
        );
        return None;
    }
    Some(category)
}

/// Templates with a button for the details of an order say so in `display_format`.
fn read_display_format(fields: &Fields<'_>, check: &mut Check) -> bool {
    let Some(word) = fields.text("display_format", check) else {
        return false;
    };
    let is_order = word.eq_ignore_ascii_case(super::ORDER);
    if !is_order {
        check.refuse_with(
            &VALUE_UNKNOWN,
            &fields.at("display_format"),
            &[("found", &word), ("allowed", &super::ORDER)],
        );
    }
    is_order
}
