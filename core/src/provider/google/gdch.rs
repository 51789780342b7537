//! Service accounts of Google Distributed Cloud (`gdch_service_account`).
