//! What the status of a template means for a shop, and what to do.

use chrono::{DateTime, Utc};

use super::TemplateStatus;
use crate::explanation::Explanation;

/// A template's status with what Meta said of it.
#[derive(Debug, Clone, Copy)]
pub struct ReportedStatus<'a> {
    /// The status.
    pub status: &'a TemplateStatus,
    /// Meta's words about it, such as `FIRST_PAUSE`.
    pub note: Option<&'a str>,
    /// Until when it holds.
    pub until: Option<DateTime<Utc>>,
    /// Why Meta rejected the template, such as `INVALID_FORMAT`.
    pub rejected_reason: Option<&'a str>,
}

/// What the status means, until when it holds, and what to do.
#[must_use]
pub fn explain_status(reported: ReportedStatus<'_>) -> Explanation {
    let (en, fr) = meaning(reported.status);
    let mut explanation = Explanation::new(en, fr);
    let reason = reported.rejected_reason;
    let rejected = *reported.status == TemplateStatus::Rejected;
    if let Some(reason) = reason.filter(|reason| rejected && says_something(reason)) {
        add(
            &mut explanation,
            &format!("Meta's reason: {reason}."),
            &format!("Motif de Meta : {reason}."),
        );
    }
    if let Some(note) = reported.note.filter(|note| says_something(note)) {
        add(
            &mut explanation,
            &format!("Meta's note: {note}."),
            &format!("Précision de Meta : {note}."),
        );
    }
    if let Some(until) = reported.until {
        let (day, time) = (until.format("%Y-%m-%d"), until.format("%H:%M"));
        add(
            &mut explanation,
            &format!("This holds until {day} {time} UTC."),
            &format!(
                "Cela dure jusqu'au {} à {time} UTC.",
                until.format("%d/%m/%Y")
            ),
        );
    }
    explanation
}

fn add(explanation: &mut Explanation, en: &str, fr: &str) {
    explanation.en = format!("{} {en}", explanation.en);
    explanation.fr = format!("{} {fr}", explanation.fr);
}

/// Meta writes `NONE` where it gives no reason.
fn says_something(text: &str) -> bool {
    !text.is_empty() && !text.eq_ignore_ascii_case("NONE")
}

fn meaning(status: &TemplateStatus) -> (&'static str, &'static str) {
    match status {
        TemplateStatus::Approved => (
            "Meta approved the template: it can be sent.",
            "Meta a approuvé le modèle : il peut être envoyé.",
        ),
        TemplateStatus::Pending => (
            "Meta is reviewing the template, normally within 24 hours. It cannot be sent until it is approved; there is \
             nothing to do.",
            "Meta examine le modèle, en général en moins de 24 heures. Il ne peut pas être envoyé avant d'être approuvé ; \
             il n'y a rien à faire.",
        ),
        TemplateStatus::Rejected => (
            "Meta rejected the template: it cannot be sent. Change its text or its category and publish it again, or \
             appeal in WhatsApp Manager.",
            "Meta a refusé le modèle : il ne peut pas être envoyé. Changez son texte ou sa catégorie et publiez-le à \
             nouveau, ou faites appel dans WhatsApp Manager.",
        ),
        TemplateStatus::Paused => (
            "Meta paused the template, because people who got it blocked or reported it. Its messages wait and are sent \
             when Meta ends the pause. Improve the text, or write to fewer people.",
            "Meta a mis le modèle en pause, car des destinataires l'ont bloqué ou signalé. Ses messages attendent et \
             partiront quand Meta lèvera la pause. Améliorez le texte, ou écrivez à moins de personnes.",
        ),
        TemplateStatus::Disabled => (
            "Meta disabled the template for good, after repeated complaints: it cannot be sent. Write a new template \
             with another text.",
            "Meta a désactivé définitivement le modèle après des plaintes répétées : il ne peut plus être envoyé. \
             Écrivez un nouveau modèle avec un autre texte.",
        ),
        TemplateStatus::Deleted => (
            "The template was deleted at Meta: it cannot be sent. Its name cannot be used again for 30 days if it was \
             approved.",
            "Le modèle a été supprimé chez Meta : il ne peut plus être envoyé. Son nom reste bloqué 30 jours s'il était \
             approuvé.",
        ),
        TemplateStatus::Other(word) => other_meaning(&word.to_ascii_uppercase()),
    }
}

fn other_meaning(word: &str) -> (&'static str, &'static str) {
    match word {
        "IN_APPEAL" => (
            "Meta is reviewing an appeal against its decision. The template cannot be sent until Meta has decided.",
            "Meta examine un appel contre sa décision. Le modèle ne peut pas être envoyé avant la réponse de Meta.",
        ),
        "REINSTATED" => (
            "Meta took its decision back: the template can be sent again.",
            "Meta est revenu sur sa décision : le modèle peut de nouveau être envoyé.",
        ),
        "FLAGGED" => (
            "The template can be sent, but people complain about it and Meta may disable it. Improve the text, or write \
             to fewer people.",
            "Le modèle peut être envoyé, mais des destinataires s'en plaignent et Meta peut le désactiver. Améliorez le \
             texte, ou écrivez à moins de personnes.",
        ),
        "LIMIT_EXCEEDED" => (
            "The account has as many templates as Meta allows: delete some that are not used, then publish this one \
             again.",
            "Le compte a atteint le nombre de modèles que Meta autorise : supprimez ceux qui ne servent plus, puis \
             publiez celui-ci à nouveau.",
        ),
        "LOCKED" => (
            "Meta locked the template: it cannot be edited until Meta unlocks it.",
            "Meta a verrouillé le modèle : il ne peut pas être modifié tant que Meta ne le déverrouille pas.",
        ),
        "UNARCHIVED" => (
            "The template was taken out of the archive. Its status is read from Meta again within minutes; until then it is \
             not sent.",
            "Le modèle a été désarchivé. Son statut est relu chez Meta en quelques minutes ; d'ici là il n'est pas envoyé.",
        ),
        "ARCHIVED" => (
            "The template is archived: it cannot be sent, and Meta deletes it after 28 days. Unarchive it in WhatsApp \
             Manager to keep it.",
            "Le modèle est archivé : il ne peut pas être envoyé, et Meta le supprime après 28 jours. Désarchivez-le dans \
             WhatsApp Manager pour le garder.",
        ),
        _ => (
            "Meta gave the template a status that this version does not know. See WhatsApp Manager for what it means.",
            "Meta a donné au modèle un statut que cette version ne connaît pas. Voyez dans WhatsApp Manager ce qu'il \
             signifie.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explained(status: &str, note: Option<&str>, reason: Option<&str>) -> Explanation {
        explain_status(ReportedStatus {
            status: &TemplateStatus::from_meta(status),
            note,
            until: None,
            rejected_reason: reason,
        })
    }

    #[test]
    fn every_status_of_meta_is_explained_in_its_own_words_in_both_languages() {
        let statuses = [
            "APPROVED",
            "PENDING",
            "REJECTED",
            "PAUSED",
            "DISABLED",
            "DELETED",
            "IN_APPEAL",
            "REINSTATED",
            "FLAGGED",
            "LIMIT_EXCEEDED",
            "LOCKED",
            "ARCHIVED",
            "UNARCHIVED",
            "NEW_AT_META",
        ];
        let mut seen = std::collections::BTreeSet::new();
        for status in statuses {
            let Explanation { en, fr } = explained(status, None, None);
            assert!(
                en != fr && seen.insert(en.clone()) && seen.insert(fr),
                "{en}"
            );
        }
    }

    #[test]
    fn metas_words_are_repeated_where_it_says_something() {
        let rejected = explained("REJECTED", None, Some("INVALID_FORMAT"));
        assert!(rejected.en.ends_with("Meta's reason: INVALID_FORMAT."));
        assert!(rejected.fr.ends_with("Motif de Meta : INVALID_FORMAT."));
        let silent = explained("REJECTED", None, Some("NONE"));
        assert!(!silent.en.contains("NONE"));
        // A template that was rejected before and is approved now keeps the reason in its row.
        assert!(
            !explained("APPROVED", None, Some("SCAM"))
                .en
                .contains("SCAM")
        );
        let paused = explained("PAUSED", Some("FIRST_PAUSE"), None);
        assert!(paused.fr.contains("FIRST_PAUSE"));
    }

    #[test]
    fn the_end_of_a_status_is_given_as_a_date_and_time() {
        let until = DateTime::from_timestamp(1_796_000_400, 0);
        let paused = explain_status(ReportedStatus {
            status: &TemplateStatus::Paused,
            note: None,
            until,
            rejected_reason: None,
        });
        assert!(paused.en.contains("until 2026-11-30 "), "{}", paused.en);
        assert!(paused.fr.contains("30/11/2026 à "), "{}", paused.fr);
    }
}
