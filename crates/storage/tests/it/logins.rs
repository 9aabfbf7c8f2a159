//! Each service logs in with a role of its own, and Postgres lets it take only the roles of its work.

use storage::{Login, MigrateError, migrate};
use testkit::TestDb;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;
use worker_storage::retention::{drop_partition, partitions};

use crate::retain::make_old_partition;

/// Roles that a session could try to take, besides the other logins and the administrator.
const ROLES: [&str; 10] = [
    "djigbachats_accept",
    "djigbachats_business",
    "djigbachats_janitor",
    "djigbachats_owner",
    "djigbachats_platform",
    "djigbachats_projector",
    "djigbachats_sender",
    "djigbachats_sync",
    "pg_read_all_data",
    "pg_write_all_data",
];
/// The rights of the current role on the tables of the product, and on the functions that create and drop their monthly
/// partitions.
const RIGHTS: &str = "select (select count(*) from pg_class where relnamespace = 'public'::regnamespace
        and relkind in ('r', 'p', 'v', 'm')
        and has_table_privilege(oid, 'select, insert, update, delete, truncate, references, trigger'))
    + (select count(*) from pg_proc where proname in ('make_partitions', 'drop_partition')
        and has_function_privilege(oid, 'execute'))";

/// Listed explicitly, so that an additional role in the code fails this test.
const fn wanted(login: Login) -> &'static [&'static str] {
    match login {
        Login::Gateway => &[
            "djigbachats_accept",
            "djigbachats_business",
            "djigbachats_platform",
            "djigbachats_projector",
        ],
        Login::Sender => &["djigbachats_business", "djigbachats_sender"],
        Login::TemplateSync => &["djigbachats_business", "djigbachats_sync"],
        Login::RetentionJanitor => &["djigbachats_janitor"],
    }
}

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// The roles that a connection may take.
async fn taken(client: &Client, of: &[String]) -> Vec<String> {
    let mut taken = Vec::new();
    for role in of {
        match client.batch_execute(&format!("set role {role}")).await {
            Ok(()) => {
                client.batch_execute("reset role").await.unwrap();
                taken.push(role.clone());
            }
            Err(error) => refused(&error, role),
        }
    }
    taken
}

fn refused(error: &tokio_postgres::Error, what: &str) {
    let code = error.code();
    assert_eq!(code, Some(&SqlState::INSUFFICIENT_PRIVILEGE), "{what}");
}

fn user(url: &str) -> String {
    let config: tokio_postgres::Config = url.parse().unwrap();
    config.get_user().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_may_take_only_the_roles_of_its_work() {
    let database = TestDb::start().await;
    for login in Login::ALL {
        let others = Login::ALL.into_iter().filter(|other| *other != login);
        let others = others.map(|other| database.url(other));
        let others = others.chain([database.admin_url()]).map(|url| user(&url));
        let roles: Vec<_> = ROLES.map(str::to_owned).into_iter().chain(others).collect();
        let client = connect(&database.url(login)).await;
        assert_eq!(taken(&client, &roles).await, wanted(login), "{login:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_has_no_right_until_it_takes_a_role() {
    let database = TestDb::start().await;
    for login in Login::ALL {
        let client = connect(&database.url(login)).await;
        let rights = client.query_one(RIGHTS, &[]).await.unwrap();
        assert_eq!(rights.get::<_, i64>(0), 0, "{login:?}");
        let read = client.batch_execute("select from messages").await;
        refused(&read.unwrap_err(), "messages");
        let role = format!("set role {}", wanted(login)[0]);
        client.batch_execute(&role).await.unwrap();
        let rights = client.query_one(RIGHTS, &[]).await.unwrap();
        assert!(rights.get::<_, i64>(0) > 0, "{login:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_janitor_drops_a_month() {
    let database = TestDb::start().await;
    let month = make_old_partition(&database, "messages", 382).await;
    let drop = format!("select drop_partition('{}')", month.name);
    let drop_table = format!("drop table {}", month.name);
    for login in [Login::Gateway, Login::Sender, Login::TemplateSync] {
        let client = connect(&database.url(login)).await;
        for role in ["none"].iter().chain(wanted(login)) {
            let role = format!("set role {role}");
            client.batch_execute(&role).await.unwrap();
            for statement in [&drop, &drop_table] {
                let error = client.batch_execute(statement).await.unwrap_err();
                refused(&error, statement);
            }
        }
        let store = database.store_of(login);
        assert!(drop_partition(&store, &month).await.is_err(), "{login:?}");
    }
    let janitor = database.store_of(Login::RetentionJanitor);
    let before = partitions(&janitor).await.unwrap();
    assert!(before.iter().any(|partition| partition.name == month.name));
    drop_partition(&janitor, &month).await.unwrap();
    let after = partitions(&janitor).await.unwrap();
    assert_eq!(after.len(), before.len() - 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn excess_roles_of_a_login_are_revoked() {
    let database = TestDb::start().await;
    let admin = database.admin().await;
    // Roles belong to the cluster, and other tests use the usual ones.
    let name = format!("djigbachats_test_{}", Uuid::new_v4().simple());
    let make = format!(
        "create role {name} login inherit password 'earlier'; grant djigbachats_janitor, djigbachats_projector, pg_read_all_data to {name}"
    );
    admin.batch_execute(&make).await.unwrap();
    let server = database.admin_url();
    let (_, server) = server.rsplit_once('@').unwrap();
    // Neither a quote nor a block terminator may end the statement.
    let url = format!("postgres://{name}:w%27o%24%24rd@{server}");
    for _ in 0..2 {
        migrate(&database.admin_url(), &[(Login::Gateway, &url)])
            .await
            .unwrap();
        let client = connect(&url).await;
        let roles = ROLES.map(str::to_owned);
        assert_eq!(taken(&client, &roles).await, wanted(Login::Gateway));
        let rights = client.query_one(RIGHTS, &[]).await.unwrap();
        assert_eq!(rights.get::<_, i64>(0), 0);
    }
    let end = format!("drop role {name}");
    admin.batch_execute(&end).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_with_rights_of_its_own_is_refused_and_nothing_is_changed() {
    let database = TestDb::start().await;
    let admin = database.admin().await;
    let name = format!("djigbachats_test_{}", Uuid::new_v4().simple());
    let make = format!("create role {name} login createrole bypassrls");
    admin.batch_execute(&make).await.unwrap();
    let administrator = database.admin_url();
    let strong = database.url(Login::Sender);
    let strong = strong.replace(&user(&strong), &name);
    for url in [&administrator, &strong] {
        let error = migrate(&administrator, &[(Login::Sender, url)]).await;
        let error = error.unwrap_err();
        assert!(matches!(error, MigrateError::Roles(_)), "{error}");
        let said = error.to_string();
        assert!(said.contains("database.urls.sender"), "{said}");
    }
    let granted = "select from pg_auth_members where member = $1::text::regrole";
    assert!(admin.query(granted, &[&name]).await.unwrap().is_empty());
    let end = format!("drop role {name}");
    admin.batch_execute(&end).await.unwrap();
}
