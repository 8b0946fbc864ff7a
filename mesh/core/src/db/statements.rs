//! Statements as named constants, so that one test can prepare every statement of a store on both engines.

/// Declares the SQL of a store: a constant each, and for the crate's tests `ALL` with name and text of every one, to be given
/// to [`prepare_all`](crate::testing::prepare_all). In it each statement is a line: `/// One ticket, whole.`, below that
/// `TICKET_BY_ID = "select id, subject from ticket where id = $1";`.
#[macro_export]
macro_rules! statements {
    ($($(#[$about:meta])* $name:ident = $sql:expr;)*) => {
        $($(#[$about])* pub(crate) const $name: &str = $sql;)*
        /// Every statement above: name and text.
        #[cfg(test)]
        pub(crate) const ALL: &[(&str, &str)] = &[$((stringify!($name), $name)),*];
    };
}
