//! Derives the result of each message from the confirms of its batch.
//!
//! lapin attaches a `basic.return` to the next confirm, whichever message that is for, so that with several messages in
//! flight a routable one may carry another's return and an unroutable one may be acked without. Returns are therefore
//! matched by message id, over the whole batch. RabbitMQ returns a message before it confirms it; hence an ack without
//! a return proves that no return was waiting, and an ack that carries another's return proves nothing until all
//! confirms of the batch have arrived.

use std::collections::HashSet;

use uuid::Uuid;

use super::PublishError;

/// The confirm of one message, as lapin reports it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Confirmed {
    /// Acked; with the id of the return that it carried, of whichever message.
    Ack(Option<Uuid>),
    /// Refused; with the id of the return that it carried.
    Nack(Option<Uuid>),
    /// No confirm, because of a deadline or a lost connection.
    Nothing,
}

/// The result of each message, in the order of the batch.
pub(crate) fn settle(batch: &[(Uuid, Confirmed)]) -> Vec<Result<(), PublishError>> {
    let returned: HashSet<Uuid> = batch
        .iter()
        .filter_map(|(_, answer)| answer.returned())
        .collect();
    let complete = batch
        .iter()
        .all(|(_, answer)| *answer != Confirmed::Nothing);
    let settle_one = |(id, answer): &(Uuid, Confirmed)| match answer {
        _ if returned.contains(id) => Err(PublishError::Unroutable),
        Confirmed::Ack(None) => Ok(()),
        Confirmed::Ack(Some(_)) if complete => Ok(()),
        Confirmed::Ack(Some(_)) | Confirmed::Nothing => Err(PublishError::Unconfirmed),
        Confirmed::Nack(_) => Err(PublishError::Refused),
    };
    batch.iter().map(settle_one).collect()
}

impl Confirmed {
    const fn returned(self) -> Option<Uuid> {
        match self {
            Self::Ack(returned) | Self::Nack(returned) => returned,
            Self::Nothing => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::VecDeque;

    /// Confirms in the form of lapin's reports: returns wait in a queue, and each confirm takes the first one.
    fn as_lapin_tells(
        unroutable: &[bool],
        order: &[usize],
        heard: usize,
    ) -> Vec<(Uuid, Confirmed)> {
        let id = |index: usize| Uuid::from_u128(u128::try_from(index).unwrap() + 1);
        let mut line = VecDeque::new();
        let mut batch: Vec<_> = (0..unroutable.len())
            .map(|index| (id(index), Confirmed::Nothing))
            .collect();
        // All returns arrive first and are attached to the messages that are confirmed first: the worst case.
        line.extend(
            order
                .iter()
                .filter(|index| unroutable[**index])
                .map(|index| id(*index)),
        );
        for index in order.iter().take(heard) {
            batch[*index].1 = Confirmed::Ack(line.pop_front());
        }
        batch
    }

    fn batches() -> impl Strategy<Value = (Vec<bool>, Vec<usize>)> {
        prop::collection::vec(any::<bool>(), 1..40).prop_flat_map(|unroutable| {
            let order: Vec<usize> = (0..unroutable.len()).collect();
            (Just(unroutable), Just(order).prop_shuffle())
        })
    }

    proptest! {
        #[test]
        fn a_whole_batch_is_told_exactly((unroutable, order) in batches()) {
            let results = settle(&as_lapin_tells(&unroutable, &order, order.len()));
            for (unroutable, result) in unroutable.iter().zip(results) {
                let truth = if *unroutable { Err(PublishError::Unroutable) } else { Ok(()) };
                prop_assert_eq!(result, truth);
            }
        }

        #[test]
        fn an_unroutable_message_is_never_taken_for_stored(
            (unroutable, order) in batches(),
            heard in 0_usize..40,
        ) {
            let results = settle(&as_lapin_tells(&unroutable, &order, heard.min(order.len())));
            for (unroutable, result) in unroutable.iter().zip(results) {
                prop_assert!(!(*unroutable && result.is_ok()));
            }
        }
    }

    #[test]
    fn a_clean_ack_counts_although_others_of_the_batch_were_not_heard_of() {
        let (first, second) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let results = settle(&[(first, Confirmed::Ack(None)), (second, Confirmed::Nothing)]);
        assert_eq!(results, [Ok(()), Err(PublishError::Unconfirmed)]);
    }

    #[test]
    fn a_nack_is_a_refusal() {
        let results = settle(&[(Uuid::from_u128(1), Confirmed::Nack(None))]);
        assert_eq!(results, [Err(PublishError::Refused)]);
    }
}
