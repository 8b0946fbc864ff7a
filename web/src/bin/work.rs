//! The program of how work goes: queues and service levels.

fn main() {
    web::work();
}
