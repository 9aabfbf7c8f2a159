//! The campaign: its template, its file, the dry run, the start.

use serde_json::{Value, json};
use tokio::time::Instant;

use super::template::{LANGUAGE, NAME};
use super::{Journey, preview};
use crate::api::{Api, Campaign, DryRun, Template};
use crate::failure::Failure;
use crate::simulator::PHONE_NUMBER_ID;
use crate::table::{Table, examples, grouped};
use crate::tally::Tally;

/// Holds the id of the campaign that was started last.
const FILE: &str = "campaign.json";
/// The states in which messages leave by themselves.
const GOES_ON: [&str; 2] = ["running", "completed"];
/// The template's variables, and the columns of the file that fill them.
const COLUMNS: [(&str, &str); 2] = [("1", "Prénom"), ("2", "Code fidélité")];

/// A campaign that is ready to start.
pub(super) struct Prepared {
    pub(super) id: String,
    pub(super) dry_run: DryRun,
}

impl Journey {
    /// Waits for the messages of a start that was cut off: they go on by themselves, and would be taken for those of
    /// the new campaign.
    pub(super) async fn finish_earlier(&self, api: &Api) -> Result<(), Failure> {
        let Some(id) = self.state.read::<String>(FILE)? else {
            return Ok(());
        };
        let earlier: Campaign = match api.get(&format!("/v1/campaigns/{id}")).await {
            // Of another database.
            Err(error) if error.is("not_found") => return Ok(()),
            answer => answer?,
        };
        let left = Tally::of(&earlier).under_way;
        if left == 0 || !GOES_ON.contains(&earlier.state.as_str()) {
            return Ok(());
        }
        let left = grouped(left);
        self.screen.say(format_args!(
            "The campaign of an earlier start goes on first: {left} messages are left."
        ));
        self.follow(api, &id, Instant::now()).await?;
        Ok(())
    }

    /// Makes a campaign, gives it the file, and shows what would become of each row.
    pub(super) async fn prepare_campaign(&self, api: &Api) -> Result<Prepared, Failure> {
        let template = self.template(api).await?;
        let mut variables = serde_json::Map::new();
        for (variable, column) in COLUMNS {
            variables.insert(variable.to_owned(), json!({"column": column}));
        }
        let wanted = json!({
            "name": "Offre fidélité",
            "from": PHONE_NUMBER_ID,
            "template": {"name": template.name, "language": template.language},
            "variables": variables,
        });
        let campaign: Campaign = api.post("/v1/campaigns", &wanted).await?;
        let columns: Vec<_> = COLUMNS
            .iter()
            .map(|(variable, column)| format!("{{{{{variable}}}}} = {column}"))
            .collect();
        self.screen.say(format_args!(
            "Campaign: {} ({}, {}): \"{}\" with {}.",
            template.name,
            template.language,
            template.category,
            template.body.as_deref().unwrap_or_default(),
            columns.join(", ")
        ));
        let path = format!("/v1/campaigns/{}/audience", campaign.id);
        let dry_run: DryRun = api.put_csv(&path, &self.file).await?;
        self.show(&dry_run)?;
        Ok(Prepared {
            id: campaign.id,
            dry_run,
        })
    }

    /// Releases the messages.
    pub(super) async fn start_campaign(
        &self,
        api: &Api,
        campaign: &Prepared,
    ) -> Result<(), Failure> {
        self.state.write(FILE, &campaign.id)?;
        let path = format!("/v1/campaigns/{}/start", campaign.id);
        let started: Campaign = api
            .post(&path, &Value::Object(serde_json::Map::new()))
            .await?;
        self.screen.say(format_args!(
            "Started: {} messages.",
            grouped(started.planned)
        ));
        Ok(())
    }

    async fn template(&self, api: &Api) -> Result<Template, Failure> {
        self.sendable_template(api).await?.ok_or_else(|| {
            Failure::new(format!(
                "the template {NAME} ({LANGUAGE}) is not there or cannot be sent."
            ))
            .kept("the business, its number and its other templates.")
            .log(self.state.log("template-sync"))
        })
    }

    fn show(&self, dry_run: &DryRun) -> Result<(), Failure> {
        let name = self
            .clients
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        self.screen
            .say(format_args!("\n{}\n", table(&name, dry_run).render()));
        self.screen
            .say(format_args!("{}\n", preview::render(&dry_run.preview)));
        let of_reasons: u64 = dry_run
            .skipped_recipients
            .iter()
            .map(|reason| reason.count)
            .sum();
        let adds_up = dry_run.planned + of_reasons == dry_run.rows
            && of_reasons == dry_run.skipped_recipients_total;
        // A cell may hold line breaks, so that there are fewer rows than lines; never more.
        if adds_up && dry_run.rows <= lines(&self.file) {
            return Ok(());
        }
        Err(Failure::new(format!(
            "the dry run does not add up: {} get the message and {of_reasons} are skipped, of {} rows on {} lines.",
            dry_run.planned, dry_run.rows, lines(&self.file)
        ))
        .kept("the campaign, as a draft: nothing was sent.")
        .advice("report it with the file.")
        .log(self.state.log("gateway")))
    }
}

fn table(file: &str, dry_run: &DryRun) -> Table {
    let title = format!(
        "Dry run of {file}: {} rows ({}, columns apart by {}).",
        grouped(dry_run.rows),
        dry_run.encoding,
        dry_run.delimiter
    );
    let mut table = Table::new(title).row("get the message", dry_run.planned, "");
    for note in &dry_run.notes {
        let where_to_look = examples(&note.rows, note.count);
        let explanation = format!("{} ({where_to_look})", note.explanation);
        table = table.part(note.count, explanation);
    }
    table = table.row("skipped", dry_run.skipped_recipients_total, "");
    for reason in &dry_run.skipped_recipients {
        let where_to_look = examples(&reason.rows, reason.count);
        table = table.part(
            reason.count,
            format!("{} ({where_to_look})", reason.explanation),
        );
    }
    table
}

/// Lines after the header that are not empty.
fn lines(file: &[u8]) -> u64 {
    let lines = file
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.trim_ascii().is_empty())
        .count();
    u64::try_from(lines).unwrap_or(u64::MAX).saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::answers::{Note, SkippedRecipients};

    #[test]
    fn the_dry_run_names_reasons_and_rows() {
        let explanation = "There is no phone number in this row.".to_owned();
        let dry_run = DryRun {
            rows: 10_000,
            planned: 9_908,
            skipped_recipients_total: 92,
            skipped_recipients: vec![SkippedRecipients {
                explanation,
                count: 92,
                rows: vec![18, 44],
            }],
            notes: vec![Note {
                explanation: "A second number was ignored.".to_owned(),
                count: 165,
                rows: vec![9],
            }],
            preview: Vec::new(),
            encoding: "windows-1252".to_owned(),
            delimiter: ";".to_owned(),
        };
        let expected = "\
Dry run of clients.csv: 10,000 rows (windows-1252, columns apart by ;).
  get the message   9,908
                            165   A second number was ignored. (rows 9, …)
  skipped              92
                             92   There is no phone number in this row. (rows 18, 44, …)";
        assert_eq!(table("clients.csv", &dry_run).render(), expected);
    }

    #[test]
    fn empty_lines_and_the_header_are_no_rows() {
        assert_eq!(lines(b"Nom;Tel\r\nAwa;70\r\n\r\nPaul;71\r\n"), 2);
        assert_eq!(lines(b""), 0);
    }
}
