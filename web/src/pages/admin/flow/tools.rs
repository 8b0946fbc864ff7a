//! The tools above the drawing: how it is seen, what is added, and the canvas's zoom.

use sycamore::prelude::*;

use super::Seen;
use super::deeds;
use super::hand::{Hand, NEARER};
use crate::flow::geometry::Point;
use crate::parts::{Button, Kind};
use crate::text::t;

pub(super) fn tools(hand: Hand, seen: Signal<Seen>) -> View {
    let canvas = create_selector(move || seen.get() == Seen::Canvas);
    let added = if hand.board.may_draw { adders(hand, seen) } else { View::new() };
    view! {
        div(class="flow-tools", role="toolbar", aria-label=t!("flow-tools")) {
            div(class="group", role="group", aria-label=t!("flow-seen-as")) {
                Button(icon="flow", label=t!("flow-canvas"), aria-pressed=canvas.get().to_string(), on:click=move |_| seen.set(Seen::Canvas))
                Button(icon="list", label=t!("flow-list"), aria-pressed=(!canvas.get()).to_string(), on:click=move |_| seen.set(Seen::List))
            }
            (added)
            span(class="grow") {}
            (if canvas.get() { zoom(hand) } else { View::new() })
        }
    }
}

fn adders(hand: Hand, seen: Signal<Seen>) -> View {
    let board = hand.board;
    let add = move |_| {
        let at = if seen.get_untracked() == Seen::Canvas { hand.middle() } else { Point::default() };
        deeds::add_stage(board, Some(at), None);
        hand.reveal();
    };
    let arrange = move |_| {
        deeds::arrange(board);
        hand.fit();
    };
    view! {
        Button(icon="plus", label=t!("flow-stage-add"), on:click=add)
        (if seen.get() == Seen::Canvas {
            view! { Button(kind=Kind::Quiet, icon="route", label=t!("flow-arrange"), on:click=arrange) }
        } else {
            View::new()
        })
    }
}

fn zoom(hand: Hand) -> View {
    view! {
        Button(kind=Kind::Quiet, icon="minus", aria-label=t!("flow-zoom-out"), on:click=move |_| hand.zoom(1.0 / NEARER))
        Button(kind=Kind::Quiet, icon="plus", aria-label=t!("flow-zoom-in"), on:click=move |_| hand.zoom(NEARER))
        Button(kind=Kind::Quiet, icon="fit", aria-label=t!("flow-fit"), on:click=move |_| hand.fit())
    }
}
