//! What was read is written, and reads as the same again.

use proptest::prelude::*;
use serde_json::Value;

use super::TemplateDefinition;
use template_cases::template;

/// Any JSON, with some of the words that templates have.
fn anything() -> impl Strategy<Value = Value> {
    let word = prop_oneof![
        Just("BODY".to_owned()),
        Just("UTILITY".to_owned()),
        Just("fr".to_owned()),
        "[a-z{}1# ]{0,6}"
    ];
    let key = prop::sample::select(vec![
        "name",
        "language",
        "category",
        "components",
        "type",
        "text",
        "format",
        "example",
        "buttons",
        "cards",
        "body_text",
        "url",
        "limited_time_offer",
        "supported_apps",
        "optimization_spec",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        word.prop_map(Value::from)
    ];
    leaf.prop_recursive(6, 64, 8, move |inner| {
        let key = key.clone().prop_map(str::to_owned);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(key, inner, 0..8)
                .prop_map(|fields| Value::Object(fields.into_iter().collect()))
        ]
    })
}

proptest! {
    #[test]
    fn a_valid_template_is_written_as_it_was_read(template in template()) {
        let definition = TemplateDefinition::parse(&template);
        prop_assert!(definition.is_ok(), "{definition:?}");
        let definition = definition.expect("it is valid");
        prop_assert_eq!(definition.to_meta(), template);
        prop_assert_eq!(TemplateDefinition::parse(&definition.to_meta()), Ok(definition));
    }

    #[test]
    fn what_is_not_a_template_is_refused_with_places_that_have_a_parent(object in anything()) {
        let Err(faults) = TemplateDefinition::parse(&object) else {
            return Err(TestCaseError::reject("by chance a template"));
        };
        prop_assert!((1..=100).contains(&faults.len()));
        for fault in faults {
            let parent = fault.pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
            prop_assert!(object.pointer(parent).is_some(), "{}", fault.pointer);
        }
    }
}
