//! Durations and errors of calls to Meta. Labels are bounded: calls and classes are fixed, and an error code is a label
//! only if it is in our table.

use std::sync::LazyLock;
use std::time::Duration;

use prometheus::{HistogramVec, IntCounterVec, histogram_opts, opts};

use crate::classify::{ErrorClass, is_known};
use crate::error::MetaError;

const BUCKETS: &[f64] = &[
    0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0,
];

static METRICS: LazyLock<Result<Metrics, prometheus::Error>> = LazyLock::new(Metrics::register);

/// A call to Meta.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Call {
    DebugToken,
    PhoneNumber,
    PhoneNumbers,
    SubscribeApp,
    SubscribedApps,
    Templates,
    TemplatesNamed,
    CreateTemplate,
    EditTemplate,
    DeleteTemplate,
    BeginSample,
    UploadSample,
    ReadSample,
    SendTemplate,
    SendFreeForm,
    SendMarketing,
    UploadMedia,
}

pub(crate) struct Metrics {
    duration: HistogramVec,
    errors: IntCounterVec,
}

impl Call {
    const fn as_str(self) -> &'static str {
        match self {
            Self::DebugToken => "debug_token",
            Self::PhoneNumber => "phone_number",
            Self::PhoneNumbers => "phone_numbers",
            Self::SubscribeApp => "subscribe_app",
            Self::SubscribedApps => "subscribed_apps",
            Self::Templates => "templates",
            Self::TemplatesNamed => "templates_named",
            Self::CreateTemplate => "create_template",
            Self::EditTemplate => "edit_template",
            Self::DeleteTemplate => "delete_template",
            Self::BeginSample => "begin_sample",
            Self::UploadSample => "upload_sample",
            Self::ReadSample => "read_sample",
            Self::SendTemplate => "send_template",
            Self::SendFreeForm => "send_free_form",
            Self::SendMarketing => "send_marketing",
            Self::UploadMedia => "upload_media",
        }
    }
}

impl Metrics {
    /// The metrics of this process, registered at the first call.
    pub(crate) fn of_process() -> Result<&'static Self, &'static prometheus::Error> {
        METRICS.as_ref()
    }

    /// Records a call; `failure` is the class of the failure, if it failed.
    pub(crate) fn record(
        &self,
        call: Call,
        took: Duration,
        failure: Option<ErrorClass>,
        error: Option<&MetaError>,
    ) {
        let outcome = failure.map_or("ok", ErrorClass::as_str);
        self.duration
            .with_label_values(&[call.as_str(), outcome])
            .observe(took.as_secs_f64());
        if let Some(error) = error {
            let code = if is_known(error.code) {
                error.code.to_string()
            } else {
                "other".to_owned()
            };
            self.errors.with_label_values(&[call.as_str(), &code]).inc();
        }
    }

    fn register() -> Result<Self, prometheus::Error> {
        Ok(Self {
            duration: prometheus::register_histogram_vec!(
                histogram_opts!(
                    "djigbachats_cloud_api_request_duration_seconds",
                    "Time that a call to Meta took, from the first attempt to connect to the last byte, by call and by \
                     class of failure (ok for a success). Many of class doubt or unreachable: check Meta's status page \
                     and the network first.",
                    BUCKETS.to_vec()
                ),
                &["call", "outcome"]
            )?,
            errors: prometheus::register_int_counter_vec!(
                opts!(
                    "djigbachats_cloud_api_errors_total",
                    "Error responses of Meta by call and error code; codes that are not in the table count as other. The \
                     codes are explained in Meta's error codes reference."
                ),
                &["call", "code"]
            )?,
        })
    }
}
