//! The token with which Meta lets us act for an account: one for each, sealed to its row.

use chrono::{DateTime, Utc};
use common::ids::WabaId;
use common::secret::AccessToken;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use sealing::{BusinessKeys, fingerprint};

use database::StorageError;
use database::schema::{access_tokens, template_publications};
use database::seal_contexts;
use database::{BusinessScope, ScopedTransaction};

/// A token that Meta has confirmed.
#[derive(Debug)]
pub struct ConfirmedToken {
    /// The account that it is for.
    pub waba_id: WabaId,
    /// The token itself.
    pub token: AccessToken,
    /// When it ends; `None` when it does not.
    pub expires_at: Option<DateTime<Utc>>,
    /// When Meta confirmed it.
    pub confirmed_at: DateTime<Utc>,
}

/// Keeps the token of an account in place of the one before.
///
/// # Errors
/// When the database is not available or the token cannot be sealed.
pub async fn put(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    keys: &BusinessKeys,
    confirmed: &ConfirmedToken,
) -> Result<(), StorageError> {
    let (waba_id, token) = (&confirmed.waba_id, confirmed.token.expose());
    let context = seal_contexts::access_token(scope.business_id(), waba_id);
    let kept = (
        access_tokens::token_sealed.eq(keys.seal(&context, token.as_bytes())?),
        access_tokens::fingerprint.eq(fingerprint(token)),
        access_tokens::expires_at.eq(confirmed.expires_at),
        access_tokens::created_at.eq(confirmed.confirmed_at),
    );
    diesel::insert_into(access_tokens::table)
        .values((
            access_tokens::business_id.eq(scope.business_id().as_uuid()),
            access_tokens::waba_id.eq(waba_id.as_str()),
            kept.clone(),
        ))
        .on_conflict((access_tokens::business_id, access_tokens::waba_id))
        .do_update()
        .set(kept)
        .execute(&mut **transaction)
        .await?;
    try_publications_again(transaction, scope, confirmed).await
}

/// What the business asked of Meta may have waited for this token.
async fn try_publications_again(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    confirmed: &ConfirmedToken,
) -> Result<(), StorageError> {
    diesel::update(template_publications::table)
        .filter(scope.owns(template_publications::business_id))
        .filter(template_publications::waba_id.eq(confirmed.waba_id.as_str()))
        .filter(template_publications::due_at.gt(confirmed.confirmed_at))
        .set(template_publications::due_at.eq(confirmed.confirmed_at))
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

/// Destroys the token of an account, if there is one.
///
/// # Errors
/// When the database is not available.
pub async fn destroy(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    waba_id: &WabaId,
) -> Result<(), StorageError> {
    diesel::delete(access_tokens::table)
        .filter(scope.owns(access_tokens::business_id))
        .filter(access_tokens::waba_id.eq(waba_id.as_str()))
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

/// The token of an account.
///
/// # Errors
/// [`StorageError::NotFound`] when there is none; when it cannot be opened.
pub async fn get(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    keys: &BusinessKeys,
    waba_id: &WabaId,
) -> Result<AccessToken, StorageError> {
    let sealed: Vec<u8> = access_tokens::table
        .filter(scope.owns(access_tokens::business_id))
        .filter(access_tokens::waba_id.eq(waba_id.as_str()))
        .select(access_tokens::token_sealed)
        .first(&mut **transaction)
        .await?;
    let context = seal_contexts::access_token(scope.business_id(), waba_id);
    let opened = keys.open(&context, &sealed)?;
    let text = std::str::from_utf8(&opened).map_err(|_| StorageError::Corrupt {
        column: "access_tokens.token_sealed",
    })?;
    Ok(AccessToken::new(text.to_owned()))
}
