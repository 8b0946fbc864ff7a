//! The shipped catalogue: what there is of it, and taking parts of it into a department.

use mesh_core::{
    audit::Deed,
    caller::Caller,
    db::Tx,
    error::{Error, Result, Violations},
    idempotency::RequestKey,
    policy::{self, Action, Scope},
};
use proto::{
    events::v1::CatalogChanged,
    tickets::v1::{
        AdoptCategoryTemplatesRequest, AdoptCategoryTemplatesResponse, ListCategoryTemplatesRequest,
        ListCategoryTemplatesResponse,
    },
};

use super::{Catalog, announce, categories, fields, too_many};
use crate::{
    catalogue::{
        Adoption, Catalogue, Field, MOST_CATEGORIES, MOST_FIELDS, Shipped, Template, parents_first, templates,
    },
    store::catalogue,
};

const ADOPT: &str = "/ticketmesh.tickets.v1.CatalogService/AdoptCategoryTemplates";
/// Templates taken at once.
const MOST_TEMPLATES: usize = 20;

impl Catalog {
    #[expect(clippy::unused_async, reason = "every method is asked alike")]
    pub(super) async fn templates(
        &self,
        _: &Caller,
        _: ListCategoryTemplatesRequest,
    ) -> Result<ListCategoryTemplatesResponse> {
        let templates = templates()?.templates;
        Ok(ListCategoryTemplatesResponse { templates: templates.iter().map(Template::to_proto).collect() })
    }

    pub(super) async fn adopt(
        &self,
        caller: &Caller,
        ask: AdoptCategoryTemplatesRequest,
    ) -> Result<AdoptCategoryTemplatesResponse> {
        let key = RequestKey::new(caller, ADOPT, &ask.request_id, &ask)?;
        let shipped = templates()?;
        let wanted = check(&ask, &shipped)?;
        policy::check(caller, Action::CatalogManage, &Scope::department(&ask.department_id))?;
        self.directory.expect_open_in("department_id", caller, &ask.department_id).await?;

        let (mut tx, before) = catalogue::begin(&self.store).await?;
        if let Some(done) = key.replay(&mut tx).await? {
            return Ok(done);
        }
        let adoption = Adoption::of(&shipped, &wanted, &before, &ask.department_id, tx.ids())?;
        expect_room(caller, &before, &ask.department_id, &adoption)?;
        write(&mut tx, caller, &ask.department_id, &adoption).await?;
        let answer = answer(caller, &before, &adoption)?;
        key.record(&mut tx, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }
}

/// The templates that are wanted.
fn check<'s>(ask: &AdoptCategoryTemplatesRequest, shipped: &'s Shipped) -> Result<Vec<&'s Template>> {
    let mut wrong = Violations::default();
    wrong.id("department_id", &ask.department_id, "dep");
    let keys = &ask.template_keys;
    wrong.when(keys.is_empty(), "template_keys", "are missing; give those of the templates to take");
    wrong.when(keys.len() > MOST_TEMPLATES, "template_keys", "are too many; give at most 20");
    let mut wanted: Vec<&Template> = vec![];
    for (index, key) in keys.iter().take(MOST_TEMPLATES).enumerate() {
        match shipped.templates.iter().find(|template| template.key == *key) {
            Some(_) if wanted.iter().any(|one| one.key == *key) => {}
            Some(template) => wanted.push(template),
            None => {
                let known: Vec<_> = shipped.templates.iter().map(|template| template.key.as_str()).collect();
                let problem = format!("is no template; there are {}", known.join(", "));
                wrong.add(format!("template_keys[{index}]"), problem);
            }
        }
    }
    wrong.into_result()?;
    Ok(wanted)
}

/// Fine when the caller may add what is missing, and there is room for it.
fn expect_room(caller: &Caller, before: &Catalogue, department_id: &str, adoption: &Adoption) -> Result<()> {
    if !adoption.new_fields.is_empty() {
        policy::check(caller, Action::CatalogManage, &Scope::everywhere())?;
    }
    if before.in_use(department_id).count() + adoption.new_categories.len() > MOST_CATEGORIES {
        return Err(too_many("a department has at most 500 categories in use; archive some first"));
    }
    if fields::in_use(before) + adoption.new_fields.len() > MOST_FIELDS {
        return Err(too_many("at most 500 fields are in use; archive some first"));
    }
    Ok(())
}

/// Writes what is new.
async fn write(tx: &mut Tx, caller: &Caller, department_id: &str, adoption: &Adoption) -> Result<()> {
    catalogue::adopt(tx, adoption).await?;
    let what = CatalogChanged {
        department_id: department_id.to_owned(),
        category_ids: adoption.new_categories.iter().map(|category| category.id.clone()).collect(),
        field_ids: adoption.new_fields.iter().map(|field| field.id.clone()).collect(),
    };
    match what.category_ids.iter().chain(&what.field_ids).next().cloned() {
        Some(first) => {
            let deed = Deed::new("category.adopted", department_id).made(&what)?;
            announce(tx, caller, deed, (&first, 1), what).await
        }
        None => Ok(()),
    }
}

/// What there is now of the templates.
fn answer(
    caller: &Caller,
    before: &Catalogue,
    adoption: &Adoption,
) -> Result<AdoptCategoryTemplatesResponse> {
    let with_fields: Vec<Field> = before.fields().chain(&adoption.new_fields).cloned().collect();
    let found = adoption.found.iter().filter_map(|id| before.category(id));
    let categories = found.chain(&adoption.new_categories).cloned().collect();
    let after = Catalogue::new(before.revision + 1, before.matrix, categories, with_fields)
        .map_err(|broken| Error::internal(format!("a shipped rule of {}: {}", broken.key, broken.problem)))?;
    let listed = parents_first(after.categories().cloned().collect());
    let fields = adoption.field_keys.iter().filter_map(|key| after.field(key));
    Ok(AdoptCategoryTemplatesResponse {
        categories: listed.iter().map(|one| categories::shown(caller, &after, one)).collect(),
        fields: fields.map(Field::to_proto).collect(),
    })
}
