//! Paged lists of Meta (Meta, Graph API: cursor-based pagination).

use common::secret::AccessToken;
use reqwest::Method;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::client::CloudApi;
use crate::error::ApiError;
use crate::metrics::Call;

/// Meta's largest page.
const PAGE_SIZE: &str = "100";
/// Enough for the 6,000 templates that an account may have; a longer list is a loop.
const MAX_PAGES: usize = 100;
/// How often a list may be restarted because its cursor expired.
const MAX_RESTARTS: usize = 3;
const CURSOR_EXPIRED: i32 = 131_059;

/// A list to read.
pub(crate) struct List<'a> {
    pub(crate) call: Call,
    pub(crate) path: &'a str,
    pub(crate) fields: &'a str,
    pub(crate) expected: &'static str,
}

#[derive(Deserialize)]
struct Page<T> {
    data: Vec<T>,
    paging: Option<Paging>,
}

#[derive(Deserialize)]
struct Paging {
    cursors: Option<Cursors>,
    next: Option<String>,
}

#[derive(Deserialize)]
struct Cursors {
    after: Option<String>,
}

impl<T> Page<T> {
    /// The cursor of the next page. The `next` URL itself is not followed: it holds the token.
    fn next_cursor(self) -> (Vec<T>, Option<String>) {
        let paging = self.paging.filter(|paging| paging.next.is_some());
        (self.data, paging.and_then(|paging| paging.cursors?.after))
    }
}

impl CloudApi {
    /// Reads a whole list, or fails: a partial list is never returned as the whole.
    pub(crate) async fn read_list<T: DeserializeOwned>(
        &self,
        token: &AccessToken,
        list: &List<'_>,
    ) -> Result<Vec<T>, ApiError> {
        let (mut items, mut cursor, mut restarts) = (Vec::new(), None, 0);
        for _ in 0..MAX_PAGES {
            match self.read_page(token, list, cursor.as_deref()).await {
                Ok(page) => {
                    let (more, next) = page.next_cursor();
                    items.extend(more);
                    if next.is_none() {
                        return Ok(items);
                    }
                    cursor = next;
                }
                Err(error) if is_expired_cursor(&error) && restarts < MAX_RESTARTS => {
                    restarts += 1;
                    items.clear();
                    cursor = None;
                }
                Err(error) => return Err(error),
            }
        }
        Err(ApiError::Endless { pages: MAX_PAGES })
    }

    async fn read_page<T: DeserializeOwned>(
        &self,
        token: &AccessToken,
        list: &List<'_>,
        after: Option<&str>,
    ) -> Result<Page<T>, ApiError> {
        let mut request = self
            .request(Method::GET, list.path, token)
            .query(&[("fields", list.fields), ("limit", PAGE_SIZE)]);
        if let Some(cursor) = after {
            request = request.query(&[("after", cursor)]);
        }
        self.ask(list.call, request, list.expected).await
    }
}

fn is_expired_cursor(error: &ApiError) -> bool {
    error
        .meta()
        .is_some_and(|error| error.code == CURSOR_EXPIRED)
}
