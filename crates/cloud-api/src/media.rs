//! Uploads of files that messages carry (Meta, media reference). A second upload of the same file is harmless.

use std::fmt;
use std::time::Duration;

use common::ids::{MetaMediaId, PhoneNumberId};
use common::secret::AccessToken;
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde::Deserialize;

use crate::client::CloudApi;
use crate::error::ApiError;
use crate::metrics::Call;

/// The name of every uploaded file: its own name may identify a person, and recipients see the name in the message.
const FILE_NAME: &str = "file";

/// A file to upload.
pub struct OutgoingMedia {
    /// Its media type, such as `application/pdf`.
    pub mime_type: &'static str,
    /// The whole content.
    pub content: Vec<u8>,
}

#[derive(Deserialize)]
struct Uploaded {
    id: String,
}

impl fmt::Debug for OutgoingMedia {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutgoingMedia")
            .field("mime_type", &self.mime_type)
            .field("bytes", &self.content.len())
            .finish_non_exhaustive()
    }
}

impl CloudApi {
    /// Uploads a file for one number, once; returns the id that messages of that number use for 30 days. `timeout`
    /// covers everything from connecting to the last byte of the response.
    ///
    /// # Errors
    /// When Meta refuses it, cannot be reached, or does not answer in time.
    pub async fn upload_media(
        &self,
        token: &AccessToken,
        phone_number_id: &PhoneNumberId,
        media: OutgoingMedia,
        timeout: Duration,
    ) -> Result<MetaMediaId, ApiError> {
        let expected = "the id of a file";
        let part = Part::bytes(media.content)
            .file_name(FILE_NAME)
            .mime_str(media.mime_type)
            .map_err(|error| ApiError::from(crate::TransportError::from(error)))?;
        let form = Form::new()
            .text("messaging_product", "whatsapp")
            .text("type", media.mime_type)
            .part("file", part);
        let request = self
            .request(Method::POST, &format!("/{phone_number_id}/media"), token)
            .timeout(timeout)
            .multipart(form);
        let uploaded: Uploaded = self.ask(Call::UploadMedia, request, expected).await?;
        uploaded.id.parse().map_err(|_| ApiError::NotUnderstood {
            http_status: 200,
            expected,
        })
    }
}
