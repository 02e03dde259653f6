//! Every place where a text can be written into a request.

use super::{Scene, operations};
use crate::{
    client::{Request, Sends},
    matrix::endpoints,
    verdict::AttackError,
};
use serde_json::{Value, json};

/// Makes a request that carries a text.
pub(super) type Carrier = Box<dyn Fn(&str) -> Request + Send + Sync>;

impl Scene {
    /// Every text of every call that has a body, and of every list's query.
    ///
    /// # Errors
    /// When an endpoint's call can't be prepared.
    pub(super) async fn texts_everywhere(&self) -> Result<Vec<Carrier>, AttackError> {
        let scene = self;
        let mut carriers: Vec<Carrier> = Vec::new();
        for endpoint in
            endpoints().iter().filter(|row| row.body_limit > 0 && !row.over && !row.roles.is_empty())
        {
            let caller = scene.somebody_who_may(endpoint)?;
            let call = scene.call_within_reach(&caller, endpoint).await?;
            let Some(body) = call.body().and_then(Value::as_object).cloned() else { continue };
            let names: Vec<String> =
                body.iter().filter(|(_, value)| value.is_string()).map(|(name, _)| name.clone()).collect();
            for name in names {
                let (request, body) = (call.by(&caller, &endpoint.method), body.clone());
                carriers.push(Box::new(move |text| {
                    let mut body = body.clone();
                    body.insert(name.clone(), json!(text));
                    request.clone().json(&Value::Object(body)).header("if-match", "\"nothing-seen\"")
                }));
            }
        }
        let operations = operations(scene).await?;
        for endpoint in
            endpoints().iter().filter(|row| row.method == "GET" && !row.over && !row.roles.is_empty())
        {
            let operation = operations.get(&(endpoint.method.clone(), endpoint.path.to_owned()));
            for name in operation.map(parameters).unwrap_or_default() {
                let caller = scene.somebody_who_may(endpoint)?;
                let path = scene.call_within_reach(&caller, endpoint).await?.path;
                carriers.push(Box::new(move |text| {
                    // A target may be four kilobytes.
                    let text: String = text.chars().rev().take(3_800).collect();
                    caller.get(&format!("{path}?{name}={}", text.chars().rev().collect::<String>()))
                }));
            }
        }
        Ok(carriers)
    }
}

/// The names of an operation's query parameters.
pub(super) fn parameters(operation: &Value) -> Vec<String> {
    let all = operation.get("parameters").and_then(Value::as_array).into_iter().flatten();
    let of_query = all.filter(|parameter| parameter.get("in") == Some(&json!("query")));
    of_query.filter_map(|parameter| Some(parameter.get("name")?.as_str()?.to_owned())).collect()
}
