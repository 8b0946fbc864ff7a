//! The program of one's own account and the administration.

fn main() {
    web::back();
}
