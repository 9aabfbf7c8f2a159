//! Made-up clients of a shop in Ouagadougou, each with a different number.

/// A client in the file of a campaign.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    /// Eight digits.
    pub(crate) national: String,
    pub(crate) first_name: String,
}

impl Client {
    /// The number as it appears in webhooks and in the simulator's ledger.
    pub(crate) fn wa_id(&self) -> String {
        format!("226{}", self.national)
    }
}

/// The given count of clients with different numbers.
pub(crate) fn clients(count: usize) -> Vec<Client> {
    let client = |index: usize| Client {
        // Outside the last six digits that trigger faults in the simulator.
        national: format!("70{:06}", 100_000 + index),
        first_name: format!("Awa{index}"),
    };
    (0..count).map(client).collect()
}

/// Their file as exported by a spreadsheet; every row is valid.
pub(crate) fn file(clients: &[Client]) -> Vec<u8> {
    let mut text = "Prénom;Téléphone;Ticket\n".to_owned();
    for (client, index) in clients.iter().zip(1..) {
        text.push_str(&format!(
            "{};{};T-{index:05}\n",
            client.first_name, client.national
        ));
    }
    text.into_bytes()
}
