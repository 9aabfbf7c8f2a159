//! Lists in pages: `limit` and an opaque `cursor` in, `items` and `next_cursor` out.
//!
//! A cursor is the key of the last row of a page, so that rows that are added meanwhile do not shift the next page.

use std::fmt::Display;
use std::future::{Ready, ready};
use std::str::FromStr;

use actix_web::dev::Payload;
use actix_web::web::Query;
use actix_web::{FromRequest, HttpRequest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::text::has_nul;
use crate::problem::Problem;

const DEFAULT_LIMIT: u16 = 50;
const MAX_LIMIT: u16 = 200;

/// Which part of a list to return.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    limit: u16,
    cursor: Option<String>,
}

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct List<T> {
    /// The items of this page.
    pub items: Vec<T>,
    /// The `cursor` of the next page; null on the last one.
    pub next_cursor: Option<String>,
}

/// The query parameters of every list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageParameters {
    /// The greatest number of items to return, 1 to 200.
    #[param(value_type = Option<u16>, minimum = 1, maximum = 200, default = 50)]
    limit: Option<String>,
    /// The `next_cursor` of the previous page.
    #[param(min_length = 1, pattern = "^[A-Za-z0-9_-]+$")]
    cursor: Option<String>,
}

impl Page {
    /// How many rows to read: one more than the page has, to know whether there is another page.
    #[must_use]
    pub fn rows(&self) -> i64 {
        i64::from(self.limit) + 1
    }

    /// The greatest number of items in the page.
    #[must_use]
    pub fn size(&self) -> usize {
        usize::from(self.limit)
    }

    /// The key after which the page begins.
    ///
    /// # Errors
    /// When the cursor is not from this list.
    pub fn after<K: FromStr>(&self) -> Result<Option<K>, Problem> {
        let Some(cursor) = &self.cursor else {
            return Ok(None);
        };
        let text = URL_SAFE_NO_PAD
            .decode(cursor)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .filter(|text| !has_nul(text));
        let key = text.and_then(|text| text.parse().ok());
        key.map(Some)
            .ok_or_else(|| Problem::query("cursor", "is not a next_cursor of this list"))
    }

    /// The page of these rows. Its cursor is the key of the last row in it.
    pub fn list<R, T, K: Display>(
        &self,
        mut rows: Vec<R>,
        key: impl Fn(&R) -> K,
        show: impl Fn(R) -> T,
    ) -> List<T> {
        let more = rows.len() > self.size();
        rows.truncate(self.size());
        let next = rows.last().filter(|_| more).map(key);
        List::new(rows.into_iter().map(show).collect(), next)
    }
}

impl<T> List<T> {
    /// A page of these items; `next` is the key after which the next page begins.
    #[must_use]
    pub fn new(items: Vec<T>, next: Option<impl Display>) -> Self {
        Self {
            items,
            next_cursor: next.map(|key| URL_SAFE_NO_PAD.encode(key.to_string())),
        }
    }
}

impl FromRequest for Page {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read(request.query_string()))
    }
}

fn read(query: &str) -> Result<Page, Problem> {
    let parameters = Query::<PageParameters>::from_query(query)
        .map_err(|_| Problem::query("cursor", "limit and cursor may be given once each"))?;
    let Some(limit) = &parameters.limit else {
        return Ok(Page {
            limit: DEFAULT_LIMIT,
            cursor: parameters.into_inner().cursor,
        });
    };
    let limit = limit
        .parse()
        .ok()
        .filter(|limit| (1..=MAX_LIMIT).contains(limit));
    let limit = limit.ok_or_else(|| {
        Problem::query("limit", format!("should be a number from 1 to {MAX_LIMIT}"))
    })?;
    Ok(Page {
        limit,
        cursor: parameters.into_inner().cursor,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_leads_to_the_row_after_the_last_one_shown() {
        let page = read("limit=2").unwrap();
        assert_eq!(page.rows(), 3);
        let list = page.list(vec![10, 20, 30], |row| *row, |row| row);
        assert_eq!(list.items, [10, 20]);
        let next = read(&format!("cursor={}", list.next_cursor.unwrap())).unwrap();
        assert_eq!(next.after::<i32>().unwrap(), Some(20));
        assert_eq!(next.list(vec![30], |row| *row, |row| row).next_cursor, None);
    }

    #[test]
    fn nonsense_is_refused() {
        for query in [
            "limit=0",
            "limit=201",
            "limit=-1",
            "limit=ten",
            "limit=1&limit=2",
        ] {
            assert!(read(query).is_err(), "{query}");
        }
        for cursor in ["!!", "bm90IGEgbnVtYmVy"] {
            assert!(
                read(&format!("cursor={cursor}"))
                    .unwrap()
                    .after::<i32>()
                    .is_err(),
                "{cursor}"
            );
        }
        let cursor = URL_SAFE_NO_PAD.encode("a\0b");
        let page = read(&format!("cursor={cursor}")).unwrap();
        assert!(page.after::<String>().is_err());
    }
}
