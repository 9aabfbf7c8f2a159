//! Two businesses, and calls that try to access one with keys and ids of the other.

use reqwest::{Method, StatusCode};
use serde_json::json;
use uuid::Uuid;

use super::cell::{Cell, Key, Outcome, Whose};
use super::requests::{RequestBody, bodies, ids_without_schema};
use super::snapshot::snapshot;
use super::tenant::Tenant;
use crate::document::{IdParameter, Operation, operations};
use crate::harness::{Answer, Harness, send};

pub(super) struct Matrix {
    pub(super) harness: Harness,
    own: Tenant,
    pub(super) other: Tenant,
}

impl Matrix {
    pub(super) async fn start(harness: Harness) -> Self {
        let own = Tenant::create(&harness, "Boutique Faso").await;
        let other = Tenant::create(&harness, "Pharmacie du Progrès").await;
        Self {
            harness,
            own,
            other,
        }
    }

    /// Makes every call.
    pub(super) async fn check(&self) {
        let mut operations = operations();
        // Deletions come last, so that the other calls find their rows.
        operations.sort_by_key(|operation| operation.method == Method::DELETE);
        for operation in &mut operations {
            operation.ids.extend(ids_without_schema(operation));
        }
        let mut calls = 0;
        for operation in &operations {
            calls += self.check_operation(operation).await;
        }
        assert!(calls > 600, "only {calls} calls were made");
    }

    /// Returns how many calls were made.
    async fn check_operation(&self, operation: &Operation) -> usize {
        let mut cells = Cell::all(operation, None);
        for id in &operation.ids {
            cells.extend(Cell::all(operation, Some(id)));
        }
        let is_reached = |cell: &Cell| matches!(cell.expected(), Outcome::Reached(_));
        let (reached, refused): (Vec<Cell>, Vec<Cell>) = cells.into_iter().partition(is_reached);
        let businesses = [&self.own, &self.other].map(|it| it.business.id.parse::<Uuid>().unwrap());
        let before = snapshot(&self.harness, &businesses).await;
        let mut absent = None;
        for cell in &refused {
            let answer = self.check_refused(cell).await;
            let answer = (answer.status, text(&answer));
            match cell.varied {
                Some((_, Whose::Absent)) => absent = Some(answer),
                Some(_) => assert_eq!(
                    Some(&answer),
                    absent.as_ref(),
                    "{}: the answer differs from that for an id that nobody has",
                    self.describe(cell)
                ),
                None => {}
            }
        }
        let after = snapshot(&self.harness, &businesses).await;
        let tables = before
            .keys()
            .filter(|table| before.get(*table) != after.get(*table));
        let changed: Vec<&String> = tables.collect();
        assert!(
            changed.is_empty(),
            "{} {}: a refused call has changed rows of {changed:?}",
            operation.method,
            operation.path
        );
        for cell in &reached {
            self.check_reached(cell).await;
        }
        refused.len() + reached.len()
    }

    async fn check_refused(&self, cell: &Cell<'_>) -> Answer {
        let what = self.describe(cell);
        let answer = self.call(cell).await;
        match cell.expected() {
            Outcome::Unauthorized => assert_eq!(answer.problem(401), "unauthorized", "{what}"),
            Outcome::NotFound => {
                assert_eq!(answer.status, 404, "{what}: {answer:?}");
                assert_eq!(answer.problem(404), "not_found", "{what}");
            }
            Outcome::Hidden | Outcome::Reached(_) => {
                let is_empty = answer.status == 200 && answer.json()["items"] == json!([]);
                let is_refusal = answer.status.is_client_error() && answer.status != 401;
                assert!(is_empty || is_refusal, "{what}: {answer:?}");
            }
        }
        answer
    }

    async fn check_reached(&self, cell: &Cell<'_>) {
        let what = self.describe(cell);
        let answer = self.call(cell).await;
        // A campaign that was cancelled before is found, too, as is a draft that is being published.
        let has_states = what.contains("/campaigns/") || what.contains("/templates/");
        let is_found = answer.status == StatusCode::CONFLICT && has_states;
        assert!(answer.status.is_success() || is_found, "{what}: {answer:?}");
        let Outcome::Reached(Some(business)) = cell.expected() else {
            return;
        };
        let stranger = match business {
            Whose::Own => &self.other,
            Whose::Foreign | Whose::Absent => &self.own,
        };
        let text = text(&answer);
        assert!(!stranger.is_named_in(&text), "{what} shows foreign: {text}");
        if cell.operation.method == Method::GET {
            assert_eq!(answer.status, StatusCode::OK, "{what}");
            let in_query = matches!(cell.varied, Some((IdParameter::Query(_), _)));
            let is_empty = cell.operation.is_list && answer.json()["items"] == json!([]);
            assert!(in_query || !is_empty, "{what} shows nothing");
        }
    }

    pub(super) async fn call(&self, cell: &Cell<'_>) -> Answer {
        let operation = cell.operation;
        let path = self.path(cell);
        let request = match self.key(cell.key) {
            Some(key) => self.harness.request(operation.method.clone(), &path, key),
            None => self.harness.bare(operation.method.clone(), &path),
        };
        let request = request.header("Idempotency-Key", Uuid::new_v4().to_string());
        send(match self.body(cell) {
            None => request,
            Some(RequestBody::Json(body)) => request.json(&body),
            Some(RequestBody::File(media_type, content)) => {
                request.header("Content-Type", media_type).body(content)
            }
        })
        .await
    }

    fn key(&self, key: Key) -> Option<&str> {
        match key {
            Key::Own => Some(&self.own.business.key),
            Key::OtherBusiness => Some(&self.other.business.key),
            Key::Platform => Some(&self.harness.platform),
            Key::None => None,
        }
    }

    fn id(&self, cell: &Cell, parameter: &IdParameter) -> String {
        let call = format!("{} {}", cell.operation.method, cell.operation.path);
        let own = self.own.id_for(parameter, &call);
        match cell.whose(parameter) {
            Whose::Own => own.to_owned(),
            Whose::Foreign => self.other.id_for(parameter, &call).to_owned(),
            Whose::Absent => absent_like(own),
        }
    }

    /// The path with its ids, and the query with the one that is varied.
    fn path(&self, cell: &Cell) -> String {
        let mut path = cell.operation.path.clone();
        for parameter in &cell.operation.ids {
            if let IdParameter::Path(name) = parameter {
                path = path.replace(&format!("{{{name}}}"), &self.id(cell, parameter));
            }
        }
        let path = path.replace("{version}", "1");
        let mut query = Vec::new();
        if cell.operation.is_list {
            query.push("limit=100".to_owned());
        }
        if let Some((parameter @ IdParameter::Query(name), _)) = cell.varied {
            query.push(format!("{name}={}", self.id(cell, parameter)));
        }
        format!("{path}?{}", query.join("&"))
    }

    /// A valid body with ids of the called business, except for the varied one.
    fn body(&self, cell: &Cell) -> Option<RequestBody> {
        if !cell.operation.has_body {
            return None;
        }
        let tenant = match cell.business() {
            Some(Whose::Foreign) => &self.other,
            Some(Whose::Own | Whose::Absent) | None => &self.own,
        };
        let mut bodies = bodies(cell.operation, tenant).into_iter();
        let Some((parameter @ IdParameter::Body(pointer), _)) = cell.varied else {
            return bodies.next();
        };
        let id = self.id(cell, parameter);
        let body = bodies.find_map(|mut body| body.put(pointer, &id).then_some(body));
        assert!(
            body.is_some(),
            "{} takes an id at {pointer}: add a valid body with one to `bodies` in \
             crates/gateway/tests/it/tenant_matrix/requests.rs",
            cell.operation.name
        );
        body
    }

    pub(super) fn describe(&self, cell: &Cell) -> String {
        let (method, path) = (&cell.operation.method, self.path(cell));
        format!(
            "{method} {path} with {:?} and the key {:?}",
            cell.varied, cell.key
        )
    }
}

/// A well-formed id of the same kind that nobody has.
fn absent_like(id: &str) -> String {
    match id.parse::<Uuid>() {
        Ok(_) => Uuid::now_v7().to_string(),
        Err(_) => (Uuid::new_v4().as_u128() % 1_000_000_000_000_000).to_string(),
    }
}

fn text(answer: &Answer) -> String {
    String::from_utf8_lossy(&answer.body).into_owned()
}
