//! The parameters of a call: the Graph API accepts them in the query, in a JSON body and in a form alike. Objects and
//! lists may be JSON in a text: in a form and in the query they always are, and some clients do so in a JSON body.

use actix_web::HttpRequest;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::Query;
use serde_json::{Map, Value};

use super::query::Params;

const FORM: &str = "application/x-www-form-urlencoded";
/// Always text, even if it looks like JSON.
const TEXTS: [&str; 1] = ["biz_opaque_callback_data"];
/// Credentials and output options, which are not part of the request's content.
const ABOUT_THE_CALL: [&str; 15] = [
    "access_token",
    "appsecret_proof",
    "appsecret_time",
    "fields",
    "summary",
    "limit",
    "after",
    "before",
    "format",
    "pretty",
    "debug",
    "suppress_http_code",
    "locale",
    "method",
    "date_format",
];

/// The parameters of a call with a body.
pub(crate) struct RequestFields {
    /// Those of the query, and the token of a body.
    pub(crate) params: Params,
    /// Those of the body, and of the query where the body lacks them.
    pub(crate) fields: Map<String, Value>,
}

/// Reads the query and the body; a body that is neither JSON nor a form has no parameters.
pub(crate) fn read(request: &HttpRequest, body: &[u8]) -> RequestFields {
    let mut params = Params::of(request);
    let mut fields = match serde_json::from_slice(body) {
        Ok(Value::Object(fields)) => fields.into_iter().map(decoded).collect(),
        _ if is_form(request) => form(body),
        _ => Map::new(),
    };
    for name in ABOUT_THE_CALL {
        if let Some(Value::String(text)) = fields.remove(name) {
            params.put(name, text);
        }
    }
    for (name, text) in params.iter() {
        if !ABOUT_THE_CALL.contains(&name) && !fields.contains_key(name) {
            fields.extend([decoded((name.to_owned(), Value::from(text)))]);
        }
    }
    RequestFields { params, fields }
}

fn is_form(request: &HttpRequest) -> bool {
    let content_type = request.headers().get(CONTENT_TYPE);
    let content_type = content_type.and_then(|value| value.to_str().ok());
    content_type.is_some_and(|kind| kind.trim_start().starts_with(FORM))
}

fn form(body: &[u8]) -> Map<String, Value> {
    let text = String::from_utf8_lossy(body);
    let pairs = Query::<Vec<(String, String)>>::from_query(&text);
    let pairs = pairs.map(Query::into_inner).unwrap_or_default();
    let fields = pairs.into_iter();
    fields
        .map(|(name, text)| decoded((name, Value::String(text))))
        .collect()
}

/// The object or list encoded in a text, if any.
fn decoded((name, value): (String, Value)) -> (String, Value) {
    let text = value.as_str().filter(|_| !TEXTS.contains(&name.as_str()));
    let composed = text.filter(|text| text.trim_start().starts_with(['{', '[']));
    let composed = composed.and_then(|text| serde_json::from_str(text).ok());
    (name, composed.unwrap_or(value))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_form_a_query_and_a_json_body_ask_for_the_same() {
        let expected = json!({"messaging_product": "whatsapp", "text": {"body": "a&b"}});
        let uri = "/1/messages?messaging_product=whatsapp&access_token=x";
        let form = "text=%7B%22body%22%3A%22a%26b%22%7D&pretty=0";
        let by_form = TestRequest::with_uri(uri).insert_header((CONTENT_TYPE, FORM));
        let by_form = read(&by_form.to_http_request(), form.as_bytes());
        assert_eq!(Value::Object(by_form.fields), expected);
        assert_eq!(by_form.params.get("access_token"), Some("x"));
        let by_json = TestRequest::with_uri(uri).to_http_request();
        let by_json = read(
            &by_json,
            br#"{"text": {"body": "a&b"}, "access_token": "y"}"#,
        );
        assert_eq!(Value::Object(by_json.fields), expected);
        assert_eq!(by_json.params.get("access_token"), Some("y"));
    }

    #[test]
    fn objects_and_lists_may_be_text_but_not_what_is_text() {
        let request = TestRequest::default().to_http_request();
        let body =
            json!({"contacts": "[1]", "text": "[1", "to": "+1", "biz_opaque_callback_data": "{}"});
        let expected =
            json!({"contacts": [1], "text": "[1", "to": "+1", "biz_opaque_callback_data": "{}"});
        let fields = read(&request, body.to_string().as_bytes()).fields;
        assert_eq!(Value::Object(fields), expected);
    }

    #[test]
    fn a_body_wins_over_the_query_and_nonsense_asks_for_nothing() {
        let request = TestRequest::with_uri("/1/messages?to=1").to_http_request();
        let read = |body: &[u8]| read(&request, body).fields;
        assert_eq!(Value::Object(read(br#"{"to": "2"}"#)), json!({"to": "2"}));
        assert_eq!(Value::Object(read(b"\xff{")), json!({"to": "1"}));
    }
}
