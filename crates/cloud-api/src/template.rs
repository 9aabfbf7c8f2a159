//! The templates of an account (Meta, templates reference).

use common::ids::{TemplateId, WabaId};
use common::secret::AccessToken;
use common::template::{Category, TemplateStatus};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::business_use::Managed;
use crate::client::CloudApi;
use crate::metrics::Call;
use crate::open_text::or_default;
use crate::paging::List;
use crate::template_change::of_account;

const FIELDS: &str = "id,name,language,category,status,parameter_format,components,quality_score,\
                      rejected_reason";

/// A template in one language.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct TemplateNode {
    /// Meta's id of the template in this language.
    pub id: TemplateId,
    /// The name, which all languages of a template share.
    pub name: String,
    /// The language as Meta writes it, such as `fr` or `en_US`.
    pub language: String,
    /// The category that Meta decided on.
    #[serde(default = "no_category", deserialize_with = "category")]
    pub category: Category,
    /// Whether it may be sent.
    #[serde(default = "no_status", deserialize_with = "status")]
    pub status: TemplateStatus,
    /// `POSITIONAL` or `NAMED`.
    #[serde(default)]
    pub parameter_format: Option<String>,
    /// The components, as Meta writes them.
    #[serde(default)]
    pub components: Value,
    /// Meta's score of its quality, such as `GREEN`.
    #[serde(default, deserialize_with = "score")]
    pub quality_score: Option<String>,
    /// Why Meta rejected it; `None` when it did not.
    #[serde(default, deserialize_with = "reason")]
    pub rejected_reason: Option<String>,
}

impl CloudApi {
    /// All templates of the account, page by page. A list that cannot be read to its end is an error, so that a
    /// template that is missing from the result is missing at Meta.
    pub async fn templates(
        &self,
        token: &AccessToken,
        waba_id: &WabaId,
    ) -> Managed<Vec<TemplateNode>> {
        self.read_templates(Call::Templates, token, waba_id, &[])
            .await
    }

    /// The templates with exactly this name, one for each language. Meta's filter may also match a part of a name.
    pub async fn templates_named(
        &self,
        token: &AccessToken,
        waba_id: &WabaId,
        name: &str,
    ) -> Managed<Vec<TemplateNode>> {
        let filters = [("name", name)];
        self.read_templates(Call::TemplatesNamed, token, waba_id, &filters)
            .await
            .and_then(|mut nodes| {
                nodes.retain(|node| node.name == name);
                Ok(nodes)
            })
    }

    async fn read_templates(
        &self,
        call: Call,
        token: &AccessToken,
        waba_id: &WabaId,
        filters: &[(&str, &str)],
    ) -> Managed<Vec<TemplateNode>> {
        let list = List {
            call,
            path: &of_account(waba_id),
            fields: FIELDS,
            of: waba_id,
            filters,
            expected: "a list of templates",
        };
        let listed: Managed<Vec<Value>> = self.read_list(token, &list).await;
        listed.and_then(|nodes| Ok(nodes.into_iter().filter_map(TemplateNode::read).collect()))
    }
}

impl TemplateNode {
    /// Whether it has a name and a language. One odd template stops nothing: of it only the id is known.
    #[must_use]
    pub fn is_readable(&self) -> bool {
        !self.name.is_empty() && !self.language.is_empty()
    }

    /// An entry of a list; `None` when it has no id, so that no stored template can be meant.
    fn read(node: Value) -> Option<Self> {
        let id = TemplateId::deserialize(node.get("id")?).ok()?;
        let whole = match has_nul(&node) {
            true => None,
            false => serde_json::from_value(node).ok(),
        };
        Some(whole.unwrap_or_else(|| Self::unreadable(id)))
    }

    fn unreadable(id: TemplateId) -> Self {
        Self {
            id,
            name: String::new(),
            language: String::new(),
            category: no_category(),
            status: no_status(),
            parameter_format: None,
            components: Value::Null,
            quality_score: None,
            rejected_reason: None,
        }
    }
}

/// Whether a text holds the character NUL, which no device shows and no database of ours stores.
fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(has_nul),
        Value::Object(fields) => fields.values().any(has_nul),
        _ => false,
    }
}

pub(crate) fn no_category() -> Category {
    Category::from_meta("")
}

pub(crate) fn no_status() -> TemplateStatus {
    TemplateStatus::from_meta("")
}

pub(crate) fn category<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Category, D::Error> {
    or_default::<D, String>(deserializer).map(|word| Category::from_meta(&word))
}

pub(crate) fn status<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<TemplateStatus, D::Error> {
    or_default::<D, String>(deserializer).map(|word| TemplateStatus::from_meta(&word))
}

/// Meta writes an object with the score and its date.
fn score<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let value = Value::deserialize(deserializer)?;
    let score = value.get("score").unwrap_or(&value);
    Ok(score.as_str().map(ToOwned::to_owned))
}

/// Meta writes `NONE` for no reason.
fn reason<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let word: Option<String> = Option::deserialize(deserializer)?;
    Ok(word.filter(|word| !word.eq_ignore_ascii_case("NONE")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_read_with_all_that_meta_says() {
        let template: TemplateNode = serde_json::from_str(
            r#"{"id":"1192339204654487","name":"carte_fidelite","language":"fr","category":"UTILITY","status":"REJECTED",
            "parameter_format":"POSITIONAL","quality_score":{"score":"GREEN","date":1674864290},
            "rejected_reason":"INVALID_FORMAT","components":[{"type":"BODY","text":"Bonjour {{1}}"}]}"#,
        )
        .unwrap();
        assert_eq!(template.category, Category::Utility);
        assert_eq!(template.status, TemplateStatus::Rejected);
        assert_eq!(template.quality_score.as_deref(), Some("GREEN"));
        assert_eq!(template.rejected_reason.as_deref(), Some("INVALID_FORMAT"));
        assert_eq!(template.components[0]["text"], "Bonjour {{1}}");
    }

    #[test]
    fn of_an_odd_template_only_the_id_is_known() {
        let read = |text: &str| TemplateNode::read(serde_json::from_str(text).unwrap());
        for odd in [
            r#"{"id":"7"}"#,
            r#"{"id":"7","name":3,"language":"fr"}"#,
            r#"{"id":7,"name":"a","language":"fr","status":[]}"#,
            r#"{"id":"7","name":"a","language":"fr","components":[{"text":"\u0000"}]}"#,
        ] {
            let node = read(odd).unwrap();
            assert_eq!(
                (node.id.as_str(), node.is_readable()),
                ("7", false),
                "{odd}"
            );
        }
        for without_id in ["3", "{}", r#"{"id":null,"name":"a","language":"fr"}"#] {
            assert_eq!(read(without_id), None);
        }
        assert!(
            read(r#"{"id":"7","name":"a","language":"fr"}"#)
                .unwrap()
                .is_readable()
        );
    }

    #[test]
    fn a_bare_template_is_read_and_is_not_sendable() {
        let template: TemplateNode = serde_json::from_str(
            r#"{"id":7,"name":"a","language":"fr","status":null,"rejected_reason":"NONE","new_field":1}"#,
        )
        .unwrap();
        assert!(!template.status.is_sendable());
        assert!(template.category.covered_by_opt_out());
        assert_eq!(
            (template.rejected_reason, template.quality_score),
            (None, None)
        );
    }
}
