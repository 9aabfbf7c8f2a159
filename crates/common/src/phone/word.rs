//! Words that stand beside a number in a cell.

/// What says of a number what it is, where it rings and who carries it; what joins two numbers; what links are made of.
const EXPECTED: &str = "p n t h w m c no nr num numero number tel tels telephone phone tlf mob mobile cel cell cellulaire portable \
    gsm msisdn contact whatsapp watsapp wsp wa voice sms appel appels fixe bureau domicile maison travail perso \
    personnel pro home work main principal other autre pref orange moov africa telecel telmob onatel mtn airtel \
    togocel togocom free expresso wave sonatel malitel niger zamani glo celtiis vodafone vodacom momo money ou \
    et or and puis sinon br http https www me api com send net";

/// Whether a word beside a number says nothing but what kind of number it is.
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
