//! What became of a campaign's rows, in the words of a shop owner: each row in exactly one place.

use crate::api::Campaign;

/// How many rows are where. Of all states only the furthest counts: a message that was read is not among the delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Tally {
    /// The client opened it.
    pub(crate) read: u64,
    /// It reached the client's phone.
    pub(crate) delivered: u64,
    /// It is on its way to the client's phone.
    pub(crate) sent: u64,
    /// WhatsApp took it and said nothing more.
    pub(crate) submitted: u64,
    /// WhatsApp refused it or could not deliver it.
    pub(crate) failed: u64,
    /// Taken back before it left: cancelled, too late, or the client said stop meanwhile.
    pub(crate) withdrawn: u64,
    /// It can no longer be found out whether WhatsApp took it.
    pub(crate) unresolved: u64,
    /// Not handed to WhatsApp yet, or being handed over.
    pub(crate) under_way: u64,
    /// Rows of the file that get no message.
    pub(crate) skipped_recipients: u64,
}

impl Tally {
    pub(crate) fn of(campaign: &Campaign) -> Self {
        let mut tally = Self {
            skipped_recipients: campaign.skipped_recipients,
            ..Self::default()
        };
        for (state, count) in &campaign.by_state {
            if let Some(counter) = tally.counter(state) {
                *counter += count;
            }
        }
        tally.under_way = campaign.planned.saturating_sub(tally.settled());
        tally
    }

    /// Messages about which the product has nothing more to do.
    pub(crate) const fn settled(&self) -> u64 {
        self.read
            + self.delivered
            + self.sent
            + self.submitted
            + self.failed
            + self.withdrawn
            + self.unresolved
    }

    /// Messages whose end is open.
    pub(crate) const fn not_known(&self) -> u64 {
        self.under_way + self.unresolved
    }

    /// All rows.
    pub(crate) const fn rows(&self) -> u64 {
        self.settled() + self.under_way + self.skipped_recipients
    }

    fn counter(&mut self, state: &str) -> Option<&mut u64> {
        match state {
            "read" | "played" => Some(&mut self.read),
            "delivered" => Some(&mut self.delivered),
            "sent" => Some(&mut self.sent),
            "submitted" => Some(&mut self.submitted),
            "failed" | "rejected" => Some(&mut self.failed),
            "cancelled" | "expired" | "suppressed" => Some(&mut self.withdrawn),
            "unresolved" => Some(&mut self.unresolved),
            _ => None,
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    const STATES: [&str; 16] = [
        "accepted",
        "sending",
        "retry_wait",
        "held",
        "unknown",
        "rejected",
        "cancelled",
        "suppressed",
        "expired",
        "unresolved",
        "submitted",
        "sent",
        "failed",
        "delivered",
        "read",
        "played",
    ];

    pub(crate) fn campaign(rows: u64, planned: u64, by_state: &[(&str, u64)]) -> Campaign {
        Campaign {
            id: "c".to_owned(),
            state: "running".to_owned(),
            rows,
            planned,
            skipped_recipients: rows - planned,
            by_state: by_state
                .iter()
                .map(|(state, count)| ((*state).to_owned(), *count))
                .collect(),
            failures: Vec::new(),
        }
    }

    #[test]
    fn what_is_not_released_yet_is_under_way() {
        let tally = Tally::of(&campaign(
            100,
            90,
            &[
                ("accepted", 10),
                ("sending", 5),
                ("sent", 20),
                ("rejected", 1),
            ],
        ));
        assert_eq!(
            (
                tally.sent,
                tally.failed,
                tally.under_way,
                tally.skipped_recipients
            ),
            (20, 1, 69, 10)
        );
        assert_eq!(tally.rows(), 100);
    }

    #[test]
    fn more_messages_than_were_planned_do_not_go_unnoticed() {
        assert_eq!(
            Tally::of(&campaign(10, 10, &[("delivered", 11)])).rows(),
            11
        );
    }

    proptest! {
        #[test]
        fn every_row_is_in_one_place(counts in prop::array::uniform16(0_u64..1_000), unreleased in 0_u64..1_000, skipped_recipients in 0_u64..1_000) {
            let planned = counts.iter().sum::<u64>() + unreleased;
            let by_state: Vec<_> = STATES.into_iter().zip(counts).collect();
            let tally = Tally::of(&campaign(planned + skipped_recipients, planned, &by_state));
            prop_assert_eq!(tally.rows(), planned + skipped_recipients);
        }
    }
}
