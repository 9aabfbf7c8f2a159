//! `POST /{phone_number_id}/messages` and `POST /{phone_number_id}/marketing_messages`.
//!
//! The order of the checks: token and number, throughput, envelope, recipient, fault, content, pair and messaging
//! limit. A script or a recipient's digits therefore apply before a template is checked.

mod accept;
mod carousel;
mod context;
mod endpoint;
mod envelope;
mod free_form;
mod header_media;
mod letter_case;
mod parameters;
pub(crate) mod recipient;
pub(crate) mod report;
mod sections;
mod template;

use std::sync::Arc;

use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};

use super::error::GraphError;
use super::query::Params;
use super::{NodeId, auth, fault_response, media, request_fields};
use crate::choices::Choices;
use crate::clock::now_ms;
use crate::fault::Fault;
use crate::limits::messaging::{self, Allowance};
use crate::limits::{RefusedIn, throughput};
use crate::recipient_rules;
use crate::script::{Call, Endpoint};
use crate::state::State;
use crate::state::accounts::{StoredNumber, StoredTemplate, digits};
use accept::Checked;
use envelope::Envelope;
use recipient::{Address, Recipient};

const PAIR_RATE_HIT: i64 = 131_056;
const UNDELIVERABLE: i64 = 131_026;

pub(crate) async fn send(
    request: HttpRequest,
    node: Path<NodeId>,
    body: Bytes,
    state: Data<State>,
) -> HttpResponse {
    let phone_number_id = node.into_inner().id;
    let sent = answer(
        &request,
        &state,
        Endpoint::Messages,
        &phone_number_id,
        &body,
    )
    .await;
    sent.unwrap_or_else(|refusal| super::refuse(&state, &refusal))
}

pub(crate) async fn send_marketing(
    request: HttpRequest,
    node: Path<NodeId>,
    body: Bytes,
    state: Data<State>,
) -> HttpResponse {
    let phone_number_id = node.into_inner().id;
    let endpoint = Endpoint::MarketingMessages;
    let sent = answer(&request, &state, endpoint, &phone_number_id, &body).await;
    sent.unwrap_or_else(|refusal| super::refuse(&state, &refusal))
}

async fn answer(
    request: &HttpRequest,
    state: &State,
    endpoint: Endpoint,
    phone_number_id: &str,
    body: &[u8],
) -> Result<HttpResponse, GraphError> {
    let call = request_fields::read(request, body);
    let number = sender(request, &call.params, state, phone_number_id)?;
    state.stats.message_posted();
    within_throughput(state, &number)?;
    delay(state, body).await;
    let envelope = Envelope::of(call.fields)?;
    endpoint::check_envelope(endpoint, &envelope)?;
    if envelope.is_read_receipt() {
        return Ok(fault_response::json(br#"{"success":true}"#.to_vec()));
    }
    let recipient = Recipient::of(&envelope, &number, &state.people)?;
    let fault = fault(state, endpoint, &number, &envelope, &recipient);
    if let Some(fault) = &fault
        && let Some(met) = fault_response::before(fault, request, state).await
    {
        return Ok(met);
    }
    let id = &number.facts.id;
    let window_is_open = state
        .conversations
        .window_is_open(id, recipient.client(), now_ms());
    context::check(state, &number.business_id, &envelope, &recipient)?;
    let template = check_content(state, &number, &envelope, &recipient, window_is_open)?;
    if let Some(template) = &template {
        endpoint::check_template(endpoint, &template.facts)?;
    }
    let category = endpoint::category(endpoint, template.as_ref().map(|it| &it.facts));
    let stopped = report::is_stopped(state, &number, recipient.client(), &category);
    if stopped && state.limits().marketing_stop_refused_in == RefusedIn::Answer {
        return Err(GraphError::of(report::MARKETING_STOPPED));
    }
    let fails_with = within_limits(state, &number, &recipient, window_is_open)?
        .or_else(|| (!recipient.exists).then_some(UNDELIVERABLE));
    let checked = Checked {
        number: &number,
        recipient,
        opaque: envelope.opaque(),
        kind: envelope.kind(),
        category,
        template: template.as_ref().map(|template| &template.facts),
        window_is_open,
        fails_with,
        body,
    };
    let body = accept::accept(state, &checked, fault.as_ref()).await?;
    Ok(fault_response::after(fault.as_ref(), request, state, body).await)
}

/// The number, which the caller may send from.
fn sender(
    request: &HttpRequest,
    params: &Params,
    state: &State,
    phone_number_id: &str,
) -> Result<Arc<StoredNumber>, GraphError> {
    let caller = auth::caller(request, params, state)?;
    let refusal = || GraphError::no_such_object("post", phone_number_id);
    let number = state
        .accounts()
        .numbers
        .get(phone_number_id)
        .cloned()
        .ok_or_else(refusal)?;
    auth::may(&caller, auth::MESSAGING, &number.waba_id, refusal)?;
    match number.facts.status.as_str() {
        "BANNED" | "RESTRICTED" => Err(GraphError::of(131_031)),
        "DISCONNECTED" | "PENDING" | "DELETED" | "MIGRATED" | "UNVERIFIED" => {
            Err(GraphError::of(133_010))
        }
        "RATE_LIMITED" => Err(GraphError::of(131_048)),
        _ => Ok(number),
    }
}

async fn delay(state: &State, body: &[u8]) {
    let range = state.config.answer_delay;
    if range.max == 0 {
        return;
    }
    let key = String::from_utf8_lossy(body);
    let millis = Choices::new(state.config.seed, &key).between(range.min, range.max);
    fault_response::hold(state, millis).await;
}

fn within_throughput(state: &State, number: &StoredNumber) -> Result<(), GraphError> {
    let messages = number.traffic.posted();
    let limits = state.limits();
    if limits.throughput && !throughput::allows(&limits, &number.facts, messages) {
        return Err(GraphError::of(130_429));
    }
    Ok(())
}

/// Refuses a message over the pair or the messaging limit, or returns the code that it fails with once it has been
/// accepted.
fn within_limits(
    state: &State,
    number: &StoredNumber,
    recipient: &Recipient,
    window_is_open: bool,
) -> Result<Option<i64>, GraphError> {
    let (limits, now) = (state.limits(), now_ms());
    let (id, client) = (&number.facts.id, recipient.client());
    if limits.messaging && !window_is_open {
        let allowance = Allowance {
            clients: messaging::clients_of(&number.facts.messaging_limit),
            window_ms: limits.messaging_window_ms,
        };
        let portfolios = &state.portfolios;
        if !portfolios.may_reach(&number.business_id, client, now, allowance) {
            return refused(limits.messaging_code, limits.messaging_refused_in);
        }
    }
    if limits.pair && !state.pairs.take(id, client, now, &limits) {
        return refused(PAIR_RATE_HIT, limits.pair_refused_in);
    }
    Ok(None)
}

fn refused(code: i64, refused_in: RefusedIn) -> Result<Option<i64>, GraphError> {
    match refused_in {
        RefusedIn::Answer => Err(GraphError::of(code)),
        RefusedIn::Status => Ok(Some(code)),
    }
}

fn fault(
    state: &State,
    endpoint: Endpoint,
    number: &StoredNumber,
    envelope: &Envelope,
    recipient: &Recipient,
) -> Option<Fault> {
    let call = Call {
        endpoint,
        object_id: &number.facts.id,
        recipient: recipient.person.number_or_user_id(),
        user_id: recipient.client(),
        opaque: envelope.opaque().unwrap_or_default(),
        template: envelope.content().map(template::name).unwrap_or_default(),
    };
    let scripted = state.scripts.fault(state.config.seed, &call);
    let by_digits = || match state.config.recipient_rules {
        true => recipient_rules::fault_of(&digits(recipient.person.number_or_user_id())),
        false => None,
    };
    scripted.or_else(by_digits)
}

/// The template of a template send; `None` for other messages.
fn check_content(
    state: &State,
    number: &StoredNumber,
    envelope: &Envelope,
    recipient: &Recipient,
    window_is_open: bool,
) -> Result<Option<Arc<StoredTemplate>>, GraphError> {
    if envelope.kind() != "template" {
        free_form::check(envelope, window_is_open)?;
        media::check(
            state,
            &number.facts.id,
            envelope.kind(),
            envelope.content()?,
        )?;
        return Ok(None);
    }
    let refusal = || GraphError::no_such_object("post", &number.facts.id);
    let waba = state
        .accounts()
        .wabas
        .get(&number.waba_id)
        .cloned()
        .ok_or_else(refusal)?;
    let template = template::check(envelope.content()?, &waba)?;
    header_media::check(state, &number.facts.id, envelope.content()?)?;
    if template.facts.category == "AUTHENTICATION" && recipient.address == Address::UserId {
        return Err(GraphError::of(131_062));
    }
    Ok(Some(template))
}
