//! The account that a call names.

use common::ids::WabaId;
use storage::{BusinessScope, ScopedTransaction, StorageError, wabas};

use crate::problem::{Problem, ProblemCode};

/// Refuses an account that is not the business's, or was disconnected, at `/waba_id` of the body.
pub(super) async fn check(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    waba_id: &WabaId,
) -> Result<(), Problem> {
    let found = wabas::get(transaction, scope, waba_id).await;
    let waba = found.map_err(|error| match error {
        StorageError::NotFound => Problem::body("/waba_id", "is not an account of this business"),
        error => error.into(),
    })?;
    if waba.disconnected_at.is_some() {
        return Err(Problem::body(
            "/waba_id",
            "was disconnected with its last number",
        ));
    }
    Ok(())
}

/// Locks the account of a draft or template. Nothing can be asked of Meta for one that was disconnected.
pub(super) async fn lock_connected(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    waba_id: &WabaId,
) -> Result<(), Problem> {
    wabas::lock(transaction, scope, waba_id).await?;
    let waba = wabas::get(transaction, scope, waba_id).await?;
    if waba.disconnected_at.is_none() {
        return Ok(());
    }
    Err(Problem::new(ProblemCode::WrongState).detail(
        "The account was disconnected with its last number. Nothing was asked of Meta, and the draft is kept. Connect \
         a number of the account, then repeat the call.",
    ))
}
