//! `ViewService`: views. Macros are in `macros.rs`.

use mesh_core::{
    audit::Deed,
    caller::{Caller, open},
    db::Tx,
    error::{Error, Result, Violations},
    idempotency::RequestKey,
    outbox::{self, Cause},
};
use proto::tickets::v1::{
    self as wire, ApplyMacroRequest, ApplyMacroResponse, CompleteFilterRequest, CompleteFilterResponse,
    CountViewsRequest, CountViewsResponse, CreateMacroRequest, CreateViewRequest, DeleteMacroRequest,
    DeleteMacroResponse, DeleteViewRequest, DeleteViewResponse, ErrorReason, FilterProblem, FilterSuggestion,
    ListMacrosRequest, ListMacrosResponse, ListViewsRequest, ListViewsResponse, TicketQuery,
    UpdateMacroRequest, UpdateViewRequest, view_service_server::ViewService,
};
use tonic::{Request, Response, Status};

use super::{Tickets, expect_etag, outrun, read::NO_ORDER};
use crate::{
    access::Viewer,
    events,
    sharing::{Reader, Sharing},
    store::{Order, Wanted, filter::Author, views},
    view::View,
};

const CREATE: &str = "/ticketmesh.tickets.v1.ViewService/CreateView";

/// Views (or macros) of one person, and shared in one place.
pub(super) const MOST: i64 = 200;
/// Views counted at once.
const MOST_COUNTED: usize = 200;
/// Characters of a rule that is being written.
const MOST_CHARACTERS: usize = 4_096;

/// `ViewService`.
#[derive(Clone, Debug)]
pub(crate) struct Views(pub(crate) Tickets);

/// Each method opens its request and hands it to the function of the same purpose.
macro_rules! methods {
    ($($method:ident: $ask:ty => $function:ident -> $answer:ty;)*) => {
        #[tonic::async_trait]
        impl ViewService for Views {
            $(async fn $method(&self, request: Request<$ask>) -> Result<Response<$answer>, Status> {
                let (caller, ask) = open(request)?;
                Ok(Response::new(self.0.$function(&caller, ask).await?))
            })*
        }
    };
}

methods! {
    list_views: ListViewsRequest => list_views -> ListViewsResponse;
    create_view: CreateViewRequest => create_view -> wire::View;
    update_view: UpdateViewRequest => update_view -> wire::View;
    delete_view: DeleteViewRequest => delete_view -> DeleteViewResponse;
    count_views: CountViewsRequest => count_views -> CountViewsResponse;
    list_macros: ListMacrosRequest => list_macros -> ListMacrosResponse;
    create_macro: CreateMacroRequest => create_macro -> wire::Macro;
    update_macro: UpdateMacroRequest => update_macro -> wire::Macro;
    delete_macro: DeleteMacroRequest => delete_macro -> DeleteMacroResponse;
    apply_macro: ApplyMacroRequest => apply_macro -> ApplyMacroResponse;
    complete_filter: CompleteFilterRequest => complete_filter -> CompleteFilterResponse;
}

impl Tickets {
    /// The views the caller may use.
    async fn list_views(&self, caller: &Caller, _: ListViewsRequest) -> Result<ListViewsResponse> {
        let views = self.store.views(&Reader::of(caller)?, &[]).await?;
        Ok(ListViewsResponse { views: views.iter().map(View::to_proto).collect() })
    }

    /// Adds a view.
    async fn create_view(&self, caller: &Caller, ask: CreateViewRequest) -> Result<wire::View> {
        let key = RequestKey::new(caller, CREATE, &ask.request_id, &ask)?;
        let mut wrong = Violations::default();
        let mut view = View::new(String::new(), caller.user_id()?, &ask.view.unwrap_or_default(), &mut wrong);
        self.check_question(caller, &view, &mut wrong).await?;
        wrong.into_result()?;
        view.sharing.expect_may_share(caller)?;
        self.directory.expect_place(caller, "view.sharing.department_id", &view.sharing).await?;

        let mut tx = self.store.db().begin().await?;
        if let Some(done) = key.replay(&mut tx).await? {
            return Ok(done);
        }
        view.id = tx.ids().id("viw");
        let (own, _) = views::count(&mut tx, &view.owner_id, &view.sharing).await?;
        expect_room(own, "you have 200 views; delete one first")?;
        expect_room_there(&mut tx, &view).await?;
        views::insert(&mut tx, &view).await?;
        outbox::push(&mut tx, &Cause::of(caller), events::view_changed(&view, None, false)).await?;
        let answer = view.to_proto();
        let deed = Deed::new("view.created", &view.id).made(&answer)?;
        note_shared(&mut tx, caller, deed, &[&view.sharing]).await?;
        key.record(&mut tx, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// Changes a view.
    async fn update_view(&self, caller: &Caller, ask: UpdateViewRequest) -> Result<wire::View> {
        let (sent, paths) = (ask.view.unwrap_or_default(), ask.update_mask.unwrap_or_default().paths);
        let mut wrong = Violations::default();
        wrong.id("view.id", &sent.id, "viw");
        wrong.when(paths.is_empty(), "update_mask", "is empty; name the fields to change");
        wrong.into_result()?;
        let before = self.seen_view(caller, &sent.id).await?;
        let mut wrong = Violations::default();
        let after = View { version: before.version + 1, ..before.with(&paths, &sent, &mut wrong) };
        self.check_question(caller, &after, &mut wrong).await?;
        wrong.into_result()?;
        self.expect_may_move(caller, &before, &after).await?;
        expect_etag(caller, &sent.etag, &before.etag(), || before.to_proto())?;
        let mut tx = self.store.db().begin().await?;
        if before.sharing != after.sharing {
            expect_room_there(&mut tx, &after).await?;
        }
        if !views::save(&mut tx, &after).await? {
            return Err(outrun());
        }
        outbox::push(&mut tx, &Cause::of(caller), events::view_changed(&after, Some(&before), false)).await?;
        let deed = Deed::new("view.updated", &after.id).edited(&before.to_proto(), &after.to_proto())?;
        note_shared(&mut tx, caller, deed, &[&before.sharing, &after.sharing]).await?;
        tx.commit().await?;
        Ok(after.to_proto())
    }

    /// Deletes a view.
    async fn delete_view(&self, caller: &Caller, ask: DeleteViewRequest) -> Result<DeleteViewResponse> {
        let mut wrong = Violations::default();
        wrong.id("id", &ask.id, "viw");
        wrong.into_result()?;
        let view = self.seen_view(caller, &ask.id).await?;
        view.sharing.expect_may_delete(caller, &view.owner_id)?;
        let mut tx = self.store.db().begin().await?;
        if !views::delete(&mut tx, &view).await? {
            return Err(outrun());
        }
        let deed = Deed::new("view.deleted", &view.id).gone(&view.to_proto())?;
        note_shared(&mut tx, caller, deed, &[&view.sharing]).await?;
        let gone = View { version: view.version + 1, ..view };
        outbox::push(&mut tx, &Cause::of(caller), events::view_changed(&gone, None, true)).await?;
        tx.commit().await?;
        Ok(DeleteViewResponse {})
    }

    /// The view, if the caller may use it.
    async fn seen_view(&self, caller: &Caller, id: &str) -> Result<View> {
        let found = self.store.views(&Reader::of(caller)?, &[id.to_owned()]).await?.pop();
        found.ok_or_else(|| Error::not_found("view", id))
    }

    /// How many tickets each view has for the caller.
    async fn count_views(&self, caller: &Caller, ask: CountViewsRequest) -> Result<CountViewsResponse> {
        let mut wrong = Violations::default();
        wrong.when(ask.ids.len() > MOST_COUNTED, "ids", "are too many; give at most 200");
        for (index, id) in ask.ids.iter().take(MOST_COUNTED).enumerate() {
            wrong.id(&format!("ids[{index}]"), id, "viw");
        }
        wrong.into_result()?;
        let views = self.store.views(&Reader::of(caller)?, &ask.ids).await?;
        let catalogue = self.catalogue_for(views.iter().map(|view| view.filter.as_str())).await?;
        let author = Author { caller, catalogue: &catalogue };
        let (mut ids, mut all, mut answer) = (vec![], vec![], CountViewsResponse::default());
        for view in views {
            if let Some(problem) = author.problem(&view.filter) {
                answer.problems.insert(view.id, problem.to_string());
            } else {
                let filter = self.store.filter(author, "filter", &view.filter, &mut Violations::default());
                all.push(Wanted { query: TicketQuery::default(), rules: filter.into_iter().collect() });
                ids.push(view.id);
            }
        }
        let counts = self.store.counts(&Viewer::of(caller)?, &all).await?;
        answer.counts = ids.into_iter().zip(counts).collect();
        Ok(answer)
    }

    /// What could be written into a rule.
    async fn complete_filter(
        &self,
        caller: &Caller,
        ask: CompleteFilterRequest,
    ) -> Result<CompleteFilterResponse> {
        let mut wrong = Violations::default();
        let too_long = ask.filter.chars().nth(MOST_CHARACTERS).is_some();
        wrong.when(too_long, "filter", "is too long; give at most 4,096 characters");
        let cursor = usize::try_from(ask.cursor);
        wrong.when(cursor.is_err(), "cursor", "is negative; count from 0");
        wrong.into_result()?;
        let catalogue = self.catalogues.now().await?;
        let author = Author { caller, catalogue: &catalogue };
        let found = author.completions(&ask.filter, cursor.unwrap_or_default());
        let suggestions = found.suggestions.into_iter().map(|suggestion| FilterSuggestion {
            text: suggestion.text,
            kind: suggestion.kind.to_string(),
            gives: suggestion.gives.map(|kind| kind.to_string()).unwrap_or_default(),
            about: suggestion.about,
        });
        let problem = author.problem(&ask.filter).map(|problem| FilterProblem {
            line: number(problem.line),
            column: number(problem.column),
            message: problem.sentence,
        });
        let (from, to) = (number(found.from), number(found.to));
        Ok(CompleteFilterResponse { from, to, suggestions: suggestions.collect(), problem })
    }

    /// Names what is wrong with the view's rule and order.
    async fn check_question(&self, caller: &Caller, view: &View, wrong: &mut Violations) -> Result<()> {
        let catalogue = self.catalogue_for([view.filter.as_str()]).await?;
        self.store.filter(Author { caller, catalogue: &catalogue }, "view.filter", &view.filter, wrong);
        wrong.when(Order::parse(&view.order_by).is_none(), "view.order_by", NO_ORDER);
        Ok(())
    }

    /// Fine when the caller may change the view where it is, and share it where it goes.
    async fn expect_may_move(&self, caller: &Caller, before: &View, after: &View) -> Result<()> {
        before.sharing.expect_may_change(caller, &before.owner_id)?;
        if before.sharing == after.sharing {
            return Ok(());
        }
        after.sharing.expect_may_share(caller)?;
        self.directory.expect_place(caller, "view.sharing.department_id", &after.sharing).await
    }
}

/// Fine when there is room for one more where the view is shared.
async fn expect_room_there(tx: &mut Tx, view: &View) -> Result<()> {
    if view.sharing.is_personal() {
        return Ok(());
    }
    let (_, there) = views::count(tx, &view.owner_id, &view.sharing).await?;
    expect_room(there, "200 views are shared there; delete one first")
}

/// Tells the audit log what was done to something that others use too: so far it is or was shared. What is personal is its owner's affair.
pub(super) async fn note_shared(
    tx: &mut Tx,
    caller: &Caller,
    deed: Deed,
    sharings: &[&Sharing],
) -> Result<()> {
    if sharings.iter().all(|sharing| sharing.is_personal()) {
        return Ok(());
    }
    deed.note(tx, caller).await
}

/// Fine while fewer than [`MOST`] are there.
pub(super) fn expect_room(taken: i64, message: &'static str) -> Result<()> {
    if taken < MOST { Ok(()) } else { Err(Error::failed_precondition(&ErrorReason::TooMany, message)) }
}

/// A place in a rule for the wire.
fn number(place: usize) -> i32 {
    i32::try_from(place).unwrap_or(i32::MAX)
}
