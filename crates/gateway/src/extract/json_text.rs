//! Strict parsing of a JSON body. Errors have a JSON pointer and use the terms of JSON; they never repeat a value.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_path_to_error::{Path, Segment};

use super::strict::Strict;
use crate::problem::{Problem, ProblemCode};

/// Parses a text, or says where it is wrong.
pub(super) fn parse<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, Problem> {
    // Tracking the path is slower than parsing: only an invalid text is parsed again to find the pointer.
    parse_quickly(bytes).or_else(|_| parse_for_place(bytes))
}

fn parse_quickly<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = T::deserialize(Strict(&mut deserializer))?;
    deserializer.end()?;
    Ok(value)
}

fn parse_for_place<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, Problem> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(Strict(&mut deserializer)).map_err(|error| {
        let (path, error) = (error.path().clone(), error.into_inner());
        if error.is_data() {
            let message = error.to_string();
            Problem::body(pointer(&path, &message), reason(&message))
        } else if is_json(bytes) {
            // Where a field takes one of several values, serde_json reports any other type as a syntax error.
            Problem::body(pointer(&path, ""), "is not what this field takes")
        } else {
            not_json(&error)
        }
    })?;
    deserializer.end().map_err(|error| not_json(&error))?;
    Ok(value)
}

fn is_json(bytes: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(bytes).is_ok()
}

fn not_json(error: &serde_json::Error) -> Problem {
    let (line, column) = (error.line(), error.column());
    Problem::new(ProblemCode::BodyNotJson).detail(format!(
        "The body stops being JSON at line {line}, column {column}."
    ))
}

/// RFC 6901. For a missing or duplicate field serde gives only the path of the object: the field's name is in the
/// message.
fn pointer(path: &Path, message: &str) -> String {
    let mut pointer = String::new();
    for segment in path {
        let part = match segment {
            Segment::Seq { index } => index.to_string(),
            Segment::Map { key } => key.replace('~', "~0").replace('/', "~1"),
            Segment::Enum { .. } | Segment::Unknown => continue,
        };
        pointer.push('/');
        pointer.push_str(&part);
    }
    let of_object = message
        .strip_prefix("missing field `")
        .or(message.strip_prefix("duplicate field `"));
    if let Some(field) = of_object.and_then(|rest| rest.split('`').next()) {
        pointer.push('/');
        pointer.push_str(&field.replace('~', "~0").replace('/', "~1"));
    }
    pointer
}

/// The error, without the value that serde's messages repeat.
fn reason(message: &str) -> String {
    let message = message
        .rsplit_once(" at line ")
        .map_or(message, |(before, _)| before);
    if message.starts_with("missing field") {
        return "is missing".to_owned();
    }
    if message.starts_with("unknown field") {
        return "is not a field of this call".to_owned();
    }
    if message.starts_with("duplicate field") {
        return "is given twice".to_owned();
    }
    if message.starts_with("UUID parsing failed") {
        return "should be a UUID".to_owned();
    }
    match message.rsplit_once(", expected ") {
        Some((_, expected)) => format!("should be {}", in_words_of_json(expected)),
        None => message.to_owned(),
    }
}

/// What serde expected, in terms that callers know. Anything else might be the name of a Rust type.
fn in_words_of_json(expected: &str) -> &str {
    match expected {
        "a string" | "a boolean" | "decimal digits, as text or as an integer" => expected,
        "a map" => "an object",
        "a sequence" => "an array",
        "f32" | "f64" => "a number",
        "an RFC 3339 formatted date and time string" => {
            "a time such as 2026-11-30T08:00:00Z (RFC 3339)"
        }
        _ if expected.starts_with("struct ") => "an object",
        _ if expected.starts_with(['i', 'u']) && expected.len() <= "usize".len() => {
            "a whole number in range"
        }
        _ if expected.contains("UUID") => "a UUID",
        // The values that a field takes.
        _ if expected.starts_with('`') || expected.starts_with("one of `") => expected,
        _ => "something else",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;
    use uuid::Uuid;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        #[expect(dead_code, reason = "only its reading is tested")]
        inner: Inner,
        #[expect(dead_code, reason = "only its reading is tested")]
        #[serde(default)]
        words: BTreeMap<String, String>,
        #[expect(dead_code, reason = "only its reading is tested")]
        word: Option<Word>,
        #[expect(dead_code, reason = "only its reading is tested")]
        id: Option<Uuid>,
        #[expect(dead_code, reason = "only its reading is tested")]
        at: Option<chrono::DateTime<chrono::Utc>>,
        #[expect(dead_code, reason = "only its reading is tested")]
        many: Option<Vec<Inner>>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Word {
        First,
        Other(#[expect(dead_code, reason = "only its reading is tested")] String),
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        #[expect(dead_code, reason = "only its reading is tested")]
        count: u8,
    }

    fn answer(body: &str) -> serde_json::Value {
        let problem = parse::<Outer>(body.as_bytes()).unwrap_err();
        let body = problem.respond(None).into_body();
        let bytes = actix_web::body::MessageBody::try_into_bytes(body).unwrap();
        serde_json::from_slice(&bytes).unwrap()
    }

    #[test]
    fn an_error_points_to_its_field() {
        for (body, pointer, detail) in [
            (r#"{"inner":{}}"#, "/inner/count", "is missing"),
            (r#"{}"#, "/inner", "is missing"),
            (
                r#"{"inner":{"count":1,"more":2}}"#,
                "/inner/more",
                "is not a field of this call",
            ),
            (
                r#"{"inner":{"count":"one"}}"#,
                "/inner/count",
                "should be a whole number in range",
            ),
            (
                r#"{"inner":{"count":1},"words":{"a/b":7}}"#,
                "/words/a~1b",
                "should be a string",
            ),
            (
                r#"{"inner":{"count":1},"inner":{"count":1}}"#,
                "/inner",
                "is given twice",
            ),
        ] {
            let answer = answer(body);
            let error = answer.pointer("/errors/0").unwrap();
            assert_eq!(error.get("pointer").unwrap(), pointer, "{body}");
            assert_eq!(error.get("detail").unwrap(), detail, "{body}");
        }
    }

    /// Without strict parsing each would be accepted, refused as a syntax error, or reported in terms of Rust.
    #[test]
    fn what_serde_would_take_or_tell_in_its_own_words_is_refused_in_those_of_json() {
        let inner = r#""inner":{"count":1}"#;
        for (field, pointer, detail) in [
            (r#""inner":[1]"#, "/inner", "should be an object"),
            (r#""inner":7"#, "/inner", "should be an object"),
            (r#""words":[]"#, "/words", "should be an object"),
            (r#""many":{}"#, "/many", "should be an array"),
            (r#""many":[[1]]"#, "/many/0", "should be an object"),
            (r#""words":{"a":"1","a":"2"}"#, "/words/a", "is given twice"),
            (
                r#""words":{"a/b":"1","a/b":"2"}"#,
                "/words/a~1b",
                "is given twice",
            ),
            (
                r#""words":{"a":"\u0000"}"#,
                "/words/a",
                "should have no NUL character",
            ),
            (
                r#""words":{"a\u0000":"1"}"#,
                "/words",
                "should have no NUL character",
            ),
            (
                r#""word":{"other":"x\u0000"}"#,
                "/word",
                "should have no NUL character",
            ),
            (r#""word":"third""#, "/word", "should be `first` or `other`"),
            (r#""word":7"#, "/word", "is not what this field takes"),
            (
                r#""word":["other","x"]"#,
                "/word",
                "is not what this field takes",
            ),
            (r#""id":7"#, "/id", "should be a UUID"),
            (r#""id":"22670112233""#, "/id", "should be a UUID"),
            (
                r#""at":7"#,
                "/at",
                "should be a time such as 2026-11-30T08:00:00Z (RFC 3339)",
            ),
        ] {
            let body = if field.starts_with(r#""inner""#) {
                format!("{{{field}}}")
            } else {
                format!("{{{inner},{field}}}")
            };
            let answer = answer(&body);
            let error = answer.pointer("/errors/0").unwrap_or(&answer);
            let told = (error.get("pointer").unwrap(), error.get("detail").unwrap());
            assert_eq!(told, (&pointer.into(), &detail.into()), "{body}");
        }
    }

    #[test]
    fn an_error_never_repeats_a_value() {
        let text = answer(r#"{"inner":"+22670112233"}"#).to_string();
        assert!(
            text.contains("/inner") && !text.contains("70112233"),
            "{text}"
        );
    }

    #[test]
    fn what_is_not_json_is_told_with_its_place() {
        for body in [
            "",
            "{",
            "{\"inner\":{\"count\":1}} more",
            "not json",
            "{\"inner\":",
        ] {
            assert_eq!(answer(body).get("status").unwrap(), 400, "{body}");
        }
    }
}
