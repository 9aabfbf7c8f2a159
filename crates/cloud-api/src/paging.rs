//! Paged lists of Meta (Meta, Graph API: cursor-based pagination).

use common::ids::WabaId;
use common::secret::AccessToken;
use reqwest::Method;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::business_use::{BusinessUse, Managed};
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
    /// The account whose budget the calls use.
    pub(crate) of: &'a WabaId,
    pub(crate) filters: &'a [(&'a str, &'a str)],
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
    /// Reads a whole list, or fails: a partial list is never returned as the whole. The budget is that of the last page.
    pub(crate) async fn read_list<T: DeserializeOwned>(
        &self,
        token: &AccessToken,
        list: &List<'_>,
    ) -> Managed<Vec<T>> {
        let mut business_use = None;
        let result = self.read_pages(token, list, &mut business_use).await;
        Managed {
            result,
            business_use,
        }
    }

    async fn read_pages<T: DeserializeOwned>(
        &self,
        token: &AccessToken,
        list: &List<'_>,
        business_use: &mut Option<BusinessUse>,
    ) -> Result<Vec<T>, ApiError> {
        let (mut items, mut cursor, mut restarts) = (Vec::new(), None, 0);
        for _ in 0..MAX_PAGES {
            let page = self.read_page(token, list, cursor.as_deref()).await;
            *business_use = page.business_use.or(*business_use);
            match page.result {
                Ok(page) => {
                    let (more, next) = Page::next_cursor(page);
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
    ) -> Managed<Page<T>> {
        let mut request = self
            .request(Method::GET, list.path, token)
            .query(&[("fields", list.fields), ("limit", PAGE_SIZE)])
            .query(list.filters);
        if let Some(cursor) = after {
            request = request.query(&[("after", cursor)]);
        }
        self.ask_managed(list.call, request, list.expected, Some(list.of))
            .await
    }
}

fn is_expired_cursor(error: &ApiError) -> bool {
    error
        .meta()
        .is_some_and(|error| error.code == CURSOR_EXPIRED)
}
