//! The five programs made of this crate: the front, which everybody opens, the desk, where agents spend their day, the team, where one
//! sees how everybody is doing, and two that few open and seldom: the back and, where it is said how work goes, the work.
//!
//! A way from one to another is an ordinary page load, so all begin with the same session (a cookie), theme and language (kept
//! in the browser). Sycamore cannot load code later, and programs share no bytes; what several need is in each.
//! Invariant: a program never names a page of another, or the linker would carry it along. Only [`Program`] knows pages, and
//! each program is made in a function of its own.

use std::sync::OnceLock;

use sycamore::prelude::*;

use crate::browser;
use crate::routes::{Area, Place};
use crate::text;

/// What sets one program apart.
#[derive(Clone, Copy)]
pub(crate) struct Program {
    pub(crate) name: Name,
    /// What its pages say.
    pub(crate) texts: &'static [&'static [text::Area]],
    /// The page of a place in one of its areas.
    pub(crate) page: fn(Area, ReadSignal<Place>) -> View,
}

/// Which of the five.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Name {
    /// Portal, knowledge base and one's own account.
    Front,
    /// The desk.
    Desk,
    /// The administration.
    Back,
    /// The part of the administration that says how work goes.
    Work,
    /// One's day, and what concerns a team: approvals, load, reports, macros; and the pattern book.
    Team,
}

static RUNNING: OnceLock<Name> = OnceLock::new();

impl Program {
    /// Notes which program this is; links that lead out of it are left to the browser from now on.
    pub(crate) fn begin(self) {
        RUNNING.set(self.name).ok();
        text::read(self.texts);
        browser::leave_links(|path| leads_out(&Place::of(path)));
    }
}

/// Whether the place belongs to a program that does not run.
pub(crate) fn leads_out(place: &Place) -> bool {
    RUNNING.get().is_some_and(|running| place.area().program().is_some_and(|name| name != *running))
}
