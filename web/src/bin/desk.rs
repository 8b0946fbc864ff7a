//! The program of the desk.

fn main() {
    web::desk();
}
