//! The settings of the services in this sandbox, as the file that `djigbachats --config` reads.

use std::fmt::Write;

use reqwest::Url;

use crate::failure::Failure;
use crate::options::Options;
use crate::ports::{Ports, url};
use crate::secrets::Secrets;
use crate::simulator::APP_ID;

/// Times that suit a person who looks on; production waits minutes and hours.
const SHORT_TIMES: &str = "
[sender]
post_timeout_ms = 8000
lease_ms = 15000

[sender.in_doubt]
utility_ms = 10000
marketing_ms = 20000

[sender.reaper]
due_every_ms = 500
sweep_every_ms = 2000
lost_after_ms = 10000

[janitor]
count_interval_seconds = 10
";

/// The services that log in to the database, as `database.urls` names them.
const LOGINS: [&str; 4] = ["gateway", "sender", "template_sync", "retention_janitor"];

/// The text of the file.
///
/// # Errors
/// When the database's address is not one.
pub(crate) fn text(options: &Options, secrets: &Secrets, ports: &Ports) -> Result<String, Failure> {
    let mut text = String::from("# Written by sample-shop at each start.\n");
    let urls = login_urls(&options.database_url, secrets)?;
    section(&mut text, "logs", &[("format", "text")]);
    section(
        &mut text,
        "database",
        &[("admin_url", &options.database_url)],
    );
    section(
        &mut text,
        "database.urls",
        &urls.each_ref().map(|(login, url)| (*login, url.as_str())),
    );
    section(&mut text, "broker", &[("url", &options.amqp_url)]);
    section(
        &mut text,
        "sealing",
        &[
            ("master_key", &secrets.master_key),
            ("transit_key", &secrets.transit_key),
            ("opaque_key", &secrets.opaque_key),
        ],
    );
    let simulator = url(ports.simulator);
    let meta = [
        ("base_url", simulator.as_str()),
        ("app_id", APP_ID),
        ("app_secret", &secrets.app_secret),
    ];
    section(&mut text, "meta", &meta);
    let [gateway_operations, ..] = ports.ops;
    let gateway = [
        ("address", address(ports.api)),
        // The page that describes the API may try it out.
        ("cors_origins", own_origins(gateway_operations)),
    ];
    section(
        &mut text,
        "gateway",
        &gateway
            .each_ref()
            .map(|(key, value)| (*key, value.as_str())),
    );
    let ingest = [
        ("address", address(ports.webhooks)),
        ("verify_token", secrets.verify_token.clone()),
    ];
    section(
        &mut text,
        "ingest",
        &ingest.each_ref().map(|(key, value)| (*key, value.as_str())),
    );
    text.push_str(SHORT_TIMES);
    Ok(text)
}

/// `127.0.0.1:port`.
pub(crate) fn address(port: u16) -> String {
    format!("127.0.0.1:{port}")
}

/// What a browser calls a page of this machine, by whichever name it was opened.
fn own_origins(port: u16) -> String {
    format!("{},http://localhost:{port}", url(port))
}

fn section(text: &mut String, name: &str, settings: &[(&str, &str)]) {
    // Writing to a text does not fail.
    let _ = write!(text, "\n[{name}]\n");
    for (key, value) in settings {
        let _ = writeln!(text, "{key} = {}", quoted(value));
    }
}

/// A string of TOML.
fn quoted(value: &str) -> String {
    let mut quoted = String::from('"');
    for letter in value.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            _ => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}

/// The same database, as the login role of each service that uses it.
fn login_urls(
    admin_url: &str,
    secrets: &Secrets,
) -> Result<[(&'static str, String); LOGINS.len()], Failure> {
    let mut urls = LOGINS.map(|login| (login, String::new()));
    for (login, url) in &mut urls {
        let user = format!("{}_{login}", secrets.database_user);
        *url = login_url(admin_url, &user, &secrets.database_password).ok_or_else(|| {
            Failure::new(
                "the database's address is not postgres://user:password@host:port/database.",
            )
            .kept("nothing was started.")
            .advice("correct DATABASE_URL or --database-url.")
        })?;
    }
    Ok(urls)
}

fn login_url(admin_url: &str, user: &str, password: &str) -> Option<String> {
    let mut url = Url::parse(admin_url).ok()?;
    url.set_username(user).ok()?;
    url.set_password(Some(password)).ok()?;
    Some(url.into())
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    fn secrets() -> Secrets {
        let secret = |name: &str| format!("{name}-secret");
        Secrets {
            master_key: secret("master"),
            transit_key: secret("transit"),
            opaque_key: secret("opaque"),
            app_secret: secret("app"),
            verify_token: secret("verify"),
            database_user: "app".to_owned(),
            database_password: "word".to_owned(),
        }
    }

    #[test]
    fn each_service_logs_in_as_its_own_role() {
        let urls =
            |admin: &str| login_urls(admin, &secrets()).map_err(|failure| failure.to_string());
        let [gateway, sender, ..] =
            urls("postgres://postgres:p%40ss@127.0.0.1:5432/trial?sslmode=disable").unwrap();
        let expected = "postgres://app_gateway:word@127.0.0.1:5432/trial?sslmode=disable";
        assert_eq!(gateway, ("gateway", expected.to_owned()));
        assert!(sender.1.contains("//app_sender:word@"));
        let [.., janitor] = urls("postgres://127.0.0.1/trial").unwrap();
        let expected = "postgres://app_retention_janitor:word@127.0.0.1/trial";
        assert_eq!(janitor, ("retention_janitor", expected.to_owned()));
        assert!(urls("127.0.0.1").unwrap_err().contains("DATABASE_URL"));
    }

    #[test]
    fn the_page_that_describes_the_api_may_call_it() {
        let options = Options::parse_from([
            "sample-shop",
            "--database-url=postgres://postgres@127.0.0.1:5432/trial",
            "--amqp-url=amqp://127.0.0.1:5672",
        ]);
        let ports = Ports {
            api: 20_001,
            webhooks: 20_002,
            simulator: 20_003,
            ops: [20_004, 20_005, 20_006, 20_007, 20_008],
        };
        let text = text(&options, &secrets(), &ports).unwrap_or_default();
        let gateway = "\n[gateway]\naddress = \"127.0.0.1:20001\"\ncors_origins = \"http://127.0.0.1:20004,http://localhost:20004\"\n";
        assert!(text.contains(gateway), "{text}");
    }

    #[test]
    fn values_are_quoted_so_that_none_can_end_its_line() {
        assert_eq!(quoted(r#"a"b\c"#), r#""a\"b\\c""#);
    }
}
