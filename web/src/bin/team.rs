//! The program of what concerns a team: approvals, load and reports.

fn main() {
    web::team();
}
