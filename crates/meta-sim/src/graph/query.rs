//! Query parameters, and the `fields` parameter of the Graph API.

use std::collections::BTreeMap;

use actix_web::HttpRequest;
use actix_web::web::Query;
use serde_json::{Map, Value};

use super::error::GraphError;

/// The query's parameters.
#[derive(Default)]
pub(crate) struct Params(BTreeMap<String, String>);

impl Params {
    pub(crate) fn of(request: &HttpRequest) -> Self {
        Query::from_query(request.query_string())
            .map(|Query(map)| Self(map))
            .unwrap_or_default()
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// Adds a parameter from another source.
    pub(crate) fn put(&mut self, name: &str, value: String) {
        self.0.insert(name.to_owned(), value);
    }

    /// All parameters, by name.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.0.iter();
        pairs.map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether a filter includes the value: one value, several with commas, or a JSON list, in upper or lower case.
    /// Without the filter every value is included.
    pub(crate) fn allows(&self, filter: &str, value: &str) -> bool {
        let Some(wanted) = self.get(filter) else {
            return true;
        };
        let is = |item: &str| item.trim().eq_ignore_ascii_case(value);
        match serde_json::from_str::<Vec<String>>(wanted) {
            Ok(items) => items.iter().any(|item| is(item)),
            Err(_) => wanted.split(',').any(is),
        }
    }
}

/// The fields of a node: those requested, or the defaults; `id` always.
pub(crate) fn shown(
    node: &Map<String, Value>,
    params: &Params,
    defaults: &[&str],
    node_type: &str,
) -> Result<Value, GraphError> {
    let asked = params.get("fields").map(top_level).unwrap_or_default();
    let names: Vec<&str> = if asked.is_empty() {
        defaults.to_vec()
    } else {
        asked.iter().map(String::as_str).collect()
    };
    let mut shown = Map::new();
    for name in names {
        let Some(value) = node.get(name) else {
            let message =
                format!("Tried accessing nonexisting field ({name}) on node type ({node_type})");
            return Err(GraphError::parameter(message));
        };
        // An existing field without a value is omitted, as by the Graph API.
        if !value.is_null() {
            shown.insert(name.to_owned(), value.clone());
        }
    }
    if let Some(id) = node.get("id") {
        shown.insert("id".to_owned(), id.clone());
    }
    Ok(Value::Object(shown))
}

/// The names outside braces: `id,owner_business_info{id,name}` names two fields.
fn top_level(fields: &str) -> Vec<String> {
    let mut names = vec![String::new()];
    let mut depth = 0_u32;
    for character in fields.chars() {
        match character {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => names.push(String::new()),
            _ if depth > 0 => {}
            _ => {
                if let Some(name) = names.last_mut() {
                    name.push(character);
                }
            }
        }
    }
    names
        .into_iter()
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_takes_one_value_several_or_a_list() {
        for wanted in ["PAUSED", "approved,Paused", r#"["PAUSED","REJECTED"]"#, ""] {
            let mut params = Params::default();
            params.put("status", wanted.to_owned());
            assert!(params.allows("status", "PAUSED"), "{wanted}");
            assert_eq!(params.allows("status", "PENDING"), wanted.is_empty());
        }
        assert!(Params::default().allows("status", "PENDING"));
    }

    #[test]
    fn fields_inside_braces_belong_to_their_field() {
        let names = top_level("id, owner_business_info{id,name},health_status");
        assert_eq!(names, ["id", "owner_business_info", "health_status"]);
        assert!(top_level("").is_empty());
    }
}
