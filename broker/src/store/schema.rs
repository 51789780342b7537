//! Bringing a database to the schema that this binary knows. Forward only.

use std::path::Path;

use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::{SqlSafeStr, SqlitePool};

use crate::error::Error;

/// The newest schema this binary knows.
const NEWEST: i64 = 1;

fn migrator() -> Migrator {
    let initial = include_str!("migrations/0001_initial.sql").into_sql_str();
    let mut migrator =
        Migrator::with_migrations(vec![Migration::new(1, "initial".into(), MigrationType::Simple, initial, false)]);
    migrator.dangerous_set_table_name("schema_migrations");
    migrator
}

/// Applies what is missing.
///
/// Errors: [`Error::NewerSchema`] when the database has migrations this binary does not know; nothing is changed then.
pub(super) async fn migrate(pool: &SqlitePool, database: &Path) -> Result<(), Error> {
    match migrator().run(pool).await {
        Ok(()) => Ok(()),
        Err(MigrateError::VersionMissing(found)) => {
            Err(Error::NewerSchema { path: database.to_owned(), found, known: NEWEST })
        }
        Err(source) => Err(Error::Migration { path: database.to_owned(), source }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newest_is_the_last_migration() {
        assert_eq!(migrator().iter().map(|migration| migration.version).max(), Some(NEWEST));
    }
}
