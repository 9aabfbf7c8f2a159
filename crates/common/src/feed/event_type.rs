//! The types of events, each with its stable name, its version and its meaning.

macro_rules! event_types {
    ($($(#[doc = $meaning:literal])+ $variant:ident = $name:literal, version $version:literal;)+) => {
        /// What an event reports. A name never changes its meaning and is never reused.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum EventType {
            $($(#[doc = $meaning])+ $variant,)+
        }

        impl EventType {
            /// Every type, by subject.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable name in the feed, such as `message.sent`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            /// The version of its data, from 1. Within a version fields are only added.
            #[must_use]
            pub const fn version(self) -> u16 {
                match self {
                    $(Self::$variant => $version,)+
                }
            }

            /// Its meaning, for readers of the feed.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self {
                    $(Self::$variant => concat!($($meaning),+).trim_ascii(),)+
                }
            }
        }
    };
}

event_types! {
    /// Meta accepted the message and gave it an id.
    MessageSubmitted = "message.submitted", version 1;
    /// The message left Meta's servers.
    MessageSent = "message.sent", version 1;
    /// The message reached the recipient's device.
    MessageDelivered = "message.delivered", version 1;
    /// The recipient opened the message.
    MessageRead = "message.read", version 1;
    /// The recipient played the message.
    MessagePlayed = "message.played", version 1;
    /// Meta could not deliver the message.
    MessageFailed = "message.failed", version 1;
    /// Meta rejected the message or its file for good.
    MessageRejected = "message.rejected", version 1;
    /// The message is held until the reason has passed.
    MessageHeld = "message.held", version 1;
    /// The message expired before it was sent.
    MessageExpired = "message.expired", version 1;
    /// The message was not sent, because the recipient opted out.
    MessageSuppressed = "message.suppressed", version 1;
    /// The message was cancelled before it was sent.
    MessageCancelled = "message.cancelled", version 1;
    /// It is not known whether Meta accepted the message, and it is not sent again.
    MessageUnresolved = "message.unresolved", version 1;
    /// The message is sent again although Meta may have accepted it before.
    MessagePossibleDuplicate = "message.possible_duplicate", version 1;
    /// A client sent a message.
    InboundReceived = "inbound.received", version 1;
    /// A contact opted out of marketing.
    ContactOptedOut = "contact.opted_out", version 1;
    /// A contact opted in to marketing again.
    ContactOptedIn = "contact.opted_in", version 1;
    /// A phone number now belongs to another person: the new contact has none of the previous contact's history.
    ContactNumberReassigned = "contact.number_reassigned", version 1;
    /// The campaign was started.
    CampaignStarted = "campaign.started", version 1;
    /// The campaign was paused, by a person or, with a reason, automatically.
    CampaignPaused = "campaign.paused", version 1;
    /// The campaign was resumed.
    CampaignResumed = "campaign.resumed", version 1;
    /// The campaign was cancelled for good.
    CampaignCancelled = "campaign.cancelled", version 1;
    /// Every planned row of the campaign has become a message.
    CampaignCompleted = "campaign.completed", version 1;
    /// The number was connected and can send.
    NumberConnected = "number.connected", version 1;
    /// The number was stopped and cannot send until it is connected again.
    NumberStopped = "number.stopped", version 1;
    /// The business disconnected the number.
    NumberDisconnected = "number.disconnected", version 1;
    /// The breaker of the number opened: its messages are held until Meta gives clear answers again.
    NumberBreakerOpened = "number.breaker_opened", version 1;
    /// The breaker of the number closed: Meta gives clear answers, and the number sends.
    NumberBreakerClosed = "number.breaker_closed", version 1;
    /// Meta changed the number's quality rating, throughput or messaging limit.
    NumberLimitsChanged = "number.limits_changed", version 1;
    /// Meta changed the status of a template: it may be sent, or not any more.
    TemplateStatusChanged = "template.status_changed", version 1;
    /// Meta accepted what was asked for a template. A new text is then reviewed by Meta.
    TemplatePublicationAccepted = "template.publication_accepted", version 1;
    /// What was asked for a template was refused for good.
    TemplatePublicationRefused = "template.publication_refused", version 1;
    /// What was asked for a template waits and is tried again by itself.
    TemplatePublicationWaiting = "template.publication_waiting", version 1;
    /// Meta changed the category of a template: other rules and another price apply to its messages.
    TemplateCategoryChanged = "template.category_changed", version 1;
    /// Meta announced another category for a template, or finds another one correct. Nothing changed yet.
    TemplateCategoryDetected = "template.category_detected", version 1;
    /// Meta changed the quality rating of a template.
    TemplateQualityChanged = "template.quality_changed", version 1;
    /// The texts of a template changed at Meta.
    TemplateComponentsChanged = "template.components_changed", version 1;
    /// A version of a draft of a template was saved.
    TemplateDraftSaved = "template.draft_saved", version 1;
    /// A draft of a template was discarded.
    TemplateDraftDiscarded = "template.draft_discarded", version 1;
}

impl EventType {
    /// The type of a name in the feed; `None` for a name that this version does not define.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let is_named = |event_type: &Self| event_type.as_str() == name;
        Self::ALL.iter().copied().find(is_named)
    }
}
