//! Webhooks still to be posted, by time: one heap for all messages, read by one dispatcher, so that a million pending
//! statuses are a million small entries and not a million tasks.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::sync::Mutex;
use std::sync::atomic::{self, AtomicU64};
use std::time::{Duration, Instant};

use tokio::sync::{Notify, oneshot};

use super::deliver::Posting;
use super::event::StatusEvent;
use crate::state::locks::lock;

/// An item to post.
pub(crate) enum Item {
    /// A status, to be composed into a body, alone or with others. The sender is notified of its first attempt.
    Status(StatusEvent, Option<oneshot::Sender<()>>),
    /// A complete body: of another field, or one that was not answered 200.
    Posting(Posting),
}

struct Entry {
    due: Instant,
    order: u64,
    item: Item,
}

/// The heap, and the number of updates that have not yet been answered 200 or parts up.
#[derive(Default)]
pub(crate) struct DeliveryQueue {
    heap: Mutex<BinaryHeap<Reverse<Entry>>>,
    order: AtomicU64,
    outstanding: AtomicU64,
    earlier: Notify,
    settled: Notify,
}

impl DeliveryQueue {
    /// Adds a new item to be posted at `due`.
    pub(crate) fn add(&self, due: Instant, item: Item) {
        self.outstanding
            .fetch_add(item.updates(), atomic::Ordering::SeqCst);
        self.put(due, item);
    }

    /// Puts back an item to be retried, which is already outstanding.
    pub(crate) fn put(&self, due: Instant, item: Item) {
        let order = self.order.fetch_add(1, atomic::Ordering::Relaxed);
        let mut heap = lock(&self.heap);
        let is_first = heap.peek().is_none_or(|Reverse(first)| due < first.due);
        heap.push(Reverse(Entry { due, order, item }));
        drop(heap);
        if is_first {
            self.earlier.notify_one();
        }
    }

    /// Records that this many updates were answered 200 or parts up.
    pub(crate) fn done(&self, updates: u64) {
        if self
            .outstanding
            .fetch_sub(updates, atomic::Ordering::SeqCst)
            == updates
        {
            self.settled.notify_waiters();
        }
    }

    /// Updates not yet answered 200 or parts up.
    pub(crate) fn outstanding(&self) -> u64 {
        self.outstanding.load(atomic::Ordering::SeqCst)
    }

    /// Waits until nothing is outstanding.
    pub(crate) async fn until_settled(&self) {
        loop {
            let settled = self.settled.notified();
            tokio::pin!(settled);
            settled.as_mut().enable();
            if self.outstanding() == 0 {
                return;
            }
            settled.await;
        }
    }

    /// Waits until the first entry is due.
    pub(crate) async fn until_due(&self) {
        loop {
            let first = lock(&self.heap).peek().map(|Reverse(first)| first.due);
            match first {
                Some(due) if due <= Instant::now() => return,
                Some(due) => {
                    tokio::select! {
                        () = tokio::time::sleep_until(due.into()) => {}
                        () = self.earlier.notified() => {}
                    }
                }
                None => self.earlier.notified().await,
            }
        }
    }

    /// Takes due items: one complete body, or up to `most` statuses.
    pub(crate) fn take_due(&self, most: usize) -> Vec<Item> {
        let now = Instant::now();
        let mut heap = lock(&self.heap);
        let mut taken = Vec::new();
        while taken.len() < most {
            let Some(Reverse(first)) = heap.peek() else {
                break;
            };
            let alone = matches!(first.item, Item::Posting(_));
            if first.due > now || (alone && !taken.is_empty()) {
                break;
            }
            taken.extend(heap.pop().map(|Reverse(entry)| entry.item));
            if alone {
                break;
            }
        }
        taken
    }

    /// Drops everything that is not being posted.
    pub(crate) fn clear(&self) {
        let dropped: Vec<Reverse<Entry>> = lock(&self.heap).drain().collect();
        let updates = dropped
            .iter()
            .map(|Reverse(entry)| entry.item.updates())
            .sum();
        self.done(updates);
    }
}

impl Item {
    fn updates(&self) -> u64 {
        match self {
            Self::Status(..) => 1,
            Self::Posting(posting) => posting.updates,
        }
    }
}

impl Entry {
    fn key(&self) -> (Instant, u64) {
        (self.due, self.order)
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Entry {}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

/// The instant `millis` after `start`.
pub(crate) fn after(start: Instant, millis: u64) -> Instant {
    start + Duration::from_millis(millis)
}
