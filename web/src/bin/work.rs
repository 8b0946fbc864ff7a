//! The program of how work goes: queues, workflows and service levels.

fn main() {
    web::work();
}
