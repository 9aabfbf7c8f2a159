//! Who logs in: each service as a role of its own, which may take just the roles that its work is done under.

use crate::migrate::MigrateError;
use crate::store::{ACCEPT, BUSINESS, BatchRole, PLATFORM};

/// Makes the roles that nobody logs in with.
const GROUPS: &str = include_str!("roles.sql");

/// A service that logs in to Postgres. webhook-ingest is none: it does without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Login {
    /// The API and the projector; also the operator who makes a key.
    Gateway,
    /// Claims and posts.
    Sender,
    /// Reads templates.
    TemplateSync,
    /// Partitions and retention.
    RetentionJanitor,
}

impl Login {
    /// Every one of them.
    pub const ALL: [Self; 4] = [
        Self::Gateway,
        Self::Sender,
        Self::TemplateSync,
        Self::RetentionJanitor,
    ];

    /// The setting with the URL that it logs in by.
    #[must_use]
    pub const fn setting(self) -> &'static str {
        match self {
            Self::Gateway => "database.urls.gateway",
            Self::Sender => "database.urls.sender",
            Self::TemplateSync => "database.urls.template_sync",
            Self::RetentionJanitor => "database.urls.retention_janitor",
        }
    }

    /// The roles that it may take, and no other. All but the janitor open what is sealed, and read the keys for that in the
    /// scope of the business.
    #[must_use]
    pub const fn roles(self) -> &'static [&'static str] {
        match self {
            Self::Gateway => const { &[BUSINESS, ACCEPT, PLATFORM, BatchRole::Projector.name()] },
            Self::Sender => const { &[BUSINESS, BatchRole::Sender.name()] },
            Self::TemplateSync => const { &[BUSINESS, BatchRole::Sync.name()] },
            Self::RetentionJanitor => const { &[BatchRole::Janitor.name()] },
        }
    }
}

/// The statements that make the roles of the cluster and the login roles of these URLs.
pub(crate) fn roles(urls: &[(Login, &str)]) -> Result<String, MigrateError> {
    let mut sql = GROUPS.to_owned();
    let mut names = Vec::new();
    for (login, url) in urls {
        let (name, password) = named(*login, url)?;
        if names.contains(&name) {
            return Err(refused(*login, "names the role of another service"));
        }
        let settings = [
            ("login", name.as_str()),
            ("password", &password),
            ("wanted", &format!("{{{}}}", login.roles().join(","))),
            ("setting", login.setting()),
        ];
        for (key, value) in settings {
            let value = literal(value);
            sql += &format!("select set_config('djigbachats.{key}', {value}, true);\n");
        }
        sql += include_str!("login.sql");
        names.push(name);
    }
    Ok(sql)
}

/// The role and the password that a URL carries.
fn named(login: Login, url: &str) -> Result<(String, String), MigrateError> {
    let config: tokio_postgres::Config = url
        .parse()
        .map_err(|_| refused(login, "is not postgres://user:password@host:port/database"))?;
    let name = config
        .get_user()
        .ok_or_else(|| refused(login, "names no user"))?;
    if GROUPS.contains(&literal(name)) {
        return Err(refused(
            login,
            "names a role that is taken and not logged in with: use another name",
        ));
    }
    let password = config.get_password().map(String::from_utf8_lossy);
    Ok((name.to_owned(), password.unwrap_or_default().into_owned()))
}

fn refused(login: Login, problem: &'static str) -> MigrateError {
    let setting = login.setting();
    MigrateError::Login { setting, problem }
}

/// A text literal of SQL.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(urls: &[(Login, &str)]) -> String {
        roles(urls).unwrap_err().to_string()
    }

    #[test]
    fn a_url_that_makes_no_login_of_its_own_is_refused_with_its_setting() {
        let gateway = (Login::Gateway, "postgres://one:word@127.0.0.1/trial");
        let same = (Login::Sender, "postgres://one:word@127.0.0.1/trial");
        let text = refusal(&[gateway, same]);
        assert!(text.contains("`database.urls.sender`"), "{text}");
        let text = refusal(&[(
            Login::Sender,
            "postgres://djigbachats_sender@127.0.0.1/trial",
        )]);
        assert!(text.contains("use another name"), "{text}");
        let text = refusal(&[(Login::TemplateSync, "postgres://127.0.0.1/trial")]);
        assert!(text.contains("`database.urls.template_sync`"), "{text}");
        let text = refusal(&[(Login::RetentionJanitor, "a secret")]);
        assert!(text.contains("`database.urls.retention_janitor`"));
        assert!(!text.contains("a secret"), "{text}");
    }

    #[test]
    fn what_a_url_carries_cannot_end_the_statement() {
        let url = "postgres://o%27ne:w%27o%24%24rd@127.0.0.1/trial";
        let sql = roles(&[(Login::Sender, url)]).unwrap();
        assert!(sql.contains("'djigbachats.login', 'o''ne', true"));
        assert!(sql.contains("'djigbachats.password', 'w''o$$rd', true"));
    }
}
