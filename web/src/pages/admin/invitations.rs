//! Invitations: which are open, and what became of the others.

use proto::identity::v1::{Invitation, InvitationKind, InvitationState, ListInvitationsRequest, Permission};
use sycamore::prelude::*;
use sycamore_futures::spawn_local;

use super::invite::{Invite, invited};
use super::parts::{deed, head, known_roles, when};
use crate::api::{self, Answer};
use crate::app::App;
use crate::parts::{Act, Button, Column, Empty, Kind, Modal, Person, Pill, Question, T, listed, table};
use crate::routes::Place;
use crate::store::paged::{self, Paged};
use crate::text::t;

/// Invitations asked for at a time.
const PAGE: i32 = 50;

/// What an invitation looks like in each state: tone, icon, id of its words.
const STATES: [(InvitationState, &str, &str, &str); 4] = [
    (InvitationState::Open, "new", "mail", "invitation-open"),
    (InvitationState::Accepted, "done", "done", "invitation-accepted"),
    (InvitationState::Expired, "wait", "clock", "invitation-expired"),
    (InvitationState::Revoked, "closed", "rejected", "invitation-revoked"),
];

/// What the parts of the page share.
#[derive(Clone, Copy)]
struct Page {
    app: App,
    list: Paged<Invitation>,
    /// Whether invitations may be sent and withdrawn by whoever looks.
    may: bool,
    /// The link that was just sent again.
    link: Signal<Option<String>>,
}

/// The list of invitations.
#[component]
pub(super) fn Invitations() -> View {
    let app = use_context::<App>();
    let state = create_signal(InvitationState::Open);
    let list = Paged::new(move |token| page(state.get_untracked(), token)).following(move || state.track());
    let roles = known_roles();
    let inviting = create_signal(false);
    let may = app.session.me_now().grants.anywhere(Permission::UserManage);
    let head =
        head("invitations", "invitations-text", deed(may, "user-plus", "invite", move || inviting.set(true)));
    let done = move |()| {
        inviting.set(false);
        list.load();
    };
    let link = create_signal(None);
    let page = Page { app, list, may, link };
    view! {
        div(class="page wide") {
            (head)
            (narrowing(state))
            (listed(list, none, move |found| rows(page, found)))
        }
        (if inviting.get() { view! { Invite(app=app, roles=roles, done=done) } } else { View::new() })
        (match link.get_clone() { Some(link) => sent_again(page, link), None => View::new() })
    }
}

async fn page(state: InvitationState, page_token: String) -> Answer<paged::Page<Invitation>> {
    let asked = ListInvitationsRequest { state: state.into(), page_size: PAGE, page_token };
    let answer = api::directory::invitations(asked).await?;
    Ok(paged::Page { items: answer.invitations, next: answer.next_page_token, total: Some(answer.total) })
}

fn none() -> View {
    view! { div(class="panel") { Empty(icon="mail", title=t!("invitations-none"), text=t!("invitations-none-text")) } }
}

fn narrowing(state: Signal<InvitationState>) -> View {
    let buttons = STATES.map(|(of, _, _, words)| {
        let pressed = move || (state.get() == of).to_string();
        view! { Button(label=t!(words), data-size="small", aria-pressed=pressed, on:click=move |_| state.set(of)) }
    });
    let buttons = View::from(buttons.into_iter().collect::<Vec<_>>());
    view! { div(class="filters") { div(class="group", role="group", aria-label=t!("status")) { (buttons) } } }
}

const COLUMNS: [Column; 5] =
    [("name", ""), ("status", ""), ("invited-by", "optional"), ("sent", "optional number"), ("", "number")];

fn rows(page: Page, found: &[Invitation]) -> View {
    table(
        "people",
        &t!("invitations"),
        &COLUMNS,
        found.iter().map(|invitation| row(page, invitation)).collect(),
    )
}

fn row(page: Page, invitation: &Invitation) -> View {
    let known = STATES.into_iter().find(|(of, ..)| *of == invitation.state());
    let (_, tone, icon, words) = known.unwrap_or(STATES[0]);
    let by = inviter(invitation);
    let (sent, name, deeds) = (when(invitation.create_time), named(invitation), deeds(page, invitation));
    view! {
        tr {
            td { (name) }
            td { Pill(tone=tone, icon=icon, label=t!(words)) }
            td(class="optional") { (by) }
            td(class="optional number") { (sent) }
            td(class="number") { (deeds) }
        }
    }
}

/// The ways to send an invitation that is not used up again, and to take it back.
fn deeds(page: Page, invitation: &Invitation) -> View {
    let state = invitation.state();
    let waits = matches!(state, InvitationState::Open | InvitationState::Expired);
    if !page.may || !waits || invitation.kind() != InvitationKind::Member {
        return View::new();
    }
    let name = invitation.display_name.clone();
    let (again, back) =
        (t!("invitation-resend-of", name = name.clone()), t!("invitation-revoke-of", name = name));
    let (id, invitation) = (invitation.id.clone(), invitation.clone());
    let take_back = if state == InvitationState::Open {
        let press = move |_| revoke(page, &invitation);
        view! { Button(kind=Kind::Quiet, label=t!("invitation-revoke"), data-size="small", aria-label=back, on:click=press) }
    } else {
        View::new()
    };
    let press = move |_| resend(page, id.clone());
    view! {
        Button(kind=Kind::Quiet, label=t!("invitation-resend"), data-size="small", aria-label=again, on:click=press)
        (take_back)
    }
}

fn resend(page: Page, id: String) {
    spawn_local(async move {
        match api::directory::resend_invitation(id).await {
            Ok(sent) => {
                page.link.set(Some(sent.accept_url));
                page.list.load();
            }
            Err(trouble) => page.app.toasts.fail(&trouble),
        }
    });
}

/// The link, for installations without mail.
fn sent_again(page: Page, link: String) -> View {
    view! {
        Modal(title=t!("invitation-resend"), on_close=move |()| page.link.set(None)) {
            (invited(link.clone(), Act::from(move |()| page.link.set(None))))
        }
    }
}

/// Who is invited; a link to the account where there is one.
fn named(invitation: &Invitation) -> View {
    let Invitation { user_id, email, display_name, .. } = invitation.clone();
    let display_name = if display_name.is_empty() { email.clone() } else { display_name };
    let name = if user_id.is_empty() {
        view! { b { (display_name) } }
    } else {
        let href = Place::Person { id: user_id }.path();
        view! { a(class="name", href=href) { (display_name) } }
    };
    view! { (name) div(class="tiny faint") { (email) } }
}

fn inviter(invitation: &Invitation) -> View {
    if invitation.kind() == InvitationKind::SignUp {
        return view! { span(class="faint") { T(id="signed-up") } };
    }
    let id = invitation.inviter_id.clone();
    view! { Person(id=id) }
}

fn revoke(page: Page, invitation: &Invitation) {
    let question = Question {
        title: t!("invitation-revoke-title", name = invitation.display_name.clone()),
        text: t!("invitation-revoke-text"),
        deed: t!("invitation-revoke"),
        kind: Kind::Danger,
        ..Question::default()
    };
    let id = invitation.id.clone();
    page.app.questions.ask(question, move |_| {
        let id = id.clone();
        async move {
            api::directory::revoke_invitation(id).await?;
            page.app.toasts.say(t!("invitation-revoked-now"));
            page.list.load();
            Ok(())
        }
    });
}
