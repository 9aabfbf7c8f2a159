//! Which crate may use which, and why. A new crate or a new arrow needs its line here and a reason.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// A crate: what it may use of the workspace when it ships, and why.
struct Layer {
    name: &'static str,
    uses: &'static [&'static str],
    why: &'static str,
}

/// From the lowest layer to the highest; a crate only uses what stands above it here.
const LAYERS: &[Layer] = &[
    layer(
        "common",
        &[],
        "rules and types without I/O, for every crate",
    ),
    layer(
        "sealing",
        &[],
        "cryptography, which knows nothing of the product",
    ),
    layer("fair-share", &[], "shares of what is scarce, generic"),
    layer(
        "template-cases",
        &[],
        "templates for tests, which test the validator and the simulator alike and so know neither",
    ),
    layer(
        "sample-shop",
        &[],
        "runs the built programs and calls the API as a customer would",
    ),
    layer(
        "meta-sim",
        &[],
        "imitates Meta: sharing our types would hide our errors",
    ),
    layer(
        "bootstrap",
        &["common"],
        "what every process has: settings, logs, health, shutdown",
    ),
    layer(
        "starter-pack",
        &["common"],
        "templates to install, as data files",
    ),
    layer(
        "template-preview",
        &["common"],
        "what a recipient sees, as data and as a page",
    ),
    layer("broker", &["bootstrap", "common"], "RabbitMQ"),
    layer("cloud-api", &["common"], "Meta's API"),
    layer(
        "database",
        &["common", "fair-share", "sealing"],
        "Postgres: connections, roles, schema; no query of a resource",
    ),
    layer(
        "storage",
        &["common", "database", "sealing"],
        "the rows of one business; seals what it stores",
    ),
    layer(
        "worker-storage",
        &["common", "database", "sealing", "storage"],
        "the SQL of workers that cross businesses; shares the sealed forms with storage",
    ),
    layer(
        "audience-reader",
        &["common"],
        "reads the bytes of a file, and knows no campaign, database or call",
    ),
    layer(
        "projector",
        &[
            "bootstrap",
            "broker",
            "cloud-api",
            "common",
            "sealing",
            "storage",
            "worker-storage",
        ],
        "applies what Meta reports; of cloud-api it uses the classes of error codes",
    ),
    layer(
        "gateway",
        &[
            "audience-reader",
            "bootstrap",
            "broker",
            "cloud-api",
            "common",
            "fair-share",
            "sealing",
            "starter-pack",
            "storage",
            "template-preview",
            "worker-storage",
        ],
        "a service, the API; asks Meta about numbers when they are connected",
    ),
    layer(
        "sender",
        &[
            "bootstrap",
            "broker",
            "cloud-api",
            "common",
            "sealing",
            "storage",
            "worker-storage",
        ],
        "a service",
    ),
    layer(
        "template-sync",
        &[
            "bootstrap",
            "broker",
            "cloud-api",
            "common",
            "storage",
            "worker-storage",
        ],
        "a service",
    ),
    layer(
        "webhook-ingest",
        &["bootstrap", "broker", "common", "sealing"],
        "a service; without storage, so that webhooks are taken while Postgres is away",
    ),
    layer(
        "retention-janitor",
        &[
            "bootstrap",
            "common",
            "sealing",
            "storage",
            "worker-storage",
        ],
        "a service; what it does it finds in the database",
    ),
    layer(
        "djigbachats",
        &[
            "bootstrap",
            "broker",
            "cloud-api",
            "common",
            "gateway",
            "projector",
            "retention-janitor",
            "sealing",
            "sender",
            "storage",
            "template-sync",
            "webhook-ingest",
        ],
        "the program: every service and the operator's commands",
    ),
    layer(
        "testkit",
        &[
            "bootstrap",
            "broker",
            "common",
            "meta-sim",
            "sealing",
            "storage",
        ],
        "servers, processes and shops for tests; no service, so that services may test with it",
    ),
    layer(
        "bench",
        &["bootstrap", "common", "meta-sim", "sealing", "testkit"],
        "measures the running product from outside",
    ),
    layer(
        "e2e",
        &["common"],
        "the auditor, which reads the database itself",
    ),
];

/// Modules of `common` that one crate uses, and why they are not in that crate.
const USED_ONCE: [(&str, &str); 3] = [
    (
        "access",
        "the console and the operators' commands will name permissions too",
    ),
    (
        "contact",
        "rules of identity that must be testable without a database",
    ),
    (
        "pair_rate_limit",
        "a limit of Meta's, beside `send_rate` and `messaging_limit`",
    ),
];

/// Libraries that do I/O or run tasks: `common` stays without.
const IO: [&str; 8] = [
    "actix-web",
    "diesel",
    "diesel-async",
    "lapin",
    "reqwest",
    "tokio",
    "tokio-postgres",
    "tracing",
];

/// File names that do not say what is in the file.
const SAYS_NOTHING: [&str; 12] = [
    "base",
    "constants",
    "core",
    "helper",
    "helpers",
    "manager",
    "misc",
    "models",
    "prelude",
    "shared",
    "util",
    "utils",
];

const fn layer(name: &'static str, uses: &'static [&'static str], why: &'static str) -> Layer {
    Layer { name, uses, why }
}

#[test]
fn crates_use_what_their_layer_allows() {
    let crates = workspace();
    let names: BTreeSet<&str> = crates.keys().map(String::as_str).collect();
    let placed: BTreeSet<&str> = LAYERS.iter().map(|layer| layer.name).collect();
    assert_eq!(
        names, placed,
        "every crate has its line in LAYERS, and every line its crate"
    );
    let mut below = BTreeSet::new();
    for layer in LAYERS {
        assert!(!layer.why.is_empty());
        let allowed: BTreeSet<&str> = layer.uses.iter().copied().collect();
        let used = used_by(&crates[layer.name], &names);
        assert_eq!(
            used, allowed,
            "{} uses other crates than LAYERS says",
            layer.name
        );
        assert!(
            used.is_subset(&below),
            "{} uses a crate of a higher layer",
            layer.name
        );
        below.insert(layer.name);
    }
}

#[test]
fn common_does_no_input_or_output() {
    let crates = workspace();
    let io: BTreeSet<&str> = IO.into_iter().collect();
    assert_eq!(used_by(&crates["common"], &io), BTreeSet::new());
}

#[test]
fn what_stands_in_common_is_shared() {
    let library = fs::read_to_string(root().join("crates/common/src/lib.rs")).unwrap();
    let modules = library
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod "));
    let mut once = BTreeSet::new();
    for module in modules.map(|module| module.trim_end_matches(';')) {
        let users = users_of(module);
        assert!(!users.is_empty(), "common::{module} is used by no crate");
        if users.len() == 1 {
            once.insert(module.to_owned());
        }
    }
    let reasoned = USED_ONCE.map(|(module, why)| (!why.is_empty()).then(|| module.to_owned()));
    assert_eq!(once, reasoned.into_iter().flatten().collect());
}

#[test]
fn crates_are_described_and_take_the_lints() {
    for name in workspace().keys() {
        let folder = root().join("crates").join(name);
        assert!(folder.join("README.md").exists(), "{name} has no README.md");
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        assert!(
            manifest.contains("[lints]\nworkspace = true"),
            "{name} does not take the workspace's lints"
        );
        for file in sources(&folder.join("src")) {
            let stem = file.file_stem().and_then(|stem| stem.to_str()).unwrap();
            assert!(
                !SAYS_NOTHING.contains(&stem),
                "{}: a name that says nothing",
                file.display()
            );
        }
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Each crate's dependencies as `cargo metadata` tells them.
fn workspace() -> BTreeMap<String, Vec<Value>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version=1"])
        .current_dir(root())
        .output()
        .unwrap();
    let metadata: Value =
        serde_json::from_slice(&output.stdout).expect("cargo describes the workspace");
    let packages = metadata["packages"].as_array().unwrap();
    let dependencies = |package: &Value| package["dependencies"].as_array().unwrap().clone();
    packages
        .iter()
        .map(|package| {
            (
                package["name"].as_str().unwrap().to_owned(),
                dependencies(package),
            )
        })
        .collect()
}

/// Those of `names` that a crate uses when it is built to ship.
fn used_by<'a>(dependencies: &[Value], names: &BTreeSet<&'a str>) -> BTreeSet<&'a str> {
    let shipped = |name: &str| {
        dependencies
            .iter()
            .any(|dependency| dependency["name"] == name && dependency["kind"] != "dev")
    };
    names.iter().copied().filter(|name| shipped(name)).collect()
}

/// The crates, other than `common` itself and tests, that name a module of `common`.
fn users_of(module: &str) -> BTreeSet<String> {
    let named = regex::Regex::new(&format!(r"common::(\{{[^;]*?)?\b{module}\b")).unwrap();
    let crates = LAYERS
        .iter()
        .map(|layer| layer.name)
        .filter(|name| *name != "common");
    let names_it = |name: &&str| {
        let files = sources(&root().join("crates").join(name).join("src"));
        files
            .iter()
            .any(|file| named.is_match(&fs::read_to_string(file).unwrap()))
    };
    crates.filter(names_it).map(str::to_owned).collect()
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}
