//! template-sync is killed repeatedly while it asks Meta to create, edit and delete templates: at Meta no template is there
//! twice and none is missing, and each publication ends.

use meta_sim::{Limits, ReviewBehaviour, SimConfig, TemplateLimits};
use serde_json::{Value, json};
use testkit::{Service, StackPlan, eventually};

use super::fixture::{Fixture, PROGRESS, meta, short_timeouts};
use super::report::Scenario;
use super::tier::Counts;
use crate::in_flight_probe;

const SCENARIO: Scenario = Scenario {
    name: "publications_killed",
    bar: "R39",
    what: "kill -9 of template-sync while it publishes: creations, edits and deletions of templates",
};
/// Kills during each kind of publication.
const KILLS: Counts = Counts::new(1, 34, 100);
/// Templates for each kill.
const TEMPLATES_PER_KILL: u64 = 12;
/// Publications that a worker has in hand.
const IN_HAND: &str = "select count(*) from template_publications where leased_until > now()";
/// Publications that have not ended.
const WAITING: &str = "select count(*) from template_publications where due_at is not null";
const LIMIT: &str = "1000000";

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn publications_killed() {
    let mut settings = short_timeouts();
    for (key, value) in [
        ("template_sync.publication_lease_seconds", "2"),
        ("template_sync.creations_per_hour", LIMIT),
        ("template_sync.edits_per_day", LIMIT),
        ("template_sync.edits_per_month", LIMIT),
    ] {
        settings.push((key, value.to_owned()));
    }
    let plan = StackPlan {
        meta: unlimited(),
        settings,
    };
    let mut fixture = Fixture::open(SCENARIO, plan).await;
    fixture.stack.meta.set_review(ReviewBehaviour {
        after_ms: Some(0),
        ..ReviewBehaviour::default()
    });
    let before = at_meta(&fixture).await.len();
    let names: Vec<String> = (0..fixture.tier.of(KILLS) * TEMPLATES_PER_KILL)
        .map(|number| format!("essai_{number}"))
        .collect();

    let drafts = create_all(&mut fixture, &names).await;
    edit_all(&mut fixture, &drafts, &names).await;
    delete_all(&mut fixture, before).await;

    let accepted = "select count(*) from template_publications where state = 2";
    let asked = i64::try_from(3 * names.len()).unwrap();
    assert_eq!(fixture.sources.number(accepted).await, asked);
    let reported = "select count(*) from events where type = 'template.publication_accepted'";
    assert_eq!(
        fixture.sources.number(reported).await,
        asked,
        "each is reported once"
    );
    fixture.notes.push(format!(
        "{asked} publications were accepted, each once; no template was at Meta twice"
    ));
    without_looking_first(&mut fixture).await;
    let report = fixture.run_auditor().await;
    report.assert_clean();
    fixture.finish(report);
}

async fn create_all(fixture: &mut Fixture, names: &[String]) -> Vec<Value> {
    let mut drafts = Vec::new();
    for name in names {
        let template = definition(name, "est prête");
        let draft = json!({"waba_id": fixture.shop.plan.waba_id, "template": template});
        let draft = post(fixture, "/v1/templates/drafts", &draft).await;
        publish(fixture, &draft).await;
        drafts.push(draft);
    }
    kill_until_published(fixture).await;
    let created = ours(fixture).await;
    assert_eq!(
        sorted_names(&created),
        sorted(names),
        "each is created once"
    );
    drafts
}

/// The drafts belong to the created templates now: publishing them again edits these.
async fn edit_all(fixture: &mut Fixture, drafts: &[Value], names: &[String]) {
    for draft in drafts {
        let path = format!("/v1/templates/drafts/{}", text(draft, "id"));
        let draft = fixture.shop.api.get(&path).await.ok();
        let name = draft["template"]["name"].as_str().unwrap();
        let template = definition(name, "vous attend");
        let version = json!({"expected_version": draft["version"], "template": template});
        let draft = fixture.shop.api.put(&path, &version).await.ok();
        publish(fixture, &draft).await;
    }
    kill_until_published(fixture).await;
    let edited = ours(fixture).await;
    assert_eq!(sorted_names(&edited), sorted(names));
    for node in &edited {
        assert!(node.to_string().contains("vous attend"), "{node}");
    }
}

async fn delete_all(fixture: &mut Fixture, left: usize) {
    for node in ours(fixture).await {
        let path = format!("/v1/templates/{}", text(&node, "id"));
        let _ = fixture.shop.api.delete(&path).await.ok();
    }
    kill_until_published(fixture).await;
    assert_eq!(at_meta(fixture).await.len(), left, "all are deleted");
}

/// Negative control: the same template once more under another name, which the count has to show.
async fn without_looking_first(fixture: &mut Fixture) {
    let before = at_meta(fixture).await.len();
    let waba_id = fixture.shop.plan.waba_id.clone();
    let created = graph(fixture)
        .post(
            &format!("/v25.0/{waba_id}/message_templates"),
            &definition("essai_double", "est prête"),
        )
        .await
        .ok();
    assert!(created["id"].is_string(), "{created}");
    assert_eq!(at_meta(fixture).await.len(), before + 1);
    fixture
        .controls
        .push("a template created behind the product's back: one more at Meta".to_owned());
}

/// Kills template-sync while it has publications in hand, until it was killed often enough; then lets it end.
async fn kill_until_published(fixture: &mut Fixture) {
    for _ in 0..fixture.tier.of(KILLS) {
        let Fixture { stack, sources, .. } = &mut *fixture;
        let probe = in_flight_probe::kill_in_flight(
            stack,
            Service::TemplateSync,
            "publishing",
            async |_| {
                eventually("a publication is in hand", PROGRESS, async || {
                    (sources.number(IN_HAND).await > 0).then_some(())
                })
                .await;
            },
            async |_| usize::try_from(sources.number(IN_HAND).await).unwrap(),
        )
        .await;
        fixture.injections.add(probe);
    }
    eventually("each publication ends", PROGRESS, async || {
        (fixture.sources.number(WAITING).await == 0).then_some(())
    })
    .await;
}

fn unlimited() -> SimConfig {
    SimConfig {
        limits: Limits {
            templates: TemplateLimits::none(),
            ..Limits::default()
        },
        ..meta()
    }
}

fn definition(name: &str, what: &str) -> Value {
    json!({"name": name, "language": "fr", "category": "UTILITY", "components": [{
        "type": "BODY",
        "text": format!("Bonjour {{{{1}}}}, votre commande {name} {what} à la boutique."),
        "example": {"body_text": [["Awa"]]},
    }]})
}

async fn post(fixture: &Fixture, path: &str, body: &Value) -> Value {
    fixture.shop.api.post(path, body).await.ok()
}

async fn publish(fixture: &Fixture, draft: &Value) {
    let path = format!("/v1/templates/drafts/{}/publish", text(draft, "id"));
    let _ = post(fixture, &path, &json!({})).await;
}

fn graph(fixture: &Fixture) -> testkit::ApiClient {
    let client = fixture.stack.api().at(fixture.stack.meta.base_url());
    client.with_key(&fixture.shop.plan.access_token)
}

/// Every template of the account at Meta.
async fn at_meta(fixture: &Fixture) -> Vec<Value> {
    let waba_id = &fixture.shop.plan.waba_id;
    let client = graph(fixture);
    let (mut nodes, mut after) = (Vec::new(), String::new());
    loop {
        let path = format!("/v25.0/{waba_id}/message_templates?limit=100&after={after}");
        let page = client.get(&path).await.ok();
        nodes.extend(page["data"].as_array().unwrap().iter().cloned());
        match page["paging"]["next"].is_string() {
            true => after = text(&page["paging"]["cursors"], "after").to_owned(),
            false => return nodes,
        }
    }
}

async fn ours(fixture: &Fixture) -> Vec<Value> {
    let nodes = at_meta(fixture).await.into_iter();
    nodes
        .filter(|node| text(node, "name").starts_with("essai_"))
        .collect()
}

fn sorted_names(nodes: &[Value]) -> Vec<String> {
    sorted(
        &nodes
            .iter()
            .map(|node| text(node, "name").to_owned())
            .collect::<Vec<_>>(),
    )
}

fn sorted(names: &[String]) -> Vec<String> {
    let mut names = names.to_vec();
    names.sort_unstable();
    names
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key]
        .as_str()
        .unwrap_or_else(|| panic!("{key} in {value}"))
}
