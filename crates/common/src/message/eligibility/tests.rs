//! Which messages may be sent.

use std::time::Duration;

use super::*;
use crate::message::WINDOW;
use crate::number::Connection;
use proptest::prelude::*;

const LAG: TimeDelta = TimeDelta::seconds(1);

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_000_000, 0).unwrap()
}

fn any_category() -> impl Strategy<Value = Category> {
    prop::sample::select(vec![
        Category::Authentication,
        Category::Utility,
        Category::Marketing,
        Category::Service,
        Category::Other("9".to_owned()),
    ])
}

fn any_campaign() -> impl Strategy<Value = Option<CampaignState>> {
    prop::option::of(prop::sample::select(vec![
        CampaignState::Draft,
        CampaignState::Running,
        CampaignState::Paused,
        CampaignState::Completed,
        CampaignState::Cancelled,
    ]))
}

fn any_media() -> impl Strategy<Value = Vec<MediaAtMeta>> {
    let uploaded = || MediaAtMeta::Uploaded("123".parse().unwrap());
    let each = prop::sample::select(vec![
        MediaAtMeta::NotUploaded,
        uploaded(),
        uploaded(),
        uploaded(),
        MediaAtMeta::Refused(Some(131_053)),
        MediaAtMeta::Refused(None),
    ]);
    prop::collection::vec(each, 0..4)
}

fn any_context() -> impl Strategy<Value = EligibilityContext> {
    let seconds = || prop::option::of(-5_i64..5);
    let flags = prop::array::uniform7(any::<bool>());
    // Around the end of the window.
    let wrote = prop::option::of(-5_i64..5);
    (
        any_category(),
        any_campaign(),
        seconds(),
        seconds(),
        wrote,
        flags,
        any_media(),
    )
        .prop_map(
            |(
                category,
                campaign,
                expires,
                consent,
                wrote,
                [
                    number,
                    breaker,
                    template,
                    opted_out,
                    content,
                    duplicate,
                    second,
                ],
                media,
            )| {
                EligibilityContext {
                    category,
                    attempt: 0,
                    possible_duplicate: duplicate,
                    expires_at: expires.map(|seconds| now() + TimeDelta::seconds(seconds)),
                    campaign,
                    number: NumberState {
                        connection: if number {
                            Connection::Connected
                        } else {
                            Connection::Stopped
                        },
                        has_token: true,
                        is_breaker_open: breaker,
                    },
                    is_second_of_campaign: second,
                    is_template_sendable: template,
                    is_opted_out: opted_out,
                    consent_applied_until: consent
                        .map(|seconds| now() + TimeDelta::seconds(seconds)),
                    has_content: content,
                    window: Window {
                        last_inbound_at: wrote
                            .map(|seconds| now() - WINDOW + TimeDelta::seconds(seconds)),
                    },
                    media,
                }
            },
        )
}

proptest! {
    #[test]
    fn nothing_leaves_that_must_not(context in any_context()) {
        if context.decide(now(), LAG) == Eligibility::Eligible {
            let covered = context.category.covered_by_opt_out();
            prop_assert!(!(covered && context.is_opted_out));
            prop_assert!(!covered || now() - context.consent_applied_until.unwrap() <= LAG);
            prop_assert!(context.expires_at.is_none_or(|at| at > now()));
            prop_assert_eq!(context.number.hold(), None);
            prop_assert!(context.time_limits().allow(now(), LAG));
            prop_assert!(context.is_template_sendable && context.has_content);
            prop_assert!(context.category != Category::Service || context.window.is_open(now()));
            let stopped = [CampaignState::Paused, CampaignState::Cancelled, CampaignState::Draft];
            prop_assert!(!context.campaign.is_some_and(|state| stopped.contains(&state)));
            prop_assert!(!context.is_second_of_campaign);
            prop_assert!(context.media.iter().all(|media| media.id().is_some()));
        }
    }

    #[test]
    fn what_nothing_speaks_against_leaves(mut context in any_context()) {
        context.campaign = context.campaign.map(|_| CampaignState::Running);
        context.expires_at = None;
        context.is_second_of_campaign = false;
        context.media.retain(|media| media.id().is_some());
        context.is_opted_out = false;
        context.consent_applied_until = Some(now());
        context.number = NumberState {
            connection: Connection::Connected,
            has_token: true,
            is_breaker_open: false,
        };
        context.is_template_sendable = true;
        context.has_content = true;
        context.window.last_inbound_at = Some(now());
        prop_assert_eq!(context.decide(now(), LAG), Eligibility::Eligible);
    }

    #[test]
    fn an_opt_out_never_stops_a_one_time_code_a_ticket_or_a_reply(
        mut context in any_context(),
        category in prop::sample::select(vec![Category::Authentication, Category::Utility, Category::Service]),
    ) {
        context.category = category;
        let before = context.decide(now(), LAG);
        context.is_opted_out = !context.is_opted_out;
        context.consent_applied_until = None;
        prop_assert_eq!(context.decide(now(), LAG), before);
    }

    #[test]
    fn time_only_takes_away_what_it_allowed(context in any_context(), later in 0_i64..10) {
        let (limits, later) = (context.time_limits(), now() + TimeDelta::seconds(later));
        prop_assert!(limits.allow(now(), LAG) || !limits.allow(later, LAG));
    }

    #[test]
    fn nothing_waits_longer_than_it_lives(context in any_context(), wait in 0_u64..10) {
        let wait = Duration::from_secs(wait);
        let waited = wait_within_life(wait, context.expires_at, now());
        prop_assert!(waited <= wait);
        prop_assert!(context.expires_at.is_none_or(|at| now() + waited <= at.max(now())));
    }

    #[test]
    fn attempts_come_to_an_end(mut context in any_context(), attempt in MAX_ATTEMPTS..) {
        context.attempt = attempt;
        let decision = context.decide(now(), LAG);
        prop_assert!(!matches!(decision, Eligibility::Eligible | Eligibility::Held(_)));
    }

    #[test]
    fn a_second_copy_that_does_not_leave_says_nothing_of_the_first(mut context in any_context()) {
        context.possible_duplicate = true;
        let decision = context.decide(now(), LAG);
        prop_assert!(matches!(decision, Eligibility::Eligible | Eligibility::Held(_) | Eligibility::Ended(EndReason::Unresolved)));
    }

    #[test]
    fn a_reply_whose_window_closed_ends_and_says_so(mut context in any_context()) {
        context.category = Category::Service;
        context.window.last_inbound_at = Some(now() - WINDOW);
        let decision = context.decide(now(), LAG);
        prop_assert!(!matches!(decision, Eligibility::Eligible | Eligibility::Held(_)));
        if decision == Eligibility::Ended(EndReason::WindowClosed) {
            prop_assert!(!context.possible_duplicate);
        }
    }

    #[test]
    fn what_is_over_is_never_held(context in any_context()) {
        let is_over = context.campaign == Some(CampaignState::Cancelled)
            || context.expires_at.is_some_and(|at| at <= now());
        let held = matches!(context.decide(now(), LAG), Eligibility::Held(_));
        prop_assert!(!(is_over && held));
    }
}
