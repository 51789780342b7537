//! The broker from outside: a real one on loopback, its clock and its provider in the test's hand.

mod access_vectors;
mod admin;
mod flow_vectors;
mod http;
mod limits;
mod provider;
mod refresh_vectors;
mod rpc_vectors;
mod web;
mod world;
