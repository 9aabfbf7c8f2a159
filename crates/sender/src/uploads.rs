//! Uploads files to Meta, once for each number that sends them, before the messages that carry them are claimed.
//!
//! An upload sends nothing to a recipient, so it may fail and be repeated without harm: Meta deletes a second copy of a
//! file after 30 days. Senders claim uploads in the database, each with a lease that is longer than the time limit of
//! the upload; the upload of a sender that crashed is claimed by another. The messages that wait for it are held and
//! belong to no sender.

use std::sync::Arc;
use std::time::Duration;

use bootstrap::worker_loop::WorkerLoop;
use cloud_api::{ApiError, CloudApi, ErrorClass, OutgoingMedia};
use common::ids::MetaMediaId;
use common::media::MediaAtMeta;
use common::secret::AccessToken;
use storage::StorageError;
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tokio_util::task::TaskTracker;
use worker_storage::media::{self, Account, File, MediaKey, Upload};
use worker_storage::results;

use crate::backoff::upload_wait;
use crate::metrics::Metrics;
use crate::worker_failure::record_failure;
use crate::{SenderContext, jobs};

/// The wait of an upload whose number cannot send now: a person connects it again, or its breaker closes.
const NUMBER_WAIT: Duration = Duration::from_secs(15);
/// The wait of an upload whose file cannot be decrypted with the available keys: a person has to fix that.
const KEYS_WAIT: Duration = Duration::from_secs(60);

/// The worker.
pub(crate) struct Uploads {
    shared: Arc<SenderContext>,
    api: CloudApi,
    slots: Arc<Semaphore>,
}

/// The outcome of an upload.
enum Step {
    /// It is finished: uploaded or refused.
    Settled(MediaAtMeta),
    /// It is tried again.
    Again(Duration, &'static str),
}

impl Uploads {
    pub(crate) fn new(shared: Arc<SenderContext>, api: CloudApi) -> Self {
        let slots = shared.settings.media.uploads_in_flight.max(1);
        Self {
            shared,
            api,
            slots: Arc::new(Semaphore::new(slots)),
        }
    }

    /// Uploads files until the process stops; unfinished uploads are left to the next sender.
    pub(crate) async fn run(self) {
        let uploads = Arc::new(self);
        let tasks = TaskTracker::new();
        let pause = Duration::from_millis(uploads.shared.settings.media.every_ms);
        let mut rounds = WorkerLoop::new(&uploads.shared.stop);
        loop {
            tokio::select! {
                biased;
                goes_on = rounds.next(pause) => if !goes_on { break },
                () = uploads.shared.upload_wanted.notified() => {}
            }
            let begun = uploads.begin(&tasks).await;
            record_failure("uploads", "uploads of files could not be claimed", begun);
        }
        tasks.close();
        tasks.wait().await;
    }

    /// Starts as many of the due uploads as there are permits.
    async fn begin(self: &Arc<Self>, tasks: &TaskTracker) -> Result<(), StorageError> {
        let free = self.slots.available_permits();
        if free == 0 {
            return Ok(());
        }
        let (limit, lease) = (
            i64::try_from(free).unwrap_or(i64::MAX),
            self.shared.settings.media.lease(),
        );
        for upload in media::take_due(&self.shared.store, limit, lease).await? {
            // Only this worker acquires permits.
            let Ok(slot) = Arc::clone(&self.slots).try_acquire_owned() else {
                break;
            };
            let uploads = Arc::clone(self);
            tasks.spawn(async move {
                uploads.work(upload).await;
                drop(slot);
                // There may be more uploads than permits.
                uploads.shared.upload_wanted.notify_one();
            });
        }
        Ok(())
    }

    /// A failure here is tried again when the lease ends.
    async fn work(&self, upload: Upload) {
        let key = upload.key.clone();
        if let Err(error) = self.settle(upload).await {
            tracing::warn!(
                %error,
                business.id = %key.business_id,
                media.id = %key.media_id,
                "the result of an upload could not be recorded; it is tried again"
            );
        }
    }

    async fn settle(&self, upload: Upload) -> Result<(), StorageError> {
        let key = upload.key.clone();
        let store = &self.shared.store;
        if upload.known.is_none() {
            let step = tokio::select! {
                biased;
                () = self.shared.stop.cancelled() => Step::Again(Duration::ZERO, "stopped"),
                step = self.step(upload) => step?,
            };
            match step {
                Step::Settled(outcome) => {
                    count(match outcome {
                        MediaAtMeta::Uploaded(_) => "uploaded",
                        _ => "refused",
                    });
                    media::record(store, &key, &outcome).await?;
                }
                Step::Again(delay, why) => {
                    count(why);
                    return media::postpone(store, &key, delay).await;
                }
            }
        }
        self.free(&key).await
    }

    /// Releases the messages that waited.
    async fn free(&self, key: &MediaKey) -> Result<(), StorageError> {
        let republish_after = Duration::from_millis(self.shared.settings.reaper.lost_after_ms);
        loop {
            let store = &self.shared.store;
            let (freed, is_done) = media::finish(store, key, republish_after).await?;
            jobs::publish(&self.shared.publisher, &freed, "uploaded").await;
            if is_done {
                return Ok(());
            }
        }
    }

    async fn step(&self, upload: Upload) -> Result<Step, StorageError> {
        let Some(file) = upload.file else {
            // The file is no longer stored, so the messages that wait for it are rejected.
            return Ok(Step::Settled(MediaAtMeta::Refused(None)));
        };
        let Some(account) = &upload.account else {
            return Ok(Step::Again(NUMBER_WAIT, "number_stopped"));
        };
        let key = &upload.key;
        let keys = match self.shared.store.keys(key.business_id).await {
            Err(error) if !error.is_unavailable() => return Ok(unreadable(&upload, &error)),
            keys => keys?,
        };
        let opened = match media::read(&self.shared.store, key, file).await {
            Ok(content) => content.open(key, &keys),
            Err(error) => Err(error),
        };
        let content = match opened {
            Err(error) if !error.is_unavailable() => return Ok(unreadable(&upload, &error)),
            content => content?,
        };
        let token = match account.token(key.business_id, &keys) {
            Ok(token) => token,
            Err(error) => return Ok(unreadable(&upload, &error)),
        };
        let answer = self.post(&upload, file, content, &token).await;
        match answer {
            Ok(id) => Ok(Step::Settled(MediaAtMeta::Uploaded(id))),
            Err(error) => self.failed(&upload, account, &error).await,
        }
    }

    async fn post(
        &self,
        upload: &Upload,
        file: File,
        content: Vec<u8>,
        token: &AccessToken,
    ) -> Result<MetaMediaId, ApiError> {
        let outgoing = OutgoingMedia {
            mime_type: file.media_type.as_str(),
            content,
        };
        let timeout = self.shared.settings.media.timeout(file.bytes);
        let number = &upload.key.phone_number_id;
        let started = Instant::now();
        let answer = self
            .api
            .upload_media(token, number, outgoing, timeout)
            .await;
        Metrics::get()
            .upload_duration
            .observe(started.elapsed().as_secs_f64());
        answer
    }

    /// The step after a failed upload. The messages wait until they expire, unless Meta's error is permanent.
    async fn failed(
        &self,
        upload: &Upload,
        account: &Account,
        error: &ApiError,
    ) -> Result<Step, StorageError> {
        let key = &upload.key;
        tracing::warn!(
            %error,
            business.id = %key.business_id,
            media.id = %key.media_id,
            phone_number.id = %key.phone_number_id,
            attempt = upload.attempt,
            "a file was not uploaded"
        );
        match error.class() {
            ErrorClass::PermanentMessage
            | ErrorClass::PermanentRecipient
            | ErrorClass::TemplateStopped
            | ErrorClass::TemplateRefused
            | ErrorClass::Platform => {
                let code = error.meta().map(|error| error.code);
                Ok(Step::Settled(MediaAtMeta::Refused(code)))
            }
            ErrorClass::NumberStopped | ErrorClass::SpamLimited | ErrorClass::Billing => {
                let stopped = results::stop_number(
                    &self.shared.store,
                    self.shared.clock.now(),
                    key.business_id,
                    &key.phone_number_id,
                    &account.token_fingerprint,
                    &error.to_string(),
                )
                .await?;
                Metrics::get()
                    .stopped_numbers
                    .inc_by(u64::try_from(stopped).unwrap_or_default());
                Ok(Step::Again(NUMBER_WAIT, "number_stopped"))
            }
            ErrorClass::TemplateSyncing
            | ErrorClass::Throttle(_)
            | ErrorClass::Doubt
            | ErrorClass::Unreachable => {
                let wait = upload_wait(key.media_id, upload.attempt);
                Ok(Step::Again(wait, "failed"))
            }
        }
    }
}

fn unreadable(upload: &Upload, error: &StorageError) -> Step {
    let key = &upload.key;
    tracing::error!(
        %error,
        business.id = %key.business_id,
        media.id = %key.media_id,
        "a file cannot be decrypted; its messages wait until it can be, or until they expire"
    );
    Step::Again(KEYS_WAIT, "unreadable")
}

fn count(outcome: &'static str) {
    Metrics::get().uploads.with_label_values(&[outcome]).inc();
}
