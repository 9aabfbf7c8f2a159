//! Cursor paging (Graph API, paginated results): `limit`, `after`, `before`, and a `next` that is
//! absent on the last page. A cursor from before `POST /sim/cursors/expire` gets 131059.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::error::GraphError;
use super::query::Params;

/// Meta's page size when no `limit` is given.
pub(crate) const DEFAULT_LIMIT: usize = 25;

/// What one page shows of a list.
#[derive(Debug)]
pub(crate) struct Page<'a, T> {
    pub(crate) items: &'a [T],
    start: usize,
    limit: usize,
    has_more: bool,
    generation: u64,
}

/// Cuts the page that the query asks for.
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
    /// The `paging` object; `list_url` is the list's address without a query.
    pub(crate) fn paging(&self, list_url: &str, params: &Params) -> Option<Value> {
        let last = self.items.len().checked_sub(1)?;
        let before = cursor(self.start, self.generation);
        let after = cursor(self.start + last, self.generation);
        let link = |direction: &str, cursor: &str| {
            let fields = params
                .get("fields")
                .map(|f| format!("fields={f}&"))
                .unwrap_or_default();
            format!(
                "{list_url}?{fields}limit={}&{direction}={cursor}",
                self.limit
            )
        };
        let mut paging = json!({"cursors": {"before": before, "after": after}});
        if let Some(paging) = paging.as_object_mut() {
            if self.has_more {
                paging.insert("next".to_owned(), json!(link("after", &after)));
            }
            if self.start > 0 {
                paging.insert("previous".to_owned(), json!(link("before", &before)));
            }
        }
        Some(paging)
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
