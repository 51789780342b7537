//! The chain as R calls it: its order, what it finds, what it would find, and the files that it takes.

mod fetch;
mod files;
mod function;
mod google;
mod objects;
mod order;
