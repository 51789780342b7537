//! A workforce user's refresh token (`external_account_authorized_user`).
