//! The files that headers show as samples.

/// What a header's `example` begins with when it names a sample file.
pub const SAMPLE_PREFIX: &str = "sample:";

/// A sample file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// The name that reviewers and recipients see.
    pub filename: &'static str,
    /// Its media type.
    pub mime_type: &'static str,
    /// Its content.
    pub content: &'static [u8],
}

const TICKET: Sample = Sample {
    filename: "ticket.pdf",
    mime_type: "application/pdf",
    content: include_bytes!("../samples/ticket.pdf"),
};

/// The sample that a header's `example` names, such as `sample:ticket.pdf`.
#[must_use]
pub fn sample(reference: &str) -> Option<Sample> {
    let filename = reference.strip_prefix(SAMPLE_PREFIX)?;
    [TICKET].into_iter().find(|it| it.filename == filename)
}
