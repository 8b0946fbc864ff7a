//! Error reasons: one enum a package, all with the same manners on the wire.

/// A reason as it travels in `google.rpc.ErrorInfo`.
pub trait Reason {
    /// The reason's name without the enum's prefix: `STALE_ETAG`.
    fn name(&self) -> &'static str;
}

const PREFIX: &str = "ERROR_REASON_";

macro_rules! reasons {
    ($($package:ident),*) => {$(
        impl Reason for crate::$package::v1::ErrorReason {
            fn name(&self) -> &'static str {
                let name = self.as_str_name();
                name.strip_prefix(PREFIX).unwrap_or(name)
            }
        }
    )*};
}

reasons!(errors, gateway, identity, notify, tickets, workflow);
