//! The table of permissions against roles: read across, ticked in place, saved together. What somebody else changed meanwhile is
//! shown beside one's own, never overwritten unasked.

use std::rc::Rc;

use proto::identity::v1::{Permission, Role};
use proto::permission::PermissionSet;
use sycamore::prelude::*;
use sycamore::web::events::KeyboardEvent;
use sycamore_futures::spawn_local;

use super::roles::{Editing, Page};
use crate::api::{self, Answer};
use crate::browser;
use crate::pages::rights::{group_name, permission_name};
use crate::parts::{Button, Draw, Icon, Kind, MenuItem, Notice, Popover, T, Tone};
use crate::text::t;

/// More lines, and more roles, than there are.
const FARTHEST: usize = 500;

/// A role as it is being ticked.
#[derive(Clone, Copy)]
pub(super) struct Draft {
    /// As it was read.
    role: Signal<Rc<Role>>,
    held: Signal<PermissionSet>,
    second_factor: Signal<bool>,
    /// As somebody else made it meanwhile.
    theirs: Signal<Option<Rc<Role>>>,
    editable: bool,
}

impl Draft {
    pub(super) fn new(role: &Role, may: bool) -> Self {
        Self {
            role: create_signal(Rc::new(role.clone())),
            held: create_signal(role.permissions().collect()),
            second_factor: create_signal(role.requires_second_factor),
            theirs: create_signal(None),
            editable: may && !role.built_in,
        }
    }

    pub(super) fn is_changed(self) -> bool {
        self.held.get() != self.read()
            || self.second_factor.get() != self.role.with(|role| role.requires_second_factor)
    }

    /// What the role held as it was read.
    fn read(self) -> PermissionSet {
        self.role.with(|role| role.permissions().collect())
    }

    fn name(self) -> String {
        self.role.with(|role| role.display_name.clone())
    }

    /// Takes the role as it is on the server, ticks included.
    fn take(self, role: Rc<Role>) {
        self.held.set(role.permissions().collect());
        self.second_factor.set(role.requires_second_factor);
        self.theirs.set(None);
        self.role.set(role);
    }

    /// Sends the ticks; when somebody else was faster, what he made of it is fetched and kept beside.
    async fn save(self) -> Answer<()> {
        let role = Role {
            permissions: self.held.get_untracked().iter().map(Into::into).collect(),
            requires_second_factor: self.second_factor.get_untracked(),
            ..Role::clone(&self.role.get_clone_untracked())
        };
        let id = role.id.clone();
        match api::directory::update_role(role, &["permissions", "requires_second_factor"]).await {
            Ok(role) => self.take(Rc::new(role)),
            Err(trouble) if trouble.kind == api::Kind::Stale => {
                let roles = api::directory::roles().await?;
                let theirs = roles.into_iter().find(|role| role.id == id).ok_or(trouble)?;
                self.theirs.set(Some(Rc::new(theirs)));
            }
            Err(trouble) => return Err(trouble),
        }
        Ok(())
    }
}

/// The table, and the bar under it while something is not saved.
#[component(inline_props)]
pub(super) fn Matrix(page: Page, drafts: Vec<Draft>) -> View {
    let heads = View::from(drafts.iter().map(|draft| head(page, *draft)).collect::<Vec<_>>());
    let mut lines = vec![part(t!("sign-in"), drafts.len()), second_factors(&drafts)];
    let mut row = 0;
    for (group, permissions) in by_group() {
        lines.push(part(group, drafts.len()));
        for permission in permissions {
            row += 1;
            lines.push(line(page, row, permission, &drafts));
        }
    }
    let lines = View::from(lines);
    view! {
        div(class="table-box matrix", tabindex="0", role="region", aria-label=t!("roles")) {
            table(class="table") {
                thead { tr { th(scope="col") { T(id="permission") } (heads) } }
                tbody { (lines) }
            }
        }
        SaveBar(page=page, drafts=drafts)
    }
}

fn head(page: Page, draft: Draft) -> View {
    let role = draft.role.get_clone_untracked();
    let held_by = t!("role-held-by", count = role.assignment_count);
    let built_in = if role.built_in {
        view! { span(class="where") { Icon(name="lock") span(class="vh") { T(id="built-in") } } }
    } else {
        View::new()
    };
    let name = if page.may {
        menu(page, draft)
    } else {
        let name = draft.name();
        view! { (name) }
    };
    let about = role.description.clone();
    view! {
        th(class="role", scope="col", title=about) {
            (name)
            div(class="tiny faint") { (built_in) (held_by) }
        }
    }
}

/// The name of a role as a button, with what can be done with the whole of it.
fn menu(page: Page, draft: Draft) -> View {
    let inside = Draw::from(move || {
        let role = draft.role.get_clone_untracked();
        let (edited, copied, deleted) = (Rc::clone(&role), Rc::clone(&role), Rc::clone(&role));
        let own = if role.built_in {
            View::new()
        } else {
            view! {
                MenuItem(icon="edit", label=t!("role-edit"), on:click=move |_| page.edit(Editing::Known(Rc::clone(&edited))))
                MenuItem(icon="x", label=t!("role-delete"), kind="danger", on:click=move |_| page.delete(Rc::clone(&deleted)))
            }
        };
        view! {
            MenuItem(icon="copy", label=t!("role-copy"), on:click=move |_| page.edit(Editing::New(Some(Rc::clone(&copied)))))
            (own)
        }
    });
    let name = draft.name();
    view! { Popover(inside=inside, button="link-btn role-btn") { (name) Icon(name="chevron-down") } }
}

fn part(words: String, roles: usize) -> View {
    let span = (roles + 1).to_string();
    view! { tr(class="part") { th(scope="colgroup", colspan=span) { span { (words) } } } }
}

fn second_factors(drafts: &[Draft]) -> View {
    let cells = drafts.iter().zip(0..).map(|(draft, column)| {
        let draft = *draft;
        let was = move || draft.role.with(|role| role.requires_second_factor);
        let now = move || draft.second_factor.get();
        let toggle = move || draft.second_factor.set(!now());
        cell(draft, Cell { row: 0, column }, (&t!("role-second-factor"), true), now, was, toggle)
    });
    let cells = View::from(cells.collect::<Vec<_>>());
    view! { tr { th(scope="row") { T(id="role-second-factor") } (cells) } }
}

fn line(page: Page, row: usize, permission: Permission, drafts: &[Draft]) -> View {
    let code = proto::permission::code(permission);
    let words = permission_name(&code);
    // Nobody gives what he does not hold himself.
    let own = page.app.session.me_now().grants.holds(permission, "");
    let cells = drafts.iter().zip(0..).map(|(draft, column)| {
        let draft = *draft;
        let was = move || draft.read().holds(permission);
        let now = move || draft.held.get().holds(permission);
        let toggle = move || draft.held.set(toggled(draft.held.get_untracked(), permission));
        cell(draft, Cell { row, column }, (&words, own), now, was, toggle)
    });
    let cells = View::from(cells.collect::<Vec<_>>());
    view! { tr { th(scope="row", title=code) { (words) } (cells) } }
}

/// The set without the permission where it is in it, with it where it is not.
fn toggled(held: PermissionSet, permission: Permission) -> PermissionSet {
    if held.holds(permission) {
        return held.iter().filter(|known| *known != permission).collect();
    }
    held.with(permission)
}

/// The place of a tick among all lines and roles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cell {
    row: usize,
    column: usize,
}

impl Cell {
    /// As the page calls it.
    fn name(self) -> String {
        format!("{}-{}", self.row, self.column)
    }

    /// The places a key leads to, the nearest first; none for a key that leads nowhere. Places where nothing can be ticked are passed over.
    fn towards(self, key: &str) -> impl Iterator<Item = Self> {
        let step = match key {
            "ArrowUp" => (-1, 0),
            "ArrowDown" => (1, 0),
            "ArrowLeft" => (0, -1),
            "ArrowRight" => (0, 1),
            _ => (0, 0),
        };
        let next = move |at: &Self| {
            let (row, column) = (at.row.checked_add_signed(step.0)?, at.column.checked_add_signed(step.1)?);
            (step != (0, 0) && row.max(column) < FARTHEST).then_some(Self { row, column })
        };
        std::iter::successors(next(&self), next)
    }

    /// Goes on by an arrow key to the next tick that can be set.
    fn walk(self, event: &KeyboardEvent) {
        let is_there = |at: Self| browser::focus(&format!(".matrix [data-cell='{}']:enabled", at.name()));
        if self.towards(&event.key()).any(is_there) {
            event.prevent_default();
        }
    }
}

fn cell(
    draft: Draft,
    at: Cell,
    (words, own): (&str, bool),
    now: impl Fn() -> bool + Copy + 'static,
    was: impl Fn() -> bool + Copy + 'static,
    toggle: impl Fn() + 'static,
) -> View {
    if !draft.editable {
        return read_only(now());
    }
    let name = format!("{}: {words}", draft.name());
    let changed = move || (now() != was()).then_some("");
    let title = (!own).then(|| t!("trouble-grant-exceeds-own"));
    view! {
        td(class="held", data-changed=changed) {
            label(class="tick", title=title) {
                input(r#type="checkbox", aria-label=name, data-cell=at.name(), prop:checked=now(), disabled=!own,
                    on:keydown=move |event: KeyboardEvent| at.walk(&event), on:change=move |_| toggle())
            }
        }
    }
}

fn read_only(held: bool) -> View {
    if held {
        return view! { td(class="held") { Icon(name="check") span(class="vh") { T(id="yes") } } };
    }
    view! { td(class="held") { span(class="none", aria-hidden="true") { "·" } span(class="vh") { T(id="no") } } }
}

/// Says how much is not saved, saves or discards it, and asks about what somebody else changed.
#[component(inline_props)]
fn SaveBar(page: Page, drafts: Vec<Draft>) -> View {
    let drafts = Rc::new(drafts);
    let busy = create_signal(false);
    let (counted, saved, discarded, disputed) =
        (Rc::clone(&drafts), Rc::clone(&drafts), Rc::clone(&drafts), drafts);
    let changed = create_memo(move || counted.iter().filter(|draft| draft.is_changed()).count());
    let save = move |_| {
        let drafts: Vec<Draft> = saved.iter().copied().filter(|draft| draft.is_changed()).collect();
        busy.set(true);
        spawn_local(async move {
            for draft in drafts {
                if let Err(trouble) = draft.save().await {
                    page.app.toasts.fail(&trouble);
                }
            }
            if busy.is_alive() {
                busy.set(false);
            }
        });
    };
    let discard = move |_| discarded.iter().for_each(|draft| draft.take(draft.role.get_clone_untracked()));
    view! {
        div(class="save-area") {
            (View::from(disputed.iter().map(|draft| dispute(page, *draft)).collect::<Vec<_>>()))
            div(class="save-bar", role="status", hidden=changed.get() == 0) {
                span(class="grow") { (t!("roles-changed", count = changed.get())) }
                Button(label=t!("discard"), on:click=discard)
                Button(kind=Kind::Primary, label=t!("save"), busy=busy, on:click=save)
            }
        }
    }
}

/// Mine and theirs, side by side, while there are both.
fn dispute(page: Page, draft: Draft) -> View {
    view! {
        (match draft.theirs.get_clone() {
            None => View::new(),
            Some(theirs) => {
                let text = t!("role-dispute", name = draft.name(), theirs = told(draft.read(), theirs.permissions().collect()), mine = told(draft.read(), draft.held.get()));
                let (taken, over) = (Rc::clone(&theirs), theirs);
                let mine = move |_| {
                    draft.role.set(Rc::clone(&over));
                    draft.theirs.set(None);
                    spawn_local(async move {
                        if let Err(trouble) = draft.save().await {
                            page.app.toasts.fail(&trouble);
                        }
                    });
                };
                view! {
                    Notice(tone=Tone::Wait, text=text) {
                        Button(label=t!("take-theirs"), on:click=move |_| draft.take(Rc::clone(&taken)))
                        Button(kind=Kind::Primary, label=t!("save-mine"), on:click=mine)
                    }
                }
            }
        })
    }
}

/// What was added and what was taken away, in words: `+ Merge, − Delete`.
fn told(before: PermissionSet, after: PermissionSet) -> String {
    let changes = proto::permission::all().filter(|of| before.holds(*of) != after.holds(*of)).map(|of| {
        let sign = if after.holds(of) { '+' } else { '−' };
        format!("{sign} {}", permission_name(&proto::permission::code(of)))
    });
    let changes: Vec<String> = changes.collect();
    if changes.is_empty() { t!("nothing") } else { changes.join(", ") }
}

/// All permissions by the group of each, under the group's words.
fn by_group() -> Vec<(String, Vec<Permission>)> {
    let mut groups: Vec<(String, Vec<Permission>)> = Vec::new();
    for one in proto::permission::all() {
        let code = proto::permission::code(one);
        let words = group_name(code.split('.').next().unwrap_or_default());
        match groups.last_mut() {
            Some((known, some)) if *known == words => some.push(one),
            _ => groups.push((words, vec![one])),
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use proto::identity::v1::Permission;
    use proto::permission::PermissionSet;

    use super::{Cell, by_group, told};

    #[test]
    fn the_groups_have_every_permission_once() {
        let groups = by_group();
        let all: Vec<Permission> = groups.iter().flat_map(|(_, some)| some.iter().copied()).collect();
        assert!(groups.len() > 10 && all == proto::permission::all().collect::<Vec<_>>());
    }

    #[test]
    fn a_difference_is_told_by_what_came_and_what_went() {
        let set = |held: &[Permission]| held.iter().copied().collect::<PermissionSet>();
        let before = set(&[Permission::TicketDelete]);
        let after = set(&[Permission::TicketMerge]);
        assert_eq!(told(before, after), "+ Merge, − Delete");
        assert_eq!(told(before, before), "none");
    }

    #[test]
    fn arrow_keys_lead_along_a_line_or_a_role_and_stop_at_the_edge() {
        let at = Cell { row: 1, column: 2 };
        let first = |key: &str| at.towards(key).next().map(|at| (at.row, at.column));
        assert_eq!(first("ArrowUp"), Some((0, 2)));
        assert_eq!(first("ArrowDown"), Some((2, 2)));
        assert_eq!(first("ArrowLeft"), Some((1, 1)));
        assert_eq!(first("ArrowRight"), Some((1, 3)));
        assert_eq!(first("Enter"), None);
        assert_eq!((at.towards("ArrowUp").count(), at.towards("ArrowLeft").count()), (1, 2));
    }
}
