//! Who may do what, and the list of all accounts.

use bellwether_model::Timestamp;

use super::{COLUMNS, read_user};
use crate::error::StoreError;
use crate::page::{Listed, Page};
use crate::sql::{Conditions, Db, searchable, sql_of};
use crate::store::Store;
use crate::user::{Account, Role, User};

impl Store {
    /// Gives the account with this address or name to log in with a role; `None` where there is none.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn set_role(
        &self,
        login: &str,
        role: Role,
        now: Timestamp,
    ) -> Result<Option<User>, StoreError> {
        let login = login.to_lowercase();
        self.write(move |db| Box::pin(set(db, login, role, now))).await
    }

    /// A page of all accounts, the newest first: those whose address or name contains a text, where one is given.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn list_users(&self, q: Option<String>, page: Page) -> Result<Listed<Account>, StoreError> {
        self.read(move |db| Box::pin(list(db, q, page))).await
    }
}

/// Where one person's name is another's address, the address goes first, as with logins.
async fn set(db: &mut Db<'_>, login: String, role: Role, now: Timestamp) -> Result<Option<User>, StoreError> {
    for column in ["email_key", "username_key"] {
        let changed = sql_of(format!(
            "UPDATE users SET role = $2, updated_at = $3 WHERE {column} = $1 RETURNING {COLUMNS}"
        ))
        .bind(login.as_str())
        .bind(role.name())
        .bind(now)
        .first(db, read_user)
        .await?;
        if changed.is_some() {
            return Ok(changed);
        }
    }
    Ok(None)
}

async fn list(db: &mut Db<'_>, q: Option<String>, page: Page) -> Result<Listed<Account>, StoreError> {
    let mut wanted = Conditions::new();
    wanted.and("deleted_at IS NULL");
    if let Some(q) = q {
        let dialect = db.dialect();
        wanted.on(searchable(&q), |text| {
            let (email, name) =
                (dialect.contains("email_key", text), dialect.contains("COALESCE(username_key, '')", text));
            format!("({email} OR {name})")
        });
    }
    let total = wanted.count(db, "users").await?;
    let items = wanted
        .select(&format!("SELECT {COLUMNS}, alerts FROM users"), "ORDER BY id DESC")
        .page(page)
        .all(db, |row| Ok(Account { user: read_user(row)?, alerts: row.count()? }))
        .await?;
    Ok(Listed { items, total })
}
