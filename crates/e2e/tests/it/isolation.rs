//! Row-level security alone keeps businesses apart: tested with a gateway whose store does not filter its queries by
//! business, on every reading route of the API. The control disables row-level security as well and finds the foreign
//! rows, which shows that the same requests reach them.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use bootstrap::Context;
use bootstrap::shutdown::Shutdown;
use gateway::{Gateway, GatewayError, GatewaySettings, Settings};
use meta_sim::{Account, Inbound, Number, SimConfig, Token, WebhookBehaviour};
use serde_json::{Value, json};
use storage::Login;
use testkit::{
    ApiClient, CampaignPlan, Shop, ShopPlan, SingleMessage, Stack, StackPlan, eventually,
};
use tokio::task::JoinHandle;

use crate::output::{print_line, seed};

const WAIT: Duration = Duration::from_secs(30);

/// Data of a business that another one might read.
struct OwnedData {
    /// Ids by the name of the route's parameter.
    ids: Vec<(&'static str, String)>,
    /// Texts that identify a row of this business.
    marks: Vec<String>,
}

/// A reading route, and its answers for a business's own rows and for foreign ones.
struct Reading {
    path: String,
    /// Whether own rows were returned.
    own: bool,
    /// Whether a foreign row was reached: returned, or found but not decrypted, since it is sealed with another key.
    foreign: bool,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn row_level_security_alone_keeps_businesses_apart() {
    let meta = SimConfig {
        seed: seed(),
        behaviour: WebhookBehaviour::quick(),
        ..SimConfig::default()
    };
    let stack = Stack::start(StackPlan {
        meta,
        ..StackPlan::default()
    })
    .await;
    let platform = stack.platform().await;
    let first = Shop::open(&platform, ShopPlan::sample_with_standard_throughput()).await;
    let second = Shop::open(&platform, second_account(&stack)).await;
    let own = fill(&stack, &first, "70110011").await;
    let foreign = fill(&stack, &second, "70220022").await;

    let open = open_gateway(&stack);
    let unfiltered = first.api.at(format!("http://{}", open.address));
    let secured = read_all(&unfiltered, &own, &foreign).await;
    for reading in &secured {
        assert!(
            reading.own,
            "GET {} returns no own row: nothing is proved",
            reading.path
        );
        assert!(
            !reading.foreign,
            "GET {} reaches a foreign row",
            reading.path
        );
    }
    assert_foreign_business_is_absent(&unfiltered, &second).await;

    // Control: without row-level security each of the same requests reaches foreign rows.
    disable_row_level_security(&stack).await;
    for reading in read_all(&unfiltered, &own, &foreign).await {
        assert!(
            reading.foreign,
            "GET {}: the store still filters, so nothing was proved",
            reading.path
        );
    }
    // The filter alone is sufficient, too.
    for reading in read_all(&first.api, &own, &foreign).await {
        assert!(
            !reading.foreign,
            "GET {} reaches a foreign row without row-level security",
            reading.path
        );
    }
    print_line(format_args!("{} reading routes were tested", secured.len()));
    open.shutdown.trigger();
    open.serving.await.unwrap().unwrap();
}

/// Reads every reading route of the OpenAPI document with own and with foreign ids.
async fn read_all(api: &ApiClient, own: &OwnedData, foreign: &OwnedData) -> Vec<Reading> {
    let document: Value = serde_json::from_str(&gateway::openapi()).unwrap();
    let paths = document["paths"].as_object().unwrap().iter();
    let reads =
        paths.filter(|(path, methods)| methods.get("get").is_some() && is_of_a_business(path));
    let mut readings = Vec::new();
    for (path, methods) in reads {
        let query = if is_list(methods) { "?limit=100" } else { "" };
        let mine = read(api, &own.fill_in(path), query).await;
        let theirs = read(api, &foreign.fill_in(path), query).await;
        let shows = |answer: &(u16, String), whose: &OwnedData| {
            whose
                .marks
                .iter()
                .any(|key_prefix| answer.1.contains(key_prefix))
        };
        let has_parameter = path.contains('{');
        readings.push(Reading {
            path: path.clone(),
            // Some return counts only, which are equal for both.
            own: mine.0 == 200 && (has_parameter || shows(&mine, own)),
            foreign: shows(&mine, foreign) || mine.0 >= 500 || (has_parameter && theirs.0 != 404),
        });
    }
    assert!(
        readings.len() >= 12,
        "the document lists {} reading routes only",
        readings.len()
    );
    readings
}

fn is_of_a_business(path: &str) -> bool {
    path.starts_with("/v1/") && !path.starts_with("/v1/businesses")
}

fn is_list(methods: &Value) -> bool {
    let parameters = methods["get"]["parameters"].as_array();
    let is_limit = |parameter: &Value| parameter["name"] == "limit";
    parameters.is_some_and(|parameters| parameters.iter().any(is_limit))
}

async fn read(api: &ApiClient, path: &str, query: &str) -> (u16, String) {
    let answer = api.get(&format!("{path}{query}")).await;
    (answer.status.as_u16(), answer.text())
}

/// Another business is answered like a nonexistent one, in the long form as well.
async fn assert_foreign_business_is_absent(api: &ApiClient, other: &Shop) {
    for suffix in [
        "",
        "/numbers",
        "/messages",
        "/campaigns",
        "/events",
        "/keys",
    ] {
        let answer = api
            .get(&format!("/v1/businesses/{}{suffix}", other.business_id))
            .await;
        assert_eq!(answer.status, 404, "{suffix}: {}", answer.text());
    }
}

impl OwnedData {
    fn fill_in(&self, path: &str) -> String {
        let filled = self.ids.iter().fold(path.to_owned(), |path, (name, id)| {
            path.replace(&format!("{{{name}}}"), id)
        });
        assert!(
            !filled.contains('{'),
            "{path} has a parameter unknown to this test"
        );
        filled
    }
}

/// Creates data for a business: messages, a campaign with a skipped row, an inbound message, events.
async fn fill(stack: &Stack, shop: &Shop, national: &str) -> OwnedData {
    let receipt = SingleMessage {
        to: national,
        template: "ticket_de_caisse",
        variables: &["Awa", "T-1", "500"],
        reference: Some("vente 1"),
    };
    let message = shop.send(&receipt).await;
    let file = format!("Prénom;Téléphone\nAwa;{national}\nPaul;rien\n");
    let plan = CampaignPlan {
        name: &format!("Rentrée {national}"),
        template: "offre_fidelite",
        variables: &[json!({"column": "Prénom"}), json!({"text": "FASO25"})],
        file: file.into_bytes(),
    };
    let (campaign, _) = shop.plan_campaign(plan).await;
    let _ = shop.steer_campaign(&campaign, "start").await.ok();
    let inbound = Inbound {
        phone_number_id: shop.plan.phone_number_id.clone(),
        from: format!("226{national}"),
        profile_name: None,
        message: json!({"type": "text", "text": {"body": "Bonjour"}})
            .as_object()
            .unwrap()
            .clone(),
        ..Inbound::default()
    };
    let _ = stack.meta.inbound(inbound).unwrap();
    let _ = shop.await_state(&message, &["read"]).await;
    eventually("the campaign's message is read", WAIT, async || {
        let shown = shop
            .api
            .get(&format!("/v1/campaigns/{campaign}"))
            .await
            .ok();
        (shown["by_state"]["read"] == 1).then_some(())
    })
    .await;
    let inbound = shop.event("inbound.received").await["inbound_message_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let templates = shop.api.get("/v1/templates?limit=100").await.ok();
    let template = templates["items"][0]["template_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let key = format!("Bearer {}", shop.api.key());
    let headers = [
        ("Authorization", key.as_str()),
        ("Idempotency-Key", "1"),
        ("Content-Type", "application/pdf"),
    ];
    let file = shop
        .api
        .post_raw("/v1/media", &headers, b"%PDF-1.7".to_vec());
    let file = file.await.ok()["id"].as_str().unwrap().to_owned();
    owned_data(shop, national, [message, campaign, inbound, template, file])
}

fn owned_data(shop: &Shop, national: &str, ids: [String; 5]) -> OwnedData {
    let [message, campaign, inbound, template, file] = ids;
    let mut marks = vec![
        message.clone(),
        campaign.clone(),
        inbound.clone(),
        template.clone(),
        file.clone(),
    ];
    marks.extend([
        shop.plan.phone_number_id.clone(),
        shop.plan.waba_id.clone(),
        format!("226{national}"),
    ]);
    let ids = vec![
        ("message_id", message),
        ("campaign_id", campaign),
        ("inbound_message_id", inbound),
        ("template_id", template),
        ("media_id", file),
        ("phone_number_id", shop.plan.phone_number_id.clone()),
    ];
    OwnedData { ids, marks }
}

fn second_account(stack: &Stack) -> ShopPlan {
    let account = Account {
        name: Some("Pharmacie du Progrès".to_owned()),
        subscribed_apps: Some(vec![stack.meta_config.app_id.clone()]),
        with_sample_templates: true,
        numbers: vec![Number::default()],
        tokens: vec![Token::default()],
        ..Account::default()
    };
    ShopPlan::of_account(&stack.meta.put_account(account).unwrap())
}

/// A gateway in this process.
struct OpenGateway {
    address: SocketAddr,
    serving: JoinHandle<Result<(), GatewayError>>,
    shutdown: Shutdown,
}

/// Its store does not filter by business.
fn open_gateway(stack: &Stack) -> OpenGateway {
    let shutdown = Shutdown::new();
    let store = stack.db.store_of(Login::Gateway);
    let store = store.without_application_filter();
    let meta = json!({
        "base_url": stack.meta.base_url(),
        "app_id": stack.meta_config.app_id,
        "app_secret": stack.meta_config.app_secret,
    });
    let settings = Settings {
        gateway: GatewaySettings {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            workers: Some(1),
            ..GatewaySettings::default()
        },
        database: stack.db.settings(Login::Gateway),
        broker: stack.broker.settings(),
        cloud_api: serde_json::from_value(meta).unwrap(),
        master_key: stack.keys.master.clone(),
        transit_key: stack.keys.transit.clone(),
        opaque_key: stack.keys.opaque.clone(),
    };
    let gateway = Gateway::start_on(store, settings, Context::new(shutdown.clone())).unwrap();
    OpenGateway {
        address: gateway.address(),
        serving: tokio::spawn(gateway.wait()),
        shutdown,
    }
}

/// Disables row-level security on every table of this test's database.
async fn disable_row_level_security(stack: &Stack) {
    let drop = "do $$ declare t regclass; begin
        for t in select oid from pg_class where relnamespace = 'public'::regnamespace and relrowsecurity loop
            execute format('alter table %s disable row level security', t);
        end loop;
    end $$";
    stack.db.admin().await.batch_execute(drop).await.unwrap();
}
