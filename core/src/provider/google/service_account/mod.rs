//! Service accounts: a key that signs statements (`service_account`).
