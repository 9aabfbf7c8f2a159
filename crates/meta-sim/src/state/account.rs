//! An account at Meta as the control API takes and shows it.
//!
//! Fields omitted from the JSON get the value of a healthy account in Ouagadougou. Debug output contains no token.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A WhatsApp Business Account with its content. Posting one again merges it in: numbers, tokens and templates replace
/// those of the same id, the others stay.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Account {
    /// Decimal id; generated when empty.
    pub waba_id: String,
    /// The business portfolio that it belongs to; one of its own by default. Numbers belong to the portfolio that the
    /// account had when they were posted.
    pub business_id: Option<String>,
    /// The business's name.
    pub name: Option<String>,
    /// Billing currency (default USD).
    pub currency: Option<String>,
    /// Meta's time zone number as text.
    pub timezone_id: Option<String>,
    /// `verified` by default.
    pub business_verification_status: Option<String>,
    /// `APPROVED` by default.
    pub account_review_status: Option<String>,
    /// Apps subscribed to the account's webhooks; replaces the list when parts.
    pub subscribed_apps: Option<Vec<String>>,
    /// Whether to add the sample templates under ids of their own.
    pub with_sample_templates: bool,
    /// Phone numbers.
    pub numbers: Vec<Number>,
    /// Access tokens.
    pub tokens: Vec<Token>,
    /// Templates, in the order in which lists show them.
    pub templates: Vec<Template>,
}

/// A phone number of an account.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Number {
    /// Decimal id; generated when empty.
    pub id: String,
    /// As shown to people.
    pub display_phone_number: String,
    /// Country calling code, prefixed to recipients without `+`.
    pub country_code: String,
    /// Approved display name.
    pub verified_name: String,
    /// `APPROVED`, `PENDING_REVIEW`, `DECLINED` …
    pub name_status: String,
    /// `GREEN`, `YELLOW`, `RED`, `UNKNOWN`.
    pub quality_rating: String,
    /// `STANDARD` (80 messages a second) or `HIGH` (1,000).
    pub throughput: String,
    /// `TIER_250`, `TIER_2K` … `TIER_UNLIMITED`.
    pub messaging_limit: String,
    /// `VERIFIED`, `NOT_VERIFIED`, `EXPIRED`.
    pub code_verification_status: String,
    /// `LIVE` or `SANDBOX`.
    pub account_mode: String,
    /// Whether the WhatsApp Business app uses it too, which limits it to 20 messages a second.
    pub is_on_biz_app: bool,
    /// `CONNECTED`, or the reason why the number cannot send.
    pub status: String,
}

impl Default for Number {
    fn default() -> Self {
        Self {
            id: String::new(),
            display_phone_number: "+226 25 30 61 00".to_owned(),
            country_code: "226".to_owned(),
            verified_name: "Boutique Faso".to_owned(),
            name_status: "APPROVED".to_owned(),
            quality_rating: "GREEN".to_owned(),
            throughput: "STANDARD".to_owned(),
            messaging_limit: "TIER_2K".to_owned(),
            code_verification_status: "VERIFIED".to_owned(),
            account_mode: "LIVE".to_owned(),
            is_on_biz_app: false,
            status: "CONNECTED".to_owned(),
        }
    }
}

/// An access token.
#[derive(Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Token {
    /// The token itself; generated when empty.
    pub token: String,
    /// The app that it was issued for; the simulator's own when empty.
    pub app_id: String,
    /// That app's secret, when it is not the simulator's own and proofs should be checked.
    pub app_secret: Option<String>,
    /// Granted permissions.
    pub scopes: Vec<String>,
    /// Accounts covered by the permissions; the account that it is posted with when absent, every account when empty.
    pub target_ids: Option<Vec<String>>,
    /// Unix seconds; 0 never expires.
    pub expires_at: i64,
    /// False once revoked.
    pub is_valid: bool,
}

impl Default for Token {
    fn default() -> Self {
        Self {
            token: String::new(),
            app_id: String::new(),
            app_secret: None,
            scopes: vec![
                "whatsapp_business_management".to_owned(),
                "whatsapp_business_messaging".to_owned(),
                "public_profile".to_owned(),
            ],
            target_ids: None,
            expires_at: 0,
            is_valid: true,
        }
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token")
            .field("app_id", &self.app_id)
            .field("scopes", &self.scopes)
            .field("is_valid", &self.is_valid)
            .finish_non_exhaustive()
    }
}

/// A message template in one language.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Template {
    /// Decimal id; that of the same name and language if there is one, else generated.
    pub id: String,
    /// Lowercase letters, digits, underscore.
    pub name: String,
    /// One code such as `fr` or `en_US`.
    pub language: String,
    /// `UTILITY`, `MARKETING`, `AUTHENTICATION`.
    pub category: String,
    /// The category before Meta changed it.
    pub previous_category: Option<String>,
    /// The category that the content belongs to, if Meta found another.
    pub correct_category: Option<String>,
    /// `APPROVED`, `PENDING`, `REJECTED`, `PAUSED`, `DISABLED` …
    pub status: String,
    /// `POSITIONAL` or `NAMED`.
    pub parameter_format: String,
    /// Meta's components, as in its template node.
    pub components: Vec<Value>,
    /// `GREEN`, `YELLOW`, `RED`, `UNKNOWN`.
    pub quality_score: String,
    /// `NONE`, or why it was rejected.
    pub rejected_reason: String,
    /// Time to live, seconds.
    pub message_send_ttl_seconds: Option<i64>,
}

impl Default for Template {
    fn default() -> Self {
        Self {
            id: String::new(),
            name: String::new(),
            language: "fr".to_owned(),
            category: "UTILITY".to_owned(),
            previous_category: None,
            correct_category: None,
            status: "APPROVED".to_owned(),
            parameter_format: "POSITIONAL".to_owned(),
            components: Vec::new(),
            quality_score: "GREEN".to_owned(),
            rejected_reason: "NONE".to_owned(),
            message_send_ttl_seconds: None,
        }
    }
}
