//! Web addresses in the settings: the URL of the API, and the origins whose pages may call it from a browser.

use actix_web::http::Uri;
use serde::Deserialize;

/// Text that is not such an address. The error never repeats the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WebAddressError {
    /// Not a URL to which paths can be appended.
    #[error("should be a URL such as https://api.example.org, without query or fragment")]
    Url,
    /// Not an origin.
    #[error(
        "should be origins such as https://shop.example.org, without a path; several separated by commas"
    )]
    Origin,
}

/// The base URL of the API.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct PublicUrl(String);

/// The origins (RFC 6454) whose pages may call the API; none by default.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(try_from = "String")]
pub struct Origins(Vec<String>);

impl PublicUrl {
    /// Without a trailing slash.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Origins {
    /// Each as a browser writes it.
    #[must_use]
    pub fn all(&self) -> &[String] {
        &self.0
    }
}

impl TryFrom<String> for PublicUrl {
    type Error = WebAddressError;

    fn try_from(text: String) -> Result<Self, WebAddressError> {
        let url = web_uri(&text).ok_or(WebAddressError::Url)?;
        if url.query().is_some() || text.contains('#') {
            return Err(WebAddressError::Url);
        }
        Ok(Self(text.trim().trim_end_matches('/').to_owned()))
    }
}

impl TryFrom<String> for Origins {
    type Error = WebAddressError;

    fn try_from(text: String) -> Result<Self, WebAddressError> {
        let listed = text.split(',').map(str::trim);
        let origins = listed.filter(|text| !text.is_empty()).map(origin);
        Ok(Self(origins.collect::<Result<_, _>>()?))
    }
}

/// Browsers compare origins byte by byte: in lower case, and without the default port of the scheme.
fn origin(text: &str) -> Result<String, WebAddressError> {
    let uri = web_uri(text).ok_or(WebAddressError::Origin)?;
    let (scheme, authority) = (uri.scheme_str(), uri.authority());
    let (Some(scheme), Some(authority)) = (scheme, authority) else {
        return Err(WebAddressError::Origin);
    };
    let has_more = uri.path() != "/" || text.ends_with('/') || text.contains(['?', '#', '@']);
    if has_more {
        return Err(WebAddressError::Origin);
    }
    let own_port = if scheme == "https" { ":443" } else { ":80" };
    let authority = authority.as_str();
    let authority = authority.strip_suffix(own_port).unwrap_or(authority);
    Ok(format!("{scheme}://{}", authority.to_ascii_lowercase()))
}

/// An absolute `http` or `https` URI.
fn web_uri(text: &str) -> Option<Uri> {
    let uri: Uri = text.trim().parse().ok()?;
    let is_web = matches!(uri.scheme_str(), Some("http" | "https"));
    (is_web && uri.authority().is_some()).then_some(uri)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origins(text: &str) -> Result<Origins, WebAddressError> {
        text.to_owned().try_into()
    }

    #[test]
    fn origins_are_read_as_browsers_write_them() {
        let read = origins("https://Shop.example.org, http://127.0.0.1:9100,https://a.bf:443");
        let expected = [
            "https://shop.example.org",
            "http://127.0.0.1:9100",
            "https://a.bf",
        ];
        assert_eq!(read.unwrap().all(), expected);
        assert_eq!(origins("").unwrap(), Origins::default());
    }

    #[test]
    fn what_is_no_origin_is_refused() {
        for text in [
            "*",
            "null",
            "shop.example.org",
            "https://shop.example.org/",
            "https://shop.example.org/page",
            "https://shop.example.org?x",
            "https://user@shop.example.org",
            "ftp://shop.example.org",
            "https://a.bf;https://b.bf",
        ] {
            assert_eq!(origins(text), Err(WebAddressError::Origin), "{text}");
        }
    }

    #[test]
    fn a_public_url_may_have_a_path_and_nothing_behind_it() {
        let read = |text: &str| PublicUrl::try_from(text.to_owned());
        let url = read("https://api.example.org/whatsapp/").unwrap();
        assert_eq!(url.as_str(), "https://api.example.org/whatsapp");
        for text in [
            "api.example.org",
            "/v1",
            "https://a.bf/?x",
            "https://a.bf/#x",
        ] {
            assert_eq!(read(text), Err(WebAddressError::Url), "{text}");
        }
    }
}
