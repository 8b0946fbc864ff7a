//! People who asked for an account and wait to be let in: named above everybody else, each a press away from a yes or a no.

use std::rc::Rc;

use proto::identity::v1::{
    InvitationState, ListInvitationsRequest, ListUsersRequest, Permission, User, UserKind, UserStatus,
    UserView,
};
use sycamore::prelude::*;
use sycamore_futures::spawn_local;

use super::parts::when;
use crate::api::{self, Answer};
use crate::app::App;
use crate::parts::{Act, Button, Icon, Initials, Kind, Question, Reason};
use crate::text::t;

/// The most the server answers at a time.
const MOST: i32 = 200;

/// Those who wait; nothing at all while nobody does.
#[component(inline_props)]
pub(super) fn Waiting(app: App, #[prop(setter(into))] changed: Act) -> View {
    let waiting = create_signal(Rc::<Vec<User>>::default());
    let load = move || {
        spawn_local(async move {
            // The list below says what went wrong; here it would be said twice.
            let found = find().await.unwrap_or_default();
            if waiting.is_alive() {
                waiting.set(Rc::new(found));
            }
        });
    };
    load();
    let decided = Act::from(move |()| {
        load();
        changed.now();
    });
    view! {
        (if waiting.with(|waiting| waiting.is_empty()) {
            View::new()
        } else {
            panel(app, &waiting.get_clone(), &decided)
        })
    }
}

/// PENDING accounts that nobody invited: their owners proved their address and wait.
async fn find() -> Answer<Vec<User>> {
    let asked = ListUsersRequest {
        status: UserStatus::Pending.into(),
        kind: UserKind::Person.into(),
        view: UserView::Full.into(),
        page_size: MOST,
        ..ListUsersRequest::default()
    };
    let mut pending = api::directory::people(asked).await?.users;
    for state in [InvitationState::Open, InvitationState::Expired] {
        if pending.is_empty() {
            break;
        }
        let asked = ListInvitationsRequest {
            state: state.into(),
            page_size: MOST,
            ..ListInvitationsRequest::default()
        };
        let invitations = api::directory::invitations(asked).await?.invitations;
        pending.retain(|user| invitations.iter().all(|invitation| invitation.user_id != user.id));
    }
    Ok(pending)
}

fn panel(app: App, waiting: &Rc<Vec<User>>, decided: &Act) -> View {
    let count = waiting.len();
    let rows = View::from(waiting.iter().map(|user| row(app, user, decided)).collect::<Vec<_>>());
    view! {
        section(class="panel waiting", aria-label=t!("waiting")) {
            header { Icon(name="user-plus") h2(class="grow") { (t!("waiting-count", count = count)) } }
            ul { (rows) }
        }
    }
}

fn row(app: App, user: &User, decided: &Act) -> View {
    let (id, letters) = (user.id.clone(), user.initials.clone());
    let (name, email) = (user.display_name.clone(), user.email.clone());
    let (asked, buttons) = (when(user.create_time), buttons(app, user, decided));
    view! {
        li {
            Initials(id=id, letters=letters)
            span(class="grow one-line") { b { (name) } span(class="muted small") { " " (email) } }
            span(class="tiny faint") { (asked) }
            (buttons)
        }
    }
}

fn buttons(app: App, user: &User, decided: &Act) -> View {
    if !app.session.me_now().grants.holds(Permission::UserManage, &user.department_id) {
        return View::new();
    }
    let (yes, no) = (user.clone(), user.clone());
    let (approved, declined) = (decided.clone(), decided.clone());
    let approve = move |_| {
        let (user, decided) = (yes.clone(), approved.clone());
        spawn_local(async move {
            match decide(app, user, UserStatus::Active, String::new()).await {
                Ok(()) => decided.now(),
                Err(trouble) => app.toasts.fail(&trouble),
            }
        });
    };
    let decline = move |_| ask_to_decline(app, &no, &declined);
    let (yes, no) = (
        t!("approve-name", name = user.display_name.clone()),
        t!("decline-name", name = user.display_name.clone()),
    );
    view! {
        Button(label=t!("decline"), aria-label=no, on:click=decline)
        Button(kind=Kind::Primary, icon="check", label=t!("approve"), aria-label=yes, on:click=approve)
    }
}

fn ask_to_decline(app: App, user: &User, decided: &Act) {
    let question = Question {
        title: t!("decline-title", name = user.display_name.clone()),
        text: t!("decline-text"),
        deed: t!("decline"),
        kind: Kind::Danger,
        reason: Reason::Optional,
        ..Question::default()
    };
    let (user, decided) = (user.clone(), decided.clone());
    app.questions.ask(question, move |reason| {
        let (user, decided) = (user.clone(), decided.clone());
        async move {
            decide(app, user, UserStatus::Deactivated, reason).await?;
            decided.now();
            Ok(())
        }
    });
}

async fn decide(app: App, user: User, status: UserStatus, reason: String) -> Answer<()> {
    api::directory::set_status(&user, status, reason).await?;
    let name = user.display_name;
    app.toasts.say(if status == UserStatus::Active {
        t!("approved", name = name)
    } else {
        t!("declined", name = name)
    });
    Ok(())
}
