//! Forms as somebody sees them, and the priority matrix.

use mesh_core::{
    audit::Deed,
    caller::Caller,
    error::{Error, Result, Violations},
    policy::{self, Action, Scope},
};
use proto::{
    events::v1::CatalogChanged,
    tickets::v1::{
        self as wire, GetFormRequest, GetPriorityMatrixRequest, PriorityMatrix, UpdatePriorityMatrixRequest,
    },
};

use super::{super::expect_etag, Catalog, announce, check_id, overtaken};
use crate::{
    access,
    catalogue::{Catalogue, Category, Field, Form, Matrix, Reader, Value, check_matrix},
    store::catalogue,
    ticket::Ticket,
};

/// What news of the matrix is about: there is one.
const MATRIX: &str = "priority_matrix";

impl Catalog {
    pub(super) async fn form(&self, caller: &Caller, ask: GetFormRequest) -> Result<wire::Form> {
        check_id("category_id", &ask.category_id, "cat")?;
        let catalogue = self.catalogues.now().await?;
        let category = catalogue.category(&ask.category_id);
        let category = category.ok_or_else(|| Error::not_found("category", &ask.category_id))?;
        let reader = access::reader_of_forms(caller, &category.department_id);
        let form = catalogue.form(&category.id);
        let is_for_reader = |field: &&Field| field.is_for(reader);
        let now = self.store.db().clock().now();
        let mut entered = entered(caller, &catalogue, category, &ask, reader);
        form.settle(&mut entered, now)?;
        let shown = form.shown(&entered, now)?;
        let shown: Vec<_> = shown.into_iter().filter(|one| is_for_reader(&one.field)).collect();
        let required = shown.iter().filter(|one| one.required);
        Ok(wire::Form {
            category_id: ask.category_id,
            fields: form.fields().filter(is_for_reader).map(Field::to_proto).collect(),
            visible_keys: shown.iter().map(|one| one.field.key.clone()).collect(),
            required_keys: required.map(|one| one.field.key.clone()).collect(),
        })
    }

    pub(super) async fn matrix(&self, _: &Caller, _: GetPriorityMatrixRequest) -> Result<PriorityMatrix> {
        Ok(shown(&self.catalogues.now().await?.matrix))
    }

    pub(super) async fn change_matrix(
        &self,
        caller: &Caller,
        ask: UpdatePriorityMatrixRequest,
    ) -> Result<PriorityMatrix> {
        let sent = ask.matrix.unwrap_or_default();
        let mut wrong = Violations::default();
        check_matrix(&sent.cells, 0, &mut wrong);
        wrong.into_result()?;
        policy::check(caller, Action::CatalogManage, &Scope::everywhere())?;
        let (mut tx, catalogue) = catalogue::begin(&self.store).await?;
        let before = catalogue.matrix;
        expect_etag(caller, &sent.etag, &before.etag(), || shown(&before))?;
        let after = check_matrix(&sent.cells, before.version + 1, &mut Violations::default());
        if !catalogue::save_matrix(&mut tx, &after).await? {
            return Err(overtaken());
        }
        let deed = Deed::new("priority_matrix.updated", "").edited(&shown(&before), &shown(&after))?;
        announce(&mut tx, caller, deed, (MATRIX, after.version), CatalogChanged::default()).await?;
        tx.commit().await?;
        Ok(shown(&after))
    }
}

fn shown(matrix: &Matrix) -> PriorityMatrix {
    PriorityMatrix { cells: matrix.cells(), etag: matrix.etag() }
}

/// The ticket that the entered values would make, as far as they fit.
fn entered(
    caller: &Caller,
    catalogue: &Catalogue,
    category: &Category,
    ask: &GetFormRequest,
    reader: Reader<'_>,
) -> Ticket {
    let mut ticket = Ticket {
        department_id: category.department_id.clone(),
        category_id: category.id.clone(),
        requester_id: caller.user_id().unwrap_or_default().to_owned(),
        impact: ask.impact(),
        urgency: ask.urgency(),
        ..Ticket::blank(0)
    };
    ticket.set_priority(ask.priority());
    ticket.follow(catalogue);
    let form: Form<'_> = catalogue.form(&category.id);
    for field in form.fields().filter(|field| field.is_for(reader)) {
        let sent = ask.fields.get(&field.key);
        ticket.fields.set(&field.key, sent.and_then(|sent| Value::read(field, sent).ok().flatten()));
    }
    ticket
}
