//! What the templates of the pack are for.

use crate::language::Language;

/// What a template of the pack is for. The templates of all languages share its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// The number of a loyalty card.
    LoyaltyCode,
    /// A receipt, with its PDF.
    SalesTicket,
    /// A payment was received.
    PaymentConfirmation,
    /// An amount is still to be paid.
    PaymentReminder,
    /// An appointment is near.
    AppointmentReminder,
    /// A request was answered.
    SupportFollowUp,
    /// A code for a log-in or a payment.
    OneTimeCode,
    /// An offer, with a button that stops offers.
    SpecialOffer,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 8] = [
        Self::LoyaltyCode,
        Self::SalesTicket,
        Self::PaymentConfirmation,
        Self::PaymentReminder,
        Self::AppointmentReminder,
        Self::SupportFollowUp,
        Self::OneTimeCode,
        Self::SpecialOffer,
    ];

    /// The name of its templates at Meta.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::LoyaltyCode => "loyalty_code",
            Self::SalesTicket => "sales_ticket",
            Self::PaymentConfirmation => "payment_confirmation",
            Self::PaymentReminder => "payment_reminder",
            Self::AppointmentReminder => "appointment_reminder",
            Self::SupportFollowUp => "support_follow_up",
            Self::OneTimeCode => "one_time_code",
            Self::SpecialOffer => "special_offer",
        }
    }

    /// The file of its template in a language.
    pub(crate) const fn file(self, language: Language) -> &'static str {
        match (self, language) {
            (Self::LoyaltyCode, Language::French) => {
                include_str!("../templates/fr/loyalty_code.json")
            }
            (Self::LoyaltyCode, Language::English) => {
                include_str!("../templates/en/loyalty_code.json")
            }
            (Self::SalesTicket, Language::French) => {
                include_str!("../templates/fr/sales_ticket.json")
            }
            (Self::SalesTicket, Language::English) => {
                include_str!("../templates/en/sales_ticket.json")
            }
            (Self::PaymentConfirmation, Language::French) => {
                include_str!("../templates/fr/payment_confirmation.json")
            }
            (Self::PaymentConfirmation, Language::English) => {
                include_str!("../templates/en/payment_confirmation.json")
            }
            (Self::PaymentReminder, Language::French) => {
                include_str!("../templates/fr/payment_reminder.json")
            }
            (Self::PaymentReminder, Language::English) => {
                include_str!("../templates/en/payment_reminder.json")
            }
            (Self::AppointmentReminder, Language::French) => {
                include_str!("../templates/fr/appointment_reminder.json")
            }
            (Self::AppointmentReminder, Language::English) => {
                include_str!("../templates/en/appointment_reminder.json")
            }
            (Self::SupportFollowUp, Language::French) => {
                include_str!("../templates/fr/support_follow_up.json")
            }
            (Self::SupportFollowUp, Language::English) => {
                include_str!("../templates/en/support_follow_up.json")
            }
            (Self::OneTimeCode, Language::French) => {
                include_str!("../templates/fr/one_time_code.json")
            }
            (Self::OneTimeCode, Language::English) => {
                include_str!("../templates/en/one_time_code.json")
            }
            (Self::SpecialOffer, Language::French) => {
                include_str!("../templates/fr/special_offer.json")
            }
            (Self::SpecialOffer, Language::English) => {
                include_str!("../templates/en/special_offer.json")
            }
        }
    }
}
