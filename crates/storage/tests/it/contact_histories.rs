//! An opt-out under any identifier stops marketing to all of them, in any order of evidence: random histories compared
//! with a model without a database, with numbers that change owners, concurrent messages, and people who are erased.
//! Evidence counts from its commit: later evidence changes what was recorded before.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, TimeDelta, Utc};
use common::contact::{Change, ContactBook, Identifier, IdentifierHash, IdentifierKind};
use common::ids::ContactId;
use common::wire::Identity;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use storage::{Store, contacts};
use testkit::TestDb;
use worker_storage::project::apply_inbound;

use crate::fixture::{BusinessFixture, now};
use crate::people::{StoredPeople, hash, shown, text};

const NUMBERS: [&str; 4] = ["22670112233", "22997123456", "5215512345678", "22676445566"];
const USER_IDS: [&str; 4] = ["BF.1", "BF.2", "BF.3", "BF.4"];

/// One message: its sender's identifiers, its text, and its time in seconds after the start.
#[derive(Debug, Clone)]
struct Step {
    number: Option<usize>,
    user_id: Option<usize>,
    words: &'static str,
    written_at: i64,
    /// Whether it is received concurrently with the next one.
    races: bool,
    /// Whether its sender is erased afterwards, by any identifier.
    erased: bool,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let words = prop::sample::select(vec!["bonjour", "bonjour", "STOP", "STOP", "START"]);
    let flags = (prop::bool::weighted(0.3), prop::bool::weighted(0.1));
    let step = (0_usize..4, 0_usize..4, 0_u8..5, words, 0_i64..1000, flags).prop_map(
        |(number, user_id, shows, words, written_at, (races, erased))| Step {
            // Mostly a person's own two identifiers; sometimes a number that now belongs to another person.
            number: (shows != 1).then_some(number),
            user_id: (shows != 0).then_some(if shows == 4 { user_id } else { number }),
            words,
            written_at,
            races,
            erased,
        },
    );
    prop::collection::vec(step, 1..14)
}

/// The state seen by claims, derived from the rules only.
#[derive(Default, Clone)]
struct Model {
    book: ContactBook,
    words: HashMap<IdentifierHash, (Option<i64>, Option<i64>)>,
    names: u128,
    /// All identifiers.
    people: Vec<Identifier>,
}

impl Model {
    fn apply(&mut self, shown: &[Identifier], step: &Step) {
        self.names += 1;
        let id = ContactId::from_uuid(uuid::Uuid::from_u128(self.names));
        let changes = self.book.link(shown, id);
        for change in &changes {
            // The consent of the number's former owner does not apply to the new one.
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

    /// The person is deleted with all identifiers; refusals stay with the identifiers.
    fn erase(&mut self, name: &IdentifierHash) {
        let Some(person) = self.book.owner(name) else {
            return;
        };
        let everybody = self.people.clone();
        let mut left = ContactBook::default();
        for identifier in everybody {
            if let Some(owner) = self.book.owner(&identifier.hash)
                && owner != person
            {
                left.load(owner, identifier);
            }
        }
        self.book = left;
    }

    fn is_opted_out(&self, hash: &IdentifierHash) -> bool {
        let (out, back) = self.words.get(hash).copied().unwrap_or_default();
        out.is_some() && out >= back
    }
}

/// For each identifier: whether it is opted out, and all identifiers of the person.
type Seen = BTreeMap<&'static str, (bool, BTreeSet<&'static str>)>;

struct HistoryRunner {
    shop: BusinessFixture,
    another_store: Store,
    kept: StoredPeople,
    hashes: HashMap<&'static str, IdentifierHash>,
    begin: DateTime<Utc>,
}

impl HistoryRunner {
    async fn open(database: &TestDb) -> Self {
        let shop = BusinessFixture::open(database).await;
        let mut hashes = HashMap::new();
        for name in NUMBERS.iter().chain(&USER_IDS) {
            hashes.insert(*name, hash(&shop.scope, name).await);
        }
        Self {
            kept: StoredPeople::of(database, &shop).await,
            begin: now(database).await,
            another_store: database.another_store(),
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

    async fn receive(&self, store: &Store, step: &Step) {
        let at = self.begin + TimeDelta::seconds(step.written_at);
        let message = text(&self.shop, Self::identity(step), step.words, at);
        apply_inbound(store, &[message], at).await.unwrap();
    }

    async fn erase(&self, name: &IdentifierHash) {
        let (scope, now) = (&self.shop.scope, self.begin);
        let mut transaction = scope.begin().await.unwrap();
        let hashes = [name.to_vec()];
        contacts::erase(&mut transaction, scope, &hashes, now)
            .await
            .unwrap();
        transaction.commit().await.unwrap();
    }

    /// Runs a history and compares what a claim sees of each identifier after each step; of two concurrent steps either
    /// may be first.
    async fn play(&self, steps: &[Step]) -> Result<(), TestCaseError> {
        let mut model = Model {
            people: self.people(),
            ..Model::default()
        };
        let mut left = steps;
        while let [step, rest @ ..] = left {
            left = rest;
            let shown = self.identifiers(step);
            let mut in_order = model.clone();
            in_order.apply(&shown, step);
            let mut may_be = vec![in_order];
            if let (true, [other, rest @ ..]) = (step.races, rest) {
                left = rest;
                let other_shown = self.identifiers(other);
                may_be[0].apply(&other_shown, other);
                model.apply(&other_shown, other);
                model.apply(&shown, step);
                may_be.push(model);
                tokio::join!(
                    self.receive(&self.shop.store, step),
                    self.receive(&self.another_store, other)
                );
            } else {
                self.receive(&self.shop.store, step).await;
            }
            if step.erased {
                let name = shown[0].hash;
                self.erase(&name).await;
                may_be.iter_mut().for_each(|model| model.erase(&name));
            }
            let seen = self.seen().await;
            let first = self.expected(&may_be[0]);
            let fits = may_be
                .into_iter()
                .find(|model| self.expected(model) == seen);
            prop_assert!(
                fits.is_some(),
                "{:?}, seen {:?}, expected {:?}",
                step,
                seen,
                first
            );
            model = fits.unwrap();
        }
        Ok(())
    }

    fn people(&self) -> Vec<Identifier> {
        let all = |number: Option<usize>, user_id: Option<usize>| {
            let step = Step {
                number,
                user_id,
                words: "",
                written_at: 0,
                races: false,
                erased: false,
            };
            self.identifiers(&step)
        };
        (0..4)
            .flat_map(|index| all(Some(index), Some(index)))
            .collect()
    }

    /// For each identifier: whether it is opted out, and the person's other identifiers.
    async fn seen(&self) -> Seen {
        let mut contacts = BTreeMap::new();
        for name in self.hashes.keys() {
            contacts.insert(*name, self.kept.contact(name).await);
        }
        let mut seen = Seen::new();
        for (name, contact) in &contacts {
            let same = |other: &&&'static str| contact.is_some() && contacts[**other] == *contact;
            let person = contacts.keys().filter(same).copied().collect();
            seen.insert(name, (self.kept.is_opted_out(name).await, person));
        }
        seen
    }

    fn expected(&self, model: &Model) -> Seen {
        let person = |hash: &IdentifierHash| -> BTreeSet<&'static str> {
            let owner = model.book.owner(hash);
            let same = |(_, other): &(&&'static str, &IdentifierHash)| {
                owner.is_some() && model.book.owner(other) == owner
            };
            self.hashes
                .iter()
                .filter(same)
                .map(|(name, _)| *name)
                .collect()
        };
        let of = |(name, hash): (&&'static str, &IdentifierHash)| {
            (*name, (model.is_opted_out(hash), person(hash)))
        };
        self.hashes.iter().map(of).collect()
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
                let runner = HistoryRunner::open(&database).await;
                runner.play(&steps).await
            })
        })
        .unwrap();
}
