//! The words by which a client opts out, opts in again, or asks for help, in French and English.
//!
//! A keyword counts only when it is the whole message, so that "je ne peux pas stopper" is not an opt-out.

/// What a client asked for by a single word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keyword {
    /// No more messages of the purposes that an opt-out covers.
    OptOut,
    /// Messages again, after an opt-out.
    OptIn,
    /// A person wants to talk to the business.
    Support,
}

impl Keyword {
    /// The stable number in the database.
    #[must_use]
    pub const fn code(self) -> i16 {
        match self {
            Self::OptOut => 1,
            Self::OptIn => 2,
            Self::Support => 3,
        }
    }

    /// The stable word in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OptOut => "opt_out",
            Self::OptIn => "opt_in",
            Self::Support => "support",
        }
    }
}

/// The keyword that a text consists of, if it does.
#[must_use]
pub fn recognise(text: &str) -> Option<Keyword> {
    let word: String = text
        .chars()
        .map(|c| if matches!(c, '_' | '-') { ' ' } else { c })
        .filter(|c| c.is_alphanumeric() || c.is_whitespace())
        .flat_map(char::to_lowercase)
        .map(without_accent)
        .collect();
    let word = word.split_whitespace().collect::<Vec<_>>().join(" ");
    match word.as_str() {
        "stop" | "stop promo" | "arret" | "arreter" | "desabonner" | "me desabonner"
        | "desinscrire" | "unsubscribe" | "stop all" | "stopall" | "ne plus recevoir" => {
            Some(Keyword::OptOut)
        }
        "start" | "reprendre" | "abonner" | "unstop" | "subscribe" => Some(Keyword::OptIn),
        "aide" | "help" | "support" | "info" | "assistance" => Some(Keyword::Support),
        _ => None,
    }
}

const fn without_accent(letter: char) -> char {
    match letter {
        'é' | 'è' | 'ê' | 'ë' => 'e',
        'à' | 'â' => 'a',
        'î' | 'ï' => 'i',
        'ô' => 'o',
        'ù' | 'û' => 'u',
        'ç' => 'c',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_opt_out_is_recognised_as_people_write_it() {
        for text in [
            "STOP",
            " stop. ",
            "Arrêt",
            "STOP_PROMO",
            "Stop promo!",
            "Désabonner",
        ] {
            assert_eq!(recognise(text), Some(Keyword::OptOut), "{text}");
        }
        assert_eq!(recognise("Aide"), Some(Keyword::Support));
        assert_eq!(recognise("START"), Some(Keyword::OptIn));
    }

    #[test]
    fn a_sentence_is_no_keyword() {
        for text in [
            "ne stoppez pas la livraison",
            "stop, je viens demain avec ma carte",
            "",
            "👍",
        ] {
            assert_eq!(recognise(text), None, "{text}");
        }
    }
}
