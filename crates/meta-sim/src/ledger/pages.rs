//! The in-memory form of the ledger. A nightly test adds tens of millions of messages, so an entry costs a record of 48
//! bytes, its texts in one block with those of its neighbours, and a slot in the table of ids. Values shared by many
//! entries (number, type, template, category) are stored once.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use hashbrown::HashTable;
use serde_json::value::RawValue;

use super::Entered;
use super::entry::{Acceptance, AcceptedMessage, Answered, LedgerEntry};

const PAGE: usize = 4_096;
const TEXTS: usize = 5;

/// All entries; they are numbered from 1.
#[derive(Default)]
pub(super) struct Pages {
    full: Vec<Page>,
    open: Page,
    hasher: RandomState,
    /// The first acceptance of every `biz_opaque_callback_data`.
    first: HashTable<First>,
    /// The later ones, keyed by the first.
    later: BTreeMap<u64, Vec<u64>>,
    origins: HashTable<Arc<Origin>>,
    bodies: HashMap<u64, Box<RawValue>>,
    without_opaque: u64,
}

#[derive(Default)]
struct Page {
    records: Vec<Record>,
    texts: String,
}

struct Record {
    accepted_at_ms: i64,
    origin: Arc<Origin>,
    /// End offset of each text in the page's block: opaque id, input, `wa_id`, BSUID, wamid. Absent texts are empty.
    ends: [u32; TEXTS],
    repetition: u32,
    answered: Answered,
}

/// The values shared by many entries.
struct Origin {
    phone_number_id: String,
    kind: String,
    template: Option<String>,
    category: String,
}

struct First {
    /// Stored, so that the table grows without reading the texts again.
    hash: u64,
    sequence: u64,
}

/// One entry and its position.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    sequence: u64,
    record: &'a Record,
    texts: [&'a str; TEXTS],
    body: Option<&'a RawValue>,
}

impl Pages {
    /// Appends an entry.
    pub(super) fn push(&mut self, acceptance: &Acceptance<'_>, accepted_at_ms: i64) -> Entered {
        let entered = self.place(acceptance.opaque);
        let origin = self.origin(acceptance);
        if let Some(body) = acceptance.body {
            self.bodies.insert(entered.sequence, body.to_owned());
        }
        let record = |ends| Record {
            accepted_at_ms,
            origin,
            ends,
            repetition: entered.repetition,
            answered: acceptance.answered,
        };
        self.open.push(acceptance, record);
        if self.open.records.len() == PAGE {
            self.open.texts.shrink_to_fit();
            self.full.push(std::mem::take(&mut self.open));
        }
        entered
    }

    pub(super) fn len(&self) -> u64 {
        count(self.full.len() * PAGE + self.open.records.len())
    }

    pub(super) fn distinct(&self) -> u64 {
        count(self.first.len())
    }

    pub(super) fn without_opaque(&self) -> u64 {
        self.without_opaque
    }

    pub(super) fn repeated(&self) -> u64 {
        count(self.later.len())
    }

    /// Ids accepted more than once, with their counts, at most `most`.
    pub(super) fn first_repeated(&self, most: usize) -> Vec<(String, u32)> {
        let last = self.later.values().filter_map(|later| later.last());
        let views = last.filter_map(|sequence| self.view(*sequence));
        let named = views.map(|view| (view.opaque().to_owned(), view.repetition()));
        named.take(most).collect()
    }

    /// The entry with this number.
    pub(super) fn view(&self, sequence: u64) -> Option<View<'_>> {
        let place = usize::try_from(sequence.checked_sub(1)?).ok()?;
        let page = match place / PAGE {
            open if open == self.full.len() => &self.open,
            full => self.full.get(full)?,
        };
        let record = page.records.get(place % PAGE)?;
        let before = (place % PAGE).checked_sub(1);
        let before = before.and_then(|before| page.records.get(before));
        let mut start = before.map_or(0, |before| before.ends[TEXTS - 1]);
        let texts = record.ends.map(|end| {
            let text = page.texts.get(offset(start)..offset(end));
            start = end;
            text.unwrap_or_default()
        });
        Some(View {
            sequence,
            record,
            texts,
            body: self.bodies.get(&sequence).map(Box::as_ref),
        })
    }

    /// All entries of one `biz_opaque_callback_data`, in order.
    pub(super) fn acceptances(&self, opaque: &str) -> Vec<View<'_>> {
        let hash = self.hasher.hash_one(opaque);
        let first = self.first.find(hash, |first| self.is(first, hash, opaque));
        first.map_or_else(Vec::new, |first| self.all_of(first.sequence))
    }

    /// The summary of all entries of the message whose first entry this is.
    pub(super) fn message(&self, first: &View<'_>) -> AcceptedMessage {
        let all = self.all_of(first.sequence);
        let mut phone_number_ids: Vec<String> = Vec::with_capacity(1);
        for view in &all {
            if !phone_number_ids
                .iter()
                .any(|id| id == view.phone_number_id())
            {
                phone_number_ids.push(view.phone_number_id().to_owned());
            }
        }
        let last = all.last().unwrap_or(first);
        let origin = &first.record.origin;
        AcceptedMessage {
            biz_opaque_callback_data: some(first.opaque()),
            times: last.repetition(),
            first_accepted_at_ms: first.accepted_at_ms(),
            last_accepted_at_ms: last.accepted_at_ms(),
            first_sequence: first.sequence,
            phone_number_ids,
            kind: origin.kind.clone(),
            template: origin.template.clone(),
            category: origin.category.clone(),
            answered: all.iter().map(|view| view.record.answered).collect(),
        }
    }

    fn all_of(&self, first: u64) -> Vec<View<'_>> {
        let later = self
            .later
            .get(&first)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let all = std::iter::once(&first).chain(later);
        all.filter_map(|sequence| self.view(*sequence)).collect()
    }

    /// The next number, and how often this id has been accepted including it.
    fn place(&mut self, opaque: Option<&str>) -> Entered {
        let sequence = self.len() + 1;
        let repetition = 1;
        let Some(opaque) = opaque else {
            self.without_opaque += 1;
            return Entered {
                sequence,
                repetition,
            };
        };
        let hash = self.hasher.hash_one(opaque);
        let known = self.first.find(hash, |first| self.is(first, hash, opaque));
        let Some(first) = known.map(|first| first.sequence) else {
            let first = First { hash, sequence };
            self.first.insert_unique(hash, first, |first| first.hash);
            return Entered {
                sequence,
                repetition,
            };
        };
        let later = self.later.entry(first).or_default();
        later.push(sequence);
        let repetition = u32::try_from(later.len() + 1).unwrap_or(u32::MAX);
        Entered {
            sequence,
            repetition,
        }
    }

    fn is(&self, first: &First, hash: u64, opaque: &str) -> bool {
        let view = || self.view(first.sequence);
        first.hash == hash && view().is_some_and(|view| view.opaque() == opaque)
    }

    fn origin(&mut self, acceptance: &Acceptance<'_>) -> Arc<Origin> {
        let key = (
            acceptance.phone_number_id,
            acceptance.kind,
            acceptance.template,
            acceptance.category,
        );
        let hash = self.hasher.hash_one(key);
        let is = |known: &Arc<Origin>| known.key() == key;
        if let Some(known) = self.origins.find(hash, is) {
            return Arc::clone(known);
        }
        let made = Arc::new(Origin::of(key));
        let hasher = &self.hasher;
        let rehash = |known: &Arc<Origin>| hasher.hash_one(known.key());
        self.origins.insert_unique(hash, Arc::clone(&made), rehash);
        made
    }
}

impl Page {
    fn push(&mut self, acceptance: &Acceptance<'_>, record: impl FnOnce([u32; TEXTS]) -> Record) {
        let texts = [
            acceptance.opaque.unwrap_or_default(),
            acceptance.input,
            acceptance.wa_id.unwrap_or_default(),
            acceptance.user_id,
            acceptance.wamid,
        ];
        let ends = texts.map(|text| {
            self.texts.push_str(text);
            // A page's texts have some hundred thousand bytes: requests with longer ones are refused.
            u32::try_from(self.texts.len()).unwrap_or(u32::MAX)
        });
        if self.records.is_empty() {
            self.records.reserve_exact(PAGE);
        }
        self.records.push(record(ends));
    }
}

type OriginKey<'a> = (&'a str, &'a str, Option<&'a str>, &'a str);

impl Origin {
    fn of((phone_number_id, kind, template, category): OriginKey<'_>) -> Self {
        Self {
            phone_number_id: phone_number_id.to_owned(),
            kind: kind.to_owned(),
            template: template.map(str::to_owned),
            category: category.to_owned(),
        }
    }

    fn key(&self) -> OriginKey<'_> {
        let template = self.template.as_deref();
        (&self.phone_number_id, &self.kind, template, &self.category)
    }
}

impl View<'_> {
    pub(super) fn accepted_at_ms(&self) -> i64 {
        self.record.accepted_at_ms
    }

    pub(super) fn phone_number_id(&self) -> &str {
        &self.record.origin.phone_number_id
    }

    pub(super) fn repetition(&self) -> u32 {
        self.record.repetition
    }

    pub(super) fn entry(&self) -> LedgerEntry {
        let [opaque, input, wa_id, user_id, wamid] = self.texts;
        let origin = &self.record.origin;
        LedgerEntry {
            sequence: self.sequence,
            accepted_at_ms: self.record.accepted_at_ms,
            biz_opaque_callback_data: some(opaque),
            repetition: self.record.repetition,
            phone_number_id: origin.phone_number_id.clone(),
            input: input.to_owned(),
            wa_id: some(wa_id),
            user_id: user_id.to_owned(),
            wamid: wamid.to_owned(),
            kind: origin.kind.clone(),
            template: origin.template.clone(),
            category: origin.category.clone(),
            answered: self.record.answered,
            body: self.body.map(RawValue::to_owned),
        }
    }

    fn opaque(&self) -> &str {
        let [opaque, ..] = self.texts;
        opaque
    }
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn offset(end: u32) -> usize {
    usize::try_from(end).unwrap_or(usize::MAX)
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
