//! People log in with a password for a short token, and log out everywhere at once.

use super::access::{UserChange, change_user};
use super::credential::{SESSION, Session};
use super::error::AppError;
use super::parts::App;
use crate::domain::access::{Principal, Roles};
use crate::domain::command::session::Login;
use crate::domain::ids::UserId;
use crate::domain::pii::Secret;
use crate::domain::time::Ts;
use crate::store::Meta;

/// A session as its owner gets it.
#[derive(Debug)]
pub struct LoggedIn {
    /// The token.
    pub token: Secret,
    /// From when it opens nothing.
    pub expires: Ts,
    /// Who.
    pub user: UserId,
    /// What they may do.
    pub roles: Roles,
}

fn refused() -> AppError {
    AppError::Unauthenticated {
        reason: "BAD_LOGIN",
        message: "the login or the password is wrong, or the user is disabled",
    }
}

/// Checks a password and makes a token. An unknown login costs the same work as a known one.
pub async fn login(app: &App, ask: Login) -> Result<LoggedIn, AppError> {
    let name = ask.login.clone();
    let row = app
        .store
        .read::<_, AppError, _, _>(move |mut tx| async move {
            Ok(tx.user_by_login(name.expose()).await?)
        })
        .await?;
    let kept = row.as_ref().map(|row| row.password_hash.clone());
    let fits = app.passwords.verify(kept, ask.password).await?;
    let row = row.filter(|row| fits && row.disabled_at.is_none()).ok_or_else(refused)?;
    let mut epoch = row.session_epoch;
    if let Some(new) = ask.new_password {
        let hash = app.passwords.hash(new).await?;
        let (user, checked) = (row.id, row.password_hash.clone());
        app.store
            .command(Meta::system("session"), move |mut tx| {
                let (hash, checked) = (hash.clone(), checked.clone());
                async move {
                    let row = tx.user_lock(user).await?.ok_or_else(refused)?;
                    tx.saw(row.last_at);
                    // The password may have been changed since it was compared.
                    if row.password_hash != checked || row.disabled_at.is_some() {
                        return Err(refused());
                    }
                    let disabled = row.disabled_at;
                    let change = UserChange { disabled, hash, word: "user.password_changed" };
                    change_user(&mut tx, &row, change).await
                }
            })
            .await?;
        epoch += 1;
    }
    let expires = app.clock.now().plus(SESSION);
    let epoch = u64::try_from(epoch).map_err(|_negative| refused())?;
    let session = Session { user: row.id, epoch, expires };
    let token = app.prover.seal_session(&app.clock, session);
    let token = token.map_err(|error| AppError::bug(&app.clock, &error))?;
    Ok(LoggedIn { token, expires, user: row.id, roles: super::access::roles_of(&row.roles)? })
}

/// Ends every session of the person who asks, on every instance within a second.
pub async fn logout(app: &App, who: &Principal) -> Result<(), AppError> {
    let Some(user) = who.user() else {
        return Err(AppError::refused("NOT_A_SESSION", "a key has no session; revoke it instead"));
    };
    app.store
        .command(Meta::system("session"), move |mut tx| async move {
            let row = tx.user_lock(user).await?.ok_or_else(refused)?;
            tx.saw(row.last_at);
            let hash = row.password_hash.clone();
            let change = UserChange { disabled: row.disabled_at, hash, word: "user.logged_out" };
            change_user(&mut tx, &row, change).await
        })
        .await
        .map(drop)
}
