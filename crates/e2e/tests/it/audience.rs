//! Made-up clients of a shop in Ouagadougou, each with a number of its own.

/// A client in the file of a campaign.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    /// Eight digits.
    pub(crate) national: String,
    pub(crate) first_name: String,
}

impl Client {
    /// As webhooks and the simulator's ledger write the number.
    pub(crate) fn wa_id(&self) -> String {
        format!("226{}", self.national)
    }
}

/// So many clients with different numbers.
pub(crate) fn clients(count: usize) -> Vec<Client> {
    let client = |place: usize| Client {
        // Far from the last six digits by which the simulator is told to misbehave.
        national: format!("70{:06}", 100_000 + place),
        first_name: format!("Awa{place}"),
    };
    (0..count).map(client).collect()
}

/// Their file, as a spreadsheet writes it: every row is good.
pub(crate) fn file(clients: &[Client]) -> Vec<u8> {
    let mut text = "Prénom;Téléphone;Ticket\n".to_owned();
    for (client, place) in clients.iter().zip(1..) {
        text.push_str(&format!(
            "{};{};T-{place:05}\n",
            client.first_name, client.national
        ));
    }
    text.into_bytes()
}
