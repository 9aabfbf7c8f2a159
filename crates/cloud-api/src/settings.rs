//! The address of Meta's API, our app's credentials, and time limits.

use std::net::IpAddr;
use std::time::Duration;

use common::ids::AppId;
use common::secret::AppSecret;
use reqwest::Url;
use serde::Deserialize;

/// Settings of the client.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CloudApiSettings {
    /// The address of the Graph API. Plain http is accepted for a loopback address only, where a simulator may listen.
    #[serde(default = "default_base_url")]
    pub base_url: String,
    /// The version of the Graph API, such as `v25.0`. Another version also changes the form of webhooks.
    #[serde(default = "default_api_version")]
    pub api_version: String,
    /// Our Meta app.
    pub app_id: AppId,
    /// The secret of our Meta app.
    pub app_secret: AppSecret,
    /// Whether each call proves that it comes from the app (`appsecret_proof`). An app that requires the proof refuses
    /// calls without it.
    #[serde(default = "default_appsecret_proof")]
    pub appsecret_proof: bool,
    /// The time limit of a connection, TLS included. If it fails, the message is proven not sent, so this should be
    /// well below the time limits of the messages.
    #[serde(default = "default_connect_timeout_ms")]
    pub connect_timeout_ms: u64,
    /// The time limit of a call that sends no message.
    #[serde(default = "default_request_timeout_ms")]
    pub request_timeout_ms: u64,
}

/// A setting that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// Not a URL that the client can use as a base.
    #[error("`base_url` is not a URL with a host and without a query")]
    BaseUrl,
    /// A token would be sent without encryption.
    #[error("`base_url` has to begin with https://; http:// is for a loopback address only")]
    InTheClear,
    /// Not a version of the Graph API.
    #[error("`api_version` is not a version such as v25.0")]
    ApiVersion,
}

impl CloudApiSettings {
    /// The URL that paths are appended to, such as `https://graph.facebook.com/v25.0`.
    ///
    /// # Errors
    /// The fault of the base URL or the version.
    pub(crate) fn root(&self) -> Result<String, SettingsError> {
        let url = Url::parse(&self.base_url).map_err(|_| SettingsError::BaseUrl)?;
        let host = url.host_str().ok_or(SettingsError::BaseUrl)?;
        let has_extra = url.query().is_some() || url.fragment().is_some();
        if url.cannot_be_a_base() || has_extra || !url.username().is_empty() {
            return Err(SettingsError::BaseUrl);
        }
        if url.scheme() != "https" && !(url.scheme() == "http" && is_loopback(host)) {
            return Err(SettingsError::InTheClear);
        }
        if !is_version(&self.api_version) {
            return Err(SettingsError::ApiVersion);
        }
        Ok(format!(
            "{}/{}",
            self.base_url.trim_end_matches('/'),
            self.api_version
        ))
    }

    pub(crate) fn connect_timeout(&self) -> Duration {
        Duration::from_millis(self.connect_timeout_ms)
    }

    pub(crate) fn request_timeout(&self) -> Duration {
        Duration::from_millis(self.request_timeout_ms)
    }
}

fn default_base_url() -> String {
    "https://graph.facebook.com".to_owned()
}

fn default_api_version() -> String {
    "v25.0".to_owned()
}

const fn default_appsecret_proof() -> bool {
    true
}

const fn default_connect_timeout_ms() -> u64 {
    3_000
}

const fn default_request_timeout_ms() -> u64 {
    30_000
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || address
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

fn is_version(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    text.strip_prefix('v')
        .and_then(|numbers| numbers.split_once('.'))
        .is_some_and(|(major, minor)| digits(major) && digits(minor))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root(base_url: &str, api_version: &str) -> Result<String, SettingsError> {
        CloudApiSettings {
            base_url: base_url.to_owned(),
            api_version: api_version.to_owned(),
            app_id: "670843887433847".parse().unwrap(),
            app_secret: AppSecret::new("secret".to_owned()),
            appsecret_proof: true,
            connect_timeout_ms: 1,
            request_timeout_ms: 1,
        }
        .root()
    }

    #[test]
    fn plain_http_is_for_loopback_only() {
        for open in [
            "http://graph.facebook.com",
            "http://10.0.0.7:8080",
            "ftp://localhost",
        ] {
            assert_eq!(
                root(open, "v25.0"),
                Err(SettingsError::InTheClear),
                "{open}"
            );
        }
        for closed in [
            "http://127.0.0.1:8080",
            "http://[::1]:8080",
            "http://localhost:1",
        ] {
            assert_eq!(root(closed, "v25.0"), Ok(format!("{closed}/v25.0")));
        }
    }

    #[test]
    fn the_root_ends_in_the_version() {
        let expected = Ok("https://graph.facebook.com/v25.0".to_owned());
        assert_eq!(root("https://graph.facebook.com/", "v25.0"), expected);
        for wrong in ["25.0", "v25", "v25.", "v25.0/x"] {
            assert_eq!(
                root("https://graph.facebook.com", wrong),
                Err(SettingsError::ApiVersion)
            );
        }
        for wrong in [
            "",
            "graph.facebook.com",
            "https://a.example/?x=1",
            "https://me@a.example",
        ] {
            assert_eq!(root(wrong, "v25.0"), Err(SettingsError::BaseUrl), "{wrong}");
        }
    }

    #[test]
    fn only_the_app_has_to_be_named_and_unknown_keys_are_refused() {
        let read = |text| serde_json::from_str::<CloudApiSettings>(text);
        let settings = read(r#"{"app_id":"670843887433847","app_secret":"s3cr3t"}"#).unwrap();
        assert_eq!(
            settings.root(),
            Ok("https://graph.facebook.com/v25.0".to_owned())
        );
        assert!(settings.appsecret_proof);
        assert!(!format!("{settings:?}").contains("s3cr3t"));
        assert!(read(r#"{"app_id":"1","app_secret":"s","timeout":3}"#).is_err());
    }
}
