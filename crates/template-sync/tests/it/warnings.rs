//! Warnings of a run about templates that can be sent but should be changed.

use meta_sim::{Account, Template, sample};
use prometheus::TextEncoder;
use serde_json::json;

use crate::fixture::Fixture;

const COUNTER: &str = "djigbachats_template_sync_unrecognised_opt_outs_total";

/// Adds a marketing template with one quick-reply button.
fn put_marketing_template(fixture: &Fixture, name: &str, status: &str, reply: &str) {
    let template = Template {
        name: name.to_owned(),
        category: "MARKETING".to_owned(),
        status: status.to_owned(),
        components: vec![
            json!({"type": "BODY", "text": "Bonjour."}),
            json!({"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": reply}]}),
        ],
        ..Template::default()
    };
    let account = Account {
        waba_id: sample::WABA_ID.to_owned(),
        templates: vec![template],
        ..Account::default()
    };
    fixture.sim.put_account(account).unwrap();
}

fn counted() -> u64 {
    let exposed = TextEncoder::new().encode_to_string(&prometheus::gather());
    let exposed = exposed.unwrap();
    let mut lines = exposed.lines();
    let value = lines.find_map(|line| line.strip_prefix(COUNTER)?.strip_prefix(' '));
    value.map_or(0, |value| value.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn marketing_templates_without_a_recognised_opt_out_are_counted() {
    let fixture = Fixture::open().await;
    let synchroniser = fixture.synchroniser();
    synchroniser.synchronise(&fixture.account).await.unwrap();
    assert_eq!(
        counted(),
        0,
        "the sample templates have an opt-out that is recognised"
    );

    put_marketing_template(&fixture, "essai_inconnu", "APPROVED", "Ya basta");
    put_marketing_template(
        &fixture,
        "essai_connu",
        "APPROVED",
        "Arrêter les promotions",
    );
    put_marketing_template(&fixture, "essai_en_revue", "PENDING", "Ya basta");
    for run in 1..=2 {
        synchroniser.synchronise(&fixture.account).await.unwrap();
        assert_eq!(counted(), run);
    }
}
