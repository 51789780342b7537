-- Schema 1. Moments are whole seconds since the epoch (UTC). Columns named *_enc hold cells (cell.rs); columns named
-- *_hash hold SHA-256 in hexadecimal, so that a copy of this file opens no session and finishes no sign-in.

CREATE TABLE oauth2_tokens (
  id                TEXT    NOT NULL PRIMARY KEY,
  principal         TEXT    NOT NULL,
  integration_guid  TEXT    NOT NULL,
  config_fp         TEXT    NOT NULL,
  state             TEXT    NOT NULL CHECK (state IN ('active', 'reauth_required')),
  reason            TEXT,
  access_token_enc  BLOB,
  refresh_token_enc BLOB,
  id_token_enc      BLOB,
  -- The provider's answer to a refresh, written before it is interpreted, erased once it has been.
  raw_response_enc  BLOB,
  token_type        TEXT,
  scopes_granted    TEXT,
  -- NULL: unknown.
  expires_at        BIGINT,
  obtained_at       BIGINT  NOT NULL,
  refreshed_at      BIGINT,
  last_used_at      BIGINT,
  created_at        BIGINT  NOT NULL,
  updated_at        BIGINT  NOT NULL,
  version           BIGINT  NOT NULL,
  lease_owner       TEXT,
  lease_until       BIGINT,
  intent_at         BIGINT,
  intent_rt_hash    TEXT,
  fail_count        BIGINT  NOT NULL DEFAULT 0,
  next_attempt_at   BIGINT,
  -- A class of errors, never a message or a body.
  last_error        TEXT,
  key_id            TEXT    NOT NULL,
  UNIQUE (principal, integration_guid)
);
CREATE INDEX oauth2_tokens_due ON oauth2_tokens (state, expires_at);
CREATE INDEX oauth2_tokens_principal ON oauth2_tokens (principal);

CREATE TABLE oauth2_flows (
  state_hash       TEXT   NOT NULL PRIMARY KEY,
  principal        TEXT   NOT NULL,
  web_session_hash TEXT   NOT NULL,
  integration_guid TEXT   NOT NULL,
  verifier_enc     BLOB,
  nonce_hash       TEXT,
  config_fp        TEXT   NOT NULL,
  return_to        TEXT   NOT NULL,
  created_at       BIGINT NOT NULL,
  expires_at       BIGINT NOT NULL
);
CREATE INDEX oauth2_flows_expires ON oauth2_flows (expires_at);
CREATE INDEX oauth2_flows_principal ON oauth2_flows (principal, created_at);

CREATE TABLE rpc_sessions (
  sid_hash            TEXT   NOT NULL PRIMARY KEY,
  principal           TEXT   NOT NULL,
  label               TEXT,
  pid                 BIGINT,
  created_at          BIGINT NOT NULL,
  absolute_expires_at BIGINT NOT NULL,
  last_seen_at        BIGINT NOT NULL,
  revoked_at          BIGINT
);
CREATE INDEX rpc_sessions_principal ON rpc_sessions (principal);

CREATE TABLE web_sessions (
  id_hash             TEXT   NOT NULL PRIMARY KEY,
  principal           TEXT   NOT NULL,
  created_at          BIGINT NOT NULL,
  last_seen_at        BIGINT NOT NULL,
  absolute_expires_at BIGINT NOT NULL
);
CREATE INDEX web_sessions_principal ON web_sessions (principal);

CREATE TABLE login_links (
  token_hash TEXT   NOT NULL PRIMARY KEY,
  code_hash  TEXT   NOT NULL,
  principal  TEXT   NOT NULL,
  attempts   BIGINT NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);

CREATE TABLE audit_log (
  id               INTEGER PRIMARY KEY,
  at               BIGINT  NOT NULL,
  instance         TEXT    NOT NULL,
  event            TEXT    NOT NULL,
  principal        TEXT,
  integration_guid TEXT,
  integration_name TEXT,
  sid_hash         TEXT,
  remote           TEXT,
  result           TEXT,
  reason           TEXT
);
CREATE INDEX audit_log_at ON audit_log (at);

CREATE TABLE meta (
  name  TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
);
