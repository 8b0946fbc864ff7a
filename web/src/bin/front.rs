//! The program of the portal, the knowledge base and one's own account, which everybody opens first.

fn main() {
    web::front();
}
