//! Scores the name of a column by what its cells are likely to contain.
//!
//! A name is split into the words of a small vocabulary, also where it joins them (`numerodetelephone`,
//! `billing_phone`, `Phone 1 - Value`). Words of the vocabulary raise or lower the score; other words lower the
//! confidence.

/// The effect of a word on the score.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    WhatsApp,
    Mobile,
    Phone,
    Number,
    Contact,
    /// Neutral.
    Filler,
    /// Of a number that is seldom a mobile one, or is not the first.
    Second,
    Consent,
    /// Of messages in general: indicates consent.
    Messages,
    /// Excludes phone numbers, whatever the other words are.
    Other,
}

use Word::{Consent, Contact, Filler, Messages, Mobile, Number, Other, Phone, Second, WhatsApp};

/// Folded words, without accents and in lower case, separated by blanks.
const VOCABULARY: [(Word, &str); 10] = [
    (WhatsApp, "whatsapp watsapp whatapp wathsapp whattsapp wsp"),
    (
        Mobile,
        "mobile mobiles mob portable portables port cellulaire cellulaires cellular celular cell cel gsm msisdn \
         movil handy",
    ),
    (
        Phone,
        "telephone telephones telephonique tel tels phone phones telefono telefone fone tlf",
    ),
    (Number, "numero numeros number numbers num nums nr no n"),
    (Contact, "contact contacts joindre coordonnees"),
    (
        Filler,
        "de du des d le la les l the of a au value valeur principal principale primary main default defaut \
         personnel personnelle perso personal billing facturation complet full international internationale e164 \
         e format formatted your votre actif orange moov mtn 1 01 164",
    ),
    (
        Second,
        "2 3 4 5 6 7 8 9 second seconde secondaire secondary autre autres other alternative alt fixe fixes \
         landline home domicile maison bureau office work travail pro professionnel business company societe \
         entreprise shipping livraison assistant car",
    ),
    (
        Consent,
        "consent consents consentement optin accepte accept accepts accepted accord autorise autorisation opt",
    ),
    (
        Messages,
        "marketing message messages promo promos promotion promotions pub publicite offres in",
    ),
    (
        Other,
        "type label libelle code indicatif country pays fax telecopie pager operateur operator carrier reseau \
         statut status valide valid verifie verified date id nom noms name names prenom prenoms email mail ext \
         extension first last modele model marque nombre count facture commande order compte account carte card \
         urgence emergency sms newsletter appels calls notes note ville city out refus desabonne stop",
    ),
];

/// The score of a name for phone numbers, the higher the surer; `None` if it is none.
pub(crate) fn phone_score(name: &str) -> Option<u32> {
    let words = Words::of(name);
    if words.has(Other) || words.has(Consent) || words.has(Messages) {
        return None;
    }
    let is_number = words.has(Phone) || words.has(Mobile) || words.has(Number);
    let kind: u32 = if words.has(WhatsApp) && is_number {
        100
    } else if words.has(Mobile) {
        80
    } else if words.has(Phone) {
        60
    } else if words.has(WhatsApp) {
        // Such a column often has the values oui and non.
        40
    } else if words.is_only(&[Number, Contact, Filler]) && (words.has(Number) || words.has(Contact))
    {
        20
    } else {
        return None;
    };
    let doubts = 15 * words.count(Second) + 2 * words.unknown;
    Some(kind.saturating_sub(doubts).max(1))
}

/// The score of a name for consent to messages; `None` if it is none.
pub(crate) fn consent_score(name: &str) -> Option<u32> {
    let words = Words::of(name);
    let is_asked = words.has(Consent)
        && words.unknown == 0
        && words.is_only(&[Consent, Messages, WhatsApp, Filler, Contact]);
    is_asked.then(|| if words.has(WhatsApp) { 2 } else { 1 })
}

/// Folds a name: without accents, case, blanks and punctuation.
pub(crate) fn folded(name: &str) -> String {
    name.chars()
        .filter(|sign| sign.is_alphanumeric() && !is_ordinal(*sign))
        .flat_map(char::to_lowercase)
        .map(without_accent)
        .collect()
}

/// The words of a name.
struct Words {
    known: Vec<Word>,
    unknown: u32,
}

impl Words {
    fn of(name: &str) -> Self {
        let mut found = Self {
            known: Vec::new(),
            unknown: 0,
        };
        let is_apart =
            |sign: char| !(sign.is_alphanumeric() || is_accent(sign)) || is_ordinal(sign);
        for chunk in name.split(is_apart).filter(|chunk| !chunk.is_empty()) {
            if found.add(chunk) {
                continue;
            }
            for hump in humps(chunk) {
                if !found.add(hump) {
                    found.unknown += 1;
                }
            }
        }
        found
    }

    /// Whether a text consists of known words, which are added.
    fn add(&mut self, text: &str) -> bool {
        let words = cut(&folded(text));
        let is_known = words.is_some();
        self.known.extend(words.unwrap_or_default());
        is_known
    }

    fn has(&self, word: Word) -> bool {
        self.known.contains(&word)
    }

    fn count(&self, word: Word) -> u32 {
        self.known
            .iter()
            .filter(|known| **known == word)
            .map(|_| 1)
            .sum()
    }

    fn is_only(&self, words: &[Word]) -> bool {
        self.unknown == 0 && self.known.iter().all(|known| words.contains(known))
    }
}

/// Splits a text into known words, the longest first; `None` if there is a remainder.
fn cut(text: &str) -> Option<Vec<Word>> {
    if text.is_empty() {
        return Some(Vec::new());
    }
    let mut starts: Vec<(&str, Word)> = VOCABULARY
        .iter()
        .flat_map(|(word, spellings)| {
            spellings
                .split_whitespace()
                .map(|spelling| (spelling, *word))
        })
        .filter(|(spelling, _)| text.starts_with(spelling))
        .collect();
    starts.sort_by_key(|(spelling, _)| std::cmp::Reverse(spelling.len()));
    starts.into_iter().find_map(|(spelling, word)| {
        let mut words = vec![word];
        words.extend(cut(text.strip_prefix(spelling)?)?);
        Some(words)
    })
}

/// Splits at capitals and digits: `shopMobile2`.
fn humps(chunk: &str) -> impl Iterator<Item = &str> {
    let signs: Vec<(usize, char)> = chunk.char_indices().collect();
    let begins = |pair: &[(usize, char)]| match pair {
        [(_, before), (at, sign)] => {
            let is_hump = before.is_lowercase() && sign.is_uppercase();
            (is_hump || before.is_numeric() != sign.is_numeric()).then_some(*at)
        }
        _ => None,
    };
    let begins: Vec<usize> = signs.windows(2).filter_map(begins).collect();
    let starts = std::iter::once(0).chain(begins.clone());
    let ends = begins.into_iter().chain(std::iter::once(chunk.len()));
    starts
        .zip(ends)
        .filter_map(|(start, end)| chunk.get(start..end))
}

/// The small letters of `Nº` and `1ª`, which Unicode counts as letters.
const fn is_ordinal(sign: char) -> bool {
    matches!(sign, 'º' | 'ª')
}

const fn is_accent(sign: char) -> bool {
    matches!(sign, '\u{300}'..='\u{36F}')
}

fn without_accent(letter: char) -> char {
    match letter {
        'à' | 'â' | 'ä' => 'a',
        'ç' => 'c',
        'é' | 'è' | 'ê' | 'ë' => 'e',
        'î' | 'ï' => 'i',
        'ô' | 'ö' => 'o',
        'ù' | 'û' | 'ü' => 'u',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::{consent_score, phone_score};

    #[test]
    fn names_of_phone_columns_are_known() {
        for name in "N° de téléphone; Tél. portable; Tél; TEL; Mobile Phone; Phone 1 - Value; billing_phone; \
            Numéro WhatsApp; Contact; MSISDN; Cel.; phone_number; numéro_de_téléphone; NumeroTelephone; \
            numerodetelephone; Tel1; N°Tel; Nº Tél.; Num Tél; Téléphone (WhatsApp); Primary Phone; \
            Default Address Phone; Phone; Téléphone client; Customer phone; Contact WhatsApp; Contacts; Portable; \
            GSM; Numéro; Cellulaire; Te\u{301}le\u{301}phone; mobilePhone; Shipping Phone; Tel Orange; \
            Numéro à joindre; WhatsApp".split("; ") {
            assert!(phone_score(name).is_some(), "{name}");
        }
    }

    #[test]
    fn names_of_other_columns_are_not_taken() {
        for name in "Nom; Prénom; Hôtel; Phone 1 - Label; Phone 1 - Type; Phonetic First Name; Smartphone; Fax; \
            Indicatif téléphonique; Country code; Numéro de commande; N° carte; Contact Name; Accepte WhatsApp; \
            Opérateur mobile; WhatsApp opt-in; Points; Numéro de rue; Numéro client; E-mail; Date de contact; Ville; \
            SMS Consent; Télévendeur".split("; ") {
            assert_eq!(phone_score(name), None, "{name}");
        }
    }

    #[test]
    fn the_surer_name_has_the_higher_score() {
        for names in [
            ["Numéro WhatsApp", "Téléphone"],
            ["Mobile Phone", "Home Phone"],
            ["Phone 1 - Value", "Phone 2 - Value"],
            ["Tél. portable", "Tél. fixe"],
            ["billing_phone", "shipping_phone"],
            ["Téléphone", "WhatsApp"],
            ["Téléphone", "Contact"],
            ["Phone", "Company Phone"],
        ] {
            let [surer, other] = names.map(phone_score);
            assert!(surer > other, "{names:?}: {surer:?}, {other:?}");
        }
    }

    #[test]
    fn consent_is_asked_for_whatsapp_or_for_everything() {
        for name in "Accepte WhatsApp; opt_in; Opt-In; optin; WhatsApp opt-in; Consentement; Accord; consent; \
            Accord WhatsApp; Accepte les messages; Consentement marketing; Accepts Marketing".split("; ") {
            assert!(consent_score(name).is_some(), "{name}");
        }
        for name in [
            "Accepts Email Marketing",
            "Accepts SMS Marketing",
            "Date de consentement",
            "opt_out",
            "Accepte CB",
        ] {
            assert_eq!(consent_score(name), None, "{name}");
        }
    }
}
