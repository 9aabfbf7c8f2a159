//! From bytes to nodes; parsing never fails.
//!
//! Brackets and quotes define the structure; anything between them may be invalid. A bracket that does not match closes
//! the open brackets inside its pair.

use std::borrow::Cow;

use super::Node;
use super::text::unescaped;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// Deeper values are skipped.
const DEEPEST: usize = 96;

/// Parses a body; also returns whether all of it was valid. Several values at the top level become a list.
pub(crate) fn parse(bytes: &[u8]) -> (Node<'_>, bool) {
    let mut parser = Parser {
        bytes: bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes),
        at: 0,
        is_sound: true,
    };
    let mut roots = Vec::new();
    parser.skip_space();
    while let Some(next) = parser.peek() {
        if b",:]}".contains(&next) {
            parser.at += 1;
            parser.is_sound = false;
        } else {
            roots.push(parser.value(0));
        }
        parser.skip_space();
    }
    let is_one = roots.len() == 1;
    let root = match roots.pop() {
        Some(root) if is_one => root,
        last => Node::List(roots.into_iter().chain(last).collect()),
    };
    (root, parser.is_sound && is_one)
}

struct Parser<'a> {
    bytes: &'a [u8],
    at: usize,
    is_sound: bool,
}

impl<'a> Parser<'a> {
    fn value(&mut self, depth: usize) -> Node<'a> {
        self.skip_space();
        match self.peek() {
            Some(b'{' | b'[') if depth >= DEEPEST => self.omitted(),
            Some(b'{') => self.object(depth + 1),
            Some(b'[') => self.list(depth + 1),
            Some(b'"') => Node::Text(self.text()),
            _ => self.scalar(),
        }
    }

    fn object(&mut self, depth: usize) -> Node<'a> {
        let mut members = Vec::new();
        self.at += 1;
        while self.goes_on(b'}') {
            let key = self.value(depth);
            self.skip_space();
            if self.peek() == Some(b':') {
                let key = match key {
                    Node::Text(key) => key,
                    _ => self.broken(Cow::Borrowed("")),
                };
                self.members_from(key, depth, &mut members);
            } else {
                // A value without a key is kept, because it may contain items.
                members.push(self.broken((Cow::Borrowed(""), key)));
            }
        }
        Node::Object(members)
    }

    /// The member whose key was read, up to its colon. A text before another colon is the next key: the value between
    /// the two is missing.
    fn members_from(
        &mut self,
        mut key: Cow<'a, str>,
        depth: usize,
        members: &mut Vec<(Cow<'a, str>, Node<'a>)>,
    ) {
        loop {
            self.at += 1;
            let value = self.value(depth);
            self.skip_space();
            match value {
                Node::Text(next) if self.peek() == Some(b':') => {
                    members.push((key, self.broken(Node::Broken)));
                    key = next;
                }
                value => return members.push((key, value)),
            }
        }
    }

    fn list(&mut self, depth: usize) -> Node<'a> {
        let mut items = Vec::new();
        self.at += 1;
        while self.goes_on(b']') {
            items.push(self.value(depth));
        }
        Node::List(items)
    }

    /// Skips separators up to the next item; `false` at the end, after the closing bracket if it matches.
    fn goes_on(&mut self, close: u8) -> bool {
        loop {
            self.skip_space();
            match self.peek() {
                Some(b',' | b':') => self.at += 1,
                Some(byte) if byte == close => {
                    self.at += 1;
                    return false;
                }
                None | Some(b'}' | b']') => return self.broken(false),
                Some(_) => return true,
            }
        }
    }

    fn text(&mut self) -> Cow<'a, str> {
        self.at += 1;
        let begun = self.at;
        loop {
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => self.at += 2,
                Some(_) => self.at += 1,
                None => {
                    self.is_sound = false;
                    break;
                }
            }
        }
        let raw = self.bytes.get(begun..self.at.min(self.bytes.len()));
        self.at += 1;
        unescaped(raw.unwrap_or_default())
    }

    fn scalar(&mut self) -> Node<'a> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let ends = |byte: &u8| byte.is_ascii_whitespace() || b",:]}[{\"".contains(byte);
        let length = rest.iter().position(ends).unwrap_or(rest.len());
        self.at += length;
        match rest.get(..length).map(std::str::from_utf8) {
            Some(Ok("null")) => Node::Null,
            Some(Ok("true")) => Node::Bool(true),
            Some(Ok("false")) => Node::Bool(false),
            Some(Ok(number)) if is_number(number) => Node::Number(number),
            _ => self.broken(Node::Broken),
        }
    }

    /// Skips a value that is nested too deeply, by its brackets.
    fn omitted(&mut self) -> Node<'a> {
        let mut open = 0_usize;
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.text();
                    continue;
                }
                Some(b'{' | b'[') => open += 1,
                Some(b'}' | b']') => open -= 1,
                Some(_) => {}
                None => break,
            }
            self.at += 1;
            if open == 0 {
                break;
            }
        }
        self.broken(Node::Broken)
    }

    fn skip_space(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn broken<T>(&mut self, instead: T) -> T {
        self.is_sound = false;
        instead
    }
}

fn is_number(text: &str) -> bool {
    let begins = text.starts_with(|char: char| char.is_ascii_digit() || char == '-');
    begins && text.parse::<f64>().is_ok_and(f64::is_finite)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The result of `serde_json` for the same text.
    fn usual(text: &str) -> serde_json::Value {
        serde_json::from_str(text).unwrap()
    }

    fn read(text: &str) -> (serde_json::Value, bool) {
        let (node, is_sound) = parse(text.as_bytes());
        (node.to_value(), is_sound)
    }

    #[test]
    fn one_bad_place_costs_no_other() {
        let good = r#""stop":"STOP""#;
        for (bad, is_sound) in [
            (r#""a":nul"#, false),
            (r#""a":NaN"#, false),
            (r#""a":"#, false),
            (r#""a""#, false),
            (r#"7"#, false),
            (r#"a:1"#, false),
            (r#""a":[1 2"#, false),
            (r#""a":"\ud800""#, true),
            ("\"a\":\"line\nbreak\"", true),
        ] {
            let (first, second) = (format!("{{{good},{bad}}}"), format!("{{{bad},{good}}}"));
            for text in [first, second]
                .iter()
                .filter(|text| !text.contains("[1 2,"))
            {
                let (value, sound) = read(text);
                assert_eq!(
                    (&value["stop"], sound),
                    (&"STOP".into(), is_sound),
                    "{text}"
                );
            }
        }
    }

    #[test]
    fn what_is_cut_off_or_nested_without_end_is_read_as_far_as_it_goes() {
        let (value, is_sound) = read(r#"{"a":[{"b":"c"#);
        assert_eq!((&value["a"][0]["b"], is_sound), (&"c".into(), false));
        let deep = format!("[{}1{},\"after\"]", "[".repeat(5_000), "]".repeat(5_000));
        let (value, is_sound) = read(&deep);
        assert_eq!((&value[1], is_sound), (&"after".into(), false));
        assert!(!parse("{".repeat(100_000).as_bytes()).1);
        let (value, is_sound) = read("\u{1}]{\"a\":1}");
        assert_eq!((&value[1]["a"], is_sound), (&1.into(), false));
    }

    #[test]
    fn a_value_that_is_gone_takes_no_key_along() {
        for body in [r#"{"a":"stop":"STOP"}"#, r#"{"a":"b":"stop":"STOP"}"#] {
            let (value, is_sound) = read(body);
            assert_eq!(
                (&value["stop"], is_sound),
                (&"STOP".into(), false),
                "{body}"
            );
        }
    }

    #[test]
    fn every_member_of_one_key_is_there() {
        let (node, _) = parse(br#"{"a":1,"a":null,"a":2,"a":null}"#);
        assert_eq!(node.all("a").count(), 4);
        assert_eq!(node.get("a"), Some(&Node::Number("2")));
    }

    fn values() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            (-1e9..1e9_f64).prop_map(Into::into),
            any::<String>().prop_map(Into::into),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            let list = prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into);
            let object = prop::collection::hash_map(any::<String>(), inner, 0..6);
            prop_oneof![
                list,
                object.prop_map(|members| serde_json::Value::Object(members.into_iter().collect()))
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_json_is_read_as_such(value in values(), pretty: bool) {
            let text = if pretty { format!("{value:#}") } else { value.to_string() };
            prop_assert_eq!(read(&text), (usual(&text), true));
        }

        #[test]
        fn no_bytes_are_given_up(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = parse(&bytes).0.to_value();
        }

        #[test]
        fn no_brackets_are_given_up(text in r#"[\[\]{},:"\\a1 ]{0,80}"#) {
            let _ = parse(text.as_bytes()).0.to_value();
        }
    }
}
