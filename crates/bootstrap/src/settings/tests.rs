//! The sources of settings, and the errors of wrong settings.

use std::collections::HashMap;
use std::io::Write;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tempfile::NamedTempFile;

use super::*;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    #[serde(default)]
    http: Http,
    broker: Broker,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Http {
    port: u16,
    mode: Mode,
    compress: bool,
    address: Option<std::net::SocketAddr>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Broker {
    url: SecretString,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Mode {
    Plain,
    Tls,
}

impl Default for Http {
    fn default() -> Self {
        Self {
            port: 8080,
            mode: Mode::Plain,
            compress: false,
            address: None,
        }
    }
}

fn file(text: &str) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

fn read(toml: Option<&str>, variables: &[(&str, &str)]) -> Result<Settings, SettingsError> {
    let environment: HashMap<_, _> = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let file = toml.map(file);
    load_from(
        file.as_ref().map(NamedTempFile::path),
        PREFIX,
        Some(environment),
    )
}

fn error(toml: Option<&str>, variables: &[(&str, &str)]) -> String {
    let error = read(toml, variables).unwrap_err();
    let text = error.to_string();
    assert!(!format!("{text}{error:?}").contains("hunter2"), "{text}");
    text
}

const URL: (&str, &str) = ("DJIGBACHATS__BROKER__URL", "amqp://a:hunter2@b");

#[test]
fn the_environment_outdoes_the_file_and_the_file_the_defaults() {
    let toml = "[http]\nport = 9000\nmode = \"tls\"\n[broker]\nurl = \"from the file\"";
    let settings = read(Some(toml), &[("DJIGBACHATS__HTTP__PORT", "9001")]).unwrap();
    assert_eq!((settings.http.port, settings.http.mode), (9001, Mode::Tls));
    assert!(!settings.http.compress);
    assert_eq!(settings.broker.url.expose_secret(), "from the file");
}

#[test]
fn variables_of_others_are_not_read() {
    let others = [URL, ("DJIGBACHATS_HTTP__PRT", "1"), ("HTTP__PORT", "1")];
    assert_eq!(read(None, &others).unwrap().http.port, 8080);
}

#[test]
fn text_of_the_environment_becomes_what_the_setting_is() {
    let set = [
        URL,
        ("DJIGBACHATS__HTTP__COMPRESS", "true"),
        ("DJIGBACHATS__HTTP__MODE", "tls"),
    ];
    let settings = read(None, &set).unwrap();
    assert!(settings.http.compress);
    assert_eq!(settings.http.mode, Mode::Tls);
}

#[test]
fn a_missing_key_is_named_with_what_to_do() {
    let told = error(Some("[broker]\n"), &[]);
    assert!(
        told.starts_with("the setting `broker.url` is missing"),
        "{told}"
    );
    assert!(told.contains("set DJIGBACHATS__BROKER__URL"), "{told}");
    let whole_section = error(None, &[]);
    assert!(whole_section.contains("`broker`"), "{whole_section}");
}

#[test]
fn a_value_of_the_wrong_type_is_named_with_its_source() {
    let told = error(None, &[URL, ("DJIGBACHATS__HTTP__PORT", "hunter2")]);
    assert!(told.contains("`http.port`"), "{told}");
    assert!(
        told.contains("the environment variable DJIGBACHATS__HTTP__PORT"),
        "{told}"
    );
    let toml = file("[http]\nport = \"hunter2\"\n[broker]\nurl = \"x\"");
    let read: Result<Settings, _> = load_from(Some(toml.path()), PREFIX, Some(HashMap::new()));
    let told = read.unwrap_err().to_string();
    assert!(
        told.contains("`http.port`") && told.contains(toml.path().to_str().unwrap()),
        "{told}"
    );
    assert!(!told.contains("hunter2"));
    let told = error(None, &[URL, ("DJIGBACHATS__HTTP__PORT", "70000")]);
    assert!(told.contains("`http.port`"), "{told}");
}

#[test]
fn a_word_that_the_setting_does_not_take_is_told_without_it() {
    let told = error(None, &[URL, ("DJIGBACHATS__HTTP__MODE", "hunter2")]);
    assert!(told.contains("`http.mode`"), "{told}");
    assert!(told.contains("not one of the allowed values"), "{told}");
}

#[test]
fn what_a_type_says_of_a_value_is_told() {
    let told = error(None, &[URL, ("DJIGBACHATS__HTTP__ADDRESS", "localhost")]);
    assert!(
        told.contains("`http.address`") && told.contains("socket address"),
        "{told}"
    );
}

#[test]
fn an_unknown_key_is_refused_with_the_known_ones() {
    for (toml, variables, key) in [
        (Some("[http]\nprot = 1"), vec![URL], "`http.prot`"),
        (
            None,
            vec![URL, ("DJIGBACHATS__HTTP__PROT", "1")],
            "`http.prot`",
        ),
        (Some("[htp]\nport = 1"), vec![URL], "`htp`"),
    ] {
        let told = error(toml, &variables);
        assert!(
            told.contains(key) && told.contains("is not known"),
            "{told}"
        );
    }
    let told = error(Some("[http]\nprot = 1"), &[URL]);
    assert!(told.contains("`port`"), "{told}");
}

#[test]
fn a_secret_may_stand_in_a_file_of_its_own() {
    let secret = file("amqp://from-a-file\n");
    let path = secret.path().to_str().unwrap();
    let settings = read(None, &[("DJIGBACHATS__BROKER__URL_FILE", path)]).unwrap();
    assert_eq!(settings.broker.url.expose_secret(), "amqp://from-a-file");
    let toml = format!("[broker]\nurl_file = \"{path}\"");
    let settings = read(Some(&toml), &[]).unwrap();
    assert_eq!(settings.broker.url.expose_secret(), "amqp://from-a-file");
}

#[test]
fn a_secret_given_twice_or_in_a_missing_file_is_refused() {
    let told = error(Some("[broker]\nurl_file = \"/x\""), &[URL]);
    assert!(
        told.contains("`broker.url_file`") && told.contains("both given"),
        "{told}"
    );
    let told = error(
        None,
        &[("DJIGBACHATS__BROKER__URL_FILE", "/nowhere/secret")],
    );
    assert!(
        told.contains("/nowhere/secret") && told.contains("`broker.url_file`"),
        "{told}"
    );
}

#[test]
fn a_settings_file_that_cannot_be_used_is_named_without_its_text() {
    let told = error(Some("[broker\nurl = \"hunter2\""), &[]);
    assert!(told.contains("is not TOML"), "{told}");
    let missing: Result<Settings, _> = load_from(Some(Path::new("/nowhere.toml")), PREFIX, None);
    assert!(missing.unwrap_err().to_string().contains("/nowhere.toml"));
}
