//! The program of the administration.

fn main() {
    web::back();
}
