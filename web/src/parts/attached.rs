//! Files that came: pictures as pictures, everything else by name; what a browser may show is looked at in place, the rest is saved.
//!
//! Invariant: nothing is fetched or shown that the server does not call ready, and nothing but pictures and PDF in place.

use proto::tickets::v1::{Attachment, AttachmentState};
use sycamore::prelude::*;
use sycamore::web::events::KeyboardEvent;

use super::{Button, Icon, Kind, Modal, Shape};
use crate::api;
use crate::store::uploads::size;
use crate::text::t;

/// The files of a ticket or a comment; nothing where there are none. `listed` draws all of them by name, for narrow places.
#[component(inline_props)]
pub(crate) fn Attached(files: Vec<Attachment>, #[prop(default)] listed: bool) -> View {
    if files.is_empty() {
        return View::new();
    }
    let looked_at = create_signal(None::<usize>);
    let in_place: Vec<Attachment> = files.iter().filter(|file| is_shown(file)).cloned().collect();
    let lines = files.into_iter().map(|file| {
        let at = in_place.iter().position(|shown| shown.id == file.id);
        line(&file, at.map(|at| (at, looked_at)), listed)
    });
    let lines = View::from(lines.collect::<Vec<_>>());
    view! {
        ul(class="attached", aria-label=t!("attachments")) { (lines) }
        (if looked_at.get().is_some() {
            let files = in_place.clone();
            view! { Viewer(files=files, at=looked_at) }
        } else {
            View::new()
        })
    }
}

/// Whether a browser shows it in place.
fn is_shown(file: &Attachment) -> bool {
    file.inline && file.state() == AttachmentState::Ready
}

fn is_picture(file: &Attachment) -> bool {
    is_shown(file) && file.content_type.starts_with("image/")
}

/// One file: opened in place where that is possible, saved where not, and told about where it is neither.
fn line(file: &Attachment, opens: Option<(usize, Signal<Option<usize>>)>, listed: bool) -> View {
    let label = t!("attachment-open", name = file.name.clone());
    let address = api::files::address(&file.id);
    match opens {
        Some((at, looked_at)) if is_picture(file) && !listed => {
            let (width, height) = (file.width.to_string(), file.height.to_string());
            view! {
                li(class="picture") {
                    button(class="thumb", r#type="button", aria-label=label, on:click=move |_| looked_at.set(Some(at))) {
                        img(src=address, alt="", loading="lazy", width=width, height=height)
                    }
                }
            }
        }
        Some((at, looked_at)) => {
            let face = face(file);
            view! { li { button(class="file", r#type="button", title=label, on:click=move |_| looked_at.set(Some(at))) { (face) } } }
        }
        None if file.state() == AttachmentState::Ready => {
            let (face, name) = (face(file), file.name.clone());
            let label = t!("attachment-save", name = file.name.clone());
            view! { li { a(class="file", href=address, download=name, rel="external", title=label) { (face) } } }
        }
        None => {
            let face = face(file);
            view! { li { span(class="file", data-state="away") { (face) } } }
        }
    }
}

/// Icon, name and size, or why it cannot be had.
fn face(file: &Attachment) -> View {
    let (icon, told) = match file.state() {
        AttachmentState::Quarantined => ("alert", t!("attachment-refused")),
        AttachmentState::Scanning => ("shield", t!("attachment-scanning")),
        AttachmentState::Uploading => ("clock", t!("attachment-coming")),
        _ if is_shown(file) => ("image", size(bytes(file))),
        _ => ("download", size(bytes(file))),
    };
    let name = file.name.clone();
    view! {
        Icon(name=icon)
        span(class="one-line") { (name) }
        span(class="tiny faint") { (told) }
    }
}

fn bytes(file: &Attachment) -> u64 {
    u64::try_from(file.size_bytes).unwrap_or_default()
}

/// One file at a time, as large as there is room; arrows walk them.
#[component(inline_props)]
fn Viewer(files: Vec<Attachment>, at: Signal<Option<usize>>) -> View {
    let count = files.len();
    let index = create_memo(move || at.get().unwrap_or_default().min(count.saturating_sub(1)));
    let go = move |by: isize| at.set(Some(stepped(index.get_untracked(), by, count)));
    let key = move |event: KeyboardEvent| match event.key().as_str() {
        "ArrowRight" => go(1),
        "ArrowLeft" => go(-1),
        _ => {}
    };
    let shown = files.clone();
    view! {
        Modal(title=t!("attachments"), shape=Shape::Full, on_close=move |()| at.set(None)) {
            div(class="viewer", tabindex="-1", "autofocus"="", on:keydown=key) {
                (View::from(shown.get(index.get()).map(content)))
                (View::from(files.get(index.get()).map(|file| caption(file, index.get(), count))))
                (if count > 1 { arrows(go) } else { View::new() })
            }
        }
    }
}

fn content(file: &Attachment) -> View {
    let (address, name) = (api::files::address(&file.id), file.name.clone());
    if is_picture(file) {
        return view! { div(class="stage") { img(src=address, alt=name) } };
    }
    view! { div(class="stage") { iframe(src=address, title=name) } }
}

fn caption(file: &Attachment, index: usize, count: usize) -> View {
    let place =
        if count > 1 { t!("attachment-place", number = index + 1, count = count) } else { String::new() };
    let (address, name, saved) = (api::files::address(&file.id), file.name.clone(), file.name.clone());
    let told = size(bytes(file));
    view! {
        p(class="caption", role="status") {
            b(class="one-line") { (name) }
            span(class="small muted") { (told) }
            span(class="small muted") { (place) }
            a(class="btn", data-kind="plain", href=address, download=saved, rel="external") { Icon(name="download") (t!("download")) }
        }
    }
}

fn arrows(go: impl Fn(isize) + Copy + 'static) -> View {
    view! {
        div(class="arrows") {
            Button(kind=Kind::Plain, icon="chevron-left", aria-label=t!("attachment-before"), on:click=move |_| go(-1))
            Button(kind=Kind::Plain, icon="chevron-right", aria-label=t!("attachment-after"), on:click=move |_| go(1))
        }
    }
}

/// The place so many steps further, round and round.
fn stepped(from: usize, by: isize, count: usize) -> usize {
    let count = count.max(1);
    (from + count).saturating_add_signed(by) % count
}

#[cfg(test)]
mod tests {
    use proto::tickets::v1::{Attachment, AttachmentState};
    use sycamore::prelude::*;

    use super::{Attached, stepped};
    use crate::app::drawn;

    fn file(name: &str, content_type: &str, inline: bool, state: AttachmentState) -> Attachment {
        Attachment {
            id: format!("att_{name}"),
            name: name.to_owned(),
            content_type: content_type.to_owned(),
            size_bytes: 1_400_000,
            inline,
            state: state.into(),
            ..Attachment::default()
        }
    }

    fn shown(file: Attachment) -> String {
        drawn(move || {
            let files = vec![file.clone()];
            view! { Attached(files=files) }
        })
    }

    #[test]
    fn pictures_are_shown_and_what_may_not_be_shown_is_saved() {
        let picture = shown(file("a.png", "image/png", true, AttachmentState::Ready));
        assert!(picture.contains("<img") && picture.contains("/files/att_a.png"), "{picture}");
        let drawing = shown(file("a.svg", "image/svg+xml", false, AttachmentState::Ready));
        assert!(!drawing.contains("<img") && drawing.contains("download=\"a.svg\""), "{drawing}");
    }

    #[test]
    fn what_is_looked_at_by_the_scanner_or_was_refused_is_not_fetched() {
        for state in [AttachmentState::Scanning, AttachmentState::Quarantined] {
            let html = shown(file("a.png", "image/png", true, state));
            assert!(html.contains("a.png") && !html.contains("/files/"), "{html}");
        }
    }

    #[test]
    fn arrows_walk_the_files_round() {
        assert_eq!([stepped(0, 1, 3), stepped(2, 1, 3), stepped(0, -1, 3), stepped(0, 1, 1)], [1, 0, 2, 0]);
    }
}
