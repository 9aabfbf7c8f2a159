//! The other side's word: what the simulated Meta accepted, held against what the API says of each message.

use std::collections::HashMap;

use super::Journey;
use crate::api::{Api, Campaign, Message, Page};
use crate::failure::Failure;
use crate::simulator::PHONE_NUMBER_ID;
use crate::table::grouped;

/// Messages that Meta must not have seen.
const NEVER_LEFT: [&str; 4] = ["rejected", "cancelled", "suppressed", "expired"];
/// Messages that Meta may have seen or not.
const NOT_KNOWN: [&str; 6] = [
    "accepted",
    "sending",
    "retry_wait",
    "held",
    "unknown",
    "unresolved",
];

/// How often Meta accepted the messages of a campaign.
#[derive(Debug, Default, PartialEq, Eq)]
struct Proof {
    once: u64,
    /// More than once, and the API says so.
    flagged: u64,
    never: u64,
    /// More than once, and the API says nothing of it.
    unflagged: u64,
    /// Not at all, though the API says that Meta has them.
    lost: u64,
    /// To clients who were to get none.
    foreign: u64,
}

impl Journey {
    /// Compares them one by one.
    pub(super) async fn prove(
        &self,
        api: &Api,
        campaign: &Campaign,
        before: u64,
    ) -> Result<(), Failure> {
        let posted = self.simulator.accepted_after(before).await?;
        let posted = posted
            .into_iter()
            .filter(|posted| posted.phone_number_id == PHONE_NUMBER_ID);
        let posted: Vec<_> = posted.map(|posted| posted.input).collect();
        let messages = messages(api, &campaign.id).await?;
        let proof = compare(&messages, &posted);
        if proof.holds()
            && u64::try_from(messages.len()).is_ok_and(|count| count == campaign.planned)
        {
            self.screen.say(proof.line());
            return Ok(());
        }
        Err(Failure::new(format!(
            "the simulated Meta's ledger says otherwise: of {} messages (planned: {}), {} came twice without a flag, {} never came, {} came to clients who were to get none.",
            messages.len(), campaign.planned, proof.unflagged, proof.lost, proof.foreign
        ))
        .kept("the ledger (ledger.jsonl in the state folder) and all messages.")
        .advice("report it.")
        .log(self.state.log("sender")))
    }
}

impl Proof {
    const fn holds(&self) -> bool {
        self.unflagged + self.lost + self.foreign == 0
    }

    fn line(&self) -> String {
        let mut line = format!(
            "The simulated Meta's ledger agrees: {} messages came exactly once",
            grouped(self.once)
        );
        if self.flagged > 0 {
            line.push_str(&format!(
                ", {} twice and flagged as possible duplicates",
                grouped(self.flagged)
            ));
        }
        if self.never > 0 {
            line.push_str(&format!(", {} did not leave", grouped(self.never)));
        }
        line.push('.');
        line
    }
}

async fn messages(api: &Api, campaign: &str) -> Result<Vec<Message>, Failure> {
    let first = format!("/v1/messages?campaign_id={campaign}&limit=200");
    let mut all = Vec::new();
    let mut path = Some(first.clone());
    while let Some(next) = path {
        let page: Page<Message> = api.get(&next).await?;
        all.extend(page.items);
        path = page
            .next_cursor
            .map(|cursor| format!("{first}&cursor={cursor}"));
    }
    Ok(all)
}

fn compare(messages: &[Message], posted: &[String]) -> Proof {
    let mut times: HashMap<String, u64> = HashMap::new();
    for recipient in posted {
        *times.entry(digits(recipient)).or_default() += 1;
    }
    let mut proof = Proof::default();
    for message in messages {
        let state = message.state.as_str();
        let place = match take(&mut times, &digits(&message.to)) {
            Some(_) if NEVER_LEFT.contains(&state) => &mut proof.foreign,
            Some(1) => &mut proof.once,
            Some(_) if message.possible_duplicate => &mut proof.flagged,
            Some(_) => &mut proof.unflagged,
            None if NEVER_LEFT.contains(&state) || NOT_KNOWN.contains(&state) => &mut proof.never,
            None => &mut proof.lost,
        };
        *place += 1;
    }
    proof.foreign += times.values().sum::<u64>();
    proof
}

/// How often a number was posted to, as it is written or as WhatsApp spells it.
fn take(times: &mut HashMap<String, u64>, number: &str) -> Option<u64> {
    times.remove(number).or_else(|| {
        let spelled = times.keys().find(|posted| is_respelled(posted, number))?;
        let spelled = spelled.clone();
        times.remove(&spelled)
    })
}

/// Where a country renumbered its phones, WhatsApp may keep the older form: the country and the last eight digits are the
/// same, and the length is not.
fn is_respelled(one: &str, other: &str) -> bool {
    let ends = |number: &str| -> Option<(String, String)> {
        let tail = number.len().checked_sub(8)?;
        Some((number.get(..3)?.to_owned(), number.get(tail..)?.to_owned()))
    };
    one.len() != other.len() && ends(one).is_some() && ends(one) == ends(other)
}

fn digits(number: &str) -> String {
    number.chars().filter(char::is_ascii_digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(to: &str, state: &str, possible_duplicate: bool) -> Message {
        Message {
            to: to.to_owned(),
            state: state.to_owned(),
            possible_duplicate,
        }
    }

    fn posted(recipients: &[&str]) -> Vec<String> {
        recipients
            .iter()
            .map(|recipient| (*recipient).to_owned())
            .collect()
    }

    #[test]
    fn each_message_once_is_what_is_hoped_for() {
        let messages = [
            message("+22670000001", "read", false),
            message("+22670000002", "rejected", false),
        ];
        let proof = compare(&messages, &posted(&["22670000001"]));
        assert_eq!(
            proof,
            Proof {
                once: 1,
                never: 1,
                ..Proof::default()
            }
        );
    }

    #[test]
    fn a_number_that_whatsapp_spells_otherwise_is_the_same() {
        let messages = [message("+2290197123456", "read", false)];
        let proof = compare(&messages, &posted(&["22997123456"]));
        assert_eq!((proof.once, proof.lost, proof.foreign), (1, 0, 0));
        let another = compare(&messages, &posted(&["22897123456"]));
        assert_eq!((another.once, another.lost, another.foreign), (0, 1, 1));
    }

    #[test]
    fn a_second_copy_must_be_flagged() {
        let messages = [
            message("+22670000001", "read", true),
            message("+22670000002", "sent", false),
        ];
        let twice = [
            "+22670000001",
            "+22670000001",
            "+22670000002",
            "+22670000002",
        ];
        let proof = compare(&messages, &posted(&twice));
        assert_eq!(
            proof,
            Proof {
                flagged: 1,
                unflagged: 1,
                ..Proof::default()
            }
        );
    }

    #[test]
    fn what_meta_never_saw_is_lost_and_what_nobody_sent_is_foreign() {
        let messages = [
            message("+22670000001", "delivered", false),
            message("+22670000002", "unknown", false),
        ];
        let proof = compare(&messages, &posted(&["22670000009"]));
        assert_eq!(
            proof,
            Proof {
                lost: 1,
                never: 1,
                foreign: 1,
                ..Proof::default()
            }
        );
    }
}
