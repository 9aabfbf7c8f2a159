//! The data of all other events, in the form that readers of the feed expect.

use serde_json::{Value, json};

use super::events::{
    inbound_id, keyword_message, message_id, of_campaign, of_number, reassigned, received,
};
use super::publications::{accepted, of_publication};
use crate::campaign::PauseReason;
use crate::feed::{
    CampaignEvent, ContactEvent, FeedEvent, NumberEvent, NumberLimits, OptIn, OptOut,
};
use crate::ids::WabaId;
use crate::keyword::Keyword;
use crate::template::PublicationAction;

pub(super) fn check(event: &FeedEvent, name: &str, data: &Value) {
    assert_eq!(event.event_type().as_str(), name);
    assert_eq!(serde_json::to_value(event).unwrap(), *data, "{name}");
}

#[test]
fn a_campaign_that_is_paused_automatically_says_why() {
    let reason = Some(PauseReason::QualityRed);
    for (event, name, data) in [
        (CampaignEvent::Started {}, "campaign.started", json!({})),
        (
            CampaignEvent::Paused { reason },
            "campaign.paused",
            json!({ "reason": "quality_red" }),
        ),
        (
            CampaignEvent::Paused { reason: None },
            "campaign.paused",
            json!({}),
        ),
        (CampaignEvent::Resumed {}, "campaign.resumed", json!({})),
        (CampaignEvent::Cancelled {}, "campaign.cancelled", json!({})),
        (CampaignEvent::Completed {}, "campaign.completed", json!({})),
    ] {
        check(&of_campaign(event), name, &data);
    }
}

#[test]
fn a_number_is_named_in_the_data() {
    let (account, reason) = (WabaId::from_number(102), "Why.".to_owned());
    let limits = NumberLimits {
        quality_rating: "RED".to_owned(),
        throughput_level: "STANDARD".to_owned(),
        messaging_limit: "TIER_250".to_owned(),
    };
    let of_account = json!({ "phone_number_id": "106", "waba_id": "102" });
    let explained = json!({ "phone_number_id": "106", "reason": "Why." });
    for (event, name, data) in [
        (
            NumberEvent::Connected {
                waba_id: account.clone(),
            },
            "number.connected",
            of_account.clone(),
        ),
        (
            NumberEvent::Disconnected { waba_id: account },
            "number.disconnected",
            of_account,
        ),
        (
            NumberEvent::Stopped {
                reason: reason.clone(),
            },
            "number.stopped",
            explained.clone(),
        ),
        (
            NumberEvent::BreakerOpened { reason },
            "number.breaker_opened",
            explained,
        ),
        (
            NumberEvent::BreakerClosed {},
            "number.breaker_closed",
            json!({ "phone_number_id": "106" }),
        ),
        (
            NumberEvent::LimitsChanged(limits),
            "number.limits_changed",
            json!({
                "phone_number_id": "106",
                "quality_rating": "RED",
                "throughput_level": "STANDARD",
                "messaging_limit": "TIER_250",
            }),
        ),
    ] {
        check(&of_number(event), name, &data);
    }
}

#[test]
fn consent_names_its_source_and_the_message_that_shows_it() {
    let by_keyword = FeedEvent::Contact(ContactEvent::OptedOut(OptOut::Keyword(keyword_message())));
    let data = json!({ "source": "keyword", "type": "button", "keyword": "opt_out" });
    check(&by_keyword, "contact.opted_out", &data);
    assert_eq!(by_keyword.about().inbound_id, Some(inbound_id()));
    let again = FeedEvent::Contact(ContactEvent::OptedIn(OptIn::Keyword(keyword_message())));
    let data = json!({ "source": "keyword", "type": "button", "keyword": "opt_in" });
    check(&again, "contact.opted_in", &data);
    let refusal = OptOut::Refusal {
        message_id: message_id(),
    };
    let refused = FeedEvent::Contact(ContactEvent::OptedOut(refusal));
    check(
        &refused,
        "contact.opted_out",
        &json!({ "source": "refusal" }),
    );
    assert_eq!(refused.about().message_id, Some(message_id()));
    for (event, name, source) in [
        (
            ContactEvent::OptedOut(OptOut::Preference),
            "contact.opted_out",
            "preference",
        ),
        (
            ContactEvent::OptedOut(OptOut::Unreadable),
            "contact.opted_out",
            "unreadable",
        ),
        (
            ContactEvent::OptedIn(OptIn::Preference),
            "contact.opted_in",
            "preference",
        ),
    ] {
        check(
            &FeedEvent::Contact(event),
            name,
            &json!({ "source": source }),
        );
    }
}

#[test]
fn a_reassigned_number_names_both_contacts() {
    let data = json!({
        "previous_contact_id": "00000000-0000-0000-0000-000000000004",
        "contact_id": "00000000-0000-0000-0000-000000000005",
    });
    let event = FeedEvent::Contact(reassigned());
    check(&event, "contact.number_reassigned", &data);
}

#[test]
fn an_inbound_message_says_whether_it_is_a_keyword() {
    let data = json!({ "type": "text", "keyword": null });
    check(&received(None), "inbound.received", &data);
    let data = json!({ "type": "text", "keyword": "support" });
    check(&received(Some(Keyword::Support)), "inbound.received", &data);
}

#[test]
fn a_publication_names_its_template_and_what_came_of_it() {
    let data = json!({
        "publication_id": "00000000-0000-0000-0000-000000000006",
        "waba_id": "102",
        "action": "create",
        "name": "ticket",
        "language": "fr",
        "template_id": "7",
        "status": "PENDING",
        "category": "UTILITY",
    });
    let event = of_publication(PublicationAction::Create, Some("fr"), accepted());
    check(&event, "template.publication_accepted", &data);
}
