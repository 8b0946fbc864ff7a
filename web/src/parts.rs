//! The parts every page is put together from. `/kit` shows each in every state.
//!
//! A part knows nothing of tickets or people beyond what it is given; states are attributes (`data-kind`, `aria-pressed`), which
//! the style sheets read, so that what is seen and what is said to a screen reader cannot differ.

mod attached;
mod button;
mod chart;
mod combo;
mod composer;
mod copy;
mod field;
mod file_field;
mod form;
mod form_field;
mod icon;
mod mention;
mod menu;
mod modal;
mod new_password;
mod panel;
mod person;
mod picker;
mod pill;
mod preview;
mod question;
mod rows;
mod rule_field;
mod selection;
mod stars;
mod state;
mod table;
mod tabs;
mod time_ago;
mod timeline;
mod toast;
mod track;

pub(crate) use attached::Attached;
pub(crate) use button::{Button, Kind};
pub(crate) use chart::{BarChart, Datum, LineChart, Stat};
pub(crate) use combo::ComboField;
pub(crate) use composer::{Composer, Enclosed, Mode};
pub(crate) use copy::{CopyButton, CopyField};
pub(crate) use field::{
    AreaField, CheckField, PasswordField, SearchBox, SelectBox, SelectField, SpanField, TextField,
};
pub(crate) use file_field::FileField;
pub(crate) use form::Form;
pub(crate) use form_field::{Blank, FormField, filled, values};
pub(crate) use icon::{Icon, T};
pub(crate) use mention::{Naming, named_in, unknown_in};
pub(crate) use menu::{MenuItem, Popover, close_popover};
pub(crate) use modal::{Modal, Shape};
pub(crate) use new_password::NewPassword;
pub(crate) use panel::Panel;
pub(crate) use person::{Avatar, Initials, Person, PresenceDot, presence_key};
pub(crate) use picker::{Choice, Picker, listed as chooser, narrowed};
pub(crate) use pill::{
    Badge, Pill, PriorityMark, StatusPill, metric_key, priority_key, status_key, status_look,
};
pub(crate) use preview::MarkdownField;
pub(crate) use question::{Asker, Question, Questions, Reason};
pub(crate) use rows::{Named, Rows};
pub(crate) use rule_field::{Offer, RuleField};
pub(crate) use selection::{ChooseAll, ChooseRow, ChosenBar, Selection};
pub(crate) use stars::{Stars, StarsGiven};
pub(crate) use state::{Bones, Empty, Failed, Notice, Tone, form_foot, refusal};
pub(crate) use table::{Column, listed, loaded, table};
pub(crate) use tabs::{Tab, Tabs};
pub(crate) use time_ago::TimeAgo;
pub(crate) use timeline::{Entry, TicketRef, prose, value};
pub(crate) use toast::{Toaster, Toasts};
pub(crate) use track::{Mark, Track};

use std::borrow::Cow;
use std::rc::Rc;

use sycamore::prelude::*;

/// Words that may change.
pub(crate) type Words = MaybeDyn<Cow<'static, str>>;

/// An `Option` that a component takes as it is; the macro would take one by its own name apart.
pub(crate) type Maybe<T> = Option<T>;

/// Draws something whenever it is needed, for parts that show it only at times.
#[derive(Clone)]
pub(crate) struct Draw(Rc<dyn Fn() -> View>);

impl Draw {
    pub(crate) fn view(&self) -> View {
        (self.0)()
    }
}

impl<F: Fn() -> View + 'static> From<F> for Draw {
    fn from(draw: F) -> Self {
        Self(Rc::new(draw))
    }
}

/// What happens when something is pressed or chosen.
#[derive(Clone)]
pub(crate) struct Act<T = ()>(Rc<dyn Fn(T)>);

impl<T> Act<T> {
    pub(crate) fn with(&self, value: T) {
        (self.0)(value);
    }
}

impl Act<()> {
    pub(crate) fn now(&self) {
        (self.0)(());
    }
}

impl<T, F: Fn(T) + 'static> From<F> for Act<T> {
    fn from(act: F) -> Self {
        Self(Rc::new(act))
    }
}

impl<T> Default for Act<T> {
    fn default() -> Self {
        Self(Rc::new(|_| {}))
    }
}
