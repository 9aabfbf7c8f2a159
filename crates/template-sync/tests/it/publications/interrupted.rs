//! Attempts that end at any point, as with their process: no template is created twice, and none is lost.

use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use chrono::TimeDelta;
use serde_json::Value;

use super::fixture::{ACCEPTED, definition};
use crate::fixture::Fixture;

/// Interruptions in all.
const INTERRUPTIONS: usize = 100;

/// Polls a future a number of times and then leaves it: it ends at the point that it has reached, whatever it waits for.
struct Interrupted<F> {
    inner: F,
    polls_left: usize,
}

impl<F: Future + Unpin> Future for Interrupted<F> {
    /// `None` when it was interrupted.
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if self.polls_left == 0 {
            return Poll::Ready(None);
        }
        self.polls_left -= 1;
        match Pin::new(&mut self.inner).poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if self.polls_left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl Fixture {
    /// Makes an attempt that ends after so many polls; whether the publication has ended.
    async fn attempt(&self, polls: usize) -> bool {
        let publisher = self.publisher();
        let Some(claimed) = publisher.claim(1).await.unwrap().pop() else {
            // The one before was interrupted after its last write.
            return true;
        };
        let attempt = pin!(publisher.carry_out(&claimed));
        let interrupted = Interrupted {
            inner: attempt,
            polls_left: polls,
        };
        match interrupted.await {
            Some(ended) => {
                ended.unwrap();
                true
            }
            None => false,
        }
    }

    /// Interrupts attempts at a publication at each of their points in turn, then lets one end.
    async fn interrupt_at_every_point(&self, from: usize) -> usize {
        let mut points = from;
        loop {
            if self.attempt(points).await {
                return points - from;
            }
            points += 1;
            // The lease of the interrupted attempt ends.
            self.clock.advance(TimeDelta::minutes(11));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_creation_that_is_interrupted_at_any_point_creates_one_template() {
    let fixture = Fixture::open().await;
    let (mut interruptions, mut number) = (0, 0);
    while interruptions < INTERRUPTIONS {
        number += 1;
        let name = format!("interrompu_{number}");
        let id = fixture
            .ask_to_create(&definition(&name, "Votre commande est prête."))
            .await;
        // Each publication is first interrupted at a later point, so that all points are met on the first attempt too.
        interruptions += fixture.interrupt_at_every_point(number).await;
        let stored = fixture.publication(id).await;
        assert_eq!(stored.state, ACCEPTED, "{name}: {stored:?}");
        let nodes = fixture.at_meta(&name).await;
        assert_eq!(nodes.len(), 1, "{name}");
        assert_eq!(stored.template_id.as_deref(), Some(nodes[0].id.as_str()));
        assert_eq!(fixture.statuses(&name).await, ["PENDING"]);
    }
    let accepted = fixture.events("template.publication_accepted").await;
    assert_eq!(accepted.len(), number, "each is reported once");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_and_a_deletion_that_are_interrupted_at_any_point_end_once() {
    let fixture = Fixture::open().await;
    fixture.put_template("essai_prete", "REJECTED");
    fixture
        .synchroniser()
        .synchronise(&fixture.account)
        .await
        .unwrap();
    let template_id = fixture.template_id("essai_prete").await;
    let edited: Value = definition("essai_prete", "Votre commande vous attend.");
    let edit = fixture.ask_to_edit(&template_id, &edited).await;
    assert!(fixture.interrupt_at_every_point(1).await > 5);
    assert_eq!(fixture.publication(edit).await.state, ACCEPTED);
    let nodes = fixture.at_meta("essai_prete").await;
    assert_eq!(
        nodes[0].components[0]["text"],
        "Votre commande vous attend."
    );

    let deletion = fixture
        .ask_to_delete("essai_prete", Some(&template_id))
        .await;
    assert!(fixture.interrupt_at_every_point(1).await > 5);
    assert_eq!(fixture.publication(deletion).await.state, ACCEPTED);
    assert!(fixture.at_meta("essai_prete").await.is_empty());
    assert_eq!(
        fixture.events("template.publication_accepted").await.len(),
        2
    );
}
