//! The budget of managing calls on calls and answers: header `X-Business-Use-Case-Usage`, code 80008 (Meta, about the
//! platform; Graph API, rate limiting).

use actix_web::HttpResponse;
use actix_web::http::header::{HeaderName, HeaderValue};
use serde_json::json;

use super::error::GraphError;
use crate::limits::TemplateLimits;
use crate::limits::management::{self, Use};
use crate::script::Endpoint;
use crate::state::State;

const HEADER: HeaderName = HeaderName::from_static("x-business-use-case-usage");
/// Meta's documents do not name the type of WhatsApp's budget for certain.
const KIND: &str = "whatsapp";

/// Counts a call if it is one of those that Meta counts: on the lists of an account, and on the account itself.
pub(super) fn take(state: &State, endpoint: Endpoint, id: &str) -> Option<Use> {
    let counted = [
        Endpoint::MessageTemplates,
        Endpoint::PhoneNumbers,
        Endpoint::SubscribedApps,
        Endpoint::Node,
    ];
    let waba = state.accounts().wabas.get(id).cloned();
    let waba = waba.filter(|_| counted.contains(&endpoint))?;
    let limits = state.limits();
    let of_meta = management::of_meta(!waba.number_ids.is_empty());
    let budget = limits.templates.calls_per_hour.unwrap_or(of_meta);
    Some(state.budgets.take(id, state.clock.now_ms(), budget))
}

/// Refuses a call when the budget is used up.
pub(super) fn check(used: Option<Use>) -> Result<(), GraphError> {
    match used.map(|used| used.regain_minutes) {
        Some(minutes) if minutes > 0 => Err(GraphError::too_many_calls(minutes)),
        _ => Ok(()),
    }
}

/// States the use of the budget, once it is significant.
pub(super) fn show(
    response: &mut HttpResponse,
    id: &str,
    used: Option<Use>,
    limits: &TemplateLimits,
) {
    let from = u64::from(limits.use_shown_from_percent);
    if let Some(used) = used.filter(|used| used.percent >= from)
        && !response.headers().contains_key(HEADER)
    {
        insert(response, id, used);
    }
}

/// States for how long a refused creation has to wait.
pub(super) fn show_wait(response: &mut HttpResponse, id: &str, refusal: &GraphError) {
    if refusal.regain_minutes > 0 {
        let used = Use {
            percent: 100,
            regain_minutes: refusal.regain_minutes,
        };
        insert(response, id, used);
    }
}

fn insert(response: &mut HttpResponse, id: &str, used: Use) {
    let entry = json!({
        "type": KIND,
        "call_count": used.percent,
        "total_cputime": 0,
        "total_time": 0,
        "estimated_time_to_regain_access": used.regain_minutes,
    });
    if let Ok(value) = HeaderValue::from_str(&json!({id: [entry]}).to_string()) {
        response.headers_mut().insert(HEADER, value);
    }
}
