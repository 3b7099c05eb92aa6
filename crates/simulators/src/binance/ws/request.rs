//! Control messages from the client: `{"method":"SUBSCRIBE","params":["btcusdt@aggTrade"],"id":1}`, and the
//! texts with which the venue answers wrong ones (`web-socket-streams.md`, checked 2026-07-21).

use serde::Deserialize;
use serde_json::{Value, json};

/// A request that was understood.
#[derive(Debug, PartialEq)]
pub(super) struct Request {
    pub(super) call: Call,
    pub(super) id: Value,
}

/// What is asked.
#[derive(Debug, PartialEq)]
pub(super) enum Call {
    Subscribe(Vec<String>),
    Unsubscribe(Vec<String>),
    ListSubscriptions,
    SetCombined(bool),
    GetCombined,
}

/// The answer to a request that was not.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Complaint {
    code: u8,
    message: String,
    id: Option<Value>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Method {
    Subscribe,
    Unsubscribe,
    ListSubscriptions,
    SetProperty,
    GetProperty,
}

#[derive(Deserialize)]
struct Envelope {
    method: Method,
    #[serde(default)]
    params: Value,
}

impl Request {
    /// Reads a text frame.
    ///
    /// # Errors
    /// The answer that the client gets instead.
    pub(super) fn parse(text: &str) -> Result<Self, Complaint> {
        let value: Value = serde_json::from_str(text).map_err(|error| Complaint {
            code: 3,
            message: format!("Invalid JSON: {error}"),
            id: None,
        })?;
        let id = value.get("id").filter(|id| is_id(id)).cloned();
        let complain = |code, message: &str| Complaint { code, message: message.to_owned(), id: id.clone() };
        // Read once more from the text: only that knows the line and column that the answer names.
        let envelope: Envelope =
            serde_json::from_str(text).map_err(|error| complain(2, &format!("Invalid request: {error}")))?;
        // The text says so although signed numbers and strings are taken as well.
        let unusable = "Invalid request: request ID must be an unsigned integer";
        let id = id.clone().ok_or_else(|| complain(2, unusable))?;
        let call = call(envelope).map_err(|(code, message)| complain(code, message))?;
        Ok(Self { call, id })
    }
}

impl Complaint {
    /// The frame that says so.
    pub(super) fn to_text(&self) -> String {
        let mut body = json!({"code": self.code, "msg": self.message});
        if let Some(id) = &self.id {
            body["id"] = id.clone();
        }
        body.to_string()
    }
}

/// A signed 64-bit number, a string of at most 36 characters, or null.
fn is_id(id: &Value) -> bool {
    match id {
        Value::Null => true,
        Value::Number(number) => number.is_i64(),
        Value::String(text) => text.chars().count() <= 36,
        Value::Bool(_) | Value::Array(_) | Value::Object(_) => false,
    }
}

fn call(envelope: Envelope) -> Result<Call, (u8, &'static str)> {
    let params = match envelope.params {
        Value::Null => Vec::new(),
        Value::Array(params) => params,
        _ => return Err((2, "Invalid request: params must be an array")),
    };
    match envelope.method {
        Method::Subscribe => Ok(Call::Subscribe(names(params)?)),
        Method::Unsubscribe => Ok(Call::Unsubscribe(names(params)?)),
        Method::ListSubscriptions if params.is_empty() => Ok(Call::ListSubscriptions),
        Method::SetProperty if params.len() <= 2 => {
            is_combined(params.first())?;
            match params.get(1) {
                Some(Value::Bool(on)) => Ok(Call::SetCombined(*on)),
                _ => Err((1, "Invalid value type: expected Boolean")),
            }
        }
        Method::GetProperty if params.len() <= 1 => {
            is_combined(params.first())?;
            Ok(Call::GetCombined)
        }
        Method::ListSubscriptions | Method::SetProperty | Method::GetProperty => {
            Err((2, "Invalid request: too many parameters"))
        }
    }
}

fn names(params: Vec<Value>) -> Result<Vec<String>, (u8, &'static str)> {
    let name = |param| match param {
        Value::String(name) => Ok(name),
        _ => Err((2, "Invalid request: stream name must be a string")),
    };
    params.into_iter().map(name).collect()
}

fn is_combined(property: Option<&Value>) -> Result<(), (u8, &'static str)> {
    match property {
        Some(Value::String(name)) if name == "combined" => Ok(()),
        Some(Value::String(_)) => Err((0, "Unknown property")),
        _ => Err((2, "Invalid request: property name must be a string")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let answer = Request::parse(text).map(|request| format!("{:?}", request.call));
        assert_eq!(answer.unwrap_or_else(|complaint| complaint.to_text()), expected, "{text}");
    }

    #[test]
    fn requests_are_understood() {
        check(r#"{"method":"SUBSCRIBE","params":["a@trade","b"],"id":1}"#, r#"Subscribe(["a@trade", "b"])"#);
        check(r#"{"method":"UNSUBSCRIBE","params":["a"],"id":-9}"#, r#"Unsubscribe(["a"])"#);
        check(r#"{"method":"LIST_SUBSCRIPTIONS","id":null}"#, "ListSubscriptions");
        let id = r#""c8e1a9e0-3a55-4b6e-9a52-1f2d3c4b5a69""#;
        check(
            &format!(r#"{{"method":"SET_PROPERTY","params":["combined",true],"id":{id}}}"#),
            "SetCombined(true)",
        );
        check(r#"{"method":"GET_PROPERTY","params":["combined"],"id":2}"#, "GetCombined");
    }

    #[test]
    fn wrong_requests_get_the_documented_answers() {
        check("nonsense", r#"{"code":3,"msg":"Invalid JSON: expected ident at line 1 column 2"}"#);
        check("<html>", r#"{"code":3,"msg":"Invalid JSON: expected value at line 1 column 1"}"#);
        check(
            r#"{"method":"SUBSCRIBES","params":[],"id":1}"#,
            r#"{"code":2,"id":1,"msg":"Invalid request: unknown variant `SUBSCRIBES`, expected one of `SUBSCRIBE`, `UNSUBSCRIBE`, `LIST_SUBSCRIPTIONS`, `SET_PROPERTY`, `GET_PROPERTY` at line 1 column 22"}"#,
        );
        check(
            r#"{"params":[],"id":1}"#,
            r#"{"code":2,"id":1,"msg":"Invalid request: missing field `method` at line 1 column 20"}"#,
        );
        let id = r#"{"code":2,"msg":"Invalid request: request ID must be an unsigned integer"}"#;
        check(r#"{"method":"SUBSCRIBE","params":["a"]}"#, id);
        check(r#"{"method":"SUBSCRIBE","params":["a"],"id":1.5}"#, id);
        check(
            r#"{"method":"SET_PROPERTY","params":["combined",1],"id":4}"#,
            r#"{"code":1,"id":4,"msg":"Invalid value type: expected Boolean"}"#,
        );
        check(
            r#"{"method":"GET_PROPERTY","params":["colour"],"id":4}"#,
            r#"{"code":0,"id":4,"msg":"Unknown property"}"#,
        );
        check(
            r#"{"method":"GET_PROPERTY","params":[7],"id":4}"#,
            r#"{"code":2,"id":4,"msg":"Invalid request: property name must be a string"}"#,
        );
        check(
            r#"{"method":"GET_PROPERTY","params":["combined","x"],"id":4}"#,
            r#"{"code":2,"id":4,"msg":"Invalid request: too many parameters"}"#,
        );
    }
}
