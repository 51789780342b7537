//! Workload and workforce identity federation (`external_account`).
