//! Reports about templates to and from protobuf.

use chrono::{DateTime, Utc};

use super::generated as proto;
use super::generated::reported_template::Aspect;
use super::{DecodeError, ReportedTemplate, text, time};
use crate::template::{Category, ReportedComponents, StatusReport, TemplateAspect};

impl ReportedTemplate {
    pub(super) fn to_proto(&self) -> proto::ReportedTemplate {
        let template_id = self.template_id.as_ref().map(ToString::to_string);
        proto::ReportedTemplate {
            occurred_at_ms: self.occurred_at.timestamp_millis(),
            template_id: template_id.unwrap_or_default(),
            name: self.name.clone(),
            language: self.language.clone(),
            aspect: Some(aspect_to_proto(&self.aspect)),
        }
    }

    pub(super) fn from_proto(template: proto::ReportedTemplate) -> Result<Self, DecodeError> {
        Ok(Self {
            occurred_at: time(template.occurred_at_ms, "occurred_at_ms")?,
            template_id: template.template_id.parse().ok(),
            name: template.name,
            language: template.language,
            aspect: aspect_from_proto(template.aspect.ok_or(DecodeError::Field("aspect"))?)?,
        })
    }
}

fn aspect_to_proto(aspect: &TemplateAspect) -> Aspect {
    match aspect {
        TemplateAspect::Status(status) => Aspect::Status(proto::TemplateStatus {
            event: status.event.clone(),
            note: status.note.clone().unwrap_or_default(),
            category: status
                .category
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
        }),
        TemplateAspect::Quality(score) => Aspect::Quality(proto::TemplateQuality {
            score: score.clone(),
        }),
        TemplateAspect::Components(components) => Aspect::Components(proto::TemplateComponents {
            header: components.header.clone().unwrap_or_default(),
            body: components.body.clone(),
            footer: components.footer.clone().unwrap_or_default(),
        }),
        TemplateAspect::Category(category) => Aspect::Category(proto::TemplateCategory {
            category: category.to_string(),
        }),
        TemplateAspect::DetectedCategory {
            category,
            changes_at,
        } => Aspect::DetectedCategory(proto::TemplateDetectedCategory {
            category: category.to_string(),
            changes_at_ms: changes_at.map_or(0, |at| at.timestamp_millis()),
        }),
    }
}

fn aspect_from_proto(aspect: Aspect) -> Result<TemplateAspect, DecodeError> {
    Ok(match aspect {
        Aspect::Status(status) => TemplateAspect::Status(StatusReport {
            event: status.event,
            note: text(status.note),
            category: text(status.category).map(|word| Category::from_meta(&word)),
        }),
        Aspect::Quality(quality) => TemplateAspect::Quality(quality.score),
        Aspect::Components(components) => TemplateAspect::Components(ReportedComponents {
            header: text(components.header),
            body: components.body,
            footer: text(components.footer),
        }),
        Aspect::Category(category) => {
            TemplateAspect::Category(Category::from_meta(&category.category))
        }
        Aspect::DetectedCategory(detected) => TemplateAspect::DetectedCategory {
            category: Category::from_meta(&detected.category),
            changes_at: optional_time(detected.changes_at_ms)?,
        },
    })
}

fn optional_time(milliseconds: i64) -> Result<Option<DateTime<Utc>>, DecodeError> {
    (milliseconds != 0)
        .then(|| time(milliseconds, "changes_at_ms"))
        .transpose()
}
