//! Search without the database: what a text's words are, what somebody asks for, and where it stands.
//!
//! The invariants: the index and the search box take texts apart in the same way, whichever engine keeps the index; what the
//! engines are given are words of letters and digits made here, so no input can become an operator; a snippet is made of the
//! text the caller may read and of nothing else.
//!
//! | question | module |
//! |---|---|
//! | what are the words of a text, and what does the index keep of them | `words`, `lexemes` |
//! | what does somebody ask for who writes this into the box | `asked`, `terms` |
//! | what was probably meant | `spelling` |
//! | where does it stand | `snippet` |

mod asked;
mod lexemes;
mod snippet;
pub(crate) mod spelling;
mod terms;
mod words;

pub(crate) use asked::{Asked, Wanted};
pub(crate) use lexemes::{Clause, Lexeme, Lexemes, place};
pub(crate) use snippet::{Found, snippet};
pub(crate) use terms::{Field, Term};
pub(crate) use words::Language;
