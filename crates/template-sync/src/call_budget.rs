//! Meta's budget of managing calls: when an account makes no calls for a while. Every call of an account counts, so what
//! one reports holds back publications and synchronisations alike.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use cloud_api::{ApiError, BusinessUse, CallFailure, ErrorClass, Managed, ThrottleScope};
use storage::{StorageError, Store};
use worker_storage::template_publications::{pause_all_calls, pause_calls};
use worker_storage::template_sync::Account;

/// From this share of the budget on, in percent, calls should be made more slowly (Meta, Graph API: rate limiting).
const BACK_OFF_AT: u32 = 80;
/// For how long, where Meta does not say.
const BACK_OFF: TimeDelta = TimeDelta::minutes(10);

/// A pause of the calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Pause {
    until: DateTime<Utc>,
    /// Whether it concerns every account, because the whole app made too many calls.
    is_of_the_app: bool,
}

/// Notes what a call reports of the budget; its result.
///
/// # Errors
/// When the database is not available.
pub(crate) async fn noted<T>(
    store: &Store,
    account: &Account,
    managed: Managed<T>,
    now: DateTime<Utc>,
) -> Result<Result<T, ApiError>, StorageError> {
    let failure = managed.result.as_ref().err();
    if let Some(pause) = pause(failure, managed.business_use, now) {
        tracing::info!(
            business.id = %account.business_id,
            waba.id = %account.waba_id,
            until = %pause.until,
            "calls that manage templates pause, because the budget at Meta is used"
        );
        if pause.is_of_the_app {
            pause_all_calls(store, pause.until).await?;
        }
        pause_calls(store, account, pause.until).await?;
    }
    Ok(managed.result)
}

fn pause(
    failure: Option<&ApiError>,
    business_use: Option<BusinessUse>,
    now: DateTime<Utc>,
) -> Option<Pause> {
    let is_refused = failure.is_some_and(|error| error.failure() == CallFailure::TooManyCalls);
    let regain = business_use.and_then(|it| it.regain_access_after);
    let is_nearly_used = business_use.is_some_and(|it| it.percent >= BACK_OFF_AT);
    if !is_refused && regain.is_none() && !is_nearly_used {
        return None;
    }
    let is_of_the_app =
        failure.map(ApiError::class) == Some(ErrorClass::Throttle(ThrottleScope::App));
    Some(Pause {
        until: now + regain.map_or(BACK_OFF, as_delta),
        is_of_the_app,
    })
}

fn as_delta(duration: Duration) -> TimeDelta {
    TimeDelta::from_std(duration).unwrap_or(BACK_OFF)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn used(percent: u32, minutes: Option<u64>) -> Option<Pause> {
        let business_use = BusinessUse {
            percent,
            regain_access_after: minutes.map(|minutes| Duration::from_secs(minutes * 60)),
        };
        pause(None, Some(business_use), DateTime::UNIX_EPOCH)
    }

    #[test]
    fn calls_go_on_while_the_budget_is_little_used() {
        assert_eq!(pause(None, None, DateTime::UNIX_EPOCH), None);
        assert_eq!(used(79, None), None);
    }

    #[test]
    fn a_used_budget_pauses_the_calls_for_as_long_as_meta_says() {
        let minutes = |minutes| {
            Some(Pause {
                until: DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes),
                is_of_the_app: false,
            })
        };
        assert_eq!(used(80, None), minutes(10));
        assert_eq!(used(100, Some(19)), minutes(19));
    }
}
