//! The program of the portal and the desk, which everybody opens first.

fn main() {
    web::front();
}
