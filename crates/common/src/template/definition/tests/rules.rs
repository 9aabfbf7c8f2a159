//! Each rule has templates that break it and no other.

use std::collections::BTreeSet;

use template_cases::{bases, cases};

use super::super::rules;
use super::{broken, faults};

fn all_rules() -> Vec<&'static rules::Rule> {
    [
        rules::fields::ALL,
        rules::frame::ALL,
        rules::text::ALL,
        rules::parts::ALL,
        rules::buttons::ALL,
        rules::code::ALL,
    ]
    .concat()
}

#[test]
fn the_bases_are_valid() {
    for base in [
        bases::utility(),
        bases::named(),
        bases::marketing(),
        bases::flow(),
        bases::offer(),
        bases::carousel(),
        bases::code(),
    ] {
        assert_eq!(broken(&base), [], "{base}");
    }
}

#[test]
fn each_case_breaks_its_rule_and_no_other() {
    for (rule, pointer, template) in cases() {
        let broken = broken(&template);
        let rules: BTreeSet<&str> = broken.iter().map(|(rule, _)| *rule).collect();
        assert_eq!(rules, BTreeSet::from([rule]), "{template}");
        assert_eq!(broken[0].1, pointer, "{rule}: {template}");
    }
}

#[test]
fn each_rule_has_a_case_and_a_name_of_its_own() {
    let rules: Vec<&str> = all_rules().iter().map(|rule| rule.name).collect();
    let names: BTreeSet<&str> = rules.iter().copied().collect();
    assert_eq!(names.len(), rules.len(), "a name is used twice");
    let tested: BTreeSet<&str> = cases().iter().map(|(rule, ..)| *rule).collect();
    assert_eq!(names, tested);
}

#[test]
fn explanations_are_filled_in_and_differ_by_language() {
    for (rule, _, template) in cases() {
        for fault in faults(&template) {
            let (en, fr) = (&fault.explanation.en, &fault.explanation.fr);
            assert_ne!(en, fr, "{rule}");
            for text in [en, fr] {
                let places = ["found", "limit", "kind", "key", "allowed", "meant", "words"];
                let is_open = |place: &&str| text.contains(&format!("{{{place}}}"));
                assert_eq!(places.iter().find(|place| is_open(place)), None, "{text}");
            }
        }
    }
}
