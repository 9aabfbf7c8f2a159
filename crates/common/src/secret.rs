//! Secrets in types that cannot be printed: their `Debug` is a mask and they have no `Display` and no `Serialize`.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

macro_rules! secret_text {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Deserialize)]
        #[serde(transparent)]
        pub struct $name(SecretString);

        impl $name {
            /// Wraps the text; it is wiped from memory when dropped.
            #[must_use]
            pub fn new(text: String) -> Self {
                Self(SecretString::from(text))
            }

            /// The secret itself, for the call that needs it.
            #[must_use]
            pub fn expose(&self) -> &str {
                self.0.expose_secret()
            }
        }
    };
}

secret_text!(
    /// A token that gives access to a business's accounts at Meta.
    AccessToken
);
secret_text!(
    /// The secret of our Meta app: it signs webhooks and proves tokens.
    AppSecret
);
secret_text!(
    /// The token that Meta returns in the webhook handshake.
    VerifyToken
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_never_printed() {
        assert!(!format!("{:?}", AccessToken::new("EAAG-secret".to_owned())).contains("EAAG"));
    }
}
