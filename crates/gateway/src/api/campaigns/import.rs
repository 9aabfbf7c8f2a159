//! Imports the bytes of a file as the rows of an audience.
//!
//! Reading, checking and sealing are CPU work and run on a blocking thread. Chunks of rows pass through a short queue
//! into a new audience, which replaces the present one when it is complete. Only that last step locks the campaign and
//! checks again that it is a draft. If the client disconnects, reading ends at the next row, and then the permit is
//! released.

use audience_reader::{
    AudienceError, AudienceFile, AudienceRow, AudienceSpec, MAX_ROWS, RowOutcome, VariableMapping,
};
use chrono::{DateTime, Utc};
use common::campaign::{CampaignState, SkipReason};
use common::ids::{AudienceId, BusinessId, CampaignId};
use common::template::{TemplateShape, Variables, compose};
use sealing::BusinessKeys;
use storage::campaign_recipients::{FileForm, Import, ImportedRow, SealedRecipient};
use storage::campaigns::{self, Campaign};
use storage::templates::Template;
use storage::{BusinessScope, StorageError, templates};
use tokio::sync::mpsc;

use super::audience_report::Audience;
use super::unfinished_audience::Unfinished;
use super::{VariableSource, VariableSources};
use crate::extract::Body;
use crate::problem::{Problem, ProblemCode};
use crate::state::AppState;
use crate::work_permit::WorkPermit;

/// Rows per INSERT statement.
const CHUNK: usize = 1_000;
/// Chunks that may be queued for the database.
const WAITING_CHUNKS: usize = 4;

/// The columns that the caller specified.
pub(super) struct FileColumns {
    pub(super) phone: Option<String>,
    pub(super) consent: Option<String>,
}

/// The inputs of reading a file.
struct Reading {
    keys: BusinessKeys,
    business_id: BusinessId,
    audience_id: AudienceId,
    spec: AudienceSpec,
    shape: TemplateShape,
    /// The variables that are the same for all recipients.
    texts: Variables,
    now: DateTime<Utc>,
}

/// Why a file was not imported.
#[derive(Debug, thiserror::Error)]
enum ReadError {
    #[error(transparent)]
    Audience(#[from] AudienceError),
    #[error(transparent)]
    Storage(#[from] StorageError),
    #[error("the database accepts no more rows")]
    Stopped,
}

/// Replaces the audience of a draft; returns the report on it.
pub(super) async fn import(
    state: &AppState,
    scope: &BusinessScope,
    campaign_id: CampaignId,
    file: Body,
    columns: FileColumns,
    permit: WorkPermit,
) -> Result<Audience, Problem> {
    let keys = scope.keys().await?;
    let region = state.lookup_cache.region(scope).await?;
    let (campaign, template) = draft(scope, campaign_id).await?;
    let shape = template.shape().map_err(|unsupported| {
        Problem::new(ProblemCode::TemplateUnsupported).detail(unsupported.to_string())
    })?;
    let (mappings, texts) = sources(&campaign, &keys)?;
    let spec = AudienceSpec {
        region,
        phone_column: columns.phone,
        consent_column: columns.consent,
        variables: mappings,
    };
    let respects_opt_out = template.category.covered_by_opt_out();
    let mut import = Import::begin(scope, campaign_id, respects_opt_out, state.now()).await?;
    let unfinished = Unfinished::new(state, scope, import.audience_id());
    let reading = Reading {
        keys: keys.clone(),
        business_id: scope.business_id(),
        audience_id: import.audience_id(),
        spec,
        shape,
        texts,
        now: state.now(),
    };
    let form = write(&mut import, reading, file, &permit).await?;
    let mut transaction = scope.begin().await?;
    check_draft(&campaigns::lock(&mut transaction, scope, campaign_id).await?)?;
    import
        .finish(&mut transaction, form, state.now())
        .await
        .map_err(discarded)?;
    let campaign = campaigns::find(&mut transaction, scope, campaign_id).await?;
    let report = Audience::load(&mut transaction, scope, &keys, &campaign).await?;
    transaction.commit().await?;
    unfinished.finish();
    report.ok_or_else(|| Problem::internal("the import left no report"))
}

/// Maps the error for an audience that was deleted as abandoned because its import was idle for too long.
fn discarded(error: StorageError) -> Problem {
    match error {
        StorageError::NotFound => Problem::unavailable("the import took too long"),
        error => error.into(),
    }
}

/// The campaign, if it is a draft, and its template.
async fn draft(
    scope: &BusinessScope,
    campaign_id: CampaignId,
) -> Result<(Campaign, Template), Problem> {
    let mut transaction = scope.begin().await?;
    let campaign = campaigns::find(&mut transaction, scope, campaign_id).await?;
    check_draft(&campaign)?;
    let template_id = campaign.template_id.parse().map_err(Problem::internal)?;
    let template = templates::find(&mut transaction, scope, &template_id).await?;
    Ok((campaign, template))
}

fn check_draft(campaign: &Campaign) -> Result<(), Problem> {
    if campaign.state == CampaignState::Draft {
        return Ok(());
    }
    let state = campaign.state.as_str();
    Err(Problem::new(ProblemCode::WrongState).detail(format!(
        "The campaign is {state}: only a draft takes another audience. Nothing was changed."
    )))
}

/// The source of each variable: a column, or a text that is the same for all recipients.
fn sources(
    campaign: &Campaign,
    keys: &BusinessKeys,
) -> Result<(Vec<VariableMapping>, Variables), Problem> {
    let sources: VariableSources =
        serde_json::from_value(campaign.variables(keys)?).map_err(Problem::internal)?;
    let (mut mappings, mut texts) = (Vec::new(), Variables::new());
    for (variable, source) in sources {
        match source {
            VariableSource::Column(column) => mappings.push(VariableMapping { variable, column }),
            VariableSource::Text(text) => drop(texts.insert(variable, text)),
        }
    }
    Ok((mappings, texts))
}

/// Writes rows as they are read; returns the format of the file.
async fn write(
    import: &mut Import,
    reading: Reading,
    file: Body,
    permit: &WorkPermit,
) -> Result<FileForm, Problem> {
    let (chunks, mut read) = mpsc::channel(WAITING_CHUNKS);
    // The file moves into the task: its bytes count as in memory until it is read, even if the request was dropped.
    let reader = permit.spawn_blocking(move || {
        let Body { bytes, permit } = file;
        let form = reading.read(&bytes, &chunks);
        drop((bytes, permit));
        form
    });
    while let Some(chunk) = read.recv().await {
        import.add(chunk).await.map_err(discarded)?;
    }
    Ok(reader.await.map_err(Problem::internal)??)
}

impl Reading {
    fn read(
        &self,
        file: &[u8],
        chunks: &mpsc::Sender<Vec<ImportedRow>>,
    ) -> Result<FileForm, ReadError> {
        let file = AudienceFile::open(file)?;
        let reader = file.read(&self.spec)?;
        let form = FileForm {
            encoding: file.encoding().name(),
            delimiter: reader.delimiter(),
        };
        hand_over(reader, chunks, |row| self.row(row))?;
        Ok(form)
    }

    fn row(
        &self,
        AudienceRow {
            row_number,
            outcome,
        }: AudienceRow,
    ) -> Result<ImportedRow, StorageError> {
        let row_number = i32::try_from(row_number).map_err(|_| StorageError::Corrupt {
            column: "campaign_recipients.row_number",
        })?;
        let (phone, values, notes) = match outcome {
            RowOutcome::Planned {
                phone,
                variables,
                notes,
            } => (phone, variables, notes),
            RowOutcome::Skipped { reason } => {
                return Ok(ImportedRow::Skipped { row_number, reason });
            }
        };
        let mut variables = self.texts.clone();
        let names = self
            .spec
            .variables
            .iter()
            .map(|mapping| mapping.variable.clone());
        variables.extend(names.zip(values));
        if let Err(error) = compose(&self.shape, &variables, self.now) {
            return Ok(ImportedRow::Skipped {
                row_number,
                reason: SkipReason::from(&error),
            });
        }
        let row = (self.business_id, self.audience_id, row_number);
        let sealed = SealedRecipient::seal(&self.keys, row, &phone, &variables, notes)?;
        Ok(ImportedRow::Planned(sealed))
    }
}

/// Sends rows in chunks. It ends at the next row when the receiver was dropped.
fn hand_over<T>(
    rows: impl Iterator<Item = AudienceRow>,
    chunks: &mpsc::Sender<Vec<T>>,
    convert: impl Fn(AudienceRow) -> Result<T, StorageError>,
) -> Result<(), ReadError> {
    let send = |chunk| chunks.blocking_send(chunk).map_err(|_| ReadError::Stopped);
    let mut chunk = Vec::with_capacity(CHUNK);
    for row in rows {
        if chunks.is_closed() {
            return Err(ReadError::Stopped);
        }
        if row.row_number > MAX_ROWS {
            return Err(AudienceError::TooManyRows { limit: MAX_ROWS }.into());
        }
        chunk.push(convert(row)?);
        if chunk.len() == CHUNK {
            send(std::mem::take(&mut chunk))?;
        }
    }
    if !chunk.is_empty() {
        send(chunk)?;
    }
    Ok(())
}

impl From<ReadError> for Problem {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Audience(error) => Self::new(ProblemCode::AudienceUnreadable)
                .detail(format!("Nothing was imported: {error}.")),
            ReadError::Storage(error) => error.into(),
            ReadError::Stopped => Self::internal(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn row(row_number: u32) -> AudienceRow {
        let reason = SkipReason::NotANumber;
        AudienceRow {
            row_number,
            outcome: RowOutcome::Skipped { reason },
        }
    }

    #[test]
    fn reading_ends_at_the_next_row_when_nobody_takes_the_rows() {
        let (chunks, mut taken) = mpsc::channel(WAITING_CHUNKS);
        let read = Cell::new(0);
        let hangs_up_after = 2_500;
        let rows = (2..1_000_000).map(|row_number| {
            read.set(read.get() + 1);
            if read.get() == hangs_up_after {
                taken.close();
            }
            row(row_number)
        });
        let stopped = hand_over(rows, &chunks, |row| Ok(row.row_number));
        assert!(matches!(stopped, Err(ReadError::Stopped)));
        assert_eq!(read.get(), hangs_up_after);
    }

    #[test]
    fn a_file_with_more_rows_than_two_million_is_refused() {
        let read = |last: u32| {
            let (chunks, _taken) = mpsc::channel(WAITING_CHUNKS);
            hand_over(
                (last - 1..=last).map(row),
                &chunks,
                |row| Ok(row.row_number),
            )
        };
        assert!(read(2_000_000).is_ok());
        let refused = read(2_000_001);
        assert!(matches!(
            refused,
            Err(ReadError::Audience(AudienceError::TooManyRows { .. }))
        ));
    }
}
