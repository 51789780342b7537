//! What kind of file system the store is on, and so how processes take turns.
