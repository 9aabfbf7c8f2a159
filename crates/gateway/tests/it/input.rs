//! Invalid input: a problem with its JSON pointer, and never the value.

use prometheus::proto::{Metric, MetricFamily};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::document::operations;
use crate::harness::{Answer, Harness, number_with, send};
use crate::shop::{Shop, campaign, ticket, ticket_with};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gateway::GatewaySettings;

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_not_what_the_call_takes_is_refused_before_anything_happens() {
    let settings = GatewaySettings {
        max_json_bytes: 2_000,
        ..GatewaySettings::default()
    };
    let harness = Harness::start_with(settings).await;
    let call = |kind: &'static str, body: String| {
        let request = harness.request(Method::POST, "/v1/businesses", &harness.platform);
        let request = request.header("Idempotency-Key", Uuid::new_v4().to_string());
        send(request.header("Content-Type", kind).body(body))
    };
    let json = "application/json";
    let name = |length: usize| format!(r#"{{"name":"{}"}}"#, "x".repeat(length));
    assert_eq!(
        call("text/plain", name(3)).await.problem(415),
        "media_type_unsupported"
    );
    assert_eq!(
        call(json, "{".to_owned()).await.problem(400),
        "body_not_json"
    );
    assert_eq!(
        call(json, String::new()).await.problem(400),
        "body_not_json"
    );
    assert_eq!(call(json, name(2_000)).await.problem(413), "body_too_large");
    assert_eq!(call(json, name(1_000)).await.problem(422), "body_invalid");
    assert_eq!(
        call("application/json; charset=utf-8", name(3))
            .await
            .status,
        StatusCode::CREATED
    );
    let wrong = call(json, r#"{"name":22670112233}"#.to_owned()).await;
    assert_eq!(
        (wrong.problem(422).as_str(), wrong.pointers()),
        ("body_invalid", vec!["/name".to_owned()])
    );
    assert!(!String::from_utf8_lossy(&wrong.body).contains("70112233"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_creates_needs_an_idempotency_key() {
    let harness = Harness::start().await;
    let request = || {
        harness
            .request(Method::POST, "/v1/businesses", &harness.platform)
            .json(&json!({ "name": "B" }))
    };
    assert_eq!(
        send(request()).await.problem(400),
        "idempotency_key_missing"
    );
    let long = request().header("Idempotency-Key", "k".repeat(256));
    assert_eq!(send(long).await.problem(400), "idempotency_key_invalid");
    let list = harness
        .get(&harness.platform, "/v1/businesses")
        .await
        .expect(StatusCode::OK);
    assert_eq!(list["items"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_query_parameters_are_named() {
    let harness = Harness::start().await;
    let business = harness.business("Boutique").await;
    for (path, parameter) in [
        ("/v1/numbers?limit=0", "limit"),
        ("/v1/numbers?limit=many", "limit"),
        ("/v1/numbers?cursor=%21", "cursor"),
        ("/v1/templates?waba_id=abc", "waba_id"),
        ("/v1/events?after=-1", "after"),
        ("/v1/events?limit=1001", "limit"),
    ] {
        let refused = harness.get(&business.key, path).await;
        assert_eq!(refused.problem(400), "query_invalid");
        assert_eq!(
            refused.json()["errors"][0]["parameter"],
            parameter,
            "{path}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_parameter_that_no_call_takes_is_named_everywhere() {
    let harness = Harness::start().await;
    let business = harness.business("Boutique").await;
    for operation in operations() {
        let path = operation.path.replace("{business_id}", &business.id);
        let key = if operation.platform_only {
            &harness.platform
        } else {
            &business.key
        };
        let query = "limits=1&Limit=2";
        let request = harness.request(operation.method.clone(), &format!("{path}?{query}"), key);
        let refused = send(request.header("Idempotency-Key", "1").json(&json!({}))).await;
        let what = format!("{} {path}", operation.method);
        assert_eq!(refused.problem(400), "query_invalid", "{what}");
        let errors = refused.json()["errors"].clone();
        let named = [&errors[0]["parameter"], &errors[1]["parameter"]];
        assert_eq!(named, ["Limit", "limits"], "{what}");
        assert!(errors[0]["pointer"].is_null(), "{what}");
    }
    let keyless = send(harness.bare(Method::GET, "/v1/numbers?limits=1")).await;
    assert_eq!(keyless.problem(401), "unauthorized");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_path_or_method_that_no_route_has_is_a_problem_too() {
    let harness = Harness::start().await;
    let business = harness.business("Boutique").await;
    assert_eq!(
        harness.get(&business.key, "/v1/nothing").await.problem(404),
        "not_found"
    );
    assert_eq!(
        harness.get(&business.key, "/").await.problem(404),
        "not_found"
    );
    assert_eq!(
        harness
            .get(&business.key, "/v1/numbers/abc")
            .await
            .problem(404),
        "not_found"
    );
    let method = send(harness.request(Method::DELETE, "/v1/numbers", &business.key)).await;
    assert_eq!(method.problem(405), "method_not_allowed");
    assert_eq!(method.header("allow"), "POST, GET");
    assert_eq!(
        harness
            .get(&harness.platform, "/v1/numbers")
            .await
            .problem(404),
        "not_found"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_has_a_trace_id_and_is_not_cacheable() {
    let harness = Harness::start().await;
    let trace = "0af7651916cd43dd8448eb211c80319c";
    for path in ["/healthz", "/v1/numbers", "/nowhere"] {
        let request = harness.bare(Method::GET, path);
        let answer =
            send(request.header("traceparent", format!("00-{trace}-b7ad6b7169203331-01"))).await;
        assert_eq!(answer.header("trace-id"), trace, "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(
            send(harness.bare(Method::GET, path))
                .await
                .header("trace-id")
                .len(),
            32
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_method_that_a_path_does_not_take_is_answered_with_those_that_it_takes() {
    let harness = Harness::start().await;
    for operation in operations() {
        let path = operation.path.replace(['{', '}'], "x");
        let refused = send(harness.bare(Method::PATCH, &path)).await;
        assert_eq!(refused.problem(405), "method_not_allowed", "{path}");
        let allowed: Vec<&str> = refused.header("allow").split(", ").collect();
        assert!(
            allowed.contains(&operation.method.as_str()),
            "{} {path}: {allowed:?}",
            operation.method
        );
    }
}

/// A text that Postgres cannot store.
const NUL: &str = "a\0b";

#[tokio::test(flavor = "multi_thread")]
async fn a_nul_in_a_message_is_refused_wherever_text_is_read() {
    let shop = Shop::open().await;
    let template = |name: &str, language: &str| json!({"name": name, "language": language});
    let table = [
        (
            "messages",
            ticket_with("template", template(NUL, "fr")),
            "/template/name",
        ),
        (
            "messages",
            ticket_with("template", template("ticket", NUL)),
            "/template/language",
        ),
        (
            "messages",
            ticket_with("variables", json!({"1": NUL, "2": "b"})),
            "/variables/1",
        ),
        (
            "messages",
            ticket_with("variables", json!({NUL: "a"})),
            "/variables",
        ),
        ("messages", ticket_with("to", json!(NUL)), "/to"),
        (
            "messages",
            ticket_with("recipient", json!(NUL)),
            "/recipient",
        ),
        (
            "messages",
            ticket_with("reference", json!(NUL)),
            "/reference",
        ),
        ("messages", ticket_with("from", json!(NUL)), "/from"),
        (
            "messages",
            ticket_with("text", json!({"body": NUL})),
            "/text/body",
        ),
        (
            "messages",
            ticket_with("location", json!({"name": NUL})),
            "/location/name",
        ),
        (
            "messages",
            ticket_with("interactive", json!({"body": {"text": NUL}})),
            "/interactive/body/text",
        ),
    ];
    for (path, body, pointer) in table {
        let refused = shop.post(&format!("/v1/{path}"), &body).await;
        assert_refused(&refused, pointer, "should have no NUL character");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_nul_in_the_body_of_every_other_call_is_refused_too() {
    let shop = Shop::open().await;
    let text = |text: &str| json!({"1": {"text": text}, "2": {"text": "samedi"}});
    let mut of_template = campaign("promo", &text("a"));
    of_template["template"]["name"] = json!(NUL);
    let bulk = json!({"messages": [ticket(), ticket_with("reference", json!(NUL))]});
    let table = [
        ("messages/bulk", bulk, "/messages/1/reference"),
        ("campaigns", of_template, "/template/name"),
        ("campaigns", campaign("promo", &text(NUL)), "/variables/1"),
        (
            "campaigns",
            campaign("promo", &json!({"1": {"column": NUL}})),
            "/variables/1",
        ),
        (
            "campaigns",
            campaign("promo", &json!({NUL: {"text": "a"}})),
            "/variables",
        ),
        ("numbers", number_with(NUL), "/access_token"),
        ("templates/sync", json!({"waba_id": NUL}), "/waba_id"),
        ("contacts/erase", json!({"to": NUL}), "/to"),
    ];
    for (path, body, pointer) in table {
        let refused = shop.post(&format!("/v1/{path}"), &body).await;
        assert_refused(&refused, pointer, "should have no NUL character");
    }
    let harness = &shop.harness;
    let named = json!({ "name": NUL });
    for path in [
        "/v1/businesses".to_owned(),
        format!("/v1/businesses/{}/keys", shop.business.id),
    ] {
        let refused = harness.post(&harness.platform, &path, &named).await;
        assert_refused(&refused, "/name", "should have no NUL character");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_nul_in_the_query_is_refused_wherever_text_is_read() {
    let harness = Harness::start().await;
    let business = harness.business("Boutique").await;
    let document: Value = serde_json::from_str(&gateway::openapi()).unwrap();
    let cursor = format!("cursor={}", URL_SAFE_NO_PAD.encode(NUL));
    let mut tried = 0;
    for operation in operations() {
        let method = operation.method.as_str().to_ascii_lowercase();
        let described = &document["paths"][&operation.path][&method]["parameters"];
        let in_query = described.as_array().cloned().unwrap_or_default();
        let names = in_query
            .iter()
            .filter(|parameter| parameter["in"] == "query")
            .map(|parameter| parameter["name"].as_str().unwrap());
        let key = if operation.platform_only {
            &harness.platform
        } else {
            &business.key
        };
        let path = operation.path.replace("{business_id}", &business.id);
        let path = path.replace("{template_id}", "1");
        let path = ["{campaign_id}", "{draft_id}"]
            .into_iter()
            .fold(path, |path, id| path.replace(id, &Uuid::nil().to_string()));
        for name in names {
            let mut queries = vec![format!("{name}=%00"), format!("{name}=a%00b")];
            if name == "cursor" {
                queries.push(cursor.clone());
            }
            for query in queries {
                let path = format!("{path}?{query}");
                let request = harness.request(operation.method.clone(), &path, key);
                let refused = send(request.header("Idempotency-Key", "1")).await;
                assert_eq!(refused.problem(400), "query_invalid", "{path}");
                let named = &refused.json()["errors"][0]["parameter"];
                assert_eq!(named, name, "{path}");
                tried += 1;
            }
        }
    }
    assert!(tried > 40, "{tried}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_array_is_no_object_in_a_call_of_the_platform() {
    let shop = Shop::open().await;
    let harness = &shop.harness;
    let keys = format!("/v1/businesses/{}/keys", shop.business.id);
    for (path, body) in [
        ("/v1/businesses", json!(["B", "BF"])),
        (&*keys, json!(["till 1"])),
    ] {
        let refused = harness.post(&harness.platform, path, &body).await;
        assert_refused(&refused, "", "should be an object");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_array_is_no_object_in_a_call_of_a_business() {
    let shop = Shop::open().await;
    let mut of_array = campaign("promo", &json!({}));
    of_array["template"] = json!(["promo", "fr"]);
    let fields = |body: &Value| {
        body.as_object()
            .unwrap()
            .values()
            .cloned()
            .collect::<Value>()
    };
    let bulk = json!({"messages": [ticket(), ticket_with("template", json!(["ticket", "fr"]))]});
    for (path, body, pointer) in [
        ("messages", fields(&ticket()), ""),
        (
            "messages",
            ticket_with("template", json!(["ticket", "fr"])),
            "/template",
        ),
        (
            "messages",
            ticket_with("variables", json!(["Awa", "12 500"])),
            "/variables",
        ),
        (
            "messages",
            ticket_with("text", json!(["Oui", true])),
            "/text",
        ),
        (
            "messages",
            ticket_with("location", json!([12.3, -1.5, "a", "b"])),
            "/location",
        ),
        (
            "messages",
            ticket_with("document", json!([Uuid::nil(), "a", "b"])),
            "/document",
        ),
        (
            "messages",
            ticket_with("image", json!([Uuid::nil(), "a"])),
            "/image",
        ),
        ("messages/bulk", json!([[ticket()]]), ""),
        ("messages/bulk", bulk, "/messages/1/template"),
        (
            "campaigns",
            json!(["Rentrée", "1", ["promo", "fr"], {}]),
            "",
        ),
        ("campaigns", of_array, "/template"),
        ("numbers", fields(&number_with("a")), ""),
        ("contacts/erase", json!(["+22670112233", null]), ""),
    ] {
        let refused = shop.post(&format!("/v1/{path}"), &body).await;
        assert_refused(&refused, pointer, "should be an object");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_array_is_no_tag_of_a_variant() {
    let shop = Shop::open().await;
    let sync = json!(["102289599326934"]);
    let refused = shop.post("/v1/templates/sync", &sync).await;
    assert_refused(&refused, "", "should be an object");
    let source = campaign("promo", &json!({"1": ["text", "a"]}));
    let refused = shop.post("/v1/campaigns", &source).await;
    assert_refused(&refused, "/variables/1", "is not what this field takes");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_duplicate_key_is_refused_at_every_depth() {
    let shop = Shop::open().await;
    let message = ticket().to_string();
    let doubled = message.replace(r#""1":"Awa""#, r#""1":"Awa","1":"Ali""#);
    assert_ne!(message, doubled);
    let template = message.replace(r#""language":"fr""#, r#""language":"fr","language":"en""#);
    let campaign = campaign("promo", &json!({"1": {"text": "a"}})).to_string();
    let of_campaign = campaign.replace(r#""1":{"#, r#""1":{"text":"b"},"1":{"#);
    for (path, body, pointer) in [
        ("messages", doubled.clone(), "/variables/1"),
        ("messages", template, "/template/language"),
        (
            "messages/bulk",
            format!(r#"{{"messages":[{doubled}]}}"#),
            "/messages/0/variables/1",
        ),
        ("campaigns", of_campaign, "/variables/1"),
    ] {
        let path = format!("/v1/{path}");
        let request = shop
            .harness
            .request(Method::POST, &path, &shop.business.key);
        let request = request.header("Idempotency-Key", "1");
        let refused = send(
            request
                .header("Content-Type", "application/json")
                .body(body),
        )
        .await;
        assert_refused(&refused, pointer, "is given twice");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_names_json_types_only() {
    let shop = Shop::open().await;
    for (path, body) in misread() {
        let answer = shop.post(&format!("/v1/{path}"), &body).await;
        if answer.status.is_success() {
            continue;
        }
        assert!(answer.status.is_client_error(), "{body}: {}", answer.status);
        let reported = answer.json();
        assert_ne!(answer.status, StatusCode::BAD_REQUEST, "{body}: {reported}");
        for error in reported["errors"].as_array().unwrap() {
            let detail = error["detail"].as_str().unwrap();
            let of_rust = [
                "struct",
                "enum",
                "variant",
                "tuple",
                "a map",
                "sequence",
                "option",
                "unit",
                "f64",
                "u8",
                "i64",
                "ToSend",
                "parsing failed",
                "something else",
            ];
            let found = of_rust.iter().find(|word| detail.contains(**word));
            assert_eq!(found, None, "{body}: {detail}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_fits_no_header_is_refused() {
    let harness = Harness::start().await;
    let business = harness.business("Boutique").await;
    for token in [
        "x".repeat(200_000),
        "x".repeat(4_097),
        String::new(),
        "a b".to_owned(),
        "é".to_owned(),
        "a\r\nb".to_owned(),
    ] {
        let refused = harness
            .post(&business.key, "/v1/numbers", &number_with(&token))
            .await;
        let detail = "should be a token of 1 to 4096 visible ASCII characters";
        assert_refused(&refused, "/access_token", detail);
    }
}

/// Calls in which each field has each JSON type, valid or not.
#[tokio::test(flavor = "multi_thread")]
async fn an_id_of_metas_is_no_number() {
    let harness = Harness::start().await;
    let business = harness.business("Boutique").await;
    let (account, number) = (102_290_129_340_398_u64, 106_540_352_242_923_u64);
    let template = json!({"name": "ticket_de_caisse", "language": "fr"});
    for (path, body, pointer) in [
        (
            "/v1/numbers",
            json!({"waba_id": account, "phone_number_id": "1", "access_token": "t"}),
            "/waba_id",
        ),
        (
            "/v1/numbers",
            json!({"waba_id": "1", "phone_number_id": number, "access_token": "t"}),
            "/phone_number_id",
        ),
        (
            "/v1/templates/sync",
            json!({"waba_id": account}),
            "/waba_id",
        ),
        (
            "/v1/messages",
            json!({"from": number, "to": "70 11 22 33", "text": {"body": "Bonjour"}}),
            "/from",
        ),
        (
            "/v1/campaigns",
            json!({"name": "Essai", "from": number, "template": template}),
            "/from",
        ),
    ] {
        let refused = harness.post(&business.key, path, &body).await;
        assert_eq!(refused.problem(422), "body_invalid", "{path}");
        assert_eq!(refused.pointers(), [pointer], "{path}");
    }
}

fn misread() -> Vec<(&'static str, Value)> {
    let wrong = [
        json!(null),
        json!(true),
        json!(7),
        json!(7.5),
        json!("x"),
        json!([]),
        json!([1]),
        json!({}),
        json!({"x": 1}),
    ];
    let message = [
        "from",
        "to",
        "recipient",
        "template",
        "variables",
        "text",
        "location",
        "interactive",
        "document",
        "image",
        "video",
        "reply_to",
        "reference",
        "expires_at",
    ];
    let draft = ["name", "from", "template", "variables"];
    let mut bodies: Vec<(&'static str, Value)> = Vec::new();
    for value in &wrong {
        bodies.push(("messages", value.clone()));
        bodies.push(("campaigns", value.clone()));
        bodies.extend(message.map(|field| ("messages", ticket_with(field, value.clone()))));
        for field in draft {
            let mut body = campaign("promo", &json!({"1": {"text": "a"}, "2": {"text": "b"}}));
            body[field] = value.clone();
            bodies.push(("campaigns", body));
        }
        bodies.push(("campaigns", campaign("promo", &json!({ "1": value }))));
        let of_location = json!({"latitude": value, "longitude": 1});
        bodies.push(("messages", ticket_with("location", of_location)));
        let of_text = json!({"body": "a", "preview_url": value});
        bodies.push(("messages", ticket_with("text", of_text)));
        let of_interactive = json!({"type": value, "body": {"text": "a"}, "action": {}});
        bodies.push(("messages", ticket_with("interactive", of_interactive)));
    }
    bodies
}

/// The body is refused for the value at this pointer only.
fn assert_refused(refused: &Answer, pointer: &str, detail: &str) {
    let code = refused.problem(422);
    let codes = ["body_invalid", "messages_refused"];
    assert!(codes.contains(&code.as_str()), "{code}");
    let errors = refused.json()["errors"].clone();
    let reported = (&errors[0]["pointer"], &errors[0]["detail"]);
    assert_eq!(reported, (&json!(pointer), &json!(detail)), "{errors}");
    assert_eq!(errors.as_array().unwrap().len(), 1, "{errors}");
}

/// Every label of every metric of this process.
fn labels() -> Vec<String> {
    let families = prometheus::gather();
    let metrics = families.iter().flat_map(MetricFamily::get_metric);
    let labels = metrics.flat_map(Metric::get_label);
    labels.map(|label| label.value().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_client_input_becomes_a_metric_label() {
    let harness = Harness::start().await;
    let business = harness.business("Boutique").await;
    let call = async |method: &str, path: &str| {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let request = harness.request(method, path, &business.key);
        let request = request.header("Content-Type", "hostile/kind");
        let request = request.header("User-Agent", "hostile");
        send(request.body("hostile")).await
    };
    call("GET", "/v1/numbers").await;
    let paths = [
        "/v1/numbers",
        "/v1/messages/hostile",
        "/v1/numbers?hostile=1",
        "/hostile",
    ];
    for path in paths {
        for method in ["HOSTILE", "TRACE", "hostile-1", "PROPFIND", "post"] {
            call(method, path).await;
        }
    }
    let before = labels().len();
    for index in 0..50 {
        call(&format!("HOSTILE-{index}"), "/v1/numbers").await;
        call("GET", &format!("/hostile/{index}")).await;
        call("GET", &format!("/v1/messages/hostile-{index}")).await;
    }
    let labels = labels();
    let made_up = |label: &&String| label.to_lowercase().contains("hostile");
    assert_eq!(labels.iter().find(made_up), None);
    for method in ["TRACE", "PROPFIND", "post"] {
        assert!(!labels.contains(&method.to_owned()), "{method}");
    }
    assert!(labels.contains(&"GET".to_owned()) && labels.contains(&"other".to_owned()));
    // The only new route is that of a message, called with GET.
    assert!(labels.len() <= before + 60, "{} {before}", labels.len());
}
