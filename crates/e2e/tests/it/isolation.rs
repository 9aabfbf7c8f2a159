//! Row-level security alone keeps businesses apart: a gateway whose store does not write the business into its queries,
//! and every reading route of the API. The control takes the other wall away, too, and sees the foreign rows; what makes
//! the switch believable is that the same requests then reach them.

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

use crate::said::{say, seed};

const WAIT: Duration = Duration::from_secs(30);

/// What a business owns, as another one might come to see it.
struct Possessions {
    /// Ids by the name of the route's parameter.
    ids: Vec<(&'static str, String)>,
    /// Texts that show that a row is this business's.
    marks: Vec<String>,
}

/// A reading route, and what it answered when it was asked for a business's own rows and for foreign ones.
struct Reading {
    path: String,
    /// Whether own rows were shown.
    own: bool,
    /// Whether a foreign row was reached: shown, or found and not opened, since it is sealed with another key.
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
            "GET {} shows nothing of its own: nothing is proved",
            reading.path
        );
        assert!(
            !reading.foreign,
            "GET {} reaches a foreign row",
            reading.path
        );
    }
    assert_foreign_business_is_absent(&unfiltered, &second).await;

    // The control: without the other wall each of the same requests reaches foreign rows.
    drop_the_wall(&stack).await;
    for reading in read_all(&unfiltered, &own, &foreign).await {
        assert!(
            reading.foreign,
            "GET {}: the store still filters, so nothing was proved",
            reading.path
        );
    }
    // And the filter alone is enough, too.
    for reading in read_all(&first.api, &own, &foreign).await {
        assert!(
            !reading.foreign,
            "GET {} reaches a foreign row without row-level security",
            reading.path
        );
    }
    say(format_args!("{} reading routes were tried", secured.len()));
    open.shutdown.trigger();
    open.serving.await.unwrap().unwrap();
}

/// Asks every reading route of the API's own document for own and for foreign things.
async fn read_all(api: &ApiClient, own: &Possessions, foreign: &Possessions) -> Vec<Reading> {
    let document: Value = serde_json::from_str(&gateway::openapi()).unwrap();
    let paths = document["paths"].as_object().unwrap().iter();
    let reads =
        paths.filter(|(path, methods)| methods.get("get").is_some() && is_of_a_business(path));
    let mut readings = Vec::new();
    for (path, methods) in reads {
        let query = if is_list(methods) { "?limit=100" } else { "" };
        let mine = ask(api, &own.fill_in(path), query).await;
        let theirs = ask(api, &foreign.fill_in(path), query).await;
        let shows = |answer: &(u16, String), whose: &Possessions| {
            whose.marks.iter().any(|mark| answer.1.contains(mark))
        };
        let has_parameter = path.contains('{');
        readings.push(Reading {
            path: path.clone(),
            // Some show numbers of rows only, which are the same for both.
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

async fn ask(api: &ApiClient, path: &str, query: &str) -> (u16, String) {
    let answer = api.get(&format!("{path}{query}")).await;
    (answer.status.as_u16(), answer.text())
}

/// Another's business is like none, in the long form as well.
async fn assert_foreign_business_is_absent(api: &ApiClient, other: &Shop) {
    for place in [
        "",
        "/numbers",
        "/messages",
        "/campaigns",
        "/events",
        "/keys",
    ] {
        let answer = api
            .get(&format!("/v1/businesses/{}{place}", other.business_id))
            .await;
        assert_eq!(answer.status, 404, "{place}: {}", answer.text());
    }
}

impl Possessions {
    fn fill_in(&self, path: &str) -> String {
        let filled = self.ids.iter().fold(path.to_owned(), |path, (name, id)| {
            path.replace(&format!("{{{name}}}"), id)
        });
        assert!(
            !filled.contains('{'),
            "{path} has a parameter that this test does not know"
        );
        filled
    }
}

/// A business full of rows: messages, a campaign with a row that is left out, an inbound message, events.
async fn fill(stack: &Stack, shop: &Shop, national: &str) -> Possessions {
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
    possessions(shop, national, [message, campaign, inbound, template, file])
}

fn possessions(shop: &Shop, national: &str, ids: [String; 5]) -> Possessions {
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
    Possessions { ids, marks }
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

/// Takes row-level security off every table of this test's database.
async fn drop_the_wall(stack: &Stack) {
    let drop = "do $$ declare t regclass; begin
        for t in select oid from pg_class where relnamespace = 'public'::regnamespace and relrowsecurity loop
            execute format('alter table %s disable row level security', t);
        end loop;
    end $$";
    stack.db.admin().await.batch_execute(drop).await.unwrap();
}
