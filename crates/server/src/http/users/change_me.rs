//! `PATCH /api/me`: another time zone, other quiet hours, another password.
//!
//! A new password needs the present one, and ends every login of the account, the one that asks
//! included: whoever had the old password is out.

use axum::Json;
use axum::extract::State;
use bellwether_model::input::{Faults, Fields};
use bellwether_model::{Node, Timestamp};
use bellwether_store::user::{QuietHours, User, UserChange};
use utoipa::ToSchema;

use super::{Me, QuietView, gone};
use crate::accounts;
use crate::config::Secret;
use crate::http::ApiState;
use crate::http::auth::LoggedIn;
use crate::http::error::ApiError;
use crate::http::input::JsonBody;

/// A change of one's account. What is absent stays as it is.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `read` reads")]
pub(in crate::http) struct MeChanges {
    /// The IANA name of a time zone.
    time_zone: Option<String>,
    /// When messages to people are held, or null for never.
    quiet_hours: Option<QuietView>,
    /// A new password. It ends every login.
    password: Option<String>,
    /// The present password; needed for a new one.
    current_password: Option<String>,
}

struct Wish {
    time_zone: Option<String>,
    quiet: Option<Option<QuietHours>>,
    password: Option<NewPassword>,
}

struct NewPassword {
    current: Secret,
    new: Secret,
}

/// Change one's own account.
#[utoipa::path(patch, path = "/api/me", tag = "accounts", request_body = MeChanges,
    responses((status = 200, body = Me)))]
pub(in crate::http) async fn change_me(
    State(api): State<ApiState>,
    caller: LoggedIn,
    body: JsonBody,
) -> Result<Json<Me>, ApiError> {
    let wish = body.read(read)?;
    let now = api.now();
    let user = api.store().user(caller.user).await?.ok_or_else(gone)?;
    let new_password = wish.password.is_some();
    let password_hash = match wish.password {
        Some(password) => Some(rehash(&api, &user, password, now).await?),
        None => None,
    };
    let change = UserChange { time_zone: wish.time_zone, password_hash, quiet: wish.quiet };
    let user = api.store().change_user(caller.user, change, now).await?.ok_or_else(gone)?;
    if new_password {
        api.store().revoke_sessions(caller.user, now).await?;
        api.sessions().forget_all();
    }
    Ok(Json(Me::of(user, &api)))
}

async fn rehash(
    api: &ApiState,
    user: &User,
    password: NewPassword,
    now: Timestamp,
) -> Result<String, ApiError> {
    // The same count as that of logins: a stolen token is no way round it.
    let account = user.email.to_lowercase();
    let throttle = &api.throttles().logins_of_account;
    let known = api.store().credentials(&user.email).await?.map(|(_, hash)| hash);
    let turn = api.passwords().turn().await?;
    throttle.check(&account, now).map_err(|retry_after| ApiError::TooMany { retry_after })?;
    if !api.passwords().is_right(turn, password.current, known).await? {
        throttle.spend(&account, now);
        return Err(ApiError::field("current_password", "wrong_password", "is not the present password"));
    }
    Ok(api.passwords().hash(password.new).await?)
}

fn read(fields: &mut Fields<'_>, faults: &mut Faults) -> Option<Wish> {
    let time_zone = accounts::read_time_zone(fields, faults);
    let quiet = read_quiet(fields, faults);
    let current = fields.text(faults, "current_password").map(Secret::new);
    let changes_password = fields.has("password");
    let new = accounts::read_new_password(fields, faults, "password");
    if changes_password && current.is_none() {
        faults.add("current_password", "required", "is required for a new password");
    }
    let password = new.zip(current).map(|(new, current)| NewPassword { current, new });
    Some(Wish { time_zone, quiet, password })
}

/// `None` where nothing is said of them.
fn read_quiet(fields: &mut Fields<'_>, faults: &mut Faults) -> Option<Option<QuietHours>> {
    let node = fields.take("quiet_hours")?;
    if *node == Node::Null {
        return Some(None);
    }
    faults.within("quiet_hours", |faults| {
        let mut fields = faults.object(node)?;
        let (from, to) = (read_minute(&mut fields, faults, "from"), read_minute(&mut fields, faults, "to"));
        fields.finish(faults);
        let (from, to) = (from?, to?);
        if from == to {
            faults.add("to", "range", "must be another time than from");
            return None;
        }
        Some(Some(QuietHours { from, to }))
    })
}

/// A time of the day, `22:00`, as its minute.
fn read_minute(fields: &mut Fields<'_>, faults: &mut Faults, name: &str) -> Option<u16> {
    if !fields.has(name) {
        faults.add(name, "required", "is required");
        return None;
    }
    let text = fields.text(faults, name)?;
    let minute = text.split_once(':').and_then(|(hour, minute)| {
        let two_digits = |text: &str| (text.len() == 2).then(|| text.parse::<u16>().ok()).flatten();
        let (hour, minute) = (two_digits(hour)?, two_digits(minute)?);
        (hour < 24 && minute < 60).then_some(hour * 60 + minute)
    });
    if minute.is_none() {
        faults.add(name, "invalid", "must be a time of the day such as 22:00");
    }
    minute
}
