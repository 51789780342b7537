//! Changing the master key: which keys the database still needs, and sealing everything anew under the active one.
//!
//! Source: specs/workbench.md §4.9.

use std::collections::BTreeMap;

use sqlx::SqliteConnection;

use super::{Store, meta};
use crate::cell::{self, Place};
use crate::error::Error;

/// A key and what depends on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyUse {
    /// Its name in the key file.
    pub kid: String,
    /// Names its value; see [`crate::keys::Key::id`].
    pub id: String,
    /// Whether it seals what is written now.
    pub active: bool,
    /// Values of the database that are sealed under it.
    pub cells: usize,
    /// Whether the broker would not start without it.
    pub needed: bool,
}

/// What sealing everything anew did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reencrypted {
    /// Values that are now under the active key.
    pub sealed: usize,
    /// Values that open under no key. They stay, and so does the need for the key they name.
    pub unreadable: usize,
}

/// A column of sealed values. There must be no other: a key is let go of when none of these is under it.
struct Column {
    table: &'static str,
    name: &'static str,
    select: &'static str,
    update: &'static str,
}

macro_rules! column {
    ($table:literal, $id:literal, $name:literal) => {
        Column {
            table: $table,
            name: $name,
            select: concat!(
                "SELECT ",
                $id,
                ", principal, integration_guid, ",
                $name,
                " FROM ",
                $table,
                " WHERE ",
                $name,
                " IS NOT NULL"
            ),
            update: concat!("UPDATE ", $table, " SET ", $name, " = $1 WHERE ", $id, " = $2"),
        }
    };
}

const COLUMNS: [Column; 5] = [
    column!("oauth2_tokens", "id", "access_token_enc"),
    column!("oauth2_tokens", "id", "refresh_token_enc"),
    column!("oauth2_tokens", "id", "id_token_enc"),
    column!("oauth2_tokens", "id", "raw_response_enc"),
    column!("oauth2_flows", "state_hash", "verifier_enc"),
];

/// The names of the columns, sorted: `table.column`.
pub fn sealed_columns() -> Vec<String> {
    let mut names: Vec<String> = COLUMNS.iter().map(|column| format!("{}.{}", column.table, column.name)).collect();
    names.sort();
    names
}

/// Row, principal, integration and the cell.
type Sealed = (String, String, String, Vec<u8>);

impl Store {
    /// The keys of the key file, the active one first.
    pub async fn key_uses(&self) -> Result<Vec<KeyUse>, Error> {
        let query = async {
            let mut connection = self.pool().acquire().await?;
            let recorded = meta::recorded_keys(&mut connection).await?;
            Ok((cells_by_key(&mut connection).await?, recorded))
        };
        let (cells, recorded) = query.await.map_err(|e| self.failed(e))?;
        let active = self.keys().active().kid();
        let of = |key: &crate::keys::Key| KeyUse {
            kid: key.kid().to_owned(),
            id: key.id(),
            active: key.kid() == active,
            cells: cells.get(key.kid()).copied().unwrap_or_default(),
            needed: recorded.iter().any(|(kid, _)| kid == key.kid()),
        };
        Ok(self.keys().iter().map(of).collect())
    }

    /// Seals every value under the active key, and no longer asks for the keys that nothing is sealed under. All or
    /// nothing; rows keep their versions, because what they say stays the same.
    pub async fn reencrypt(&self) -> Result<Reencrypted, Error> {
        let mut transaction = self.pool().begin().await.map_err(|e| self.failed(e))?;
        let mut done = Reencrypted { sealed: 0, unreadable: 0 };
        for column in &COLUMNS {
            let cells: Vec<Sealed> =
                sqlx::query_as(column.select).fetch_all(&mut *transaction).await.map_err(|e| self.failed(e))?;
            for (row, principal, guid, cell) in cells {
                let place =
                    Place { table: column.table, column: column.name, row: &row, principal: &principal, guid: &guid };
                let Ok(secret) = cell::open(self.keys(), &place, &cell) else {
                    done.unreadable += 1;
                    continue;
                };
                if cell::kid(&cell) == Some(self.keys().active().kid()) {
                    continue;
                }
                sqlx::query(column.update)
                    .bind(cell::seal(self.keys(), &place, &secret)?)
                    .bind(&row)
                    .execute(&mut *transaction)
                    .await
                    .map_err(|e| self.failed(e))?;
                done.sealed += 1;
            }
        }
        let active = self.keys().active().kid();
        let finish = async {
            sqlx::query("UPDATE oauth2_tokens SET key_id = $1").bind(active).execute(&mut *transaction).await?;
            let cells = cells_by_key(&mut transaction).await?;
            for (kid, _) in meta::recorded_keys(&mut transaction).await? {
                if kid != active && !cells.contains_key(&kid) {
                    meta::forget_key(&mut transaction, &kid).await?;
                }
            }
            transaction.commit().await
        };
        finish.await.map_err(|e| self.failed(e))?;
        Ok(done)
    }
}

/// How many values are under each key, also one that is not in the key file.
async fn cells_by_key(connection: &mut SqliteConnection) -> Result<BTreeMap<String, usize>, sqlx::Error> {
    let mut cells = BTreeMap::new();
    for column in &COLUMNS {
        let found: Vec<Sealed> = sqlx::query_as(column.select).fetch_all(&mut *connection).await?;
        for kid in found.iter().filter_map(|(_, _, _, cell)| cell::kid(cell)) {
            *cells.entry(kid.to_owned()).or_default() += 1;
        }
    }
    Ok(cells)
}
