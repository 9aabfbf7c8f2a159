//! Words beside a number in a cell.

/// Words for the kind, place and operator of a number; words that join two numbers; parts of links.
const EXPECTED: &str = "p n t h w m c no nr num numero number tel tels telephone phone tlf mob mobile cel cell cellulaire portable \
    gsm msisdn contact whatsapp watsapp wsp wa voice sms appel appels fixe bureau domicile maison travail perso \
    personnel pro home work main principal other autre pref orange moov africa telecel telmob onatel mtn airtel \
    togocel togocom free expresso wave sonatel malitel niger zamani glo celtiis vodafone vodacom momo money ou \
    et or and puis sinon br http https www me api com send net";

/// Whether a word beside a number says only what kind of number it is.
pub(super) fn is_expected(word: &str) -> bool {
    let word: String = word
        .to_lowercase()
        .chars()
        .map(|letter| match letter {
            'é' | 'è' => 'e',
            'ô' => 'o',
            other => other,
        })
        .filter(|letter| letter.is_alphanumeric())
        .collect();
    EXPECTED.split_whitespace().any(|expected| expected == word)
}
