//! Uploads of the files that Meta's reviewers see as the header of a template (Meta, resumable upload). A second upload
//! of the same file is harmless.

use std::fmt;
use std::time::Duration;

use common::secret::AccessToken;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::{Method, RequestBuilder};
use serde::Deserialize;
use serde_json::Value;

use crate::business_use::Managed;
use crate::client::CloudApi;
use crate::error::ApiError;
use crate::metrics::Call;
use crate::open_text::integer;

/// How often an upload that broke off is resumed.
const MAX_RESUMPTIONS: usize = 2;
const SESSION: &str = "upload:";
const SESSION_EXPECTED: &str = "an upload session";

/// A sample to upload.
#[derive(Clone, Copy)]
pub struct SampleFile<'a> {
    /// Its name, which reviewers see.
    pub name: &'a str,
    /// Its media type, such as `image/jpeg`.
    pub mime_type: &'a str,
    /// The whole content.
    pub content: &'a [u8],
}

/// Meta's handle of an uploaded sample, for `example.header_handle` of a template.
#[derive(Clone, PartialEq, Eq)]
pub struct SampleHandle(String);

#[derive(Deserialize)]
struct Session {
    id: String,
    #[serde(default)]
    file_offset: Value,
}

#[derive(Deserialize)]
struct Uploaded {
    h: String,
}

impl SampleHandle {
    /// The handle as Meta takes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The handle as text.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

impl fmt::Debug for SampleHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SampleHandle").finish_non_exhaustive()
    }
}

impl fmt::Debug for SampleFile<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SampleFile")
            .field("mime_type", &self.mime_type)
            .field("bytes", &self.content.len())
            .finish_non_exhaustive()
    }
}

impl CloudApi {
    /// Uploads a sample to our app and returns its handle. An upload that breaks off is resumed where Meta says that it
    /// stopped. `timeout` covers each attempt, from connecting to the last byte of the response.
    pub async fn upload_sample(
        &self,
        token: &AccessToken,
        file: SampleFile<'_>,
        timeout: Duration,
    ) -> Managed<SampleHandle> {
        let session = match self.begin_sample(token, file).await {
            Ok(session) => session,
            Err(error) => return unbudgeted(Err(error)),
        };
        let (mut offset, mut resumptions) = (0, 0);
        loop {
            let uploaded = self
                .send_sample(token, &session, file, offset, timeout)
                .await;
            let Err(ApiError::Interrupted(_)) = &uploaded.result else {
                return uploaded;
            };
            if resumptions == MAX_RESUMPTIONS {
                return uploaded;
            }
            resumptions += 1;
            offset = match self.sample_offset(token, &session).await {
                Ok(offset) => offset,
                Err(error) => return unbudgeted(Err(error)),
            };
        }
    }

    async fn begin_sample(
        &self,
        token: &AccessToken,
        file: SampleFile<'_>,
    ) -> Result<String, ApiError> {
        let length = file.content.len().to_string();
        let request = self
            .request(Method::POST, &format!("/{}/uploads", self.app_id()), token)
            .query(&[
                ("file_name", file.name),
                ("file_length", &length),
                ("file_type", file.mime_type),
            ]);
        let session: Session = self
            .ask(Call::BeginSample, request, SESSION_EXPECTED)
            .await?;
        match session.id.starts_with(SESSION) {
            true => Ok(session.id),
            false => Err(not_a_session()),
        }
    }

    async fn send_sample(
        &self,
        token: &AccessToken,
        session: &str,
        file: SampleFile<'_>,
        offset: usize,
        timeout: Duration,
    ) -> Managed<SampleHandle> {
        let rest = file.content.get(offset..).unwrap_or_default();
        let request = self
            .upload_request(Method::POST, session, token)
            .header("file_offset", offset)
            .timeout(timeout)
            .body(rest.to_vec());
        let expected = "the handle of a sample";
        let uploaded: Managed<Uploaded> = self
            .ask_managed(Call::UploadSample, request, expected, None)
            .await;
        uploaded.and_then(|uploaded| Ok(SampleHandle(uploaded.h)))
    }

    /// How many bytes of the upload Meta has.
    async fn sample_offset(&self, token: &AccessToken, session: &str) -> Result<usize, ApiError> {
        let request = self.upload_request(Method::GET, session, token);
        let session: Session = self
            .ask(Call::ReadSample, request, SESSION_EXPECTED)
            .await?;
        integer(&session.file_offset)
            .and_then(|offset| usize::try_from(offset).ok())
            .ok_or_else(not_a_session)
    }

    /// A request for an upload session, whose id ends in a signature in the form of a query. Meta documents the scheme
    /// `OAuth` for it.
    fn upload_request(&self, method: Method, session: &str, token: &AccessToken) -> RequestBuilder {
        let request = self.request(method, &format!("/{session}"), token);
        match HeaderValue::from_str(&format!("OAuth {}", token.expose())) {
            Ok(mut scheme) => {
                scheme.set_sensitive(true);
                request.headers(HeaderMap::from_iter([(AUTHORIZATION, scheme)]))
            }
            // The request already holds the same error and will fail before it is sent.
            Err(_) => request,
        }
    }
}

const fn not_a_session() -> ApiError {
    ApiError::NotUnderstood {
        http_status: 200,
        expected: SESSION_EXPECTED,
    }
}

/// Uploads belong to our app, not to an account: they use nothing of an account's budget.
const fn unbudgeted<T>(result: Result<T, ApiError>) -> Managed<T> {
    Managed {
        result,
        business_use: None,
    }
}
