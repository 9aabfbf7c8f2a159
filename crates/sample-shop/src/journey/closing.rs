//! The table at the end: what became of every row of the file.

use super::Journey;
use crate::api::{Campaign, DryRun, FailureCount};
use crate::failure::Failure;
use crate::table::{Table, grouped};
use crate::tally::Tally;

impl Journey {
    /// Shows it, and fails when a row is in no place or in two.
    pub(super) fn close(&self, campaign: &Campaign, dry_run: &DryRun) -> Result<(), Failure> {
        let tally = Tally::of(campaign);
        self.screen.say(format_args!(
            "\n{}\n",
            table(campaign, dry_run, &tally).render()
        ));
        let of_codes: u64 = campaign.failures.iter().map(|failure| failure.count).sum();
        let what = if tally.rows() != dry_run.rows || campaign.rows != dry_run.rows {
            format!(
                "{} rows were in the file, and the table accounts for {}.",
                grouped(dry_run.rows),
                grouped(tally.rows())
            )
        } else if of_codes > tally.failed + tally.unresolved {
            format!(
                "{} messages failed, and reasons are given for {}.",
                grouped(tally.failed),
                grouped(of_codes)
            )
        } else {
            return Ok(());
        };
        Err(Failure::new(format!("the table does not add up: {what}"))
            .kept(format!(
                "the campaign {} and all of its messages.",
                campaign.id
            ))
            .advice("report it.")
            .log(self.state.log("gateway")))
    }
}

fn table(campaign: &Campaign, dry_run: &DryRun, tally: &Tally) -> Table {
    let mut table = Table::new(format!(
        "What became of the {} rows:",
        grouped(dry_run.rows)
    ))
    .row("read", tally.read, "The client opened the message.")
    .row(
        "delivered",
        tally.delivered,
        "It is on the client's phone, not opened yet.",
    )
    .row(
        "sent",
        tally.sent + tally.submitted,
        "WhatsApp has it; the phone is off or without a network.",
    )
    .row("failed", tally.failed, "");
    for FailureCount {
        code,
        explanation,
        count,
    } in &campaign.failures
    {
        table = table.part(*count, format!("{explanation} (Meta's code {code})"));
    }
    table = table.row("skipped", tally.skipped_recipients, "");
    for reason in &dry_run.skipped_recipients {
        table = table.part(reason.count, &reason.explanation);
    }
    if tally.withdrawn > 0 {
        table = table.row(
            "withdrawn",
            tally.withdrawn,
            "Cancelled, too late, or the client said stop meanwhile.",
        );
    }
    table = table.row("not known yet", tally.not_known(), "");
    if tally.unresolved > 0 {
        let text = "It broke off while WhatsApp took it, and no status came; an offer is never sent twice.";
        table = table.part(tally.unresolved, text);
    }
    if tally.under_way > 0 {
        table = table.part(tally.under_way, "It is not handed over yet.");
    }
    table.row("together", tally.rows(), "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::answers::SkippedRecipients;
    use crate::tally::tests::campaign;

    #[test]
    fn failures_and_reasons_stand_under_their_sums() {
        let mut campaign = campaign(
            100,
            90,
            &[
                ("read", 50),
                ("delivered", 30),
                ("sent", 4),
                ("submitted", 1),
                ("failed", 5),
            ],
        );
        let explanation = "The client is not on WhatsApp.".to_owned();
        campaign.failures = vec![FailureCount {
            code: 131_026,
            explanation,
            count: 5,
        }];
        let skipped_recipients = SkippedRecipients {
            explanation: "There is no phone number.".to_owned(),
            count: 10,
            rows: vec![3],
        };
        let dry_run = DryRun {
            rows: 100,
            planned: 90,
            skipped_recipients_total: 10,
            skipped_recipients: vec![skipped_recipients],
            preview: Vec::new(),
            notes: Vec::new(),
            encoding: "utf-8".to_owned(),
            delimiter: ",".to_owned(),
        };
        let expected = "\
What became of the 100 rows:
  read             50   The client opened the message.
  delivered        30   It is on the client's phone, not opened yet.
  sent              5   WhatsApp has it; the phone is off or without a network.
  failed            5
                         5   The client is not on WhatsApp. (Meta's code 131026)
  skipped          10
                        10   There is no phone number.
  not known yet     0
  together        100";
        assert_eq!(
            table(&campaign, &dry_run, &Tally::of(&campaign)).render(),
            expected
        );
    }
}
