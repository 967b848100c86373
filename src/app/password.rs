//! People's passwords: argon2id with OWASP's parameters (19 MiB, 2 passes, 1 lane), off the
//! threads that answer, a few at a time, and the same work for a name that nobody has.

use std::sync::Arc;

use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version};
use tokio::sync::Semaphore;

use super::error::AppError;
use crate::clock::Clock;
use crate::domain::pii::Secret;
use crate::domain::time::Span;

/// Most log-ins that may wait for a core; more are turned away.
const QUEUE: usize = 64;

/// Verifies and hashes passwords.
#[derive(Clone, Debug)]
pub struct Passwords {
    cores: Arc<Semaphore>,
    queue: Arc<Semaphore>,
    clock: Clock,
    nobody: Arc<str>,
}

impl Passwords {
    /// Uses at most `cores` cores at a time, at least one.
    pub fn new(clock: Clock, cores: usize) -> Result<Self, AppError> {
        let nobody = hash(&clock, b"a password that nobody has")?;
        Ok(Self {
            cores: Arc::new(Semaphore::new(cores.max(1))),
            queue: Arc::new(Semaphore::new(QUEUE)),
            clock,
            nobody: nobody.into(),
        })
    }

    /// Whether `password` is the one that `kept` was made of. Without `kept` the same work is
    /// done and the answer is no.
    pub async fn verify(&self, kept: Option<String>, password: Secret) -> Result<bool, AppError> {
        let nobody = Arc::clone(&self.nobody);
        self.work(move |_clock| {
            let known = kept.is_some();
            let text = kept.unwrap_or_else(|| nobody.to_string());
            Ok(argon2()?.verify_password(password.expose(), text.as_str()).is_ok() && known)
        })
        .await
    }

    /// Hashes a new password, as a PHC text.
    pub async fn hash(&self, password: Secret) -> Result<String, AppError> {
        self.work(move |clock| hash(clock, password.expose())).await
    }

    /// Log-ins that wait or work now.
    pub fn waiting(&self) -> usize {
        QUEUE.saturating_sub(self.queue.available_permits())
    }

    async fn work<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Clock) -> Result<T, AppError> + Send + 'static,
    ) -> Result<T, AppError> {
        let full = |_full| AppError::Exhausted {
            reason: "LOGIN_QUEUE_FULL",
            message: "too many people log in at once; try again in a moment".into(),
            retry: Span::secs(2),
        };
        let place = Arc::clone(&self.queue).try_acquire_owned().map_err(full)?;
        let core = Arc::clone(&self.cores).acquire_owned().await.map_err(|_closed| closing())?;
        let clock = self.clock.clone();
        let done = tokio::task::spawn_blocking(move || {
            let result = job(&clock);
            drop((core, place));
            result
        });
        done.await.map_err(|why| AppError::bug(&self.clock, &why))?
    }
}

fn closing() -> AppError {
    AppError::Unavailable { reason: "CLOSING", message: "the service is closing".into() }
}

fn argon2() -> Result<Argon2<'static>, AppError> {
    let params = Params::new(19 * 1_024, 2, 1, None).map_err(|_params| closing())?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash(clock: &Clock, password: &[u8]) -> Result<String, AppError> {
    let mut salt = [0_u8; 16];
    clock.random(&mut salt).map_err(|why| AppError::bug(clock, &why))?;
    let made = argon2()?.hash_password_with_salt(password, &salt);
    made.map(|phc| phc.to_string()).map_err(|why| AppError::bug(clock, &why))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret {
        Secret::new(text.as_bytes().to_vec())
    }

    #[tokio::test]
    async fn the_right_password_and_no_other() {
        let passwords = Passwords::new(Clock::system(), 1).expect("made");
        let kept = passwords.hash(secret("correct horse")).await.expect("hashed");
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        let right = passwords.verify(Some(kept.clone()), secret("correct horse")).await;
        assert_eq!(right, Ok(true));
        assert_eq!(passwords.verify(Some(kept), secret("wrong horse")).await, Ok(false));
        let nobody = passwords.verify(None, secret("a password that nobody has")).await;
        assert_eq!(nobody, Ok(false));
    }

    #[tokio::test]
    async fn a_full_queue_turns_people_away() {
        let passwords = Passwords::new(Clock::system(), 1).expect("made");
        let all = Arc::clone(&passwords.queue).acquire_many_owned(64).await.expect("places");
        let turned = passwords.verify(None, secret("x")).await;
        assert!(matches!(turned, Err(AppError::Exhausted { .. })), "{turned:?}");
        drop(all);
        assert_eq!(passwords.verify(None, secret("x")).await, Ok(false));
    }
}
