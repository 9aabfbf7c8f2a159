//! What a change of a template's category or quality means for a business, and what to do.

use chrono::{DateTime, Utc};

use crate::explanation::Explanation;
use crate::template::Category;

/// What a changed category means for the messages of the template.
#[must_use]
pub fn explain_category_change(category: &Category, previous: &Category) -> Explanation {
    let en = format!("Meta changed the category of the template from {previous} to {category}.");
    let fr = format!("Meta a changé la catégorie du modèle de {previous} à {category}.");
    let (en_effect, fr_effect) = effect(category);
    Explanation::new(format!("{en} {en_effect}"), format!("{fr} {fr_effect}"))
}

/// What the announcement or detection of another category means: nothing changed yet.
#[must_use]
pub fn explain_category_notice(
    category: &Category,
    detected: &Category,
    changes_at: Option<DateTime<Utc>>,
) -> Explanation {
    let (when_en, when_fr) = match changes_at {
        Some(at) => (
            format!("on {} UTC", at.format("%Y-%m-%d %H:%M")),
            format!("le {} UTC", at.format("%d/%m/%Y à %H:%M")),
        ),
        None => ("later".to_owned(), "plus tard".to_owned()),
    };
    Explanation::new(
        format!(
            "Meta takes the template for {detected} and may change its category {when_en}. Until then it stays {category}, \
             and nothing changes for its messages. Change its text if it should stay {category}, or ask Meta for a review \
             in WhatsApp Manager."
        ),
        format!(
            "Meta considère le modèle comme {detected} et peut changer sa catégorie {when_fr}. D'ici là il reste {category} \
             et rien ne change pour ses messages. Changez son texte s'il doit rester {category}, ou demandez un réexamen \
             dans WhatsApp Manager."
        ),
    )
}

/// What Meta's rating means.
#[must_use]
pub fn explain_quality(quality: &str) -> Explanation {
    let (en, fr) = match quality.to_ascii_uppercase().as_str() {
        "GREEN" => (
            "Meta rates the template as good: few people who got it complain.",
            "Meta juge le modèle bon : peu de destinataires s'en plaignent.",
        ),
        "YELLOW" => (
            "Meta rates the template as medium: people who got it complain. It is still sent. Improve the text, or write \
             only to people who expect it, before Meta pauses it.",
            "Meta juge le modèle moyen : des destinataires s'en plaignent. Il est toujours envoyé. Améliorez le texte, ou \
             n'écrivez qu'à ceux qui l'attendent, avant que Meta ne le mette en pause.",
        ),
        "RED" => (
            "Meta rates the template as low: many people who got it complain. It is still sent, but Meta may pause it soon. \
             Stop its campaigns and improve the text.",
            "Meta juge le modèle mauvais : beaucoup de destinataires s'en plaignent. Il est toujours envoyé, mais Meta peut \
             bientôt le mettre en pause. Arrêtez ses campagnes et améliorez le texte.",
        ),
        _ => (
            "Meta has not rated the template yet, or with a value that this version does not know. There is nothing to do.",
            "Meta n'a pas encore noté le modèle, ou avec une valeur que cette version ne connaît pas. Il n'y a rien à faire.",
        ),
    };
    Explanation::new(en, fr)
}

fn effect(category: &Category) -> (&'static str, &'static str) {
    if category.covered_by_opt_out() {
        return (
            "From now on its messages go only to people who did not opt out, those that wait included, and Meta charges \
             the price of the new category. If the text is no offer, ask Meta for a review in WhatsApp Manager.",
            "Désormais ses messages ne vont qu'aux personnes qui ne se sont pas désabonnées, y compris ceux qui attendent, \
             et Meta facture le prix de la nouvelle catégorie. Si le texte n'est pas une offre, demandez un réexamen dans \
             WhatsApp Manager.",
        );
    }
    (
        "From now on the rules and the price of the new category apply, also to messages that wait. There is nothing to do.",
        "Désormais les règles et le prix de la nouvelle catégorie s'appliquent, aussi aux messages qui attendent. Il n'y a \
         rien à faire.",
    )
}
