//! Notes on a row that gets its message nevertheless: stored, counted, and explained to the shop owner.
//!
//! The numbers are stored in the database and the texts are part of the API: neither changes its meaning.

/// A note on a planned row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RowNote {
    /// The phone cell held more than one number; the first mobile was taken.
    SecondNumberIgnored,
    /// The cell has words beside the number: it may be somebody else's.
    WordsBesideNumber,
    /// Letters that another program had garbled were repaired.
    LettersRepaired,
    /// A value holds characters that no name has, such as signs inside a name.
    LettersImplausible,
}

impl RowNote {
    /// Every note, in the order of their codes.
    pub const ALL: [Self; 4] = [
        Self::SecondNumberIgnored,
        Self::WordsBesideNumber,
        Self::LettersRepaired,
        Self::LettersImplausible,
    ];

    /// The code of the note in the database.
    #[must_use]
    pub const fn code(self) -> i16 {
        match self {
            Self::SecondNumberIgnored => 1,
            Self::WordsBesideNumber => 2,
            Self::LettersRepaired => 3,
            Self::LettersImplausible => 4,
        }
    }

    /// The note of a code; `None` for a code that is not in use.
    #[must_use]
    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|note| note.code() == code)
    }

    /// The note's stable value in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SecondNumberIgnored => "second_number_ignored",
            Self::WordsBesideNumber => "words_beside_number",
            Self::LettersRepaired => "letters_repaired",
            Self::LettersImplausible => "letters_implausible",
        }
    }

    /// One sentence for a shop owner.
    #[must_use]
    pub const fn explain(self) -> &'static str {
        match self {
            Self::SecondNumberIgnored => {
                "There are two phone numbers in this row; the message goes to the first mobile number."
            }
            Self::WordsBesideNumber => {
                "There are words beside the phone number in this row; check that the number is the client's own."
            }
            Self::LettersRepaired => {
                "Letters of this row had been garbled by another program and were repaired; check that they are correct."
            }
            Self::LettersImplausible => {
                "A value in this row holds letters or signs that no name has, and is sent as it is; correct it, or save the file as CSV UTF-8."
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RowNote;

    #[test]
    fn every_code_leads_back_to_its_note() {
        for note in RowNote::ALL {
            assert_eq!(RowNote::from_code(note.code()), Some(note));
        }
        assert_eq!(RowNote::from_code(0), None);
    }
}
