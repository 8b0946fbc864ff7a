//! What the tables hold of one person besides the account itself. A new table about people gets its line here.

use mesh_core::{db::Tx, error::Result};

mesh_core::statements! {
    /// His passwords.
    PASSWORDS = "delete from passwords where user_id = $1";
    /// Where and with what he was signed in.
    SESSIONS = "delete from sessions where user_id = $1";
    /// On what he was seen.
    DEVICES = "delete from devices where user_id = $1";
    /// What his programs called with.
    API_KEYS = "delete from api_keys where owner_id = $1";
    /// What he might do.
    ROLE_ASSIGNMENTS = "delete from role_assignments where user_id = $1";
    /// The links that were to open his account.
    INVITATIONS = "delete from invitations where user_id = $1";
    /// The apps, codes and devices he proved himself by.
    TOTP = "delete from totp where user_id = $1";
    RECOVERY_CODES = "delete from recovery_codes where user_id = $1";
    PASSKEYS = "delete from passkeys where user_id = $1";
    CEREMONIES = "delete from ceremonies where user_id = $1";
    SECOND_FACTOR_TRIES = "delete from second_factor_tries where user_id = $1";
    /// The links that were to open his account anew.
    PASSWORD_RESETS = "delete from password_resets where user_id = $1";
    /// What he asked for when he signed up.
    SIGN_UPS = "delete from invitations where email = $1 and email <> ''";
    /// Failures at his account.
    FAILURES = "delete from failure_counters where kind = 3 and subject = $1";
    /// By what a provider of single sign-on knows him.
    SSO_LINKS = "delete from sso_links where user_id = $1";
    /// His picture.
    PICTURES = "delete from pictures where user_id = $1";
}

/// Forgets all of it: what is known by the id, and what by the address.
pub(crate) async fn forget(tx: &mut Tx, user_id: &str, email: &str) -> Result<()> {
    let by_id = [
        PASSWORDS,
        SESSIONS,
        DEVICES,
        API_KEYS,
        ROLE_ASSIGNMENTS,
        INVITATIONS,
        TOTP,
        RECOVERY_CODES,
        PASSKEYS,
        CEREMONIES,
        SECOND_FACTOR_TRIES,
        PASSWORD_RESETS,
        SSO_LINKS,
        PICTURES,
    ];
    let by_email = [SIGN_UPS, FAILURES].map(|statement| (statement, email));
    for (statement, whose) in by_id.map(|statement| (statement, user_id)).into_iter().chain(by_email) {
        sqlx::query(statement).bind(whose).execute(tx.conn()).await?;
    }
    Ok(())
}
