//! The numbers of an account (Meta, phone numbers reference). Every field may be absent and every value may be new.

use common::ids::{PhoneNumberId, WabaId};
use common::messaging_limit::MessagingLimit;
use common::secret::AccessToken;
use reqwest::Method;
use serde::Deserialize;

use crate::client::CloudApi;
use crate::error::ApiError;
use crate::metrics::Call;
use crate::paging::List;

const FIELDS: &str = "id,display_phone_number,verified_name,name_status,quality_rating,throughput,\
                      whatsapp_business_manager_messaging_limit,code_verification_status,account_mode,platform_type,\
                      status,is_on_biz_app,health_status";

/// A number as Meta describes it.
#[derive(Clone, PartialEq, Eq, Deserialize)]
pub struct PhoneNumberNode {
    /// Meta's id of the number.
    pub id: PhoneNumberId,
    /// The number in a readable form, such as `+226 70 11 22 33`.
    pub display_phone_number: Option<String>,
    /// The name that recipients see.
    pub verified_name: Option<String>,
    /// Whether Meta approved the name, such as `APPROVED`.
    pub name_status: Option<String>,
    /// `GREEN`, `YELLOW`, `RED`, `UNKNOWN`.
    pub quality_rating: Option<String>,
    /// Its throughput.
    pub throughput: Option<Throughput>,
    /// The messaging limit of its portfolio.
    pub whatsapp_business_manager_messaging_limit: Option<MessagingLimit>,
    /// Whether its owner proved to own it, such as `VERIFIED`.
    pub code_verification_status: Option<String>,
    /// `LIVE`, or `SANDBOX` for a test number with at most five recipients.
    pub account_mode: Option<String>,
    /// `CLOUD_API`, or another platform of Meta.
    pub platform_type: Option<String>,
    /// Whether it may send.
    pub status: Option<PhoneNumberStatus>,
    /// Whether it is used in the WhatsApp Business app too, which limits it to 20 messages a second.
    pub is_on_biz_app: Option<bool>,
    /// Whether Meta allows it to send (Meta, messaging health status).
    pub health_status: Option<HealthStatus>,
}

/// Whether Meta allows a number to send, with everything that it depends on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct HealthStatus {
    /// `AVAILABLE`, `LIMITED` or `BLOCKED`.
    pub can_send_message: Option<String>,
}

/// How fast a number may send.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Throughput {
    /// Meta's level.
    pub level: Option<ThroughputLevel>,
}

/// Meta's level of throughput.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub enum ThroughputLevel {
    /// 80 messages a second, sent and received together.
    Standard,
    /// 1,000 messages a second, sent and received together.
    High,
    /// A number that sends nothing, or a level that Meta added since.
    Other(String),
}

/// Whether a number may send.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub enum PhoneNumberStatus {
    /// It may.
    Connected,
    /// It is not registered yet.
    Pending,
    /// It is no longer registered.
    Disconnected,
    /// It may, but its quality is low.
    Flagged,
    /// It reached its messaging limit.
    RateLimited,
    /// Meta restricted it.
    Restricted,
    /// Meta banned it.
    Banned,
    /// Any other value of Meta.
    Other(String),
}

impl std::fmt::Debug for PhoneNumberNode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PhoneNumberNode")
            .field("id", &self.id)
            .field("status", &self.status)
            .field("throughput", &self.throughput)
            .field(
                "messaging_limit",
                &self.whatsapp_business_manager_messaging_limit,
            )
            .finish_non_exhaustive()
    }
}

impl PhoneNumberNode {
    /// Whether Meta's status says that it may not send now.
    #[must_use]
    pub fn is_blocked(&self) -> bool {
        let health = self.health_status.as_ref();
        health.is_some_and(|health| health.can_send_message.as_deref() == Some("BLOCKED"))
    }

    /// Messages per second, sent and received together; `None` when Meta's response does not contain it.
    #[must_use]
    pub fn messages_per_second(&self) -> Option<u32> {
        if self.is_on_biz_app == Some(true) {
            return Some(20);
        }
        match self.throughput.as_ref()?.level.as_ref()? {
            ThroughputLevel::Standard => Some(80),
            ThroughputLevel::High => Some(1_000),
            ThroughputLevel::Other(_) => None,
        }
    }
}

impl PhoneNumberNode {
    /// The level of throughput as it is stored: Meta's value, or `COEXISTENCE` for a number that the WhatsApp Business
    /// app uses too; `None` when Meta's response does not contain it.
    #[must_use]
    pub fn throughput_word(&self) -> Option<String> {
        if self.is_on_biz_app == Some(true) {
            return Some("COEXISTENCE".to_owned());
        }
        let word = match self.throughput.as_ref()?.level.as_ref()? {
            ThroughputLevel::Standard => "STANDARD",
            ThroughputLevel::High => "HIGH",
            ThroughputLevel::Other(word) => word,
        };
        Some(word.to_owned())
    }

    /// The messaging limit as Meta's value; `None` when the response does not contain it.
    #[must_use]
    pub fn messaging_limit_word(&self) -> Option<String> {
        let limit = self.whatsapp_business_manager_messaging_limit.as_ref()?;
        Some(limit.as_meta())
    }
}

impl From<String> for ThroughputLevel {
    fn from(word: String) -> Self {
        match word.as_str() {
            "STANDARD" => Self::Standard,
            "HIGH" => Self::High,
            _ => Self::Other(word),
        }
    }
}

impl From<String> for PhoneNumberStatus {
    fn from(word: String) -> Self {
        match word.as_str() {
            "CONNECTED" => Self::Connected,
            "PENDING" => Self::Pending,
            "DISCONNECTED" => Self::Disconnected,
            "FLAGGED" => Self::Flagged,
            "RATE_LIMITED" => Self::RateLimited,
            "RESTRICTED" => Self::Restricted,
            "BANNED" => Self::Banned,
            _ => Self::Other(word),
        }
    }
}

impl CloudApi {
    /// One number.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn phone_number(
        &self,
        token: &AccessToken,
        phone_number_id: &PhoneNumberId,
    ) -> Result<PhoneNumberNode, ApiError> {
        let request = self
            .request(Method::GET, &format!("/{phone_number_id}"), token)
            .query(&[("fields", FIELDS)]);
        self.ask(Call::PhoneNumber, request, "a phone number").await
    }

    /// All numbers of an account.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn waba_phone_numbers(
        &self,
        token: &AccessToken,
        waba_id: &WabaId,
    ) -> Result<Vec<PhoneNumberNode>, ApiError> {
        let list = List {
            call: Call::PhoneNumbers,
            path: &format!("/{waba_id}/phone_numbers"),
            fields: FIELDS,
            of: waba_id,
            filters: &[],
            expected: "a list of phone numbers",
        };
        self.read_list(token, &list).await.result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> PhoneNumberNode {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn metas_own_sample_is_read() {
        let number = read(
            r#"{"id":"106540352242922","display_phone_number":"+1 555-078-3881","verified_name":"Lucky Shrub",
            "name_status":"APPROVED","quality_rating":"GREEN","throughput":{"level":"STANDARD"},
            "whatsapp_business_manager_messaging_limit":"TIER_2K","code_verification_status":"VERIFIED",
            "account_mode":"LIVE","platform_type":"CLOUD_API","status":"CONNECTED","is_pin_enabled":true}"#,
        );
        assert_eq!(number.messages_per_second(), Some(80));
        let limit = number.whatsapp_business_manager_messaging_limit.clone();
        assert_eq!(limit, Some(MessagingLimit::People(2_000)));
        assert_eq!(number.status, Some(PhoneNumberStatus::Connected));
        assert!(!format!("{number:?}").contains("3881"));
    }

    #[test]
    fn new_words_and_missing_fields_are_read() {
        let number =
            read(r#"{"id":1,"status":"ASLEEP","throughput":{"level":null},"verified_name":null}"#);
        assert_eq!(
            number.status,
            Some(PhoneNumberStatus::Other("ASLEEP".to_owned()))
        );
        assert_eq!(number.messages_per_second(), None);
    }

    #[test]
    fn a_number_that_is_also_in_the_app_is_slow() {
        let number = read(r#"{"id":1,"is_on_biz_app":true,"throughput":{"level":"HIGH"}}"#);
        assert_eq!(number.messages_per_second(), Some(20));
    }
}
