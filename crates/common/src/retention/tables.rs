//! The registry: every table of the database, by name.

use super::AtRest::{Clear, Hashed, NoPersonalData, Sealed, SealedAndHashed};
use super::Retention::{ByService, Never, Partition, Rows, When, WithParent};
use super::{AtRest, Category, ExpiringTable, Expiry, Retention, Table};

const fn table_of(
    name: &'static str,
    purpose: &'static str,
    at_rest: AtRest,
    retention: Retention,
) -> Table {
    Table {
        name,
        purpose,
        at_rest,
        retention,
    }
}

/// Every table, in alphabetical order. A test fails for a table that has no entry, and for an entry that has no table.
pub static TABLES: [Table; 36] = [
    table_of(
        "accepted_counts",
        "number of accepted messages, for the conservation difference",
        NoPersonalData,
        Never("a sum of all businesses"),
    ),
    table_of(
        "access_tokens",
        "Meta's access token of each account",
        Sealed,
        When("the last number of the account is disconnected"),
    ),
    table_of(
        "api_keys",
        "keys to the API",
        Hashed,
        Never("a revoked key still says who had access, and until when"),
    ),
    table_of(
        "attempts",
        "POSTs to Meta with their results",
        Hashed,
        Partition(Category::Messages),
    ),
    table_of(
        "audiences",
        "imported files of campaigns",
        NoPersonalData,
        When(
            "another audience replaces it, its import fails, or its import has not ended after an hour",
        ),
    ),
    table_of("businesses", "tenants", Clear, Never("the tenant itself")),
    table_of(
        "campaign_recipients",
        "rows of audiences: whom a campaign is sent to",
        SealedAndHashed,
        WithParent("audiences"),
    ),
    table_of(
        "campaigns",
        "campaigns with their progress and the texts sent to everybody",
        Sealed,
        Never("the business looks up what it sent"),
    ),
    table_of(
        "contact_identifiers",
        "phone numbers and user ids of contacts",
        SealedAndHashed,
        WithParent("contacts"),
    ),
    table_of(
        "contacts",
        "which identifiers are one person",
        NoPersonalData,
        Rows(
            Category::Contacts,
            Expiry::After("last_seen_at"),
            &["business_id", "contact_id"],
        ),
    ),
    table_of(
        "data_keys",
        "keys that seal the fields of a business and key its hashes",
        Sealed,
        Never("without them nothing of the business can be read"),
    ),
    table_of(
        "due_media_uploads",
        "uploads to Meta that are to be done",
        NoPersonalData,
        When("the upload is done, or Meta has refused the file"),
    ),
    table_of(
        "due_messages",
        "timers of messages that wait for something",
        NoPersonalData,
        WithParent("messages"),
    ),
    table_of(
        "event_counters",
        "last number of each event feed",
        NoPersonalData,
        Never("numbers are not used twice"),
    ),
    table_of(
        "events",
        "event feed",
        NoPersonalData,
        Partition(Category::Events),
    ),
    table_of(
        "idempotency_keys",
        "responses of calls, for repetitions of the call",
        SealedAndHashed,
        Rows(
            Category::IdempotencyKeys,
            Expiry::After("created_at"),
            &["business_id", "key_hash"],
        ),
    ),
    table_of(
        "inbound_messages",
        "messages from customers",
        SealedAndHashed,
        Partition(Category::InboundMessages),
    ),
    table_of(
        "media",
        "files without their content",
        Sealed,
        Partition(Category::Files),
    ),
    table_of(
        "media_chunks",
        "content of files",
        Sealed,
        Partition(Category::Files),
    ),
    table_of(
        "media_uploads",
        "results of uploads to Meta",
        NoPersonalData,
        Rows(
            Category::FileUploads,
            Expiry::At("expires_at"),
            &["business_id", "media_id", "phone_number_id"],
        ),
    ),
    table_of(
        "messages",
        "messages that businesses send",
        SealedAndHashed,
        Partition(Category::Messages),
    ),
    table_of(
        "messaging_limit_recipients",
        "whom a business messaged outside of customer service windows",
        Hashed,
        ByService(Category::MessagingLimit, "sender"),
    ),
    table_of(
        "messaging_limit_usage",
        "how much of its messaging limit a business uses",
        NoPersonalData,
        When("no number of the business has a limit any more"),
    ),
    table_of(
        "number_send_rates",
        "send rate of each number",
        NoPersonalData,
        WithParent("phone_numbers"),
    ),
    table_of(
        "otp_secrets",
        "content of one-time codes",
        Sealed,
        Rows(
            Category::OneTimeCodes,
            Expiry::At("expires_at"),
            &["business_id", "message_id"],
        ),
    ),
    table_of(
        "phone_numbers",
        "numbers of businesses",
        Clear,
        Never("a disconnected number still gets statuses of what it sent"),
    ),
    table_of(
        "processed_updates",
        "hashes of applied updates",
        Hashed,
        Rows(
            Category::ProcessedUpdates,
            Expiry::After("seen_at"),
            &["phone_number_id", "update_hash"],
        ),
    ),
    table_of(
        "service_windows",
        "when customers last wrote to a number",
        Hashed,
        Rows(
            Category::ServiceWindows,
            Expiry::After("last_inbound_at"),
            &["business_id", "phone_number_id", "contact_hash"],
        ),
    ),
    table_of(
        "suppressions",
        "who refuses marketing",
        Hashed,
        Never("an opt-out holds until the person lifts it"),
    ),
    table_of(
        "template_drafts",
        "templates that a business writes",
        Clear,
        Never("the business edits them again"),
    ),
    table_of(
        "template_publications",
        "what was asked of Meta for templates, by whom, and what it answered",
        Clear,
        Never("the business looks up who published what"),
    ),
    table_of(
        "template_versions",
        "earlier texts of drafts, and who wrote them",
        Clear,
        Never("a published version says what Meta approved"),
    ),
    table_of(
        "templates",
        "templates as Meta has them",
        Clear,
        Never("a deleted template still names what was sent"),
    ),
    table_of(
        "unmatched_statuses",
        "statuses whose message is not known yet",
        SealedAndHashed,
        ByService(Category::UnmatchedStatuses, "gateway"),
    ),
    table_of(
        "wabas",
        "WhatsApp Business accounts",
        NoPersonalData,
        Never("a disconnected account still says what was sent from it"),
    ),
    table_of(
        "watermarks",
        "up to where periodic workers are done",
        NoPersonalData,
        Never("one row for each worker"),
    ),
];

/// The entry of a table.
#[must_use]
pub fn table(name: &str) -> Option<&'static Table> {
    TABLES.iter().find(|table| table.name == name)
}

/// The tables whose rows the janitor deletes one by one.
pub fn expiring_tables() -> impl Iterator<Item = ExpiringTable> {
    TABLES.iter().filter_map(Table::expiring)
}

/// The tables that are dropped by the month, with their category.
pub fn partitioned_tables() -> impl Iterator<Item = (&'static str, Category)> {
    TABLES
        .iter()
        .filter_map(|table| Some((table.name, table.partition_category()?)))
}
