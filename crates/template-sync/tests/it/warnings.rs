//! What a run reports of templates that can be sent, and should be changed nevertheless.

use meta_sim::{Account, Template, sample};
use prometheus::TextEncoder;
use serde_json::json;

use crate::shop::Shop;

const COUNTER: &str = "djigbachats_template_sync_unrecognised_opt_outs_total";

/// Puts an advertisement with one quick-reply button.
fn put_advertisement(shop: &Shop, name: &str, status: &str, reply: &str) {
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
    shop.sim.put_account(account).unwrap();
}

fn counted() -> u64 {
    let exposed = TextEncoder::new().encode_to_string(&prometheus::gather());
    let exposed = exposed.unwrap();
    let mut lines = exposed.lines();
    let value = lines.find_map(|line| line.strip_prefix(COUNTER)?.strip_prefix(' '));
    value.map_or(0, |value| value.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn advertisements_whose_opt_out_would_not_be_recognised_are_counted_in_each_run() {
    let shop = Shop::open().await;
    let synchroniser = shop.synchroniser();
    synchroniser.synchronise(&shop.account).await.unwrap();
    assert_eq!(
        counted(),
        0,
        "the sample templates have an opt-out that is recognised"
    );

    put_advertisement(&shop, "essai_inconnu", "APPROVED", "Ya basta");
    put_advertisement(&shop, "essai_connu", "APPROVED", "Arrêter les promotions");
    put_advertisement(&shop, "essai_en_revue", "PENDING", "Ya basta");
    for run in 1..=2 {
        synchroniser.synchronise(&shop.account).await.unwrap();
        assert_eq!(counted(), run);
    }
}
