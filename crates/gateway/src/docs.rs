//! The API's description on the operations listener: the OpenAPI document with this gateway's URL, and a page to browse
//! it and try out calls, served from this binary without the internet.

use std::sync::{Arc, LazyLock};

use actix_web::http::uri::Authority;
use actix_web::web::{self, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;
use utoipa_swagger_ui::Config;

use crate::openapi;
use crate::problem::Problem;
use crate::settings::GatewaySettings;

/// `GET /openapi.json`
pub(crate) async fn document(
    request: HttpRequest,
    settings: web::Data<GatewaySettings>,
) -> HttpResponse {
    let mut document = openapi::complete();
    if let (Some(url), Some(fields)) = (server(&settings, &request), document.as_object_mut()) {
        fields.insert("servers".to_owned(), json!([{ "url": url }]));
    }
    HttpResponse::Ok().json(document)
}

/// `GET /docs/…`
pub(crate) async fn page(file: Path<String>) -> Result<HttpResponse, Problem> {
    static CONFIG: LazyLock<Arc<Config<'static>>> =
        LazyLock::new(|| Arc::new(Config::from("/openapi.json").show_extensions(true)));
    let served = utoipa_swagger_ui::serve(&file, Arc::clone(&CONFIG));
    let served = served.map_err(|error| Problem::internal(error.to_string()))?;
    let file = served.ok_or_else(Problem::not_found)?;
    let mut response = HttpResponse::Ok();
    if file.gzpipped {
        response.insert_header(("Content-Encoding", "gzip"));
    }
    Ok(response
        .content_type(file.content_type)
        .body(web::Bytes::from(file.bytes.into_owned())))
}

/// The URL of the API: from the settings, or the address of the listener. A listener on all addresses has the host name
/// of this request; a port chosen by the system is known only after the listener has started.
fn server(settings: &GatewaySettings, request: &HttpRequest) -> Option<String> {
    if let Some(url) = &settings.public_url {
        return Some(url.as_str().to_owned());
    }
    let address = settings.address;
    if address.port() == 0 {
        return None;
    }
    if !address.ip().is_unspecified() {
        return Some(format!("http://{address}"));
    }
    let asked: Authority = request.connection_info().host().parse().ok()?;
    Some(format!("http://{}:{}", asked.host(), address.port()))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn server_of(address: &str, public_url: Option<&str>, host: &'static str) -> Option<String> {
        let settings = GatewaySettings {
            address: address.parse().unwrap(),
            public_url: public_url.map(|url| url.to_owned().try_into().unwrap()),
            ..GatewaySettings::default()
        };
        let request = TestRequest::default().insert_header(("Host", host));
        server(&settings, &request.to_http_request())
    }

    #[test]
    fn the_server_is_the_public_url_or_the_address() {
        let host = "ops.example.bf:9100";
        for (address, public_url, expected) in [
            ("127.0.0.1:8080", None, Some("http://127.0.0.1:8080")),
            ("[::1]:8080", None, Some("http://[::1]:8080")),
            ("0.0.0.0:8080", None, Some("http://ops.example.bf:8080")),
            (
                "0.0.0.0:8080",
                Some("https://api.example.bf/whatsapp/"),
                Some("https://api.example.bf/whatsapp"),
            ),
            ("127.0.0.1:0", None, None),
        ] {
            let named = server_of(address, public_url, host);
            assert_eq!(named.as_deref(), expected, "{address}");
        }
        let named = server_of("[::]:8080", None, "[::1]:9100");
        assert_eq!(named.as_deref(), Some("http://[::1]:8080"));
    }
}
