//! Data made up for a run: different each time, so that artifacts of an earlier run are not found.

use e2e::canary::Canary;
use meta_sim::{Account, Number, SimConfig, Token, WebhookBehaviour};
use secrecy::ExposeSecret;
use testkit::{ShopPlan, Stack};
use uuid::Uuid;

/// The participants, by the step they take part in.
const STEPS: [&str; 9] = [
    "receipt", "code", "campaign", "refusing", "writing", "stopping", "wrong", "failing", "lookup",
];
/// These last digits make the simulator fail the message (131026).
const FAILING: &str = "999926";

/// Made-up people and secrets.
pub(super) struct People {
    digits: u128,
    marker: String,
}

impl People {
    pub(super) fn generate() -> Self {
        let marker = Uuid::new_v4().simple().to_string().to_uppercase();
        Self {
            digits: Uuid::new_v4().as_u128() >> 8,
            marker: marker.chars().take(10).collect(),
        }
    }

    /// The eight national digits of the person of a step.
    pub(super) fn number(&self, step: &str) -> String {
        let index = STEPS.iter().position(|known| *known == step).unwrap();
        let (two, four) = (
            (self.digits >> index) % 80 + 10,
            (self.digits >> (2 * index)) % 9_000 + 1_000,
        );
        if step == "failing" {
            format!("7{index}{FAILING}")
        } else {
            format!("7{index}{two}{four}")
        }
    }

    /// A unique text: a name, a code, a reference, a secret.
    pub(super) fn text(&self, what: &str) -> String {
        format!("{what}{}", self.marker)
    }

    /// A simulated Meta with an account whose token and app secret belong to this run.
    pub(super) fn meta(&self, seed: u64) -> SimConfig {
        SimConfig {
            seed,
            app_secret: self.text("appsecret"),
            verify_token: self.text("verify"),
            keep_bodies: true,
            behaviour: WebhookBehaviour {
                doubled_share: 0.5,
                foreign_share: 0.5,
                ..WebhookBehaviour::quick()
            },
            ..SimConfig::default()
        }
    }

    /// The shop's account at Meta.
    pub(super) fn account(&self, stack: &Stack) -> ShopPlan {
        let account = Account {
            name: Some("Pharmacie du Progrès".to_owned()),
            subscribed_apps: Some(vec![stack.meta_config.app_id.clone()]),
            with_sample_templates: true,
            numbers: vec![Number {
                throughput: "HIGH".to_owned(),
                ..Number::default()
            }],
            tokens: vec![Token {
                token: self.text("EAAcanari"),
                ..Token::default()
            }],
            ..Account::default()
        };
        ShopPlan::of_account(&stack.meta.put_account(account).unwrap())
    }

    /// Texts of people and the shop that pass through the product.
    pub(super) fn passed_through(&self) -> Vec<(&'static str, String)> {
        [
            ("the name in a receipt", "Zénabo"),
            ("the ticket in a receipt", "ticket-"),
            ("the one-time code", "9K"),
            ("a client's name in the file", "Wendpanga-"),
            ("a client's message to the shop", "J'ai mal à la tête "),
            ("a client's profile name", "Raïssa "),
            ("the caption of a client's file", "Ordonnance de Mme "),
            ("the name of a client's file", "ordonnance-"),
            ("a code in the text of a campaign", "FASO25-"),
        ]
        .into_iter()
        .map(|(what, prefix)| (what, self.text(prefix)))
        .collect()
    }

    /// Texts that are never sent to Meta.
    fn kept(&self) -> Vec<(&'static str, String)> {
        [
            ("the shop's reference", "vente-"),
            ("the name of an uploaded file", "scan-"),
            ("an idempotency key", "caisse-"),
            ("a text in a cell without a number", "chez Mme Kanarivo "),
            ("a token that Meta refuses", "EAArefuse"),
            ("a name in a refused request", "Kouka-"),
            ("the secret of our app", "appsecret"),
            ("the verify token", "verify"),
            ("the token of the shop", "EAAcanari"),
            ("an invalid key", "djb_wrong_"),
        ]
        .into_iter()
        .map(|(what, prefix)| (what, self.text(prefix)))
        .collect()
    }

    /// Every canary of the run; `keys` are the API keys that were issued.
    pub(super) fn canaries(&self, stack: &Stack, keys: &[&str]) -> Vec<Canary> {
        let phone = |step: &&str| {
            Canary::phone(
                &format!("the number of the person ({step})"),
                &self.number(step),
            )
        };
        let text = |(what, text): (&str, String)| Canary::text(what, &text);
        let wamid =
            |entry: &meta_sim::LedgerEntry| Canary::wamid("Meta's id of a message", &entry.wamid);
        let secret = |key: &&str| Canary::text("an API key", key.rsplit('_').next().unwrap());
        let own = [
            ("the master key", &stack.keys.master),
            ("the transit key", &stack.keys.transit),
            ("the opaque key", &stack.keys.opaque),
        ];
        let own = own
            .map(|(what, key)| Canary::text(what, key.expose_secret().split_once(':').unwrap().1));
        STEPS
            .iter()
            .map(phone)
            .chain(self.passed_through().into_iter().map(text))
            .chain(self.kept().into_iter().map(text))
            .chain(stack.meta.ledger().iter().map(wamid))
            .chain(keys.iter().map(secret))
            .chain(own)
            .collect()
    }
}
