//! Keys: the platform's, by which a business is made, and the business's own, by which all the rest is done.
//!
//! Both are kept, so that a second start is the same shop; with an empty database they are unknown and made anew.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Journey;
use crate::api::{ApiError, Business, Key, Number, Page};
use crate::failure::Failure;
use crate::supervisor::run_to_end;

const FILE: &str = "access.json";
const BUSINESS: &str = "Boutique Faso";
const COUNTRY: &str = "BF";
const PLATFORM_PREFIX: &str = "djp_";

#[derive(Default, Serialize, Deserialize)]
struct Access {
    platform_key: Option<String>,
    business_key: Option<String>,
}

impl Journey {
    /// The business's key.
    pub(super) async fn access(&self) -> Result<String, Failure> {
        let mut access: Access = self.state.read(FILE)?.unwrap_or_default();
        if let Some(key) = &access.business_key
            && known(
                self.api
                    .with_key(key)
                    .get::<Page<Number>>("/v1/numbers?limit=1")
                    .await,
            )?
        {
            self.screen.say(format_args!(
                "Business: {BUSINESS}, with the key of an earlier start."
            ));
            return Ok(key.clone());
        }
        let platform_key = self.platform_key(&mut access).await?;
        let key = self.new_business(&platform_key).await?;
        access.business_key = Some(key.clone());
        self.state.write(FILE, &access)?;
        Ok(key)
    }

    async fn platform_key(&self, access: &mut Access) -> Result<String, Failure> {
        if let Some(key) = &access.platform_key
            && known(
                self.api
                    .with_key(key)
                    .get::<Page<Value>>("/v1/businesses?limit=1")
                    .await,
            )?
        {
            return Ok(key.clone());
        }
        let printed = run_to_end(&self.key_command, &self.state).await?;
        let key = printed
            .split_whitespace()
            .find(|word| word.starts_with(PLATFORM_PREFIX));
        let key = key
            .ok_or_else(|| Failure::new("djigbachats printed no key of the platform."))?
            .to_owned();
        self.screen
            .say("Platform: a key was made, by which businesses are made.");
        access.platform_key = Some(key.clone());
        self.state.write(FILE, access)?;
        Ok(key)
    }

    async fn new_business(&self, platform_key: &str) -> Result<String, Failure> {
        let platform = self.api.with_key(platform_key);
        let business = json!({"name": BUSINESS, "country": COUNTRY});
        let business: Business = platform.post("/v1/businesses", &business).await?;
        let path = format!("/v1/businesses/{}/keys", business.id);
        let key: Key = platform.post(&path, &json!({"name": "the till"})).await?;
        self.screen.say(format_args!(
            "Business: {BUSINESS} ({COUNTRY}) was made, with a key of its own."
        ));
        Ok(key.key)
    }
}

/// Whether the key is one.
fn known<T>(answer: Result<T, ApiError>) -> Result<bool, Failure> {
    match answer {
        Ok(_) => Ok(true),
        Err(error) if error.is_unauthorized() => Ok(false),
        Err(error) => Err(error.into()),
    }
}
