//! Cursor paging (Graph API, paginated results): `limit`, `after`, `before`, and a `next` that is
//! absent on the last page. A cursor from before `POST /sim/cursors/expire` gets 131059.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::error::GraphError;
use super::query::Params;

/// Meta's page size when no `limit` is parts.
pub(crate) const DEFAULT_LIMIT: usize = 25;

/// Parameters that a link to another page omits: the position, and the credentials.
const NOT_LINKED: [&str; 5] = [
    "limit",
    "after",
    "before",
    "access_token",
    "appsecret_proof",
];

/// One page of a list.
#[derive(Debug)]
pub(crate) struct Page<'a, T> {
    pub(crate) items: &'a [T],
    start: usize,
    limit: usize,
    has_more: bool,
    generation: u64,
}

/// Selects the page that the query requests.
pub(crate) fn cut<'a, T>(
    list: &'a [T],
    params: &Params,
    most: usize,
    generation: u64,
) -> Result<Page<'a, T>, GraphError> {
    let limit = limit(params, most)?;
    let (start, end) = if let Some(cursor) = params.get("after") {
        let start = position(cursor, generation)? + 1;
        (start, start + limit)
    } else if let Some(cursor) = params.get("before") {
        let end = position(cursor, generation)?;
        (end.saturating_sub(limit), end)
    } else {
        (0, limit)
    };
    let end = end.min(list.len());
    let items = list.get(start..end).unwrap_or_default();
    Ok(Page {
        items,
        start,
        limit,
        has_more: end < list.len(),
        generation,
    })
}

impl<T> Page<'_, T> {
    /// The `paging` object; `list_url` is the list's URL without a query. It has cursors even when the page is empty,
    /// because clients read them unconditionally.
    pub(crate) fn paging(&self, list_url: &str, params: &Params) -> Value {
        let last = self.items.len().saturating_sub(1);
        let before = cursor(self.start, self.generation);
        let after = cursor(self.start + last, self.generation);
        let mut paging = json!({"cursors": {"before": before, "after": after}});
        if let Some(paging) = paging.as_object_mut() {
            let mut put = |name: &str, direction: &str, cursor: &str| {
                if let Some(link) = self.link(list_url, params, direction, cursor) {
                    paging.insert(name.to_owned(), json!(link));
                }
            };
            if self.has_more {
                put("next", "after", &after);
            }
            if self.start > 0 {
                put("previous", "before", &before);
            }
        }
        paging
    }

    /// The URL of another page of the same list, with the same fields and filters.
    fn link(
        &self,
        list_url: &str,
        params: &Params,
        direction: &str,
        cursor: &str,
    ) -> Option<String> {
        let kept = params.iter().filter(|(name, _)| !NOT_LINKED.contains(name));
        let mut link = reqwest::Url::parse_with_params(list_url, kept).ok()?;
        link.query_pairs_mut()
            .append_pair("limit", &self.limit.to_string())
            .append_pair(direction, cursor);
        Some(link.into())
    }
}

fn limit(params: &Params, most: usize) -> Result<usize, GraphError> {
    let Some(text) = params.get("limit") else {
        return Ok(DEFAULT_LIMIT);
    };
    match text.parse::<usize>() {
        Ok(limit) if limit > 0 => Ok(limit.min(most)),
        _ => Err(GraphError::parameter(
            "Param limit must be a positive number",
        )),
    }
}

fn cursor(position: usize, generation: u64) -> String {
    URL_SAFE_NO_PAD.encode(format!("{generation}:{position}"))
}

fn position(cursor: &str, generation: u64) -> Result<usize, GraphError> {
    let decoded = URL_SAFE_NO_PAD
        .decode(cursor)
        .ok()
        .and_then(|b| String::from_utf8(b).ok());
    let parts = decoded.as_deref().and_then(|text| text.split_once(':'));
    let (made_in, position) = parts.ok_or_else(|| GraphError::of(131_059))?;
    if made_in != generation.to_string() {
        return Err(GraphError::of(131_059));
    }
    position.parse().map_err(|_| GraphError::of(131_059))
}
