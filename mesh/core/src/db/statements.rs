//! Statements as named constants, so that one test can prepare every statement of a store on both engines.

/// Declares the SQL of a store: a constant each, and for the crate's tests `ALL` with name and text of every one, to be given
/// to [`prepare_all`](crate::testing::prepare_all).
///
/// ```
/// mod sql {
///     mesh_core::statements! {
///         /// One ticket, whole.
///         TICKET_BY_ID = "select id, subject from ticket where id = $1";
///     }
/// }
/// assert!(sql::TICKET_BY_ID.starts_with("select"));
/// ```
#[macro_export]
macro_rules! statements {
    ($($(#[$about:meta])* $name:ident = $sql:expr;)*) => {
        $($(#[$about])* pub(crate) const $name: &str = $sql;)*
        /// Every statement above: name and text.
        #[cfg(test)]
        pub(crate) const ALL: &[(&str, &str)] = &[$((stringify!($name), $name)),*];
    };
}
