//! The number of parameters of a template: one for each distinct variable, however often and in whatever order they
//! occur.

use meta_sim::{Account, Template, sample};
use serde_json::{Value, json};

use crate::fixture::{Fixture, template};

fn body(texts: &[&str]) -> Value {
    let parameter = |text: &&str| json!({"type": "text", "text": text});
    let parameters: Vec<Value> = texts.iter().map(parameter).collect();
    json!([{"type": "body", "parameters": parameters}])
}

#[tokio::test]
async fn one_parameter_is_wanted_for_each_distinct_variable() {
    let fixture = Fixture::start().await;
    for (name, text) in [
        ("ft_inverse", "La commande {{2}} de {{1}} est prête."),
        (
            "ft_repete",
            "Bonjour {{1}}, votre code {{2}}. Au revoir {{1}} !",
        ),
    ] {
        let stored = Template {
            name: name.to_owned(),
            components: vec![json!({"type": "BODY", "text": text})],
            ..Template::default()
        };
        let account = Account {
            waba_id: sample::WABA_ID.to_owned(),
            templates: vec![stored],
            ..Account::default()
        };
        fixture.sim.put_account(account).unwrap();
        fixture
            .accepted(&template(name, &body(&["Awa", "C-860"])))
            .await;
        for wrong in [body(&["Awa"]), body(&["Awa", "C-860", "Awa"])] {
            assert_eq!(
                fixture.refused(&template(name, &wrong)).await,
                (400, 132_000)
            );
        }
    }
    fixture.stop().await;
}
