//! The known error codes of Meta (Meta, error codes reference), each with its class and its meaning in our words.
//!
//! One row for a code or a range of codes that mean the same, in ascending order. A code that is not listed is
//! classified by the HTTP status.

use super::ErrorClass::{
    self, Billing, Doubt, NumberStopped, PermanentMessage, PermanentRecipient, Platform,
    SpamLimited, TemplateRefused, TemplateStopped, TemplateSyncing, Throttle,
};
use super::ThrottleScope::{App, Number, Pair, Waba};

/// A range of codes.
pub(super) struct Row {
    pub(super) first: i32,
    pub(super) last: i32,
    pub(super) class: ErrorClass,
    pub(super) meaning: &'static str,
}

/// The row of a code.
pub(super) fn row(code: i32) -> Option<&'static Row> {
    TABLE
        .iter()
        .find(|row| (row.first..=row.last).contains(&code))
}

/// Whether the code has a row: the number of listed codes is bounded, so that they may be labels of a metric.
pub(crate) fn is_known(code: i32) -> bool {
    row(code).is_some()
}

/// The meaning of a code, for a person.
#[must_use]
pub fn explain(code: i32) -> &'static str {
    row(code).map_or("Meta's reason is not known to this version.", |row| {
        row.meaning
    })
}

/// The class of a listed code.
#[must_use]
pub fn class_of_code(code: i32) -> Option<ErrorClass> {
    row(code).map(|row| row.class)
}

const fn one(code: i32, class: ErrorClass, meaning: &'static str) -> Row {
    run(code, code, class, meaning)
}

const fn run(first: i32, last: i32, class: ErrorClass, meaning: &'static str) -> Row {
    Row {
        first,
        last,
        class,
        meaning,
    }
}

pub(super) const TABLE: &[Row] = &[
    // Of the Graph API.
    one(0, NumberStopped, "The token expired or was revoked."),
    one(1, Doubt, "An unknown error at Meta."),
    one(2, Doubt, "Meta is overloaded or being updated."),
    one(3, NumberStopped, "The app may not make this call."),
    one(4, Throttle(App), "The app made too many calls."),
    one(10, NumberStopped, "A permission is missing."),
    one(17, Throttle(App), "Too many calls of one user."),
    one(32, Throttle(App), "Too many calls of one page."),
    one(33, NumberStopped, "The number was deleted at Meta."),
    one(100, PermanentMessage, "A parameter is wrong."),
    one(102, NumberStopped, "The token's session ended."),
    one(
        104,
        NumberStopped,
        "The token is missing or its proof is wrong.",
    ),
    one(190, NumberStopped, "The token expired or was revoked."),
    one(
        192,
        PermanentMessage,
        "The template cannot be created like this.",
    ),
    run(
        200,
        299,
        NumberStopped,
        "A permission was not granted or was revoked.",
    ),
    one(
        368,
        NumberStopped,
        "The account is blocked for violations of Meta's policies.",
    ),
    one(613, Throttle(App), "Too many calls of this kind."),
    one(
        803,
        NumberStopped,
        "The number or account does not exist or is not visible to the token.",
    ),
    one(80007, Throttle(Waba), "Too many calls for the account."),
    one(
        80008,
        Throttle(Waba),
        "Too many management calls for the account.",
    ),
    // Of sending.
    one(
        130_403,
        PermanentRecipient,
        "The business blocked this user.",
    ),
    one(
        130_429,
        Throttle(Number),
        "The number sends faster than its throughput.",
    ),
    one(
        130_472,
        PermanentRecipient,
        "Meta excludes this user from marketing for an experiment.",
    ),
    one(
        130_497,
        PermanentRecipient,
        "The business may not send to this country.",
    ),
    one(131_000, Doubt, "An unknown error at Meta."),
    one(131_005, NumberStopped, "Access was denied."),
    one(131_008, PermanentMessage, "A parameter is missing."),
    one(131_009, PermanentMessage, "A parameter's value is wrong."),
    one(131_014, PermanentMessage, "Meta could not fetch the media."),
    one(131_016, Doubt, "A service of Meta is not available."),
    one(131_020, PermanentMessage, "The group cannot be used."),
    one(
        131_021,
        PermanentRecipient,
        "The recipient is the sender itself.",
    ),
    one(
        131_026,
        PermanentRecipient,
        "The recipient cannot get the message on WhatsApp.",
    ),
    one(
        131_030,
        PermanentRecipient,
        "A test number may only send to recipients on its list.",
    ),
    one(131_031, NumberStopped, "The account is locked."),
    run(
        131_035,
        131_036,
        PermanentMessage,
        "Not possible without storage at Meta.",
    ),
    one(
        131_037,
        NumberStopped,
        "The number's display name is not approved.",
    ),
    one(131_041, PermanentMessage, "The group cannot be used."),
    one(
        131_042,
        Billing,
        "The business has no valid way to pay at Meta.",
    ),
    one(
        131_044,
        Billing,
        "The business has no valid way to pay at Meta.",
    ),
    one(131_045, NumberStopped, "The number is not registered."),
    one(
        131_047,
        PermanentMessage,
        "The customer service window is closed: only templates may be sent.",
    ),
    one(
        131_048,
        SpamLimited,
        "Meta limits the number because recipients report or block it.",
    ),
    one(
        131_049,
        PermanentRecipient,
        "Meta limits marketing to this recipient for now.",
    ),
    one(
        131_050,
        PermanentRecipient,
        "The recipient stopped marketing from this business.",
    ),
    one(
        131_051,
        PermanentMessage,
        "The message type is not supported.",
    ),
    one(
        131_052,
        PermanentMessage,
        "Meta could not fetch the user's media.",
    ),
    one(
        131_053,
        PermanentMessage,
        "Meta could not accept the media.",
    ),
    one(
        131_055,
        PermanentMessage,
        "The call is not allowed for messages of this kind.",
    ),
    one(
        131_056,
        Throttle(Pair),
        "Too many messages to this recipient in a short time.",
    ),
    one(131_057, Doubt, "The account is in maintenance at Meta."),
    one(131_059, Platform, "The cursor of a list expired."),
    one(
        131_060,
        PermanentMessage,
        "The message is only in the WhatsApp Business app.",
    ),
    one(
        131_061,
        PermanentMessage,
        "A template with a maximum price cannot be sent by this call.",
    ),
    one(
        131_062,
        PermanentRecipient,
        "This message needs the recipient's phone number.",
    ),
    one(
        131_063,
        TemplateStopped,
        "Marketing templates are switched off for this call.",
    ),
    one(
        131_064,
        NumberStopped,
        "The account is limited for wrongly classified templates.",
    ),
    one(
        131_065,
        PermanentRecipient,
        "A maximum price is not possible in the recipient's country.",
    ),
    one(
        131_070,
        PermanentMessage,
        "Another party answers this conversation at Meta now: only templates may be sent.",
    ),
    run(
        131_201,
        131_215,
        PermanentMessage,
        "The group cannot be used.",
    ),
    // Of templates.
    one(
        132_000,
        TemplateRefused,
        "The number of variables does not match the template.",
    ),
    one(
        132_001,
        TemplateStopped,
        "The template does not exist in this language.",
    ),
    one(
        132_005,
        PermanentMessage,
        "The text is too long once the variables are filled in.",
    ),
    one(
        132_007,
        TemplateRefused,
        "The template violates Meta's policies.",
    ),
    one(
        132_008,
        PermanentMessage,
        "A variable has the wrong format.",
    ),
    one(
        132_012,
        PermanentMessage,
        "A variable has the wrong format.",
    ),
    one(
        132_015,
        TemplateStopped,
        "Meta paused the template for its quality.",
    ),
    one(
        132_016,
        TemplateStopped,
        "Meta disabled the template for its quality.",
    ),
    one(132_018, PermanentMessage, "A template parameter is wrong."),
    one(132_068, PermanentMessage, "Meta blocked the flow."),
    one(132_069, Throttle(Number), "Meta throttles the flow."),
    // Of registration and management.
    one(
        133_000,
        NumberStopped,
        "The number was not fully deregistered.",
    ),
    one(133_004, Doubt, "A service of Meta is not available."),
    one(133_005, Platform, "The PIN is wrong."),
    one(
        133_006,
        NumberStopped,
        "The number has to be verified first.",
    ),
    run(133_008, 133_009, Platform, "Too many PIN attempts."),
    one(133_010, NumberStopped, "The number is not registered."),
    run(
        133_015,
        133_016,
        Platform,
        "The number was registered or deregistered too often.",
    ),
    one(134_011, Billing, "The terms of payment were not accepted."),
    one(134_100, PermanentMessage, "Not a marketing template."),
    one(
        134_101,
        TemplateSyncing,
        "Meta is still preparing the template, which takes ten minutes at most.",
    ),
    one(
        134_102,
        TemplateStopped,
        "The template or account may not send marketing this way.",
    ),
    one(
        135_000,
        PermanentMessage,
        "Meta could not process the request.",
    ),
    one(136_024, Platform, "The number was verified before."),
    one(
        137_000,
        PermanentRecipient,
        "The recipient's identity changed since it was last seen.",
    ),
    run(
        138_000,
        139_999,
        Platform,
        "An operation of calls, flows or block lists was refused.",
    ),
    run(
        147_001,
        147_005,
        Platform,
        "The business's user name was refused.",
    ),
    one(
        200_002,
        PermanentMessage,
        "The template cannot be created like this.",
    ),
    run(
        200_005,
        200_007,
        Platform,
        "The template's figures are not available.",
    ),
    one(
        1_752_041,
        Platform,
        "The onboarding request was already made.",
    ),
    one(2_388_001, Platform, "The number cannot be moved."),
    one(2_388_012, Platform, "The number cannot be moved."),
    one(
        2_388_019,
        PermanentMessage,
        "The account has reached its maximum number of templates.",
    ),
    one(
        2_388_023,
        PermanentMessage,
        "The template's name is blocked because a template of this name was deleted.",
    ),
    one(
        2_388_024,
        PermanentMessage,
        "A template of this name and language exists already.",
    ),
    run(
        2_388_039,
        2_388_040,
        PermanentMessage,
        "The template cannot be created like this.",
    ),
    one(
        2_388_047,
        PermanentMessage,
        "The template's header is wrong.",
    ),
    run(
        2_388_072,
        2_388_073,
        PermanentMessage,
        "The template's body or footer is wrong.",
    ),
    one(2_388_091, Platform, "The number cannot be changed now."),
    one(2_388_093, Platform, "The number cannot be changed now."),
    one(2_388_103, Platform, "The number cannot be moved."),
    one(
        2_388_293,
        PermanentMessage,
        "The template has too many variables for its length.",
    ),
    one(
        2_388_299,
        PermanentMessage,
        "The template begins or ends with a variable.",
    ),
    one(2_494_100, Doubt, "The number is in maintenance at Meta."),
    run(2_494_164, 2_494_179, Platform, "The sign-up was refused."),
    one(
        2_494_191,
        Platform,
        "Only the escalation partner may take over a conversation.",
    ),
    one(2_593_079, Platform, "The solution's operation was refused."),
    one(2_593_085, Platform, "The solution's operation was refused."),
    run(
        2_593_107,
        2_593_109,
        Platform,
        "The history cannot be synchronised.",
    ),
];
