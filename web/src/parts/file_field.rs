//! Files to take along: chosen, dropped or pasted; each says how far it is and can be taken away again.

use sycamore::prelude::*;
use sycamore::web::events::{DragEvent, Event};
use wasm_bindgen::JsCast;
use web_sys::{ClipboardEvent, FileList, HtmlInputElement};

use super::{Button, Icon, Kind};
use crate::store::uploads::{Stage, Upload, Uploads, size};
use crate::text::t;

/// The field and what was chosen. `name` is its id; `accept` narrows what the browser offers, as in HTML.
#[component(inline_props)]
pub(crate) fn FileField(
    name: &'static str,
    #[prop(setter(into))] label: String,
    uploads: Uploads,
    #[prop(default)] accept: &'static str,
    #[prop(default)] disabled: bool,
) -> View {
    let over = create_signal(false);
    let hint_id = format!("{name}-hint");
    let describes = hint_id.clone();
    let drop = move |event: DragEvent| {
        over.set(false);
        dropped(uploads, &event);
    };
    let hover = move |event: DragEvent| {
        event.prevent_default();
        over.set(true);
    };
    view! {
        div(class="files") {
            label(class="drop", data-over=over.get().then_some(""), on:dragover=hover, on:dragleave=move |_| over.set(false), on:drop=drop) {
                input(class="vh", r#type="file", id=name, multiple=true, accept=accept, disabled=disabled, aria-describedby=describes, on:change=chosen(uploads))
                Icon(name="clip")
                span { span(class="link-like") { (label) } " " span(class="muted") { (t!("upload-or-drop")) } }
                span(class="hint", id=hint_id) { (t!("upload-most", size = size(uploads.most()))) }
            }
            FileLines(uploads=uploads)
        }
    }
}

/// What was chosen so far, and how far it is.
#[component(inline_props)]
pub(super) fn FileLines(uploads: Uploads) -> View {
    view! {
        ul(class="uploads", aria-live="polite") {
            Keyed(list=uploads.all(), key=|upload| upload.number, view=move |upload| line(uploads, upload))
        }
    }
}

/// A clip to press where there is no room for a field.
#[component(inline_props)]
pub(super) fn FileClip(name: &'static str, #[prop(setter(into))] label: String, uploads: Uploads) -> View {
    let said = label.clone();
    view! {
        label(class="btn clip", data-kind="quiet", data-shape="icon", title=label) {
            input(class="vh", r#type="file", id=name, multiple=true, aria-label=said, on:change=chosen(uploads))
            Icon(name="clip")
        }
    }
}

/// Takes along what was chosen in a field.
fn chosen(uploads: Uploads) -> impl Fn(Event) + 'static {
    move |event| {
        let Some(field) = event.target().and_then(|field| field.dyn_into::<HtmlInputElement>().ok()) else {
            return;
        };
        add(uploads, field.files());
        // The same file may be chosen again after it was taken away.
        field.set_value("");
    }
}

/// Takes along what was dropped.
pub(super) fn dropped(uploads: Uploads, event: &DragEvent) {
    event.prevent_default();
    add(uploads, event.data_transfer().and_then(|dropped| dropped.files()));
}

/// Takes along the files among what was pasted, such as a picture of the screen; text is left to the field.
pub(super) fn pasted(uploads: Uploads, event: &Event) {
    let Some(event) = event.dyn_ref::<ClipboardEvent>() else { return };
    let Some(pasted) = event.clipboard_data() else { return };
    // Tables come as text and as a picture of it; then the text is meant.
    let is_text = pasted.get_data("text/plain").is_ok_and(|text| !text.is_empty());
    let files = pasted.files().filter(|files| files.length() > 0 && !is_text);
    if files.is_some() {
        event.prevent_default();
        add(uploads, files);
    }
}

fn add(uploads: Uploads, files: Option<FileList>) {
    if let Some(files) = files {
        (0..files.length()).filter_map(|number| files.get(number)).for_each(|file| uploads.add(file));
    }
}

fn line(uploads: Uploads, upload: Upload) -> View {
    let Upload { number, name, size: bytes, stage, .. } = upload;
    let state = move || stage.with(key);
    let remove = t!("upload-remove", name = name.clone());
    let (progress_name, again_name) = (name.clone(), t!("upload-again", name = name.clone()));
    view! {
        li(class="upload", data-state=state) {
            (icon(&stage.get_clone()))
            span(class="one-line grow") { (name) }
            (told(&stage.get_clone(), bytes, &progress_name))
            (if matches!(stage.get_clone(), Stage::Failed(_)) {
                let label = again_name.clone();
                view! { Button(kind=Kind::Quiet, icon="refresh", aria-label=label, on:click=move |_| uploads.again(number)) }
            } else {
                View::new()
            })
            Button(kind=Kind::Quiet, icon="x", aria-label=remove, on:click=move |_| uploads.remove(number))
        }
    }
}

const fn key(stage: &Stage) -> &'static str {
    match stage {
        Stage::Waiting => "waiting",
        Stage::Sending(_) => "sending",
        Stage::There(_) => "there",
        Stage::Failed(_) => "failed",
    }
}

fn icon(stage: &Stage) -> View {
    let name = match stage {
        Stage::Failed(_) => "alert",
        Stage::There(_) => "check",
        Stage::Waiting | Stage::Sending(_) => "clip",
    };
    view! { Icon(name=name) }
}

/// How far it is, in words and as a bar; what went wrong as a sentence.
fn told(stage: &Stage, bytes: u64, name: &str) -> View {
    match stage {
        Stage::Waiting => view! { span(class="tiny faint") { (t!("upload-waiting")) } },
        Stage::There(_) => view! { span(class="tiny faint") { (size(bytes)) } },
        Stage::Failed(trouble) => {
            let sentence = trouble.sentence.clone();
            view! { span(class="tiny wrong") { (sentence) } }
        }
        Stage::Sending(sent) => {
            let (done, name) = (percent(*sent, bytes).to_string(), name.to_owned());
            let words = format!("{done} %");
            view! {
                progress(max="100", value=done, aria-label=name) {}
                span(class="tiny faint number") { (words) }
            }
        }
    }
}

fn percent(sent: u64, bytes: u64) -> u64 {
    (sent.saturating_mul(100)).checked_div(bytes).unwrap_or_default().min(100)
}

#[cfg(test)]
mod tests {
    use proto::tickets::v1::Attachment;
    use sycamore::prelude::*;

    use super::{FileField, percent};
    use crate::api::{Kind, Trouble};
    use crate::app::drawn;
    use crate::store::uploads::{Stage, Uploads};

    #[test]
    fn half_sent_is_half() {
        assert_eq!([percent(0, 0), percent(1, 2), percent(9, 2)], [0, 50, 100]);
    }

    #[test]
    fn every_stage_says_where_the_file_is() {
        let html = drawn(|| {
            let uploads = Uploads::new(String::new(), 25 << 20);
            let trouble = Trouble::said(Kind::Refused, "The file is too large.".to_owned());
            for (name, stage) in [
                ("a.txt", Stage::Waiting),
                ("b.txt", Stage::Sending(512)),
                ("c.txt", Stage::There(Attachment { id: "att_1".to_owned(), ..Attachment::default() })),
                ("d.txt", Stage::Failed(trouble)),
            ] {
                uploads.show(name.to_owned(), 1024, stage, None);
            }
            assert!(uploads.is_busy());
            assert_eq!(uploads.ids(), ["att_1"]);
            view! { FileField(name="files", label="Choose files", uploads=uploads) }
        });
        for part in
            ["waits", "50 %", "1.1 kB", "The file is too large.", "Take b.txt away", "Send d.txt again"]
        {
            assert!(html.contains(part), "{part} in {html}");
        }
    }
}
