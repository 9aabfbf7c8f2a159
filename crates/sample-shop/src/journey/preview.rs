//! Messages of the dry run, as their recipients will read them.

use crate::api::FilledMessage;

/// The messages, each under the row that it is made of.
pub(super) fn render(messages: &[FilledMessage]) -> String {
    let title = match messages.len() {
        0 => "No message can be shown.".to_owned(),
        1 => "What one of these clients will read:".to_owned(),
        count => format!("What {count} of these clients will read:"),
    };
    let lines = messages.iter().flat_map(lines);
    let lines: Vec<String> = std::iter::once(title).chain(lines).collect();
    lines.join("\n")
}

fn lines(message: &FilledMessage) -> Vec<String> {
    let media = message
        .header_media
        .as_ref()
        .map(|kind| format!("({kind})"));
    let header = message.header.clone();
    let body = message.body.lines().map(str::to_owned);
    let buttons = message.buttons.iter().map(|button| format!("[{button}]"));
    let buttons: Vec<String> = buttons.collect();
    let buttons = (!buttons.is_empty()).then(|| buttons.join(" "));
    let texts = media.into_iter().chain(header).chain(body);
    let texts = texts.chain(message.footer.clone()).chain(buttons);
    let head = format!("row {}", message.row);
    texts
        .enumerate()
        .map(|(index, text)| {
            let head = if index == 0 { head.as_str() } else { "" };
            format!("  {head:<9}   {text}")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_shown_part_by_part() {
        let message = FilledMessage {
            row: 41,
            header: Some("Offre".to_owned()),
            header_media: Some("image".to_owned()),
            body: "Bonjour Zénabo,\nvotre code est OUA-00041.".to_owned(),
            footer: Some("STOP pour arrêter".to_owned()),
            buttons: vec!["Voir".to_owned(), "Arrêter".to_owned()],
        };
        let expected = "\
What one of these clients will read:
  row 41      (image)
              Offre
              Bonjour Zénabo,
              votre code est OUA-00041.
              STOP pour arrêter
              [Voir] [Arrêter]";
        assert_eq!(render(&[message]), expected);
    }
}
