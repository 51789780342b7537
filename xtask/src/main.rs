//! tokcore
fn main() {}
