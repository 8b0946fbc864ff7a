//! The two programs made of this crate: the front, which everybody opens, and the back, which few open and seldom.
//!
//! A way from one to the other is an ordinary page load, so both begin with the same session (a cookie), theme and language (kept
//! in the browser). Sycamore cannot load code later, and two programs share no bytes; what both need is in both.
//! Invariant: the front never names a page of the back, or the linker would carry it along. Only [`Program`] knows pages, and
//! each program is made in a function of its own.

use std::sync::OnceLock;

use sycamore::prelude::*;

use crate::browser;
use crate::routes::{Area, Place};
use crate::text;

/// What sets one program apart.
#[derive(Clone, Copy)]
pub(crate) struct Program {
    pub(crate) half: Half,
    /// What its pages say.
    pub(crate) texts: &'static [&'static [text::Area]],
    /// The page of a place in one of its areas.
    pub(crate) page: fn(Area, ReadSignal<Place>) -> View,
}

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Half {
    /// Portal and desk.
    Front,
    /// One's own account, the administration, the pattern book.
    Back,
}

static RUNNING: OnceLock<Half> = OnceLock::new();

impl Program {
    /// Notes which program this is; links that lead out of it are left to the browser from now on.
    pub(crate) fn begin(self) {
        RUNNING.set(self.half).ok();
        text::read(self.texts);
        browser::leave_links(|path| leads_out(&Place::of(path)));
    }
}

/// Whether the place belongs to the program that does not run.
pub(crate) fn leads_out(place: &Place) -> bool {
    RUNNING.get().is_some_and(|running| place.area().half().is_some_and(|half| half != *running))
}
