//! Templates as Meta lists them, and the pure rules for filling them in.

mod category;
mod compose;
mod compose_error;
mod definition;
mod explain;
mod filled;
mod preview;
mod price_class;
mod publication;
mod publication_reason;
mod report;
mod sample_files;
mod shape;
mod status;
#[cfg(test)]
mod tests;
mod text;
mod unsupported;
mod warning;

pub use category::Category;
pub use compose::{Composed, Variables, compose};
pub use compose_error::ComposeError;
pub use definition::{Difference, TemplateDefinition, TemplateFault, diff};
pub use explain::{ReportedStatus, explain_status};
pub use filled::{FilledTemplate, read_filled};
pub use preview::{CardPreview, MessagePreview, OfferPreview, preview};
pub use price_class::PriceClass;
pub use publication::{PublicationAction, PublicationState};
pub use publication_reason::{PublicationRefusal, PublicationWait};
pub use report::{
    ReportOutcome, ReportedComponents, StatusReport, TemplateAspect, TemplateState,
    explain_category_change, explain_category_notice, explain_quality,
};
pub use sample_files::{SampleFile, sample_files};
pub use shape::{GivenFile, TemplateShape};
pub use status::TemplateStatus;
pub use text::filled_text;
pub use unsupported::{Unsupported, UnsupportedReason};
pub use warning::{TemplateWarning, warnings};
