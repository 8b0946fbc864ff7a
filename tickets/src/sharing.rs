//! Who may use and change what somebody keeps ready: views and macros.
//!
//! The invariants: what is personal exists for its owner only; what is shared is for those who read tickets where it is shared,
//! and to share there takes `view.share` there. Sharing a view never shows a ticket: whoever looks sees his own.

use mesh_core::{
    caller::Caller,
    error::{Error, Result, Violations},
    policy::{self, Action, Reach, Scope},
};
use proto::tickets::v1::{self as wire, SharingKind};

/// How far something is shared.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct Sharing {
    #[sqlx(rename = "sharing", try_from = "i32")]
    pub(crate) kind: SharingKind,
    /// Empty unless it is shared with a department.
    pub(crate) department_id: String,
}

/// Who asks for what is kept ready, as far as a list must know.
#[derive(Clone, Debug)]
pub(crate) struct Reader {
    pub(crate) id: String,
    /// Whether he reads tickets anywhere.
    pub(crate) is_agent: bool,
    /// Where.
    pub(crate) reach: Reach,
}

impl Reader {
    /// The caller.
    pub(crate) fn of(caller: &Caller) -> Result<Self> {
        let reach = policy::reach(caller, Action::TicketRead);
        let is_agent = match &reach {
            Reach::Everywhere => true,
            Reach::Departments(departments) => !departments.is_empty(),
        };
        Ok(Self { id: caller.user_id()?.to_owned(), is_agent, reach })
    }
}

impl Sharing {
    /// What was sent in `field`, whose mistakes are added to `wrong`.
    pub(crate) fn take(sent: Option<&wire::Sharing>, field: &str, wrong: &mut Violations) -> Self {
        let wire::Sharing { kind, department_id } = sent.cloned().unwrap_or_default();
        let kind = SharingKind::try_from(kind).unwrap_or_default();
        let path = format!("{field}.department_id");
        match kind {
            SharingKind::Unspecified => {
                wrong.add(format!("{field}.kind"), "is unknown; use PERSONAL, DEPARTMENT or EVERYONE");
            }
            SharingKind::Department => wrong.id(&path, &department_id, "dep"),
            SharingKind::Personal | SharingKind::Everyone => {
                wrong.when(!department_id.is_empty(), &path, "belongs to DEPARTMENT only; leave it out");
            }
        }
        Self { kind, department_id }
    }

    /// Whether it exists for its owner only.
    pub(crate) const fn is_personal(&self) -> bool {
        matches!(self.kind, SharingKind::Unspecified | SharingKind::Personal)
    }

    /// The same for messages.
    pub(crate) fn to_proto(&self) -> wire::Sharing {
        wire::Sharing { kind: self.kind.into(), department_id: self.department_id.clone() }
    }

    /// Fine when the caller may share this far.
    pub(crate) fn expect_may_share(&self, caller: &Caller) -> Result<()> {
        match self.kind {
            SharingKind::Unspecified | SharingKind::Personal => {
                policy::check_somewhere(caller, Action::TicketRead)
            }
            SharingKind::Department => {
                policy::check(caller, Action::ViewShare, &Scope::department(&self.department_id))
            }
            SharingKind::Everyone => policy::check(caller, Action::ViewShare, &Scope::everywhere()),
        }
    }

    /// Fine when the caller may change what `owner_id` has shared this far.
    pub(crate) fn expect_may_change(&self, caller: &Caller, owner_id: &str) -> Result<()> {
        match self.kind {
            SharingKind::Unspecified | SharingKind::Personal if caller.user_id()? == owner_id => Ok(()),
            SharingKind::Unspecified | SharingKind::Personal => {
                Err(Error::permission_denied("only its owner may change what is personal"))
            }
            SharingKind::Department | SharingKind::Everyone => self.expect_may_share(caller),
        }
    }

    /// Fine when the caller may delete what `owner_id` has shared this far.
    pub(crate) fn expect_may_delete(&self, caller: &Caller, owner_id: &str) -> Result<()> {
        if caller.user_id()? == owner_id { Ok(()) } else { self.expect_may_change(caller, owner_id) }
    }
}
