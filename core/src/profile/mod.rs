//! What providers do differently, as data: `profiles.toml` is the built-in list, users add their own.
