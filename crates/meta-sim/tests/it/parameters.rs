//! How many parameters a template wants: one for each distinct variable, however often and in whatever order they stand.

use meta_sim::{Account, Template, sample};
use serde_json::{Value, json};

use crate::harness::{World, template};

fn body(texts: &[&str]) -> Value {
    let parameter = |text: &&str| json!({"type": "text", "text": text});
    let parameters: Vec<Value> = texts.iter().map(parameter).collect();
    json!([{"type": "body", "parameters": parameters}])
}

#[tokio::test]
async fn one_parameter_is_wanted_for_each_distinct_variable() {
    let world = World::start().await;
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
        world.sim.put_account(account).unwrap();
        world
            .accepted(&template(name, &body(&["Awa", "C-860"])))
            .await;
        for wrong in [body(&["Awa"]), body(&["Awa", "C-860", "Awa"])] {
            assert_eq!(world.refused(&template(name, &wrong)).await, (400, 132_000));
        }
    }
    world.stop().await;
}
