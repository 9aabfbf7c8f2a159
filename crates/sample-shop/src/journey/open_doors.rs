//! What a person can look at while everything stays up.

use crate::simulator::PHONE_NUMBER_ID;

/// The addresses that stay open, and the key to them.
pub(crate) struct Doors {
    pub(crate) api: String,
    pub(crate) ops: Vec<(&'static str, String)>,
    pub(crate) ledger: String,
    pub(crate) logs: String,
    pub(crate) key: String,
}

impl Doors {
    /// The text; its command works as it is printed.
    pub(crate) fn text(&self) -> String {
        let gateway = self
            .ops
            .first()
            .map(|(_, url)| url.as_str())
            .unwrap_or_default();
        let metrics = self
            .ops
            .iter()
            .map(|(name, url)| format!("\n    {name:18} {url}/metrics"))
            .collect::<String>();
        format!(
            "
Everything stays up until Ctrl-C:
  the API                {api}/v1/
  its description        {gateway}/docs/
  metrics of each service{metrics}
  the simulator's ledger {ledger}
  logs                   {logs}

The key of Boutique Faso in this sandbox: {key}
To send one message yourself:

curl -sS {api}/v1/messages -H 'Authorization: Bearer {key}' -H \"Idempotency-Key: $(date +%s%N)\" \\
  -H 'Content-Type: application/json' -d '{{\"from\": \"{PHONE_NUMBER_ID}\", \"to\": \"70 12 34 56\",
  \"template\": {{\"name\": \"ticket_de_caisse\", \"language\": \"fr\"}},
  \"variables\": {{\"1\": \"Awa\", \"2\": \"T-0412\", \"3\": \"12 500\"}}}}'
",
            api = self.api,
            ledger = self.ledger,
            logs = self.logs,
            key = self.key,
        )
    }
}
