//! May this message leave now? Pure: the claim gathers the facts under a lock and does what is said here.
//!
//! What ends a message goes before what holds it, so that a cancelled campaign's messages do not wait for a token that
//! never comes. The last word on consent is here: an opt-out that was applied suppresses, and one that may be on its way
//! holds.

use chrono::{DateTime, TimeDelta, Utc};
use common::campaign::CampaignState;
use common::message::HeldReason;
use common::template::Category;
use storage::batch::claim::{ClaimContext, Decision};
use storage::batch::media::MediaAtMeta;

/// How often a message is tried at most: a week of attempts a minute apart, and well within the column's range.
const MOST_ATTEMPTS: u16 = 10_000;

/// Decides on a message.
#[must_use]
pub(crate) fn decide(facts: &ClaimContext, now: DateTime<Utc>, consent_lag: TimeDelta) -> Decision {
    match by_facts(facts, now, consent_lag) {
        // Meta may have the first copy: nobody can say that nothing left.
        Decision::Suppressed
        | Decision::Expired
        | Decision::CodeLost
        | Decision::Exhausted
        | Decision::WindowClosed
        | Decision::Cancelled
        | Decision::SecondOfCampaign
        | Decision::MediaRefused(_)
            if facts.possible_duplicate =>
        {
            Decision::Unresolved
        }
        decision => decision,
    }
}

fn by_facts(facts: &ClaimContext, now: DateTime<Utc>, consent_lag: TimeDelta) -> Decision {
    if facts.campaign == Some(CampaignState::Cancelled) {
        return Decision::Cancelled;
    }
    if facts.expires_at.is_some_and(|at| at <= now) {
        return Decision::Expired;
    }
    if facts.is_second_of_campaign {
        return Decision::SecondOfCampaign;
    }
    let respects_opt_out = facts.category.covered_by_opt_out();
    if respects_opt_out && facts.is_opted_out {
        return Decision::Suppressed;
    }
    if !facts.has_content {
        return Decision::CodeLost;
    }
    if facts.attempt >= MOST_ATTEMPTS {
        return Decision::Exhausted;
    }
    if facts.category == Category::Service && !facts.window.is_open(now) {
        return Decision::WindowClosed;
    }
    if let Some(MediaAtMeta::Refused(code)) = facts.media {
        return Decision::MediaRefused(code);
    }
    if !facts.is_number_connected {
        return Decision::Held(HeldReason::NumberStopped);
    }
    if facts.is_breaker_open {
        return Decision::Held(HeldReason::BreakerOpen);
    }
    if matches!(
        facts.campaign,
        Some(CampaignState::Paused | CampaignState::Draft)
    ) {
        return Decision::Held(HeldReason::CampaignPaused);
    }
    if !facts.is_template_sendable {
        return Decision::Held(HeldReason::TemplateNotApproved);
    }
    let is_consent_known = facts
        .consent_applied_until
        .is_some_and(|until| now - until <= consent_lag);
    if respects_opt_out && !is_consent_known {
        return Decision::Held(HeldReason::ConsentLag);
    }
    if facts.media == Some(MediaAtMeta::NotUploaded) {
        return Decision::Held(HeldReason::MediaNotUploaded);
    }
    Decision::Send
}

#[cfg(test)]
mod tests {
    use super::*;
    use common::ids::{BusinessId, CampaignId, MessageId};
    use common::message::{Lane, WINDOW, Window};
    use proptest::prelude::*;
    use storage::batch::transitions::MessageKeys;
    use uuid::Uuid;

    const LAG: TimeDelta = TimeDelta::seconds(1);

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_000_000, 0).unwrap()
    }

    fn any_facts() -> impl Strategy<Value = ClaimContext> {
        let category = prop::sample::select(vec![
            Category::Authentication,
            Category::Utility,
            Category::Marketing,
            Category::Service,
            Category::Other("9".to_owned()),
        ]);
        let campaign = prop::option::of(prop::sample::select(vec![
            CampaignState::Running,
            CampaignState::Paused,
            CampaignState::Completed,
            CampaignState::Cancelled,
        ]));
        let seconds = || prop::option::of(-5_i64..5);
        let flags = prop::array::uniform6(any::<bool>());
        // Around the end of the window.
        let wrote = prop::option::of(-5_i64..5);
        (category, campaign, seconds(), seconds(), wrote, flags).prop_map(
            |(
                category,
                campaign,
                expires,
                consent,
                wrote,
                [number, breaker, template, opted_out, content, duplicate],
            )| {
                ClaimContext {
                    subject: MessageKeys {
                        business_id: BusinessId::from_uuid(Uuid::nil()),
                        message_id: MessageId::from_uuid(Uuid::nil()),
                        phone_number_id: "106540352242922".parse().unwrap(),
                        campaign_id: campaign.map(|_| CampaignId::from_uuid(Uuid::nil())),
                        lane: Lane::Transactional,
                    },
                    category,
                    attempt: 0,
                    possible_duplicate: duplicate,
                    expires_at: expires.map(|seconds| now() + TimeDelta::seconds(seconds)),
                    campaign,
                    is_number_connected: number,
                    is_breaker_open: breaker,
                    throughput_level: "STANDARD".to_owned(),
                    messaging_limit: None,
                    recipient_hash: Vec::new(),
                    pair_hash: None,
                    is_second_of_campaign: false,
                    is_template_sendable: template,
                    is_opted_out: opted_out,
                    consent_applied_until: consent
                        .map(|seconds| now() + TimeDelta::seconds(seconds)),
                    has_content: content,
                    window: Window {
                        last_inbound_at: wrote
                            .map(|seconds| now() - WINDOW + TimeDelta::seconds(seconds)),
                    },
                    media: None,
                }
            },
        )
    }

    proptest! {
        #[test]
        fn nothing_leaves_that_must_not(facts in any_facts()) {
            if decide(&facts, now(), LAG) == Decision::Send {
                let covered = facts.category.covered_by_opt_out();
                prop_assert!(!(covered && facts.is_opted_out));
                prop_assert!(!covered || now() - facts.consent_applied_until.unwrap() <= LAG);
                prop_assert!(facts.expires_at.is_none_or(|at| at > now()));
                prop_assert!(facts.is_number_connected && !facts.is_breaker_open);
                prop_assert!(facts.is_template_sendable && facts.has_content);
                prop_assert!(facts.category != Category::Service || facts.window.is_open(now()));
                prop_assert!(!matches!(facts.campaign, Some(CampaignState::Paused | CampaignState::Cancelled)));
            }
        }

        #[test]
        fn what_nothing_speaks_against_leaves(mut facts in any_facts()) {
            facts.campaign = facts.campaign.map(|_| CampaignState::Running);
            facts.expires_at = None;
            facts.is_opted_out = false;
            facts.consent_applied_until = Some(now());
            facts.is_number_connected = true;
            facts.is_breaker_open = false;
            facts.is_template_sendable = true;
            facts.has_content = true;
            facts.window.last_inbound_at = Some(now());
            prop_assert_eq!(decide(&facts, now(), LAG), Decision::Send);
        }

        #[test]
        fn an_opt_out_never_stops_a_one_time_code_a_ticket_or_a_reply(
            mut facts in any_facts(),
            category in prop::sample::select(vec![Category::Authentication, Category::Utility, Category::Service]),
        ) {
            facts.category = category;
            let before = decide(&facts, now(), LAG);
            facts.is_opted_out = !facts.is_opted_out;
            facts.consent_applied_until = None;
            prop_assert_eq!(decide(&facts, now(), LAG), before);
        }

        #[test]
        fn attempts_come_to_an_end(mut facts in any_facts(), attempt in MOST_ATTEMPTS..) {
            facts.attempt = attempt;
            let decision = decide(&facts, now(), LAG);
            prop_assert!(!matches!(decision, Decision::Send | Decision::Held(_)));
        }

        #[test]
        fn a_second_copy_that_does_not_leave_says_nothing_of_the_first(mut facts in any_facts()) {
            facts.possible_duplicate = true;
            let decision = decide(&facts, now(), LAG);
            prop_assert!(matches!(decision, Decision::Send | Decision::Held(_) | Decision::Unresolved));
        }

        #[test]
        fn a_reply_whose_window_closed_ends_and_says_so(mut facts in any_facts()) {
            facts.category = Category::Service;
            facts.window.last_inbound_at = Some(now() - WINDOW);
            let decision = decide(&facts, now(), LAG);
            prop_assert!(!matches!(decision, Decision::Send | Decision::Held(_)));
            if decision == Decision::WindowClosed {
                prop_assert!(!facts.possible_duplicate);
            }
        }

        #[test]
        fn what_is_over_is_never_held(facts in any_facts()) {
            let is_over = facts.campaign == Some(CampaignState::Cancelled)
                || facts.expires_at.is_some_and(|at| at <= now());
            let held = matches!(decide(&facts, now(), LAG), Decision::Held(_));
            prop_assert!(!(is_over && held));
        }
    }
}
