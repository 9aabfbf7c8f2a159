//! The account of every new simulator: Boutique Faso of Ouagadougou, two numbers, some thirty templates (more than
//! Meta's default page of 25), and valid and invalid tokens.

use super::account::{Account, Number, Template, Token};

/// The simulated app.
pub const APP_ID: &str = "670843887433847";
/// Its secret, unless the configuration names another.
pub const APP_SECRET: &str = "test_app_secret";
/// The verify token of the handshake, unless the configuration sets another.
pub const VERIFY_TOKEN: &str = "ouagadougou";
/// The sample account.
pub const WABA_ID: &str = "102290129340398";
/// Its first number: STANDARD throughput.
pub const PHONE_NUMBER_ID: &str = "106540352242922";
/// Its second number: HIGH throughput.
pub const HIGH_PHONE_NUMBER_ID: &str = "106540352242923";
/// A token of the simulated app with all permissions on the sample account.
pub const TOKEN: &str = "EAAsimBoutiqueFaso";
/// A token that the merchant created in an app of its own.
pub const OTHER_APP_TOKEN: &str = "EAAsimOtherApp";
/// That other app.
pub const OTHER_APP_ID: &str = "912345678901234";
/// A token that expired in 2024.
pub const EXPIRED_TOKEN: &str = "EAAsimExpired";
/// A token without `whatsapp_business_messaging`.
pub const MANAGEMENT_ONLY_TOKEN: &str = "EAAsimManagementOnly";

const TEMPLATES: &str = include_str!("sample_templates.json");

/// The sample templates, which are part of the program, cannot be parsed.
#[derive(Debug, thiserror::Error)]
#[error("the sample templates are not valid JSON")]
pub struct SampleError(#[from] serde_json::Error);

/// The sample account in the form of the control API.
pub(crate) fn account(app_id: &str) -> Result<Account, SampleError> {
    Ok(Account {
        waba_id: WABA_ID.to_owned(),
        name: Some("Boutique Faso, Ouagadougou".to_owned()),
        subscribed_apps: Some(vec![app_id.to_owned()]),
        numbers: numbers(),
        tokens: tokens(),
        templates: templates()?,
        ..Account::default()
    })
}

/// The sample templates for another account.
pub(crate) fn templates_without_ids() -> Result<Vec<Template>, SampleError> {
    let mut templates = templates()?;
    for template in &mut templates {
        template.id.clear();
    }
    Ok(templates)
}

fn templates() -> Result<Vec<Template>, SampleError> {
    Ok(serde_json::from_str(TEMPLATES)?)
}

fn numbers() -> Vec<Number> {
    vec![
        Number {
            id: PHONE_NUMBER_ID.to_owned(),
            ..Number::default()
        },
        Number {
            id: HIGH_PHONE_NUMBER_ID.to_owned(),
            display_phone_number: "+226 25 30 61 01".to_owned(),
            throughput: "HIGH".to_owned(),
            messaging_limit: "TIER_UNLIMITED".to_owned(),
            ..Number::default()
        },
    ]
}

fn tokens() -> Vec<Token> {
    let management_only = vec!["whatsapp_business_management".to_owned()];
    vec![
        Token {
            token: TOKEN.to_owned(),
            ..Token::default()
        },
        Token {
            token: OTHER_APP_TOKEN.to_owned(),
            app_id: OTHER_APP_ID.to_owned(),
            ..Token::default()
        },
        Token {
            token: EXPIRED_TOKEN.to_owned(),
            expires_at: 1_709_251_200,
            ..Token::default()
        },
        Token {
            token: MANAGEMENT_ONLY_TOKEN.to_owned(),
            scopes: management_only,
            ..Token::default()
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_has_more_templates_than_a_page_and_each_once() {
        let templates = templates().unwrap();
        assert!(templates.len() > 25, "{}", templates.len());
        let keys: std::collections::BTreeSet<_> = templates
            .iter()
            .map(|t| (t.name.clone(), t.language.clone()))
            .collect();
        let ids: std::collections::BTreeSet<_> = templates.iter().map(|t| t.id.clone()).collect();
        assert_eq!(keys.len(), templates.len());
        assert_eq!(ids.len(), templates.len());
    }
}
