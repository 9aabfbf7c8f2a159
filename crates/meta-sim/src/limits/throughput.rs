//! The messages that a number sent and received within a second: the throughput limit, and the peak of POSTs for tests
//! of the send rate.
//!
//! The window slides in steps of 100 ms.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Instant;

use super::Limits;
use crate::state::account::Number;
use crate::state::locks::lock;

const SLOT_MS: u128 = 100;
const SLOTS: u128 = 10;

/// The messages of one number.
#[derive(Debug)]
pub(crate) struct Traffic {
    started: Instant,
    window: Mutex<Window>,
}

#[derive(Debug, Default)]
struct Window {
    /// Oldest first, never more than `SLOTS` of them.
    slots: VecDeque<Slot>,
    peak: u64,
}

#[derive(Debug)]
struct Slot {
    number: u128,
    posts: u64,
    received: u64,
}

impl Default for Traffic {
    fn default() -> Self {
        Self {
            started: Instant::now(),
            window: Mutex::default(),
        }
    }
}

impl Traffic {
    /// Counts a POST and returns the messages of the last second, including this one.
    pub(crate) fn posted(&self) -> u64 {
        lock(&self.window).posted(self.slot())
    }

    /// Counts a message from a client.
    pub(crate) fn received(&self) {
        lock(&self.window).add(self.slot(), 0, 1);
    }

    /// Most POSTs within one second so far.
    pub(crate) fn peak(&self) -> u64 {
        lock(&self.window).peak
    }

    fn slot(&self) -> u128 {
        self.started.elapsed().as_millis() / SLOT_MS
    }
}

impl Window {
    fn posted(&mut self, slot: u128) -> u64 {
        self.add(slot, 1, 0);
        let posts = self.slots.iter().map(|slot| slot.posts).sum();
        let received: u64 = self.slots.iter().map(|slot| slot.received).sum();
        self.peak = self.peak.max(posts);
        posts + received
    }

    /// Counts into a slot; slots older than a second are dropped.
    fn add(&mut self, number: u128, posts: u64, received: u64) {
        let is_past = |oldest: &Slot| oldest.number + SLOTS <= number;
        while self.slots.front().is_some_and(is_past) {
            self.slots.pop_front();
        }
        match self.slots.back_mut() {
            // A thread that read the clock earlier may arrive later.
            Some(newest) if newest.number >= number => {
                newest.posts += posts;
                newest.received += received;
            }
            _ => self.slots.push_back(Slot {
                number,
                posts,
                received,
            }),
        }
    }
}

/// Whether this many messages in a second are within the limit of a number.
pub(crate) fn allows(limits: &Limits, number: &Number, messages: u64) -> bool {
    let level: u32 = match number.throughput.as_str() {
        _ if number.is_on_biz_app => 20,
        "HIGH" => 1_000,
        _ => 80,
    };
    let most = f64::from(level) * (1.0 + limits.throughput_tolerance);
    u32::try_from(messages).is_ok_and(|messages| f64::from(messages) <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_slides_by_tenths_of_a_second() {
        let mut window = Window::default();
        assert_eq!((0..5).map(|_| window.posted(0)).last(), Some(5));
        assert_eq!(window.posted(9), 6);
        assert_eq!(window.posted(10), 2);
        assert_eq!(window.peak, 6);
    }

    #[test]
    fn what_is_received_counts_with_what_is_sent_but_not_in_the_peak() {
        let mut window = Window::default();
        window.add(3, 0, 2);
        assert_eq!(window.posted(4), 3);
        assert_eq!(window.posted(3), 4);
        assert_eq!(window.peak, 2);
        assert_eq!(window.posted(13), 3);
    }

    #[test]
    fn a_level_has_a_default_tolerance_of_a_tenth() {
        let strict = Limits {
            throughput_tolerance: 0.0,
            ..Limits::default()
        };
        let high = Number {
            throughput: "HIGH".to_owned(),
            ..Number::default()
        };
        let shared = Number {
            is_on_biz_app: true,
            ..high.clone()
        };
        for (number, level) in [(Number::default(), 80), (high, 1_000), (shared, 20)] {
            assert!(allows(&Limits::default(), &number, level * 11 / 10));
            assert!(!allows(&Limits::default(), &number, level * 11 / 10 + 1));
            assert!(allows(&strict, &number, level));
            assert!(!allows(&strict, &number, level + 1));
        }
    }
}
