//! What agents do at their desk besides answering: files, views, many tickets at once, merging.

mod bulk;
mod files;
mod merging;
mod views;
