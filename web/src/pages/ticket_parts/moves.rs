//! The transitions as buttons. One that cannot be pressed stays reachable and says why; one that asks for something opens a dialog.

use proto::tickets::v1::WaitReason;
use proto::workflow::v1::{ChildrenChoice, CommentAsk, RefusalCode, TransitionOption, TransitionRequest};
use sycamore::prelude::*;
use sycamore::web::events::SubmitEvent;

use crate::api;
use crate::app::App;
use crate::parts::{
    AreaField, Button, CheckField, Form, Icon, Kind, Modal, Notice, SelectField, Tone, form_foot, refusal,
};
use crate::store::open_ticket::OpenTicket;
use crate::text::t;

/// The buttons of the present stage.
#[component(inline_props)]
pub(in crate::pages) fn Moves(app: App, open: OpenTicket) -> View {
    let asking = create_signal(None::<TransitionOption>);
    let told = create_signal(String::new());
    let form = Form::new();
    let options = create_selector(move || open.moves());
    let press = move |option: TransitionOption| {
        if !option.enabled && !waits_for_children(&option) {
            told.set(why_not(&option));
        } else if !option.enabled || asks(&option) {
            asking.set(Some(option));
        } else {
            told.set(String::new());
            take(app, open, form, asking, request(&option));
        }
    };
    view! {
        div(class="moves", role="group", aria-label=t!("next-steps")) {
            (View::from(options.get_clone().into_iter().map(|option| button(option, press)).collect::<Vec<_>>()))
        }
        (if told.with(String::is_empty) {
            View::new()
        } else {
            view! { p(class="why", role="status") { Icon(name="info") (told.get_clone()) } }
        })
        (refusal(form))
        (match asking.get_clone() {
            Some(option) => view! { Ask(app=app, open=open, option=option, asking=asking) },
            None => View::new(),
        })
    }
}

fn button(option: TransitionOption, press: impl Fn(TransitionOption) + 'static) -> View {
    let kind = if option.primary && option.enabled { Kind::Primary } else { Kind::Plain };
    let label = option.label.clone();
    // One that waits for children only can be pressed: it asks whether to take them along.
    let disabled = (!option.enabled && !waits_for_children(&option)).then_some("true");
    let tip = (!option.enabled).then(|| why_not(&option));
    view! {
        Button(kind=kind, label=label, aria-disabled=disabled, data-tip=tip, data-side="below", data-align="end",
            on:click=move |_| press(option.clone()))
    }
}

/// Every reason why a transition cannot be taken, as sentences.
fn why_not(option: &TransitionOption) -> String {
    option.refusals.iter().map(|refusal| refusal.message.as_str()).collect::<Vec<_>>().join(" ")
}

/// Whether it takes words or a choice before it can be taken.
fn asks(option: &TransitionOption) -> bool {
    takes_comment(option) || option.wait_reasons.len() > 1 || !option.inputs.is_empty()
}

/// Whether it waits for nothing but child tickets, which can be taken along.
fn waits_for_children(option: &TransitionOption) -> bool {
    !option.refusals.is_empty()
        && option.refusals.iter().all(|refusal| refusal.code() == RefusalCode::ChildrenOpen)
}

fn takes_comment(option: &TransitionOption) -> bool {
    !matches!(option.comment(), CommentAsk::Unspecified | CommentAsk::None)
}

fn request(option: &TransitionOption) -> TransitionRequest {
    let request_id = api::request_id();
    TransitionRequest { request_id, transition_key: option.key.clone(), ..TransitionRequest::default() }
}

/// Takes the transition; a refusal is shown in the form, and what changed meanwhile is fetched.
fn take(
    app: App,
    open: OpenTicket,
    form: Form,
    asking: Signal<Option<TransitionOption>>,
    request: TransitionRequest,
) {
    let Some(ticket_id) = open.id() else { return };
    let request = TransitionRequest { ticket_id: ticket_id.clone(), etag: open.run_etag(), ..request };
    let call = async move {
        let answer = api::runs::transition(request).await;
        match &answer {
            Ok(run) => app.toasts.say(t!("moved-to", stage = run.stage_label.clone())),
            Err(_) => open.reload(ticket_id),
        }
        answer
    };
    form.send(app, call, move |run| {
        open.put_run(run);
        asking.set(None);
    });
}

/// What a transition wants to know before it is taken.
#[component(inline_props)]
fn Ask(
    app: App,
    open: OpenTicket,
    option: TransitionOption,
    asking: Signal<Option<TransitionOption>>,
) -> View {
    let form = Form::new();
    let comment = create_signal(String::new());
    let reason = create_signal(option.wait_reasons().next().unwrap_or_default().as_str_name().to_owned());
    let base = request(&option);
    let waits = waits_for_children(&option);
    let along = create_signal(waits);
    let required = matches!(option.comment(), CommentAsk::ReplyRequired | CommentAsk::NoteRequired);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let text = comment.get_clone().trim().to_owned();
        if required && text.is_empty() {
            return form.refuse("comment", t!("comment-missing"));
        }
        let wait_reason = WaitReason::from_str_name(&reason.get_clone()).unwrap_or_default().into();
        let children = if along.get() { ChildrenChoice::Cascade } else { ChildrenChoice::Wait }.into();
        take(
            app,
            open,
            form,
            asking,
            TransitionRequest { comment: text, wait_reason, children, ..base.clone() },
        );
    };
    let label = option.label.clone();
    let title = label.clone();
    let staff = app.session.me_now().grants.is_staff();
    let fields = ask_fields(&option, form, comment, reason, staff);
    let children = if waits { children_field(&option, along) } else { View::new() };
    view! {
        Modal(title=title, on_close=move |()| asking.set(None)) {
            form(novalidate=true, on:submit=submit) {
                div(class="body stack") { (refusal(form)) (children) (fields) }
                (form_foot(form, &label, move |()| asking.set(None)))
            }
        }
    }
}

/// The children that are not done: why it waits, and that they can be taken along.
fn children_field(option: &TransitionOption, along: Signal<bool>) -> View {
    let why = why_not(option);
    view! {
        Notice(tone=Tone::Wait, text=why)
        CheckField(label=t!("children-along"), value=along, hint=t!("children-along-hint"))
    }
}

fn ask_fields(
    option: &TransitionOption,
    form: Form,
    comment: Signal<String>,
    reason: Signal<String>,
    staff: bool,
) -> View {
    let reasons: Vec<(String, String)> = option
        .wait_reasons()
        .map(|reason| {
            let name = reason.as_str_name();
            (name.to_owned(), t!(&name.to_ascii_lowercase().replace('_', "-")))
        })
        .collect();
    let choice = if reasons.len() > 1 {
        view! { SelectField(name="wait_reason", label=t!("waits-for"), value=reason, options=reasons, form=form) }
    } else {
        View::new()
    };
    let (label, hint, optional) = match option.comment() {
        CommentAsk::ReplyRequired if !staff => (t!("ask-why"), t!("ask-why-hint"), false),
        CommentAsk::ReplyOptional if !staff => (t!("ask-why"), t!("ask-why-hint"), true),
        CommentAsk::ReplyRequired => (t!("composer-reply"), t!("ask-reply-hint"), false),
        CommentAsk::ReplyOptional => (t!("composer-reply"), t!("ask-reply-hint"), true),
        CommentAsk::NoteRequired => (t!("composer-note"), t!("composer-note-audience"), false),
        CommentAsk::NoteOptional => (t!("composer-note"), t!("composer-note-audience"), true),
        CommentAsk::Unspecified | CommentAsk::None => return choice,
    };
    view! {
        (choice)
        AreaField(name="comment", label=label, value=comment, form=form, hint=hint, optional=optional, rows="4", "autofocus"="")
    }
}

#[cfg(test)]
mod tests {
    use proto::tickets::v1::WaitReason;
    use proto::workflow::v1::{CommentAsk, Refusal, RefusalCode, TransitionOption};

    use super::{asks, button, waits_for_children, why_not};
    use crate::app::drawn;

    #[test]
    fn a_button_that_cannot_be_pressed_stays_reachable_and_says_why() {
        let refusals = vec![Refusal { message: "Assign the ticket first.".into(), ..Refusal::default() }];
        let option = TransitionOption { label: "Resolve".into(), refusals, ..TransitionOption::default() };
        let html = drawn(move || button(option.clone(), |_| {}));
        assert!(
            html.contains("aria-disabled=\"true\"") && html.contains("Assign the ticket first."),
            "{html}"
        );
        assert!(!html.contains(" disabled"), "{html}");
    }

    #[test]
    fn a_transition_asks_only_where_there_is_something_to_say_or_choose() {
        let mut option = TransitionOption {
            wait_reasons: vec![WaitReason::Requester.into()],
            ..TransitionOption::default()
        };
        assert!(!asks(&option));
        option.set_comment(CommentAsk::NoteOptional);
        assert!(asks(&option));
    }

    #[test]
    fn what_waits_for_children_alone_asks_whether_to_take_them_along() {
        let refusal = |code: RefusalCode| Refusal { code: code.into(), ..Refusal::default() };
        let option = |codes: &[RefusalCode]| TransitionOption {
            refusals: codes.iter().copied().map(refusal).collect(),
            ..TransitionOption::default()
        };
        assert!(waits_for_children(&option(&[RefusalCode::ChildrenOpen])));
        assert!(!waits_for_children(&option(&[RefusalCode::ChildrenOpen, RefusalCode::Guard])));
        assert!(!waits_for_children(&option(&[])));
    }

    #[test]
    fn every_reason_is_said() {
        let refusal = |message: &str| Refusal { message: message.to_owned(), ..Refusal::default() };
        let refusals = vec![refusal("Assign the ticket first."), refusal("Write an answer first.")];
        let option = TransitionOption { refusals, ..TransitionOption::default() };
        assert_eq!(why_not(&option), "Assign the ticket first. Write an answer first.");
    }
}
