//! How people get accounts and what counts as proof, for administrators.

use jiff::SignedDuration;
use mesh_core::{
    caller::Caller,
    db::Tx,
    error::{Error, Result, Violations},
    policy::{self, Action, Scope},
};
use proto::identity::v1::{AccessSettings as WireSettings, UpdateAccessSettingsRequest};
use serde_json::Value;

use super::super::{expect_version, overtaken, paths, required};
use crate::{
    Identity,
    access::Authority,
    audit::retention,
    emergency, people,
    settings::{ACCESS, AccessSettings},
    store::settings::{self, Versioned},
    wire,
};

impl Identity {
    pub(super) async fn get_access_settings(&self, caller: Caller) -> Result<WireSettings> {
        policy::check(&caller, Action::SecurityManage, &Scope::everywhere())?;
        Ok(wire::access_settings(&settings::load(self.db.reader(), ACCESS).await?))
    }

    pub(super) async fn update_access_settings(
        &self,
        caller: Caller,
        ask: UpdateAccessSettingsRequest,
    ) -> Result<WireSettings> {
        policy::check(&caller, Action::SecurityManage, &Scope::everywhere())?;
        let (given, paths) = (required("settings", ask.settings)?, paths(ask.update_mask)?);
        let mut tx = self.db.begin().await?;
        let before: Versioned<AccessSettings> = settings::load(tx.conn(), ACCESS).await?;
        expect_version(&caller, &given.etag, before.version, &wire::access_settings(&before))?;
        let value = edited(&before.value, &given, &paths)?;
        expect_good_references(&mut tx, &before.value, &value).await?;
        if !settings::save(&mut tx, ACCESS, before.version, &value).await? {
            return Err(overtaken());
        }
        let line = Authority::of(&caller).line.about("access_settings.updated", ACCESS);
        line.change(&said(&before.value)?, &said(&value)?).write(&mut tx).await?;
        retention::plan(&mut tx).await?;
        tx.commit().await?;
        Ok(wire::access_settings(&Versioned { version: before.version + 1, value }))
    }
}

/// Fine when the department and the person that are newly named can be.
async fn expect_good_references(tx: &mut Tx, before: &AccessSettings, after: &AccessSettings) -> Result<()> {
    let department_id = newly(&before.sign_up_department_id, &after.sign_up_department_id);
    people::expect_open_department(tx, department_id).await?;
    if after.break_glass_user_id.is_empty() && !before.break_glass_user_id.is_empty() {
        emergency::expect_dispensable(tx).await?;
    }
    expect_administrator(tx, newly(&before.break_glass_user_id, &after.break_glass_user_id)).await
}

/// The id that is to be looked at: none when it stays what it was, since what it names may have changed meanwhile.
fn newly<'a>(before: &str, after: &'a str) -> &'a str {
    if before == after { "" } else { after }
}

/// Fine when this is nobody, or an administrator who can sign in without a provider.
async fn expect_administrator(tx: &mut Tx, user_id: &str) -> Result<()> {
    if user_id.is_empty() || emergency::can_keep(tx, user_id).await? {
        return Ok(());
    }
    let problem = "is no active administrator with a password; name one, or nobody";
    Err(Error::invalid("settings.break_glass_user_id", problem))
}

/// The settings with the fields of the mask taken over.
fn edited(before: &AccessSettings, given: &WireSettings, paths: &[String]) -> Result<AccessSettings> {
    let mut after = before.clone();
    let mut wrong = Violations::default();
    for path in paths {
        match path.as_str() {
            "sign_up_mode" => after.sign_up_mode = given.sign_up_mode(),
            "sign_up_domains" => after.sign_up_domains.clone_from(&given.sign_up_domains),
            "sign_up_department_id" => after.sign_up_department_id.clone_from(&given.sign_up_department_id),
            "email_codes_allowed" => after.email_codes_allowed = given.email_codes_allowed,
            "break_glass_user_id" => after.break_glass_user_id.clone_from(&given.break_glass_user_id),
            "audit_retention" => {
                // What is no length at all is refused as one that is too short.
                after.audit_retention = given.audit_retention.map(|kept| length(kept).unwrap_or_default());
            }
            other => {
                wrong.add("update_mask", format!("names {other}, which is no setting; see AccessSettings"));
            }
        }
    }
    let after = after.check(&mut wrong);
    wrong.into_result()?;
    Ok(after)
}

/// `None` for one that is negative or out of range.
fn length(given: prost_types::Duration) -> Option<SignedDuration> {
    SignedDuration::try_from(std::time::Duration::try_from(given).ok()?).ok()
}

/// What the audit log keeps of the settings.
fn said(settings: &AccessSettings) -> Result<Value> {
    serde_json::to_value(settings).map_err(Error::internal)
}
