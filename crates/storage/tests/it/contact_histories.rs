//! An opt-out under any identifier stops marketing to all of them, in any order of evidence: random histories against a
//! model that has no database. Evidence counts from its commit: what comes later changes what was written before.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use common::contact::{Change, ContactBook, Identifier, IdentifierHash, IdentifierKind};
use common::ids::ContactId;
use common::wire::Identity;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use testkit::TestDb;

use crate::people::{Kept, hash, receive, shown, text};
use crate::shop::{Shop, now};

const NUMBERS: [&str; 4] = ["22670112233", "22997123456", "5215512345678", "22676445566"];
const USER_IDS: [&str; 4] = ["BF.1", "BF.2", "BF.3", "BF.4"];

/// One message: who it shows, what it says, and how many seconds after the beginning it was written.
#[derive(Debug, Clone)]
struct Step {
    number: Option<usize>,
    user_id: Option<usize>,
    words: &'static str,
    written_at: i64,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let words = prop::sample::select(vec!["bonjour", "bonjour", "STOP", "STOP", "START"]);
    let step = (0_usize..4, 0_usize..4, 0_u8..5, words, 0_i64..1000).prop_map(
        |(number, user_id, shows, words, written_at)| Step {
            // Mostly a person's own two names; now and then a number that somebody else has now.
            number: (shows != 1).then_some(number),
            user_id: (shows != 0).then_some(if shows == 4 { user_id } else { number }),
            words,
            written_at,
        },
    );
    prop::collection::vec(step, 1..14)
}

/// What the claims would see, by the rules alone.
#[derive(Default)]
struct Model {
    book: ContactBook,
    words: HashMap<IdentifierHash, (Option<i64>, Option<i64>)>,
    names: u128,
}

impl Model {
    fn apply(&mut self, shown: &[Identifier], step: &Step) {
        self.names += 1;
        let id = ContactId::from_uuid(uuid::Uuid::from_u128(self.names));
        let changes = self.book.link(shown, id);
        for change in &changes {
            // What the number's last owner agreed to is not the new one's.
            if let Change::Reassigned(number, ..) = change
                && let Some(words) = self.words.get_mut(number)
            {
                words.1 = None;
            }
        }
        let person = self.book.owner(&shown[0].hash).unwrap();
        let members = self.book.contact(person).unwrap().hashes();
        let mut words =
            members
                .iter()
                .fold((None, None), |known: (Option<i64>, Option<i64>), hash| {
                    let (out, back) = self.words.get(hash).copied().unwrap_or_default();
                    (known.0.max(out), known.1.max(back))
                });
        match step.words {
            "STOP" => words.0 = words.0.max(Some(step.written_at)),
            "START" => words.1 = words.1.max(Some(step.written_at)),
            _ => {}
        }
        for hash in members {
            self.words.insert(hash, words);
        }
    }

    fn is_opted_out(&self, hash: &IdentifierHash) -> bool {
        let (out, back) = self.words.get(hash).copied().unwrap_or_default();
        out.is_some() && out >= back
    }
}

struct World {
    shop: Shop,
    kept: Kept,
    hashes: HashMap<&'static str, IdentifierHash>,
    begin: DateTime<Utc>,
}

impl World {
    async fn open(database: &TestDb) -> Self {
        let shop = Shop::open(database).await;
        let mut hashes = HashMap::new();
        for name in NUMBERS.iter().chain(&USER_IDS) {
            hashes.insert(*name, hash(&shop.scope, name).await);
        }
        Self {
            kept: Kept::of(database, &shop).await,
            begin: now(database).await,
            shop,
            hashes,
        }
    }

    fn identifiers(&self, step: &Step) -> Vec<Identifier> {
        let named = |name: &'static str, kind, account: Option<&str>| Identifier {
            hash: self.hashes[name],
            kind,
            waba_id: account.map(|text| text.parse().unwrap()),
        };
        let user_id = step
            .user_id
            .map(|index| named(USER_IDS[index], IdentifierKind::UserId, Some("1")));
        let number = step
            .number
            .map(|index| named(NUMBERS[index], IdentifierKind::WaId, None));
        user_id.into_iter().chain(number).collect()
    }

    fn identity(step: &Step) -> Identity {
        shown(
            step.number.map(|index| NUMBERS[index]),
            step.user_id.map(|index| USER_IDS[index]),
        )
    }

    /// Plays a history and compares what a claim would see of each identifier after each step.
    async fn play(&self, steps: &[Step]) -> Result<(), TestCaseError> {
        let mut model = Model::default();
        for step in steps {
            let at = self.begin + TimeDelta::seconds(step.written_at);
            receive(
                &self.shop,
                text(&self.shop, Self::identity(step), step.words, at),
            )
            .await;
            model.apply(&self.identifiers(step), step);
            for (name, hash) in &self.hashes {
                let (is, should) = (self.kept.is_opted_out(name).await, model.is_opted_out(hash));
                prop_assert_eq!(is, should, "{} after {:?}", name, step);
                let contact = self.kept.contact(name).await;
                for (other, other_hash) in &self.hashes {
                    let same = model.book.owner(hash).is_some()
                        && model.book.owner(hash) == model.book.owner(other_hash);
                    let is_same = contact.is_some() && contact == self.kept.contact(other).await;
                    prop_assert_eq!(is_same, same, "{} and {} after {:?}", name, other, step);
                }
            }
        }
        Ok(())
    }
}

#[test]
fn an_opt_out_under_any_identifier_stops_marketing_to_all_of_them() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let database = runtime.block_on(TestDb::start());
    let config = Config {
        cases: 24,
        ..Config::default()
    };
    TestRunner::new(config)
        .run(&steps(), |steps| {
            runtime.block_on(async {
                let world = World::open(&database).await;
                world.play(&steps).await
            })
        })
        .unwrap();
}
