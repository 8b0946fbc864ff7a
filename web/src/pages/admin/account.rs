//! Whether an account may come in: the moves of its status, each with a reason, and its end.

use std::rc::Rc;

use proto::identity::v1::{Permission, User, UserStatus};
use sycamore::prelude::*;

use super::parts::panel;
use super::person::Account;
use crate::api;
use crate::parts::{Button, Kind, Question, Reason, T};
use crate::routes::{self, Place};
use crate::text::t;

/// A move: where it leads, and the id of the words on its button; those of its question are made of it.
type Move = (UserStatus, &'static str, Kind);

/// The moves a status leads to.
const fn moves_from(status: UserStatus) -> &'static [Move] {
    match status {
        UserStatus::Active => &[
            (UserStatus::Suspended, "suspend", Kind::Plain),
            (UserStatus::Deactivated, "deactivate", Kind::Danger),
        ],
        UserStatus::Suspended => &[
            (UserStatus::Active, "let-in", Kind::Primary),
            (UserStatus::Deactivated, "deactivate", Kind::Danger),
        ],
        UserStatus::Pending => &[
            (UserStatus::Deactivated, "deactivate", Kind::Danger),
            (UserStatus::Active, "activate", Kind::Primary),
        ],
        UserStatus::Deactivated => &[(UserStatus::Active, "let-in", Kind::Plain)],
        UserStatus::Unspecified => &[],
    }
}

/// The buttons of the moves; nobody moves himself.
pub(super) fn moves(account: Account, user: &Rc<User>) -> View {
    let own = user.id == account.app.session.me_now().id;
    if own || user.delete_time.is_some() || !account.may(Permission::UserManage, user) {
        return View::new();
    }
    let buttons = moves_from(user.status()).iter().map(|(status, words, kind)| {
        let user = Rc::clone(user);
        let press = move |_| ask(account, &user, *status, words, *kind);
        view! { Button(kind=*kind, label=t!(words), on:click=press) }
    });
    let buttons = View::from(buttons.collect::<Vec<_>>());
    view! { span(class="line wrap") { (buttons) } }
}

fn ask(account: Account, user: &Rc<User>, status: UserStatus, words: &str, kind: Kind) {
    let name = user.display_name.clone();
    let question = Question {
        title: format!("{}: {name}", t!(words)),
        text: t!(&format!("{words}-text")),
        deed: t!(words),
        kind: if kind == Kind::Plain { Kind::Primary } else { kind },
        reason: Reason::Optional,
        typed: String::new(),
    };
    let user = Rc::clone(user);
    account.app.questions.ask(question, move |reason| {
        let user = Rc::clone(&user);
        async move {
            let user = api::directory::set_status(&user, status, reason).await?;
            account.app.toasts.say(t!("saved"));
            account.put(user);
            Ok(())
        }
    });
}

/// Forgetting who somebody was.
#[component(inline_props)]
pub(super) fn Deletion(account: Account, user: Rc<User>) -> View {
    let own = user.id == account.app.session.me_now().id;
    let may = account.may(Permission::UserManage, &user) && account.may(Permission::SecurityManage, &user);
    if own || !may || user.delete_time.is_some() {
        return View::new();
    }
    let press = move |_| delete(account, &user);
    let body = view! {
        div(class="body stack tight") {
            p(class="muted small") { T(id="delete-person-text") }
            div { Button(kind=Kind::Danger, label=t!("delete-person"), on:click=press) }
        }
    };
    panel("delete-person", View::new(), body)
}

fn delete(account: Account, user: &Rc<User>) {
    let wanted = if user.email.is_empty() { user.display_name.clone() } else { user.email.clone() };
    let question = Question {
        title: format!("{}: {}", t!("delete-person"), user.display_name),
        text: t!("delete-person-ask"),
        deed: t!("delete-person"),
        kind: Kind::Danger,
        reason: Reason::Required,
        typed: wanted,
    };
    let user = Rc::clone(user);
    account.app.questions.ask(question, move |reason| {
        let user = Rc::clone(&user);
        async move {
            api::directory::delete_person(&user, reason).await?;
            account.app.toasts.say(t!("person-deleted"));
            routes::go(&Place::People);
            Ok(())
        }
    });
}

#[cfg(test)]
mod tests {
    use proto::identity::v1::UserStatus;

    use super::moves_from;
    use crate::text;

    #[test]
    fn every_move_has_words_for_its_button_and_its_question() {
        let statuses =
            [UserStatus::Active, UserStatus::Suspended, UserStatus::Pending, UserStatus::Deactivated];
        for (_, words, _) in statuses.into_iter().flat_map(|status| moves_from(status).iter()) {
            assert!(
                text::maybe(words).is_some() && text::maybe(&format!("{words}-text")).is_some(),
                "{words}"
            );
        }
    }
}
