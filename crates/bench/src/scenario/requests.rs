//! API requests as bytes.

use std::fmt::Write as _;

use crate::fixture::ManyNumbers;
use crate::generator::Requests;

/// Messages of the businesses in round-robin order.
pub(crate) struct Messages {
    businesses: Vec<Sending>,
    path: &'static str,
    /// Messages per call; `None` for the call that takes one.
    bulk: Option<u64>,
    /// Prefix of the idempotency keys.
    run: &'static str,
}

struct Sending {
    key: String,
    phone_number_id: String,
}

impl Messages {
    /// `POST /v1/messages`.
    pub(crate) fn one_by_one(shops: &[ManyNumbers]) -> Self {
        Self {
            businesses: sending(shops),
            path: "/v1/messages",
            bulk: None,
            run: "bench",
        }
    }

    /// The same messages with idempotency keys of their own, so that they do not replay an earlier run.
    pub(crate) fn of_run(self, run: &'static str) -> Self {
        Self { run, ..self }
    }

    /// `POST /v1/messages/bulk`.
    pub(super) fn in_bulk(shops: &[ManyNumbers], messages: u64) -> Self {
        Self {
            businesses: sending(shops),
            path: "/v1/messages/bulk",
            bulk: Some(messages),
            run: "bench",
        }
    }

    fn body(&self, business: &Sending, ordinal: u64) -> String {
        let Some(count) = self.bulk else {
            let mut body = String::with_capacity(256);
            write_message(&mut body, business, ordinal);
            return body;
        };
        let mut body = String::from("{\"messages\":[");
        for index in 0..count {
            if index > 0 {
                body.push(',');
            }
            write_message(&mut body, business, ordinal * count + index);
        }
        body.push_str("]}");
        body
    }
}

impl Requests for Messages {
    fn write(&self, ordinal: u64, into: &mut Vec<u8>) {
        let count = u64::try_from(self.businesses.len()).unwrap_or(1).max(1);
        let index = usize::try_from(ordinal % count).unwrap_or_default();
        let Some(business) = self.businesses.get(index) else {
            return;
        };
        let body = self.body(business, ordinal);
        let head = format!(
            "POST {} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
             Idempotency-Key: {}-{ordinal}\r\nContent-Length: {}\r\n\r\n",
            self.path,
            business.key,
            self.run,
            body.len(),
        );
        into.extend_from_slice(head.as_bytes());
        into.extend_from_slice(body.as_bytes());
    }
}

fn sending(shops: &[ManyNumbers]) -> Vec<Sending> {
    let sending = shops.iter().map(|many| Sending {
        key: many.shop.api.key().to_owned(),
        phone_number_id: many.shop.plan.phone_number_id.clone(),
    });
    sending.collect()
}

fn write_message(body: &mut String, business: &Sending, ordinal: u64) {
    let number = &business.phone_number_id;
    // Writing to a string does not fail.
    let _ = write!(
        body,
        r#"{{"from":"{number}","to":"70{:06}","template":{{"name":"ticket_de_caisse","language":"fr"}},"#,
        ordinal % 1_000_000,
    );
    let _ = write!(
        body,
        r#""variables":{{"1":"Awa","2":"T-{ordinal}","3":"12 500"}},"reference":"ticket {ordinal}"}}"#,
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(bulk: Option<u64>) -> Messages {
        let business = |index: u64| Sending {
            key: format!("key-{index}"),
            phone_number_id: format!("10654035224292{index}"),
        };
        Messages {
            businesses: (0..3).map(business).collect(),
            path: "/v1/messages",
            bulk,
            run: "bench",
        }
    }

    fn written(messages: &Messages, ordinal: u64) -> (String, serde_json::Value) {
        let mut bytes = Vec::new();
        messages.write(ordinal, &mut bytes);
        let text = String::from_utf8(bytes).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(
            head.contains(&format!("Content-Length: {}", body.len())),
            "{head}"
        );
        (head.to_owned(), serde_json::from_str(body).unwrap())
    }

    #[test]
    fn businesses_alternate_and_keys_are_unique() {
        let messages = messages(None);
        let (head, body) = written(&messages, 4);
        assert!(
            head.contains("Bearer key-1") && head.contains("Idempotency-Key: bench-4"),
            "{head}"
        );
        assert_eq!(body["from"], "106540352242921");
        assert_eq!(body["to"], "70000004");
    }

    #[test]
    fn bulk_calls_have_distinct_messages() {
        let messages = messages(Some(500));
        let references = |ordinal| {
            let (_, body) = written(&messages, ordinal);
            let all = body["messages"].as_array().unwrap();
            all.iter()
                .map(|message| message["reference"].to_string())
                .collect::<Vec<_>>()
        };
        let all: std::collections::HashSet<_> =
            references(0).into_iter().chain(references(1)).collect();
        assert_eq!(all.len(), 1_000);
    }
}
