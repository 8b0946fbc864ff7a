//! The limits of sign-in protection.

use jiff::SignedDuration;
use mesh_core::{
    caller::Caller,
    error::{Error, Result, Violations},
    policy::{self, Action, Scope},
};
use proto::identity::v1::{SignInProtection, UpdateSignInProtectionRequest};
use serde_json::Value;

use super::super::{expect_version, overtaken, paths, required};
use crate::{
    Identity,
    access::Authority,
    guard::SETTINGS,
    protection::Protection,
    store::settings::{self, Versioned},
    wire,
};

impl Identity {
    pub(super) async fn get_sign_in_protection(&self, caller: Caller) -> Result<SignInProtection> {
        policy::check(&caller, Action::SecurityManage, &Scope::everywhere())?;
        Ok(wire::protection(&settings::load(self.db.reader(), SETTINGS).await?))
    }

    pub(super) async fn update_sign_in_protection(
        &self,
        caller: Caller,
        ask: UpdateSignInProtectionRequest,
    ) -> Result<SignInProtection> {
        policy::check(&caller, Action::SecurityManage, &Scope::everywhere())?;
        let (given, paths) = (required("protection", ask.protection)?, paths(ask.update_mask)?);
        let mut tx = self.db.begin().await?;
        let before: Versioned<Protection> = settings::load(tx.conn(), SETTINGS).await?;
        expect_version(&caller, &given.etag, before.version, &wire::protection(&before))?;
        let value = edited(&before.value, &given, &paths)?;
        if !settings::save(&mut tx, SETTINGS, before.version, &value).await? {
            return Err(overtaken());
        }
        let line = Authority::of(&caller).line.about("sign_in_protection.updated", SETTINGS);
        line.change(&said(&before.value)?, &said(&value)?).write(&mut tx).await?;
        tx.commit().await?;
        Ok(wire::protection(&Versioned { version: before.version + 1, value }))
    }
}

fn edited(before: &Protection, given: &SignInProtection, paths: &[String]) -> Result<Protection> {
    let mut after = before.clone();
    let mut wrong = Violations::default();
    for path in paths {
        match path.as_str() {
            "address_limit" => after.address_limit = given.address_limit,
            "address_block" => after.address_block = span(given.address_block),
            "device_challenge_limit" => after.device_challenge_limit = given.device_challenge_limit,
            "device_limit" => after.device_limit = given.device_limit,
            "device_block" => after.device_block = span(given.device_block),
            "account_limit" => after.account_limit = given.account_limit,
            "account_lock" => after.account_lock = span(given.account_lock),
            "account_warning_limit" => after.account_warning_limit = given.account_warning_limit,
            "counter_lifetime" => after.counter_lifetime = span(given.counter_lifetime),
            "challenge_difficulty" => after.challenge_difficulty = given.challenge_difficulty,
            other => wrong.add(
                "update_mask",
                format!("names {other}, which can't be changed; see UpdateSignInProtectionRequest"),
            ),
        }
    }
    after.check("protection.", &mut wrong);
    wrong.into_result()?;
    Ok(after)
}

/// A span of time as it was given; one that is missing or unreadable is none, which no field takes.
fn span(given: Option<prost_types::Duration>) -> SignedDuration {
    let given = given.and_then(|given| std::time::Duration::try_from(given).ok());
    given.and_then(|given| SignedDuration::try_from(given).ok()).unwrap_or(SignedDuration::ZERO)
}

/// What the audit log keeps of the limits.
fn said(protection: &Protection) -> Result<Value> {
    serde_json::to_value(protection).map_err(Error::internal)
}
