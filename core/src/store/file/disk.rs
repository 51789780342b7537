//! Files as the store needs them: whole or not at all. The only file of the store that writes.
