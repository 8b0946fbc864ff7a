//! Categories: listing, adding, changing, putting away.

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
        self as wire, ArchiveCategoryRequest, CreateCategoryRequest, ListCategoriesRequest,
        ListCategoriesResponse, UpdateCategoryRequest,
    },
};

use super::{super::expect_etag, Catalog, announce, archived, check_id, overtaken, too_many};
use crate::{
    access,
    catalogue::{Catalogue, Category, MOST_CATEGORIES, parents_first},
    store::catalogue,
};

const CREATE: &str = "/ticketmesh.tickets.v1.CatalogService/CreateCategory";

impl Catalog {
    pub(super) async fn categories(
        &self,
        caller: &Caller,
        ask: ListCategoriesRequest,
    ) -> Result<ListCategoriesResponse> {
        let mut wrong = Violations::default();
        wrong.optional_id("department_id", &ask.department_id, "dep");
        wrong.into_result()?;
        let catalogue = self.catalogues.now().await?;
        let is_wanted = |one: &&Category| {
            (ask.department_id.is_empty() || one.department_id == ask.department_id)
                && (ask.with_archived || one.archive_time == 0)
        };
        let listed = parents_first(catalogue.categories().filter(is_wanted).cloned().collect());
        Ok(ListCategoriesResponse {
            categories: listed.iter().map(|one| shown(caller, &catalogue, one)).collect(),
        })
    }

    pub(super) async fn add_category(
        &self,
        caller: &Caller,
        ask: CreateCategoryRequest,
    ) -> Result<wire::Category> {
        let key = RequestKey::new(caller, CREATE, &ask.request_id, &ask)?;
        let sent = ask.category.unwrap_or_default();
        let mut wrong = Violations::default();
        let category = Category::new(String::new(), &sent, &mut wrong);
        self.catalogues.now().await?.check_keys(&category, &mut wrong);
        wrong.into_result()?;
        policy::check(caller, Action::CatalogManage, &Scope::department(&category.department_id))?;
        let department = ("category.department_id", &category.department_id);
        self.directory.expect_open_in(department.0, caller, department.1).await?;

        let (mut tx, catalogue) = catalogue::begin(&self.store).await?;
        if let Some(done) = key.replay(&mut tx).await? {
            return Ok(done);
        }
        if catalogue.in_use(&category.department_id).count() >= MOST_CATEGORIES {
            return Err(too_many("a department has at most 500 categories in use; archive some first"));
        }
        let category = Category { id: tx.ids().id("cat"), ..category };
        catalogue.expect_place(&category)?;
        catalogue::insert_category(&mut tx, &category).await?;
        let answer = shown(caller, &catalogue, &category);
        let deed = Deed::new("category.created", &category.id).made(&answer)?;
        announce(&mut tx, caller, deed, (&category.id, 1), news(&[&category])).await?;
        key.record(&mut tx, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    pub(super) async fn change_category(
        &self,
        caller: &Caller,
        ask: UpdateCategoryRequest,
    ) -> Result<wire::Category> {
        let (sent, paths) = (ask.category.unwrap_or_default(), ask.update_mask.unwrap_or_default().paths);
        check_id("category.id", &sent.id, "cat")?;
        let (mut tx, catalogue) = catalogue::begin(&self.store).await?;
        let before = expect_managed(caller, &catalogue, &sent.id, &sent.etag)?;
        let mut wrong = Violations::default();
        let mut after = before.edited(&sent, &paths, &mut wrong);
        if after.field_keys != before.field_keys {
            catalogue.check_keys(&after, &mut wrong);
        }
        wrong.into_result()?;
        catalogue.expect_place(&after)?;
        if after != *before {
            after.version += 1;
            if !catalogue::save_category(&mut tx, &after).await? {
                return Err(overtaken());
            }
            let deed = edited("category.updated", caller, &catalogue, [before, &after])?;
            announce(&mut tx, caller, deed, (&after.id, after.version), news(&[&after])).await?;
            tx.commit().await?;
        }
        Ok(shown(caller, &catalogue, &after))
    }

    pub(super) async fn put_away_category(
        &self,
        caller: &Caller,
        ask: ArchiveCategoryRequest,
    ) -> Result<wire::Category> {
        check_id("id", &ask.id, "cat")?;
        let (mut tx, catalogue) = catalogue::begin(&self.store).await?;
        let before = expect_managed(caller, &catalogue, &ask.id, &ask.etag)?;
        let with_below = catalogue.with_descendants(&before.id);
        let open: Vec<_> = with_below.into_iter().filter(|one| one.archive_time == 0).collect();
        let mut answer = None;
        for one in &open {
            let (archive_time, version) = (tx.micros(), one.version + 1);
            let after = Category { archive_time, version, ..(*one).clone() };
            if !catalogue::save_category(&mut tx, &after).await? {
                return Err(overtaken());
            }
            if after.id == before.id {
                answer = Some(after);
            }
        }
        let after = answer.ok_or_else(|| archived("category"))?;
        let deed = edited("category.archived", caller, &catalogue, [before, &after])?;
        let with_below: Vec<_> = open.iter().map(|one| one.id.as_str()).collect();
        let deed = deed.saying("category_ids", with_below);
        announce(&mut tx, caller, deed, (&after.id, after.version), news(&open)).await?;
        tx.commit().await?;
        Ok(shown(caller, &catalogue, &after))
    }
}

/// What the audit log is told of an edit.
fn edited(
    action: &'static str,
    caller: &Caller,
    catalogue: &Catalogue,
    [before, after]: [&Category; 2],
) -> Result<Deed> {
    let shown = |category| shown(caller, catalogue, category);
    Deed::new(action, &after.id).edited(&shown(before), &shown(after))
}

/// The category when it is in use, and the caller may change it and read it as it is.
fn expect_managed<'c>(
    caller: &Caller,
    catalogue: &'c Catalogue,
    id: &str,
    etag: &str,
) -> Result<&'c Category> {
    let category = catalogue.category(id).ok_or_else(|| Error::not_found("category", id))?;
    policy::check(caller, Action::CatalogManage, &Scope::department(&category.department_id))?;
    expect_etag(caller, etag, &category.etag(), || shown(caller, catalogue, category))?;
    if category.archive_time == 0 { Ok(category) } else { Err(archived("category")) }
}

/// What everybody hears of categories of one department.
pub(super) fn news(changed: &[&Category]) -> CatalogChanged {
    CatalogChanged {
        department_id: changed.first().map(|one| one.department_id.clone()).unwrap_or_default(),
        category_ids: changed.iter().map(|one| one.id.clone()).collect(),
        field_ids: vec![],
    }
}

/// The category as the caller sees it: without keys of fields he does not see.
pub(super) fn shown(caller: &Caller, catalogue: &Catalogue, category: &Category) -> wire::Category {
    let reader = access::reader_of_catalogue(caller, Some(&category.department_id));
    let is_shown = |key: &&str| reader.sees(&catalogue.audience(key));
    wire::Category {
        id: category.id.clone(),
        department_id: category.department_id.clone(),
        parent_id: category.parent_id.clone(),
        name: category.name.clone(),
        description: category.description.clone(),
        position: category.position,
        field_keys: category.field_keys.iter().filter(is_shown).map(str::to_owned).collect(),
        default_priority: category.default_priority.into(),
        archive_time: crate::wire::time(category.archive_time),
        etag: category.etag(),
    }
}
