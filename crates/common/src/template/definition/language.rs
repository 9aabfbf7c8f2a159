//! The languages of templates (Meta, templates: supported languages).

use super::check::Check;
use super::fields::Fields;
use super::rules::frame::{LANGUAGE_SPELLING, LANGUAGE_UNKNOWN};

/// Meta's codes, sorted.
#[rustfmt::skip]
static CODES: [&str; 111] = [
    "af", "ar", "ar_AE", "ar_EG", "ar_LB", "ar_MA", "ar_QA", "az", "be_BY", "bg", "bn", "bn_IN",
    "ca", "cs", "da", "de", "de_AT", "de_CH", "el", "en", "en_AE", "en_AU", "en_CA", "en_GB",
    "en_GH", "en_IE", "en_IN", "en_JM", "en_MY", "en_NZ", "en_QA", "en_SG", "en_UG", "en_US",
    "en_ZA", "es", "es_AR", "es_CL", "es_CO", "es_CR", "es_DO", "es_EC", "es_ES", "es_HN",
    "es_MX", "es_PA", "es_PE", "es_UY", "et", "fa", "fi", "fil", "fr", "fr_BE", "fr_CA", "fr_CH",
    "fr_CI", "fr_MA", "ga", "gu", "ha", "he", "hi", "hr", "hu", "id", "it", "ja", "ka", "kk",
    "kn", "ko", "ky_KG", "lo", "lt", "lv", "mk", "ml", "mr", "ms", "nb", "nl", "nl_BE", "pa",
    "pl", "prs_AF", "ps_AF", "pt_BR", "pt_PT", "ro", "ru", "rw_RW", "si_LK", "sk", "sl", "sq",
    "sr", "sv", "sw", "ta", "te", "th", "tr", "uk", "ur", "uz", "vi", "zh_CN", "zh_HK", "zh_TW",
    "zu",
];

/// One of Meta's language codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Language(&'static str);

impl Language {
    pub(super) fn read(fields: &Fields<'_>, check: &mut Check) -> Option<Self> {
        let word = fields.required_text("language", check)?;
        if let Some(code) = CODES.iter().find(|code| **code == word) {
            return Some(Self(code));
        }
        let at = fields.at("language");
        match nearest(word) {
            Some(meant) => check.refuse_with(&LANGUAGE_SPELLING, &at, &[("meant", &meant)]),
            None => check.refuse_with(&LANGUAGE_UNKNOWN, &at, &[("found", &word)]),
        }
        None
    }

    /// Meta's spelling, such as `pt_BR`.
    pub(super) const fn code(self) -> &'static str {
        self.0
    }
}

/// The code that is meant by another spelling, such as `en-us` or `EN_US`.
fn nearest(word: &str) -> Option<&'static str> {
    let spelled = word.replace('-', "_");
    CODES
        .iter()
        .copied()
        .find(|code| code.eq_ignore_ascii_case(&spelled))
}
