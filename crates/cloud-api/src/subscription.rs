//! The subscription of our app to an account's webhooks. Without it messages are sent, but no status of them arrives
//! (Meta, WhatsApp Business Account: subscribed_apps).

use common::ids::{AppId, WabaId};
use common::secret::AccessToken;
use reqwest::Method;
use serde::Deserialize;
use serde_json::json;

use crate::client::CloudApi;
use crate::error::ApiError;
use crate::metrics::Call;

/// An app that receives the account's webhooks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscribedApp {
    /// The app.
    pub app_id: AppId,
    /// Its name at Meta.
    pub name: Option<String>,
    /// The address of its webhooks, if not the app's own.
    pub override_callback_uri: Option<String>,
}

#[derive(Deserialize)]
struct Subscriptions {
    data: Vec<Subscription>,
}

#[derive(Deserialize)]
struct Subscription {
    whatsapp_business_api_data: App,
    override_callback_uri: Option<String>,
}

#[derive(Deserialize)]
struct App {
    id: AppId,
    name: Option<String>,
}

/// Meta responds with `{"success":true}`, and for some accounts with the list of subscriptions.
#[derive(Deserialize)]
struct Subscribed {
    success: Option<bool>,
    data: Option<Vec<Subscription>>,
}

impl From<Subscription> for SubscribedApp {
    fn from(subscription: Subscription) -> Self {
        let app = subscription.whatsapp_business_api_data;
        Self {
            app_id: app.id,
            name: app.name,
            override_callback_uri: subscription.override_callback_uri,
        }
    }
}

impl CloudApi {
    /// Subscribes our app to the account's webhooks. Repeating it changes nothing.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn subscribe_app(
        &self,
        token: &AccessToken,
        waba_id: &WabaId,
    ) -> Result<(), ApiError> {
        const EXPECTED: &str = "the confirmation of a subscription";
        let request = self
            .request(Method::POST, &path(waba_id), token)
            .json(&json!({}));
        let answer: Subscribed = self.ask(Call::SubscribeApp, request, EXPECTED).await?;
        if answer.success == Some(true) || (answer.success.is_none() && answer.data.is_some()) {
            return Ok(());
        }
        Err(ApiError::NotUnderstood {
            http_status: 200,
            expected: EXPECTED,
        })
    }

    /// The apps that receive the account's webhooks.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn subscribed_apps(
        &self,
        token: &AccessToken,
        waba_id: &WabaId,
    ) -> Result<Vec<SubscribedApp>, ApiError> {
        let request = self.request(Method::GET, &path(waba_id), token);
        let answer: Subscriptions = self
            .ask(Call::SubscribedApps, request, "a list of subscribed apps")
            .await?;
        Ok(answer.data.into_iter().map(Into::into).collect())
    }
}

fn path(waba_id: &WabaId) -> String {
    format!("/{waba_id}/subscribed_apps")
}
