//! Writes the page of a template: `page <file.json> <light|dark>`.
//!
//! The file holds the object that creates the template at Meta, and may hold `variables` beside its fields.

use std::env;
use std::error::Error;
use std::fs;
use std::io::{Write as _, stdout};

use common::template::Variables;
use serde_json::Value;
use template_preview::{Bubble, Theme, page};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let file = arguments.next().ok_or("no file")?;
    let theme = arguments.next().and_then(|name| Theme::named(&name));
    let template: Value = serde_json::from_str(&fs::read_to_string(file)?)?;
    let variables = template.get("variables").cloned().unwrap_or_default();
    let variables: Variables = serde_json::from_value(variables).unwrap_or_default();
    let page = page(
        &Bubble::of(&template, &variables),
        theme.unwrap_or_default(),
    );
    stdout().write_all(page.as_bytes())?;
    Ok(())
}
