//! No key has access to data of another business: every operation of the OpenAPI document is called with every kind of
//! key, and with each id of the own business, of another business, and of nobody.
//!
//! A call with an id of another business gets exactly the same response as with an id of nobody, and changes nothing.
//! Each of the two protections, the filter of the queries and row-level security, is sufficient without the other;
//! without both, the same calls do return foreign rows.

mod cell;
mod matrix;
mod requests;
mod snapshot;
mod tenant;

use reqwest::Method;
use uuid::Uuid;

use self::cell::{Cell, Key, Whose};
use self::matrix::Matrix;
use crate::document::{IdParameter, operations};
use crate::harness::Harness;

#[tokio::test(flavor = "multi_thread")]
async fn no_key_reaches_another_business() {
    Matrix::start(Harness::start().await).await.check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_level_security_alone_keeps_businesses_apart() {
    let matrix = Matrix::start(Harness::start_unfiltered().await).await;
    matrix.check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_filter_of_the_queries_alone_keeps_businesses_apart() {
    let matrix = Matrix::start(Harness::start().await).await;
    disable_row_level_security(&matrix.harness).await;
    matrix.check().await;
}

/// Reads nothing of a business.
const NOT_A_ROW: &str = "list_starter_pack";

/// Control of the tests above: without protections the reading calls do return foreign rows.
#[tokio::test(flavor = "multi_thread")]
async fn without_both_protections_every_reading_operation_reaches_foreign_rows() {
    let matrix = Matrix::start(Harness::start_unfiltered().await).await;
    disable_row_level_security(&matrix.harness).await;
    let operations = operations();
    let reading = operations.iter().filter(|operation| {
        operation.method == Method::GET
            && !operation.path.starts_with("/v1/businesses")
            && operation.name != NOT_A_ROW
    });
    for operation in reading {
        let mut in_path = operation.ids.iter();
        let in_path = in_path.find(|id| matches!(id, IdParameter::Path(_)));
        let cell = Cell {
            operation,
            varied: in_path.map(|id| (id, Whose::Foreign)),
            key: Key::Own,
        };
        let answer = matrix.call(&cell).await;
        let text = String::from_utf8_lossy(&answer.body);
        // A row that was found, but is sealed with another business's key, is an internal error.
        let is_reached = match in_path {
            Some(_) => answer.status != 404,
            None => answer.status.is_server_error() || matrix.other.is_named_in(&text),
        };
        assert!(is_reached, "{}: {text}", matrix.describe(&cell));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_platform_itself_is_no_business() {
    let harness = Harness::start().await;
    let path = format!("/v1/businesses/{}/numbers", Uuid::nil());
    let answer = harness.get(&harness.platform, &path).await;
    assert_eq!(answer.problem(404), "not_found");
}

async fn disable_row_level_security(harness: &Harness) {
    let disable = "do $$ declare t regclass; begin
        for t in select oid from pg_class where relnamespace = 'public'::regnamespace and relrowsecurity loop
            execute format('alter table %s disable row level security', t);
        end loop;
    end $$";
    let admin = harness.db.admin().await;
    admin.batch_execute(disable).await.unwrap();
}
