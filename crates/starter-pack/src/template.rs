//! The templates of the pack.

use serde_json::Value;

use crate::language::Language;
use crate::purpose::Purpose;

/// A template of the pack in one language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StarterTemplate {
    /// What it is for.
    pub purpose: Purpose,
    /// Its language.
    pub language: Language,
}

/// Every template, the languages of a purpose together.
pub fn templates() -> impl Iterator<Item = StarterTemplate> {
    Purpose::ALL.into_iter().flat_map(|purpose| {
        Language::ALL
            .into_iter()
            .map(move |language| StarterTemplate { purpose, language })
    })
}

impl StarterTemplate {
    /// The object that creates it at Meta. Sample files are named as [`crate::sample`] reads them.
    ///
    /// # Errors
    /// When the data file is not JSON, which a test excludes.
    pub fn definition(self) -> Result<Value, serde_json::Error> {
        serde_json::from_str(self.purpose.file(self.language))
    }
}

#[cfg(test)]
mod tests {
    use common::template::{
        Category, TemplateDefinition, TemplateShape, TemplateWarning, warnings,
    };

    use super::*;
    use crate::sample::{SAMPLE_PREFIX, sample};

    fn shape(definition: &Value) -> TemplateShape {
        let text = |key: &str| definition[key].as_str().unwrap_or_default();
        let category = Category::from_meta(text("category"));
        TemplateShape::read(
            &definition["components"],
            text("parameter_format"),
            &category,
        )
        .unwrap()
    }

    #[test]
    fn every_template_keeps_the_rules_of_meta() {
        for template in templates() {
            let definition = template.definition().unwrap();
            let faults = TemplateDefinition::parse(&definition).err();
            assert_eq!(faults, None, "{template:?}");
            assert_eq!(definition["name"], template.purpose.name());
            assert_eq!(definition["language"], template.language.as_str());
        }
    }

    #[test]
    fn the_languages_of_a_template_take_the_same_variables() {
        for purpose in Purpose::ALL {
            let of = |language| {
                let template = StarterTemplate { purpose, language };
                shape(&template.definition().unwrap()).variable_names()
            };
            let mut variables = Language::ALL.map(of);
            variables.iter_mut().for_each(|names| names.sort());
            let [first, second] = variables;
            assert_eq!(first, second, "{purpose:?}");
        }
    }

    #[test]
    fn every_offer_has_a_button_that_stops_offers() {
        for template in templates() {
            let definition = template.definition().unwrap();
            let category = Category::from_meta(definition["category"].as_str().unwrap());
            let found = warnings(&definition["components"], &category);
            assert!(
                !found.contains(&TemplateWarning::OptOutNotRecognised),
                "{template:?}"
            );
        }
    }

    #[test]
    fn every_sample_that_a_header_names_is_there() {
        let mut named = 0;
        for template in templates() {
            let definition = template.definition().unwrap();
            let components = definition["components"].as_array().unwrap();
            for handle in components
                .iter()
                .filter_map(|component| component.pointer("/example/header_handle/0")?.as_str())
            {
                named += 1;
                assert!(handle.starts_with(SAMPLE_PREFIX), "{handle}");
                assert!(sample(handle).is_some_and(|it| it.content.starts_with(b"%PDF")));
            }
        }
        assert_eq!(named, 2);
    }
}
