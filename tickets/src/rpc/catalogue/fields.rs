//! Fields: listing, adding, changing, putting away.

use mesh_core::{
    audit::Deed,
    caller::Caller,
    error::{Error, Result, Violations},
    idempotency::RequestKey,
    policy::{self, Action, Scope},
};
use proto::{
    events::v1::CatalogChanged,
    tickets::v1::{
        self as wire, ArchiveFieldRequest, CreateFieldRequest, FieldType, ListFieldsRequest,
        ListFieldsResponse, UpdateFieldRequest,
    },
};

use super::{super::expect_etag, Catalog, announce, archived, check_id, overtaken, too_many};
use crate::{
    access,
    catalogue::{Broken, Catalogue, Field, MOST_FIELDS, Value},
    store::catalogue,
};

const CREATE: &str = "/ticketmesh.tickets.v1.CatalogService/CreateField";

impl Catalog {
    pub(super) async fn fields(&self, caller: &Caller, ask: ListFieldsRequest) -> Result<ListFieldsResponse> {
        let catalogue = self.catalogues.now().await?;
        let reader = access::reader_of_catalogue(caller, None);
        let is_wanted =
            |field: &&Field| field.is_for(reader) && (ask.with_archived || field.archive_time == 0);
        let mut listed: Vec<_> = catalogue.fields().filter(is_wanted).collect();
        listed.sort_by_cached_key(|field| (field.label.to_lowercase(), field.key.clone()));
        Ok(ListFieldsResponse { fields: listed.into_iter().map(Field::to_proto).collect() })
    }

    pub(super) async fn add_field(&self, caller: &Caller, ask: CreateFieldRequest) -> Result<wire::Field> {
        let key = RequestKey::new(caller, CREATE, &ask.request_id, &ask)?;
        let mut wrong = Violations::default();
        let field = Field::new(String::new(), &ask.field.unwrap_or_default(), &mut wrong);
        check_rules(&*self.catalogues.now().await?, &field, &mut wrong);
        wrong.into_result()?;
        policy::check(caller, Action::CatalogManage, &Scope::everywhere())?;
        self.expect_start(caller, &field).await?;

        let (mut tx, catalogue) = catalogue::begin(&self.store).await?;
        if let Some(done) = key.replay(&mut tx).await? {
            return Ok(done);
        }
        if catalogue.field(&field.key).is_some() {
            return Err(Error::already_exists(
                "field.key",
                "is the key of another field; choose another one",
            ));
        }
        if in_use(&catalogue) >= MOST_FIELDS {
            return Err(too_many("at most 500 fields are in use; archive some first"));
        }
        expect_rules(&catalogue, &field)?;
        let field = Field { id: tx.ids().id("fld"), ..field };
        catalogue::insert_field(&mut tx, &field).await?;
        let answer = field.to_proto();
        let deed = Deed::new("field.created", &field.id).made(&answer)?;
        announce(&mut tx, caller, deed, (&field.id, 1), news(&[&field])).await?;
        key.record(&mut tx, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    pub(super) async fn change_field(&self, caller: &Caller, ask: UpdateFieldRequest) -> Result<wire::Field> {
        let (sent, paths) = (ask.field.unwrap_or_default(), ask.update_mask.unwrap_or_default().paths);
        check_id("field.id", &sent.id, "fld")?;
        policy::check(caller, Action::CatalogManage, &Scope::everywhere())?;
        let known = self.catalogues.now().await?;
        let mut wrong = Violations::default();
        if let Some(field) = known.fields().find(|field| field.id == sent.id) {
            let after = field.edited(&sent, &paths, &mut wrong);
            check_rules(&known, &after, &mut wrong);
            wrong.into_result()?;
            self.expect_start(caller, &after).await?;
        }
        let (mut tx, catalogue) = catalogue::begin(&self.store).await?;
        let before = expect_managed(caller, &catalogue, &sent.id, &sent.etag)?;
        let mut wrong = Violations::default();
        let mut after = before.edited(&sent, &paths, &mut wrong);
        check_rules(&catalogue, &after, &mut wrong);
        wrong.into_result()?;
        if after != *before {
            after.version += 1;
            if !catalogue::save_field(&mut tx, &after).await? {
                return Err(overtaken());
            }
            let deed = Deed::new("field.updated", &after.id).edited(&before.to_proto(), &after.to_proto())?;
            announce(&mut tx, caller, deed, (&after.id, after.version), news(&[&after])).await?;
            tx.commit().await?;
        }
        Ok(after.to_proto())
    }

    pub(super) async fn put_away_field(
        &self,
        caller: &Caller,
        ask: ArchiveFieldRequest,
    ) -> Result<wire::Field> {
        check_id("id", &ask.id, "fld")?;
        policy::check(caller, Action::CatalogManage, &Scope::everywhere())?;
        let (mut tx, catalogue) = catalogue::begin(&self.store).await?;
        let before = expect_managed(caller, &catalogue, &ask.id, &ask.etag)?;
        let (archive_time, version) = (tx.micros(), before.version + 1);
        let after = Field { archive_time, version, ..before.clone() };
        if !catalogue::save_field(&mut tx, &after).await? {
            return Err(overtaken());
        }
        let deed = Deed::new("field.archived", &after.id).edited(&before.to_proto(), &after.to_proto())?;
        announce(&mut tx, caller, deed, (&after.id, after.version), news(&[&after])).await?;
        tx.commit().await?;
        Ok(after.to_proto())
    }

    /// Fine when the person a new ticket starts with exists.
    async fn expect_start(&self, caller: &Caller, field: &Field) -> Result<()> {
        match &field.default_value.0 {
            Some(Value::Text(id)) if field.kind == FieldType::User => {
                let named = vec![("field.default_value".to_owned(), id.clone())];
                self.directory.expect_people(caller, named).await
            }
            _ => Ok(()),
        }
    }
}

/// How many fields are in use.
pub(super) fn in_use(catalogue: &Catalogue) -> usize {
    catalogue.fields().filter(|field| field.archive_time == 0).count()
}

/// The field when it is in use and the caller read it as it is.
fn expect_managed<'c>(caller: &Caller, catalogue: &'c Catalogue, id: &str, etag: &str) -> Result<&'c Field> {
    let field = catalogue.fields().find(|field| field.id == id);
    let field = field.ok_or_else(|| Error::not_found("field", id))?;
    expect_etag(caller, etag, &field.etag(), || field.to_proto())?;
    if field.archive_time == 0 { Ok(field) } else { Err(archived("field")) }
}

/// Names the rules that can't be asked with this field: its own, or the first of another one that speaks of it.
fn check_rules(catalogue: &Catalogue, field: &Field, wrong: &mut Violations) {
    let mut tried = field.clone();
    tried.drop_long_rules();
    while let Err(Broken { key, rule, problem }) = catalogue.with_field(&tried) {
        if key != tried.key {
            let problem =
                format!("hides what {rule} of {key:?} speaks of, which others see; change that rule first");
            let by = if tried.role_ids.len() > 0 { "field.role_ids" } else { "field.staff_only" };
            return wrong.add(by, problem);
        }
        wrong.add(format!("field.{rule}"), problem.of_field());
        tried.drop_rule(rule);
    }
}

fn expect_rules(catalogue: &Catalogue, field: &Field) -> Result<()> {
    let mut wrong = Violations::default();
    check_rules(catalogue, field, &mut wrong);
    wrong.into_result()
}

/// What everybody hears of fields.
pub(super) fn news(changed: &[&Field]) -> CatalogChanged {
    let field_ids = changed.iter().map(|field| field.id.clone()).collect();
    CatalogChanged { field_ids, ..CatalogChanged::default() }
}
