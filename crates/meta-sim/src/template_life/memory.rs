//! What the simulator remembers of templates beside their nodes.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};

use super::due::{Due, Event};
use crate::limits::templates::TemplateLimits;
use crate::state::account::Template;
use crate::state::locks::lock;

const HOUR_MS: i64 = 60 * 60 * 1_000;
const DAY_MS: i64 = 24 * HOUR_MS;
const MONTH_MS: i64 = 30 * DAY_MS;

/// The memory of templates.
#[derive(Debug, Default)]
pub(crate) struct TemplateLife {
    /// Held by a call that decides on a change and makes it, so that of two equal calls one is refused.
    changing: Mutex<()>,
    memory: Mutex<Memory>,
}

#[derive(Debug, Default)]
struct Memory {
    /// Times of creations, by account.
    creations: HashMap<String, Vec<i64>>,
    /// Times of edits of an approved template, by template.
    edits: HashMap<String, Vec<i64>>,
    /// Pauses for low quality so far, by template.
    pauses: HashMap<String, u32>,
    /// When a template was paused last.
    paused_at: HashMap<String, i64>,
    /// The status of an archived template before.
    before_archive: HashMap<String, String>,
    /// By account.
    deletions: HashMap<String, Vec<Deletion>>,
    due: Vec<Due>,
}

#[derive(Debug)]
struct Deletion {
    name: String,
    language: String,
    at_ms: i64,
}

impl TemplateLife {
    /// Excludes other changes until the guard is dropped.
    pub(crate) fn change(&self) -> MutexGuard<'_, ()> {
        lock(&self.changing)
    }

    /// How long the account has to wait before it may create a template; `None` when it may do so now.
    pub(crate) fn creation_wait(
        &self,
        waba_id: &str,
        now_ms: i64,
        limits: &TemplateLimits,
    ) -> Option<i64> {
        let mut memory = lock(&self.memory);
        let times = memory.creations.get_mut(waba_id)?;
        times.retain(|at| now_ms - at < HOUR_MS);
        let full = times.len() >= usize::try_from(limits.creations_per_hour).unwrap_or(usize::MAX);
        let oldest = times.first().copied().unwrap_or(now_ms);
        full.then_some(oldest + HOUR_MS - now_ms)
    }

    pub(crate) fn created(&self, waba_id: &str, now_ms: i64) {
        let mut memory = lock(&self.memory);
        let times = memory.creations.entry(waba_id.to_owned()).or_default();
        times.push(now_ms);
    }

    /// Whether the limits allow another edit of an approved template.
    pub(crate) fn may_edit(&self, id: &str, now_ms: i64, limits: &TemplateLimits) -> bool {
        let memory = lock(&self.memory);
        let times = memory.edits.get(id).map(Vec::as_slice).unwrap_or_default();
        let within = |window: i64| {
            let count = times.iter().filter(|at| now_ms - **at < window).count();
            u32::try_from(count).unwrap_or(u32::MAX)
        };
        within(DAY_MS) < limits.edits_per_day && within(MONTH_MS) < limits.edits_per_month
    }

    pub(crate) fn edited(&self, id: &str, now_ms: i64) {
        let mut memory = lock(&self.memory);
        memory.edits.entry(id.to_owned()).or_default().push(now_ms);
    }

    /// Remembers a deletion, and forgets the template.
    pub(crate) fn deleted(&self, waba_id: &str, template: &Template, now_ms: i64) {
        let mut memory = lock(&self.memory);
        memory.due.retain(|due| due.template_id != template.id);
        // Only the name of an approved template is blocked.
        if template.status == "PENDING" || template.status == "REJECTED" {
            return;
        }
        let deletions = memory.deletions.entry(waba_id.to_owned()).or_default();
        deletions.push(Deletion {
            name: template.name.clone(),
            language: template.language.clone(),
            at_ms: now_ms,
        });
    }

    /// Whether a deletion blocks the name: in the language that was deleted, and in all of them once none is left.
    pub(crate) fn blocks(
        &self,
        waba_id: &str,
        template: &Template,
        name_is_in_use: bool,
        since_ms: i64,
    ) -> bool {
        let memory = lock(&self.memory);
        let deletions = memory.deletions.get(waba_id).into_iter().flatten();
        deletions
            .filter(|deletion| deletion.at_ms > since_ms && deletion.name == template.name)
            .any(|deletion| !name_is_in_use || deletion.language == template.language)
    }

    /// Counts a pause for low quality, and returns its number.
    pub(crate) fn count_pause(&self, id: &str) -> u32 {
        let mut memory = lock(&self.memory);
        let count = memory.pauses.entry(id.to_owned()).or_default();
        *count += 1;
        *count
    }

    pub(crate) fn paused(&self, id: &str, now_ms: i64) {
        lock(&self.memory).paused_at.insert(id.to_owned(), now_ms);
    }

    pub(crate) fn paused_at(&self, id: &str) -> Option<i64> {
        lock(&self.memory).paused_at.get(id).copied()
    }

    pub(crate) fn archived(&self, id: &str, status: &str) {
        let mut memory = lock(&self.memory);
        memory
            .before_archive
            .insert(id.to_owned(), status.to_owned());
    }

    pub(crate) fn before_archive(&self, id: &str) -> Option<String> {
        lock(&self.memory).before_archive.get(id).cloned()
    }

    /// Schedules an event, in place of one of the same kind.
    pub(super) fn schedule(&self, due: Due) {
        let mut memory = lock(&self.memory);
        let same = |other: &Due| {
            other.template_id == due.template_id
                && std::mem::discriminant(&other.event) == std::mem::discriminant(&due.event)
        };
        memory.due.retain(|other| !same(other));
        memory.due.push(due);
    }

    /// Takes the events that are due, in the order of their times.
    pub(super) fn take_due(&self, now_ms: i64) -> Vec<Due> {
        let mut memory = lock(&self.memory);
        let mut due: Vec<Due> = memory
            .due
            .extract_if(.., |due| due.at_ms <= now_ms)
            .collect();
        due.sort_by_key(|due| due.at_ms);
        due
    }

    /// Clears everything.
    pub(crate) fn clear(&self) {
        *lock(&self.memory) = Memory::default();
    }
}

/// A day ahead Meta announces a change of category.
pub(super) const ANNOUNCED_MS: i64 = DAY_MS;
/// How long a template stays in the archive.
pub(super) const ARCHIVE_MS: i64 = 28 * DAY_MS;
/// How long the first and the second pause for low quality last.
pub(super) const PAUSES_MS: [i64; 2] = [3 * HOUR_MS, 6 * HOUR_MS];

impl Due {
    pub(super) const fn new(
        waba_id: String,
        template_id: String,
        at_ms: i64,
        event: Event,
    ) -> Self {
        Self {
            at_ms,
            waba_id,
            template_id,
            event,
        }
    }
}
