//! Facts about the database itself: its name, and which keys it was written with.

use std::path::Path;

use sqlx::{SqliteConnection, SqlitePool};

use super::Store;
use crate::error::Error;
use crate::keys::KeyRing;
use crate::random;

/// Prefix of the rows that record the ID of each key in use.
const KEY_CHECK: &str = "key-check:";

impl Store {
    /// The value stored under this name.
    pub async fn meta(&self, name: &str) -> Result<Option<String>, Error> {
        get(self.pool(), name).await.map_err(|e| self.failed(e))
    }

    /// Stores a value, replacing the one before.
    pub async fn set_meta(&self, name: &str, value: &str) -> Result<(), Error> {
        set(self.pool(), name, value).await.map_err(|e| self.failed(e))
    }
}

/// The database's own name, made up when it is first opened.
pub(super) async fn instance(pool: &SqlitePool, database: &Path) -> Result<String, Error> {
    let failed = |source| Error::Database { path: database.to_owned(), source };
    if let Some(instance) = get(pool, "instance").await.map_err(failed)? {
        return Ok(instance);
    }
    let instance = random::hashed(random::token()?.expose())[..8].to_owned();
    set(pool, "instance", &instance).await.map_err(failed)?;
    Ok(instance)
}

/// The key ring, after proof that it belongs to this database.
///
/// A database without a recorded key is new: it gets the key file's keys, or a new key file. The ID of every key that
/// was active is recorded, because cells written with it may still be there, until [`Store::reencrypt`] says otherwise.
pub(super) async fn matching_keys(pool: &SqlitePool, database: &Path, key_file: &Path) -> Result<KeyRing, Error> {
    let failed = |source| Error::Database { path: database.to_owned(), source };
    let recorded = match pool.acquire().await {
        Ok(mut connection) => recorded_keys(&mut connection).await.map_err(failed)?,
        Err(source) => return Err(failed(source)),
    };
    let keys = match KeyRing::load(key_file)? {
        Some(keys) => keys,
        None if recorded.is_empty() => KeyRing::create(key_file)?,
        None => return Err(Error::KeyMissing { key: key_file.to_owned(), database: database.to_owned() }),
    };
    for (kid, wanted) in &recorded {
        let found = keys.get(kid).map_or_else(|| "none".into(), |key| key.id());
        if found != *wanted {
            let short = |id: &str| id.chars().take(12).collect::<String>();
            return Err(Error::WrongKey {
                database: database.to_owned(),
                key: key_file.to_owned(),
                kid: kid.clone(),
                wanted: short(wanted),
                found: short(&found),
            });
        }
    }
    let active = keys.active();
    set(pool, &format!("{KEY_CHECK}{}", active.kid()), &active.id()).await.map_err(failed)?;
    Ok(keys)
}

/// Name and ID of every key that cells may be sealed under.
pub(super) async fn recorded_keys(connection: &mut SqliteConnection) -> Result<Vec<(String, String)>, sqlx::Error> {
    let rows: Vec<(String, String)> =
        sqlx::query_as("SELECT name, value FROM meta WHERE name LIKE $1 || '%' ORDER BY name")
            .bind(KEY_CHECK)
            .fetch_all(connection)
            .await?;
    Ok(rows.into_iter().map(|(name, id)| (name.trim_start_matches(KEY_CHECK).to_owned(), id)).collect())
}

/// From now on the database opens without this key.
pub(super) async fn forget_key(connection: &mut SqliteConnection, kid: &str) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM meta WHERE name = $1 || $2").bind(KEY_CHECK).bind(kid).execute(connection).await.map(drop)
}

async fn get(pool: &SqlitePool, name: &str) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar("SELECT value FROM meta WHERE name = $1").bind(name).fetch_optional(pool).await
}

async fn set(pool: &SqlitePool, name: &str, value: &str) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    )
    .bind(name)
    .bind(value)
    .execute(pool)
    .await
    .map(drop)
}
