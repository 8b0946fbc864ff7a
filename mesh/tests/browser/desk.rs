//! What agents do at their desk besides answering: files, views, macros, properties, many tickets at once, merging; and how they talk.

mod bulk;
mod files;
mod macros;
mod merging;
mod palette;
mod properties;
mod talking;
mod views;
