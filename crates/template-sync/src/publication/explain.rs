//! Explanations of waits and refusals for the business: what happened, what was kept, what to do.

use chrono::{DateTime, Utc};
use cloud_api::{ApiError, CallFailure};
use common::explanation::Explanation;
use common::template::{PublicationRefusal, PublicationWait};

use super::outcome::Refused;
use super::wait::Wait;

/// Why a publication waits. The text stays the same while the reason and the known end do.
pub(super) fn wait(wait: Wait) -> Explanation {
    let until = time(wait.until);
    let (en, fr) = match wait.reason {
        PublicationWait::CallBudget => (
            format!("Meta's limit of calls for the account is reached until {until}."),
            format!("La limite d'appels de Meta pour ce compte est atteinte jusqu'au {until}."),
        ),
        PublicationWait::CreationsPerHour => (
            format!("Meta's limit of templates created within an hour is reached until {until}."),
            format!("La limite de modèles créés par heure chez Meta est atteinte jusqu'au {until}."),
        ),
        PublicationWait::EditsPerDay => (
            format!("Meta accepts no further edit of this approved template before {until}: its limit for 24 hours is reached."),
            format!("Meta n'accepte plus de modification de ce modèle approuvé avant le {until} : sa limite par 24 heures est atteinte."),
        ),
        PublicationWait::EditsPerMonth => (
            format!("Meta accepts no further edit of this approved template before {until}: its limit for 30 days is reached."),
            format!("Meta n'accepte plus de modification de ce modèle approuvé avant le {until} : sa limite par 30 jours est atteinte."),
        ),
        PublicationWait::Token => return without_token(),
        PublicationWait::Unreachable => (
            "Meta could not be reached.".to_owned(),
            "Meta n'a pas pu être joint.".to_owned(),
        ),
        PublicationWait::Unclear => (
            "Meta gave no clear answer, so it is not known whether Meta did it. Before it is asked again, Meta is searched \
             for the template."
                .to_owned(),
            "Meta n'a pas répondu clairement : on ne sait pas si Meta l'a fait. Avant une nouvelle demande, le modèle est \
             recherché chez Meta."
                .to_owned(),
        ),
    };
    by_itself(&en, &fr)
}

/// Why a publication waits whose account's token Meta refuses.
pub(super) fn token_refused(error: &ApiError) -> Explanation {
    let cause = cause(error);
    Explanation::new(
        format!(
            "Meta does not accept the access token any more ({cause}). Your request is kept and its numbers are stopped. \
             Connect a number of the account again with a new token: the request is then carried out."
        ),
        format!(
            "Meta n'accepte plus le jeton d'accès ({cause}). Votre demande est conservée et ses numéros sont arrêtés. \
             Reconnectez un numéro du compte avec un nouveau jeton : la demande sera alors exécutée."
        ),
    )
}

fn without_token() -> Explanation {
    Explanation::new(
        "The account has no access token, so Meta was not called. Your request is kept. Connect a number of the account \
         again: the request is then carried out.",
        "Le compte n'a pas de jeton d'accès : Meta n'a pas été appelé. Votre demande est conservée. Reconnectez un numéro \
         du compte : la demande sera alors exécutée.",
    )
}

fn by_itself(en: &str, fr: &str) -> Explanation {
    Explanation::new(
        format!(
            "{en} Your request is kept. Nothing has to be done: it is tried again by itself, unless you cancel it."
        ),
        format!(
            "{fr} Votre demande est conservée. Il n'y a rien à faire : elle est réessayée d'elle-même, sauf si vous \
             l'annulez."
        ),
    )
}

/// Why a publication was refused.
pub(super) fn refusal(refused: &Refused) -> Explanation {
    match (refused.reason, &refused.error) {
        (PublicationRefusal::NameTaken, _) => Explanation::new(
            "Meta has another template under this name and language, with another content. Nothing was changed at Meta, \
             and your draft is kept. Publish it under another name, or edit or delete the other template.",
            "Meta a déjà un autre modèle de ce nom et de cette langue, avec un autre contenu. Rien n'a été changé chez \
             Meta et votre brouillon est conservé. Publiez-le sous un autre nom, ou modifiez ou supprimez l'autre modèle.",
        ),
        (PublicationRefusal::TemplateGone, _) => Explanation::new(
            "Meta no longer has the template that was to be edited. Your draft is kept. Publish it as a new template.",
            "Meta n'a plus le modèle à modifier. Votre brouillon est conservé. Publiez-le comme nouveau modèle.",
        ),
        (PublicationRefusal::FileMissing, _) => Explanation::new(
            "A sample file of the template is no longer stored here. Nothing was asked of Meta, and your draft is kept. \
             Upload the file again, put its id into the draft, and publish it.",
            "Un fichier d'exemple du modèle n'est plus conservé ici. Rien n'a été demandé à Meta et votre brouillon est \
             conservé. Téléversez de nouveau le fichier, mettez son identifiant dans le brouillon, puis publiez-le.",
        ),
        (PublicationRefusal::Meta, Some(error))
            if error.failure() == CallFailure::AccessRefused =>
        {
            access_refused(error)
        }
        (PublicationRefusal::Meta, error) => refused_by_meta(error.as_ref()),
    }
}

fn access_refused(error: &ApiError) -> Explanation {
    let cause = cause(error);
    Explanation::new(
        format!(
            "Meta denies access to the account ({cause}). Nothing was changed at Meta, and your draft is kept. Check the \
             account in Meta's WhatsApp Manager and that the token has the permission whatsapp_business_management, then \
             publish again."
        ),
        format!(
            "Meta refuse l'accès au compte ({cause}). Rien n'a été changé chez Meta et votre brouillon est conservé. \
             Vérifiez le compte dans WhatsApp Manager et que le jeton a la permission whatsapp_business_management, puis \
             publiez de nouveau."
        ),
    )
}

fn refused_by_meta(error: Option<&ApiError>) -> Explanation {
    let cause = error.map(cause).unwrap_or_default();
    let said = error
        .and_then(ApiError::meta)
        .and_then(|error| error.user_message.as_deref());
    let (said_en, said_fr) = said.map_or_else(Default::default, |said| {
        (
            format!(" Meta says: \"{said}\""),
            format!(" Meta dit : « {said} »"),
        )
    });
    Explanation::new(
        format!(
            "Meta refused it ({cause}).{said_en} Nothing was changed at Meta, and your draft is kept. Correct it and publish \
             it again."
        ),
        format!(
            "Meta l'a refusé ({cause}).{said_fr} Rien n'a été changé chez Meta et votre brouillon est conservé. \
             Corrigez-le, puis publiez-le de nouveau."
        ),
    )
}

fn cause(error: &ApiError) -> String {
    error
        .meta()
        .map_or_else(|| error.to_string(), ToString::to_string)
}

fn time(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wait_says_what_happened_what_was_kept_and_what_to_do_in_both_languages() {
        for reason in PublicationWait::ALL {
            let until = DateTime::UNIX_EPOCH;
            let Explanation { en, fr } = wait(Wait { reason, until });
            assert!(en.contains("Your request is kept."), "{en}");
            assert!(fr.contains("Votre demande est conservée."), "{fr}");
        }
    }

    #[test]
    fn a_limit_says_until_when() {
        for reason in [
            PublicationWait::CallBudget,
            PublicationWait::CreationsPerHour,
            PublicationWait::EditsPerDay,
            PublicationWait::EditsPerMonth,
        ] {
            let until = DateTime::UNIX_EPOCH;
            let Explanation { en, fr } = wait(Wait { reason, until });
            assert!(en.contains("1970-01-01 00:00 UTC") && fr.contains("1970-01-01 00:00 UTC"));
        }
    }

    #[test]
    fn every_refusal_says_what_to_do_in_both_languages() {
        for reason in PublicationRefusal::ALL {
            let Explanation { en, fr } = refusal(&Refused {
                reason,
                error: None,
            });
            assert!(
                en.contains("your draft is kept") || en.contains("Your draft is kept"),
                "{en}"
            );
            assert!(fr.contains("otre brouillon est conservé"), "{fr}");
        }
    }
}
