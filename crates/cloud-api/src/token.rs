//! The validity and the permissions of a token (Meta, access tokens reference: debug_token).

use chrono::{DateTime, Utc};
use common::ids::{AppId, WabaId};
use common::secret::AccessToken;
use reqwest::Method;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::client::CloudApi;
use crate::error::{ApiError, MetaError};
use crate::metrics::Call;
use crate::open_text::{integer, or_default};

/// Meta's description of a token.
#[derive(Debug, Clone, Deserialize)]
pub struct TokenInfo {
    /// Whether the token is valid.
    #[serde(default, deserialize_with = "or_default")]
    pub is_valid: bool,
    /// The app that the token was issued for.
    #[serde(default)]
    pub app_id: Option<AppId>,
    /// When the token expires; `None` when it does not, which Meta writes as 0.
    #[serde(default, deserialize_with = "time")]
    pub expires_at: Option<DateTime<Utc>>,
    /// When Meta stops giving access to data unless the person agrees again; `None` when it does not.
    #[serde(default, deserialize_with = "time")]
    pub data_access_expires_at: Option<DateTime<Utc>>,
    /// The permissions of the token.
    #[serde(default, deserialize_with = "or_default")]
    pub scopes: Vec<String>,
    /// The permissions of the token, by account.
    #[serde(default, deserialize_with = "or_default")]
    pub granular_scopes: Vec<GranularScope>,
    /// Why the token is not valid.
    #[serde(default, deserialize_with = "error")]
    pub error: Option<MetaError>,
}

/// A permission and the accounts that it covers.
#[derive(Debug, Clone, Deserialize)]
pub struct GranularScope {
    /// The permission, such as `whatsapp_business_messaging`.
    pub scope: String,
    /// The accounts; `None` means all accounts of the token's owner.
    #[serde(default)]
    pub target_ids: Option<Vec<WabaId>>,
}

#[derive(Deserialize)]
struct Envelope {
    data: TokenInfo,
}

impl TokenInfo {
    /// Whether the token has the permission `scope` for the account. A token without a granular entry for the scope has
    /// it for all accounts of its owner.
    #[must_use]
    pub fn permits(&self, scope: &str, waba_id: &WabaId) -> bool {
        let mut entries = self
            .granular_scopes
            .iter()
            .filter(|entry| entry.scope == scope)
            .peekable();
        if entries.peek().is_none() {
            return self.scopes.iter().any(|granted| granted == scope);
        }
        entries.any(|entry| {
            entry
                .target_ids
                .as_ref()
                .is_none_or(|ids| ids.contains(waba_id))
        })
    }
}

impl CloudApi {
    /// Asks Meta to describe a token. This is the only call that has a token in its URL: Meta offers no other way. A
    /// token that is not valid gives a result with `is_valid` false and not an error.
    ///
    /// # Errors
    /// See [`ApiError`]; a refusal means that our own app's id or secret is wrong.
    pub async fn debug_token(&self, token: &AccessToken) -> Result<TokenInfo, ApiError> {
        let request = self
            .request_as_app(Method::GET, "/debug_token")
            .query(&[("input_token", token.expose())]);
        let answer: Envelope = self
            .ask(Call::DebugToken, request, "a description of a token")
            .await?;
        Ok(answer.data)
    }
}

fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<DateTime<Utc>>, D::Error> {
    let seconds = integer(&Value::deserialize(deserializer)?).filter(|seconds| *seconds != 0);
    Ok(seconds.and_then(|seconds| DateTime::from_timestamp(seconds, 0)))
}

fn error<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<MetaError>, D::Error> {
    Ok(MetaError::read(&Value::deserialize(deserializer)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> TokenInfo {
        serde_json::from_str::<Envelope>(text).unwrap().data
    }

    #[test]
    fn metas_own_sample_is_read() {
        let token = read(
            r#"{"data":{"app_id":"670843887433847","type":"USER","application":"JaspersMarket",
            "data_access_expires_at":1672092840,"expires_at":1665090000,"is_valid":true,
            "scopes":["whatsapp_business_management","whatsapp_business_messaging","public_profile"],
            "granular_scopes":[{"scope":"whatsapp_business_management","target_ids":["102289599326934","101569239400667"]},
            {"scope":"whatsapp_business_messaging"}],"user_id":"10222270944537964"}}"#,
        );
        assert!(token.is_valid);
        assert_eq!(token.app_id, "670843887433847".parse().ok());
        assert_eq!(token.expires_at.unwrap().timestamp(), 1_665_090_000);
        let (ours, other) = ("101569239400667".parse().unwrap(), "7".parse().unwrap());
        assert!(token.permits("whatsapp_business_management", &ours));
        assert!(!token.permits("whatsapp_business_management", &other));
        assert!(token.permits("whatsapp_business_messaging", &other));
        assert!(token.permits("public_profile", &other));
        assert!(!token.permits("business_management", &ours));
    }

    #[test]
    fn a_token_without_an_end_has_none() {
        assert_eq!(
            read(r#"{"data":{"is_valid":true,"expires_at":0}}"#).expires_at,
            None
        );
    }

    #[test]
    fn a_token_that_does_not_work_says_why() {
        let token = read(
            r#"{"data":{"error":{"code":190,"message":"Malformed access token"},"is_valid":false,"scopes":[]}}"#,
        );
        assert!(!token.is_valid);
        assert_eq!(token.error.map(|error| error.code), Some(190));
    }
}
