//! The accounts at Meta, indexed for lookups by calls.
//!
//! An instance is never changed in place: the control API copies it, merges an account in and replaces it, so that
//! calls read without waiting.

use std::collections::HashMap;
use std::sync::Arc;

use ring::rand::{SecureRandom, SystemRandom};

use super::account::{Account, Number, Template, Token};
use super::template_shape::TemplateShape;
use super::{authentication, sample};
use crate::control::numbers::NumberChange;
use crate::limits::throughput::Traffic;

/// An account and its content.
#[derive(Clone)]
pub(crate) struct Waba {
    pub(crate) id: String,
    pub(crate) business_id: String,
    pub(crate) name: String,
    pub(crate) currency: String,
    pub(crate) timezone_id: String,
    pub(crate) business_verification_status: String,
    pub(crate) account_review_status: String,
    pub(crate) subscribed_apps: Vec<String>,
    pub(crate) number_ids: Vec<String>,
    pub(crate) templates: Vec<Arc<StoredTemplate>>,
    by_name: HashMap<String, Vec<Arc<StoredTemplate>>>,
}

/// A phone number with its traffic.
#[derive(Clone)]
pub(crate) struct StoredNumber {
    pub(crate) waba_id: String,
    /// The business portfolio of the account.
    pub(crate) business_id: String,
    pub(crate) facts: Number,
    pub(crate) digits: String,
    pub(crate) traffic: Arc<Traffic>,
}

/// A template with the parameters it expects of a send.
#[derive(Clone)]
pub(crate) struct StoredTemplate {
    pub(crate) waba_id: String,
    pub(crate) facts: Template,
    pub(crate) shape: TemplateShape,
}

/// Every account.
#[derive(Clone, Default)]
pub(crate) struct Accounts {
    pub(crate) wabas: HashMap<String, Arc<Waba>>,
    pub(crate) numbers: HashMap<String, Arc<StoredNumber>>,
    pub(crate) tokens: HashMap<String, Arc<Token>>,
    pub(crate) templates: HashMap<String, Arc<StoredTemplate>>,
}

impl Waba {
    fn new(id: String) -> Self {
        Self {
            business_id: format!("50{id}"),
            id,
            name: "Boutique Faso, Ouagadougou".to_owned(),
            currency: "USD".to_owned(),
            timezone_id: "1".to_owned(),
            business_verification_status: "verified".to_owned(),
            account_review_status: "APPROVED".to_owned(),
            subscribed_apps: Vec::new(),
            number_ids: Vec::new(),
            templates: Vec::new(),
            by_name: HashMap::new(),
        }
    }

    /// The template of this name in this language, in any status.
    pub(crate) fn template(&self, name: &str, language: &str) -> Option<&Arc<StoredTemplate>> {
        self.by_name
            .get(name)?
            .iter()
            .find(|template| template.facts.language == language)
    }

    fn reindex(&mut self) {
        self.by_name.clear();
        for template in &self.templates {
            self.by_name
                .entry(template.facts.name.clone())
                .or_default()
                .push(Arc::clone(template));
        }
    }

    fn put(&mut self, template: Arc<StoredTemplate>) {
        let place = self.templates.iter_mut().find(|known| {
            known.facts.name == template.facts.name
                && known.facts.language == template.facts.language
        });
        match place {
            Some(known) => *known = template,
            None => self.templates.push(template),
        }
    }
}

impl Accounts {
    /// Merges an account in and returns it with the generated ids.
    pub(crate) fn merge(
        &mut self,
        mut account: Account,
        own_app: &str,
    ) -> Result<Account, sample::SampleError> {
        if account.waba_id.is_empty() {
            account.waba_id = made_up_id();
        }
        if account.with_sample_templates {
            account.templates.extend(sample::templates_without_ids()?);
            account.with_sample_templates = false;
        }
        let mut waba = match self.wabas.get(&account.waba_id) {
            Some(known) => Waba::clone(known),
            None => Waba::new(account.waba_id.clone()),
        };
        waba.describe(&account);
        for number in &mut account.numbers {
            self.merge_number(&mut waba, number);
        }
        for template in &mut account.templates {
            self.merge_template(&mut waba, template);
        }
        for token in &mut account.tokens {
            self.merge_token(&waba, token, own_app);
        }
        waba.reindex();
        self.wabas.insert(waba.id.clone(), Arc::new(waba));
        Ok(account)
    }

    /// Stores a template of an account.
    pub(crate) fn put_template(&mut self, waba_id: &str, mut template: Template) -> StoredTemplate {
        let mut waba = match self.wabas.get(waba_id) {
            Some(known) => Waba::clone(known),
            None => Waba::new(waba_id.to_owned()),
        };
        let stored = self.merge_template(&mut waba, &mut template);
        waba.reindex();
        self.wabas.insert(waba.id.clone(), Arc::new(waba));
        StoredTemplate::clone(&stored)
    }

    /// Deletes templates of an account.
    pub(crate) fn delete_templates(&mut self, waba_id: &str, ids: &[String]) {
        if let Some(waba) = self.wabas.get_mut(waba_id) {
            let waba = Arc::make_mut(waba);
            waba.templates
                .retain(|known| !ids.contains(&known.facts.id));
            waba.reindex();
            self.templates.retain(|id, _| !ids.contains(id));
        }
    }

    /// Replaces the apps subscribed to an account.
    pub(crate) fn subscribe(&mut self, waba_id: &str, app_id: &str, subscribed: bool) {
        let Some(waba) = self.wabas.get_mut(waba_id) else {
            return;
        };
        let apps = &mut Arc::make_mut(waba).subscribed_apps;
        apps.retain(|app| app != app_id);
        if subscribed {
            apps.push(app_id.to_owned());
        }
    }

    /// Changes the limits of a number; a messaging limit applies to its whole portfolio.
    pub(crate) fn change_number(&mut self, change: &NumberChange) {
        let Some(number) = self.numbers.get_mut(&change.phone_number_id) else {
            return;
        };
        let number = Arc::make_mut(number);
        replace(
            &mut number.facts.quality_rating,
            change.quality_rating.as_ref(),
        );
        replace(&mut number.facts.throughput, change.throughput.as_ref());
        let portfolio = number.business_id.clone();
        let limit = change.messaging_limit.as_ref();
        for number in self.numbers.values_mut() {
            if limit.is_some() && number.business_id == portfolio {
                replace(&mut Arc::make_mut(number).facts.messaging_limit, limit);
            }
        }
    }

    fn merge_number(&mut self, waba: &mut Waba, number: &mut Number) {
        if number.id.is_empty() {
            number.id = made_up_id();
        }
        if !waba.number_ids.contains(&number.id) {
            waba.number_ids.push(number.id.clone());
        }
        let known = self.numbers.get(&number.id);
        let traffic = known
            .map(|known| Arc::clone(&known.traffic))
            .unwrap_or_default();
        let stored = StoredNumber {
            waba_id: waba.id.clone(),
            business_id: waba.business_id.clone(),
            facts: number.clone(),
            digits: digits(&number.display_phone_number),
            traffic,
        };
        self.numbers.insert(number.id.clone(), Arc::new(stored));
    }

    fn merge_template(&mut self, waba: &mut Waba, template: &mut Template) -> Arc<StoredTemplate> {
        if template.id.is_empty() {
            let known = waba
                .templates
                .iter()
                .find(|t| t.facts.name == template.name && t.facts.language == template.language);
            template.id = known.map_or_else(made_up_id, |known| known.facts.id.clone());
        }
        authentication::complete(template);
        let stored = Arc::new(StoredTemplate {
            waba_id: waba.id.clone(),
            facts: template.clone(),
            shape: TemplateShape::of(template),
        });
        waba.put(Arc::clone(&stored));
        self.templates
            .insert(template.id.clone(), Arc::clone(&stored));
        stored
    }

    fn merge_token(&mut self, waba: &Waba, token: &mut Token, own_app: &str) {
        if token.token.is_empty() {
            token.token = format!("EAA{}", random_hex());
        }
        if token.app_id.is_empty() {
            own_app.clone_into(&mut token.app_id);
        }
        token
            .target_ids
            .get_or_insert_with(|| vec![waba.id.clone()]);
        self.tokens
            .insert(token.token.clone(), Arc::new(token.clone()));
    }
}

impl Waba {
    fn describe(&mut self, account: &Account) {
        replace(&mut self.business_id, account.business_id.as_ref());
        replace(&mut self.name, account.name.as_ref());
        replace(&mut self.currency, account.currency.as_ref());
        replace(&mut self.timezone_id, account.timezone_id.as_ref());
        let verification = account.business_verification_status.as_ref();
        replace(&mut self.business_verification_status, verification);
        replace(
            &mut self.account_review_status,
            account.account_review_status.as_ref(),
        );
        if let Some(apps) = &account.subscribed_apps {
            self.subscribed_apps.clone_from(apps);
        }
    }
}

/// The digits of a number as people write it.
pub(crate) fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

fn replace(current: &mut String, value: Option<&String>) {
    if let Some(value) = value {
        current.clone_from(value);
    }
}

/// Sixteen digits, like Meta's ids.
pub(crate) fn made_up_id() -> String {
    let mut bytes = [0_u8; 8];
    // Without system randomness all ids are equal and replace each other, which is obvious at once.
    let _ = SystemRandom::new().fill(&mut bytes);
    let number = u64::from_be_bytes(bytes) % 8_999_999_999_999_999;
    (number + 1_000_000_000_000_000).to_string()
}

fn random_hex() -> String {
    let mut bytes = [0_u8; 24];
    let _ = SystemRandom::new().fill(&mut bytes);
    hex::encode(bytes)
}
