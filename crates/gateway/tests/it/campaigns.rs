//! Campaigns from draft to completion.

use std::sync::Arc;
use std::time::Duration;

use broker::Queue;
use common::campaign::{CampaignState, PauseReason};
use common::message::MessageState;
use meta_sim::sample;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use testkit::eventually;
use uuid::Uuid;

use crate::harness::send;
use crate::media::{PDF, pdf, post_file};
use crate::shop::{Shop, campaign, lock_waits};

const TIMEOUT: Duration = Duration::from_secs(10);

/// As saved by a French Excel: Windows-1252, semicolons, numbers in many notations.
const CLIENTS: &[u8] = b"Pr\xE9nom;T\xE9l\xE9phone;Accepte\r\nAwa;70 11 22 33;oui\r\nMoussa;+226 75 00 00 01 / 76 00 00 02;oui\r\n\
    A\xEFcha;0022670112233;oui\r\nSalif;7011;oui\r\n;70 11 22 34;oui\r\nFatou;70 11 22 35;non\r\nIssa;2,2670E+10;oui\r\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_adds_up_to_the_files_rows() {
    let shop = Shop::open().await;
    let id = shop.draft().await;
    let report = shop.import(&id, CLIENTS).await.expect(StatusCode::OK);
    assert_eq!(
        (
            &report["rows"],
            &report["planned"],
            &report["skipped_recipients_total"]
        ),
        (&json!(7), &json!(2), &json!(5))
    );
    assert_eq!(
        (&report["encoding"], &report["delimiter"]),
        (&json!("windows-1252"), &json!(";"))
    );
    let reasons: Vec<(String, Value)> = skipped_recipients(&report);
    let expected = [
        ("too_short", 5),
        ("digits_lost", 8),
        ("duplicate", 4),
        ("opted_out", 7),
        ("missing_variable", 6),
    ];
    assert_eq!(
        reasons,
        expected.map(|(reason, row)| (reason.to_owned(), json!([row])))
    );
    assert_eq!(report["notes"][0]["note"], "second_number_ignored");
    let again = shop
        .get(&format!("/v1/campaigns/{id}/audience"))
        .await
        .expect(StatusCode::OK);
    assert_eq!(again, report);
    let path = format!("/v1/campaigns/{id}/skipped-recipients?limit=2");
    let page = shop.get(&path).await.expect(StatusCode::OK);
    assert_eq!(
        page["items"],
        json!([{"row": 4, "reason": "duplicate"}, {"row": 5, "reason": "too_short"}])
    );
    let cursor = page["next_cursor"].as_str().unwrap();
    let rest = shop
        .get(&format!(
            "/v1/campaigns/{id}/skipped-recipients?cursor={cursor}"
        ))
        .await
        .expect(StatusCode::OK);
    assert_eq!(rest["items"].as_array().unwrap().len(), 3);
    let one = shop
        .get(&format!(
            "/v1/campaigns/{id}/skipped-recipients?reason=opted_out"
        ))
        .await
        .expect(StatusCode::OK);
    assert_eq!(one["items"], json!([{"row": 7, "reason": "opted_out"}]));
}

/// The name of a file occurs in the stored answer, and in the variables of a campaign that carries it.
#[tokio::test(flavor = "multi_thread")]
async fn campaign_texts_are_in_no_table_unencrypted() {
    let shop = Shop::open().await;
    let (name, text) = ("ordonnance-Kanari-Awa.pdf", "Kanari-Raissa");
    let (harness, key) = (&shop.harness, &shop.business.key);
    let query = format!("?filename={name}");
    let upload = || post_file(harness, key, ("file", &query), PDF, pdf(1_000));
    let kept = upload().await.expect(StatusCode::CREATED);
    assert_eq!(kept["filename"], name);
    let variables = json!({"header.document": {"text": kept["id"]}, "1": {"text": text}});
    let body = campaign("facture", &variables);
    let made = shop.post_as("/v1/campaigns", "campaign", &body).await;
    let shown = made.expect(StatusCode::CREATED);
    assert_eq!(shown["variables"]["header.filename"]["text"], name);
    assert_eq!(shown["variables"]["1"]["text"], text);

    let again = shop.post_as("/v1/campaigns", "campaign", &body).await;
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!((again.status, &again.body), (made.status, &made.body));
    assert_eq!(upload().await.expect(StatusCode::CREATED), kept);
    let path = format!("/v1/campaigns/{}", shown["id"].as_str().unwrap());
    let read = shop.get(&path).await.expect(StatusCode::OK);
    assert_eq!(read["variables"], shown["variables"]);
    let list = shop.get("/v1/campaigns").await.expect(StatusCode::OK);
    assert_eq!(list["items"][0]["variables"], shown["variables"]);

    let admin = harness.db.admin().await;
    let names = "select relname::text from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'";
    for table in admin.query(names, &[]).await.unwrap() {
        let table: String = table.get(0);
        let rows = format!("select coalesce(string_agg(t::text, ''), '') from {table} t");
        // Columns of bytes are shown as hexadecimal.
        let rows: String = admin.query_one(&rows, &[]).await.unwrap().get(0);
        for clear in [name, text] {
            let hexadecimal: String = clear.bytes().map(|byte| format!("{byte:02x}")).collect();
            assert!(!rows.contains(clear), "{clear} in {table}");
            assert!(!rows.contains(&hexadecimal), "{clear} in {table}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_previews_three_messages_and_stores_none_unencrypted() {
    let shop = Shop::open().await;
    let components = json!([
        {"type": "HEADER", "format": "TEXT", "text": "Offre de {{1}}"},
        {"type": "BODY", "text": "Bonjour {{1}}, {{2}} !"},
        {"type": "FOOTER", "text": "STOP pour arrêter"},
        {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Oui"}]},
    ]);
    let admin = shop.harness.db.admin().await;
    let sql = "update templates set components = $1::text::jsonb where name = 'promo'";
    admin
        .execute(sql, &[&components.to_string()])
        .await
        .unwrap();
    let variables = json!({
        "1": {"column": "Prénom"}, "2": {"text": "samedi"}, "header.1": {"column": "Ville"}
    });
    let draft = shop
        .post("/v1/campaigns", &campaign("promo", &variables))
        .await;
    let draft = draft.expect(StatusCode::CREATED);
    let id = draft["id"].as_str().unwrap();
    let file = "Prénom;Ville;Téléphone\nAwa;Pô;70112231\nKanariZ\u{fffd}nabo;Pô;70112232\nKanariNoÃ«l;Pô;70112233\n\
        Ali;Kaya;70112234\n";
    let report = shop
        .import(id, file.as_bytes())
        .await
        .expect(StatusCode::OK);
    let filled = |row: i32, name: &str| {
        json!({
            "row": row, "header": "Offre de Pô", "header_media": null, "body": format!("Bonjour {name}, samedi !"),
            "footer": "STOP pour arrêter", "buttons": ["Oui"],
        })
    };
    assert_eq!(
        report["preview"],
        json!([
            filled(2, "Awa"),
            filled(3, "KanariZ\u{fffd}nabo"),
            filled(4, "KanariNoël")
        ])
    );
    let notes = report["notes"].as_array().unwrap();
    let notes: Vec<_> = notes
        .iter()
        .map(|note| (&note["note"], &note["rows"]))
        .collect();
    assert_eq!(
        notes,
        [
            (&json!("letters_repaired"), &json!([4])),
            (&json!("letters_implausible"), &json!([3])),
        ]
    );
    let again = shop.get(&format!("/v1/campaigns/{id}/audience")).await;
    assert_eq!(again.expect(StatusCode::OK), report);
    assert_eq!(columns_with(&shop, "Kanari").await, Vec::<String>::new());
    assert!(
        !columns_with(&shop, "Boutique").await.is_empty(),
        "nothing is searched"
    );
}

/// The tables that contain a text unencrypted.
async fn columns_with(shop: &Shop, text: &str) -> Vec<String> {
    let admin = shop.harness.db.admin().await;
    let names = "select relname::text from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')";
    let mut found = Vec::new();
    for table in admin.query(names, &[]).await.unwrap() {
        let table: String = table.get(0);
        let sql = format!("select count(*) from {table} t where t::text like '%' || $1 || '%'");
        let rows: i64 = admin.query_one(&sql, &[&text]).await.unwrap().get(0);
        if rows > 0 {
            found.push(table);
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_every_program_are_imported_and_placeholders_are_no_names() {
    let shop = Shop::open().await;
    let id = shop.draft().await;
    for (file, encoding, name) in [
        (&b"Pr\x8Enom;T\x8El\x8Ephone\nZ\x8Enabo;70112233\n"[..], "macintosh", "Zénabo"),
        (b"Pr\x82nom;T\x82l\x82phone\nZ\x82nabo;70112233\n", "cp850", "Zénabo"),
        (b"\xFF\xFEP\0r\0\xE9\0n\0o\0m\0;\0T\0e\0l\0\n\0A\0w\0a\0;\x007\x000\x001\x001\x002\x002\x003\x003\0", "utf-16", "Awa"),
    ] {
        let report = shop.import(&id, file).await.expect(StatusCode::OK);
        assert_eq!(report["encoding"], encoding);
        assert_eq!(report["preview"][0]["body"], format!("Bonjour {name}, samedi !"));
    }
    let file = "Prénom,Phone 1 - Label,Phone 1 - Value\nAwa,Mobile,70 11 22 33 ::: 76 11 22 33\n#N/A,Mobile,70112234\n\
        NULL,Mobile,p:+22670112235\nAli,Mobile,+22997112233\nEva,Mobile,60112233 Moov\nIda,Mobile,+22560112233\n";
    let report = shop
        .import(&id, file.as_bytes())
        .await
        .expect(StatusCode::OK);
    assert_eq!(
        (&report["planned"], &report["rows"]),
        (&json!(3), &json!(6))
    );
    let expected = [
        ("outdated", json!([7])),
        ("missing_variable", json!([3, 4])),
    ];
    assert_eq!(
        skipped_recipients(&report),
        expected.map(|(reason, rows)| (reason.to_owned(), rows))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_import_replaces_the_first_and_an_unreadable_file_does_not() {
    let shop = Shop::open().await;
    let id = shop.draft().await;
    shop.import(&id, CLIENTS).await.expect(StatusCode::OK);
    let report = shop
        .import(&id, "Prénom,Téléphone\nAwa,70112233\n".as_bytes())
        .await
        .expect(StatusCode::OK);
    assert_eq!(
        (&report["rows"], &report["planned"]),
        (&json!(1), &json!(1))
    );
    for file in [
        b"".as_slice(),
        b"PK\x03\x04 a workbook",
        b"Nom,Ville\nAwa,Ouaga\n",
        b"Nom,Telephone\nAwa,70112233\n",
    ] {
        assert_eq!(
            shop.import(&id, file).await.problem(422),
            "audience_unreadable"
        );
    }
    let kept = shop
        .get(&format!("/v1/campaigns/{id}/audience"))
        .await
        .expect(StatusCode::OK);
    assert_eq!(kept, report);
    let in_place = "select count(*) from campaign_recipients join campaigns using (audience_id)";
    assert_eq!(shop.count(in_place).await, 1);
    // The previous one, and incomplete ones, are left to the janitor.
    let unfinished =
        "select count(*) from audiences where adopted_at is null and discarded_at is null";
    eventually("they are discarded", TIMEOUT, async || {
        (shop.count(unfinished).await == 0).then_some(())
    })
    .await;
}

/// The import is blocked halfway by a lock of another transaction.
#[tokio::test(flavor = "multi_thread")]
async fn a_campaign_that_is_started_while_an_audience_is_imported_keeps_the_one_it_has() {
    let shop = Arc::new(Shop::open().await);
    let id = shop.draft().await;
    let kept = shop.import(&id, CLIENTS).await.expect(StatusCode::OK);
    let mut other = shop.harness.db.admin().await;
    let held = other.transaction().await.unwrap();
    let lock = "lock table audiences in access exclusive mode";
    held.batch_execute(lock).await.unwrap();
    let (importing, of) = (Arc::clone(&shop), id.clone());
    let import = tokio::spawn(async move {
        let file = "Prénom,Téléphone\nAwa,70112233\n";
        importing.import(&of, file.as_bytes()).await
    });
    eventually("the import waits", TIMEOUT, async || {
        (lock_waits(&shop).await > 0).then_some(())
    })
    .await;
    shop.act(&id, "start").await.expect(StatusCode::OK);
    held.rollback().await.unwrap();
    assert_eq!(import.await.unwrap().problem(409), "wrong_state");
    let audience = shop.get(&format!("/v1/campaigns/{id}/audience")).await;
    assert_eq!(audience.expect(StatusCode::OK), kept);
    let discarded = "select count(*) from audiences where discarded_at is not null";
    eventually("the new one is discarded", TIMEOUT, async || {
        (shop.count(discarded).await == 1).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_many_chunks_is_imported_whole() {
    let shop = Shop::open().await;
    let id = shop.draft().await;
    let mut file = String::from("Prénom;Téléphone\n");
    for number in 0..3_210 {
        file.push_str(&format!("Awa {number};7000{number:04}\n"));
    }
    let report = shop
        .import(&id, file.as_bytes())
        .await
        .expect(StatusCode::OK);
    assert_eq!(
        (&report["rows"], &report["planned"]),
        (&json!(3_210), &json!(3_210))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_in_a_draft_are_reported_with_pointers() {
    let shop = Shop::open().await;
    let columns = json!({"1": {"column": "Prénom"}, "2": {"text": "samedi"}});
    let cases = [
        (campaign("rien", &columns), "template_unknown", "/template"),
        (
            campaign("vitrine", &json!({})),
            "template_unsupported",
            "/template",
        ),
        (
            campaign("image", &json!({"header.image": {"text": Uuid::now_v7()}})),
            "media_unknown",
            "/variables/header.image",
        ),
        (
            campaign("code", &json!({"1": {"column": "Code"}})),
            "template_unsupported",
            "/template",
        ),
        (
            campaign("promo", &json!({"1": {"column": "Prénom"}})),
            "variables_invalid",
            "/variables/2",
        ),
        (
            campaign("promo", &json!({"1": {"column": " "}, "2": {"text": "x"}})),
            "variables_invalid",
            "/variables/1",
        ),
        (
            campaign(
                "promo",
                &json!({"1": {"column": "A"}, "2": {"text": "a\tb"}}),
            ),
            "variables_invalid",
            "/variables/2",
        ),
        (
            campaign("rappel", &columns),
            "variables_invalid",
            "/variables/2",
        ),
    ];
    for (body, code, pointer) in cases {
        let answer = shop.post("/v1/campaigns", &body).await;
        assert_eq!(
            (answer.problem(422).as_str(), answer.pointers()),
            (code, vec![pointer.to_owned()]),
            "{body}"
        );
    }
    let refused = shop
        .post(
            "/v1/campaigns",
            &campaign("promo", &json!({"1": {"sql": "x"}, "2": {"text": "x"}})),
        )
        .await;
    assert_eq!(refused.problem(422), "body_invalid");
    assert_eq!(shop.count("select count(*) from campaigns").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_draft_takes_an_audience_and_only_one_with_recipients_starts() {
    let shop = Shop::open().await;
    let id = shop.draft().await;
    assert_eq!(shop.act(&id, "start").await.problem(409), "audience_empty");
    assert_eq!(shop.act(&id, "pause").await.problem(409), "wrong_state");
    shop.import(&id, CLIENTS).await.expect(StatusCode::OK);
    let started = shop.act(&id, "start").await.expect(StatusCode::OK);
    assert_eq!(
        (&started["state"], &started["planned"]),
        (&json!("running"), &json!(2))
    );
    assert!(started["started_at"].is_string());
    assert_eq!(shop.act(&id, "start").await.expect(StatusCode::OK), started);
    assert_eq!(shop.import(&id, CLIENTS).await.problem(409), "wrong_state");
    assert_eq!(
        shop.act(&id, "cancel").await.expect(StatusCode::OK)["state"],
        "cancelled"
    );
    for action in ["start", "pause", "resume"] {
        assert_eq!(
            shop.act(&id, action).await.problem(409),
            "wrong_state",
            "{action}"
        );
    }
    let feed = shop.get("/v1/events").await.expect(StatusCode::OK);
    let reported: Vec<&str> = feed["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|event| event["type"].as_str())
        .collect();
    assert_eq!(
        reported,
        ["number.connected", "campaign.started", "campaign.cancelled"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_campaign_starts_only_with_a_connected_number_and_an_approved_template() {
    let shop = Shop::open().await;
    let admin = shop.harness.db.admin().await;
    let id = shop.draft().await;
    shop.import(&id, CLIENTS).await.expect(StatusCode::OK);
    admin
        .batch_execute("update templates set status = 'PAUSED' where name = 'promo'")
        .await
        .unwrap();
    assert_eq!(
        shop.act(&id, "start").await.problem(409),
        "template_not_approved"
    );
    let fixed = "update templates set status = 'APPROVED' where name = 'promo'; update phone_numbers set connection = 2";
    admin.batch_execute(fixed).await.unwrap();
    assert_eq!(
        shop.act(&id, "start").await.problem(409),
        "number_not_connected"
    );
    let shown = shop
        .get(&format!("/v1/campaigns/{id}"))
        .await
        .expect(StatusCode::OK);
    assert_eq!(shown["state"], "draft");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resume_publishes_what_the_pause_held() {
    let shop = Shop::open().await;
    let id = shop.draft().await;
    shop.import(&id, CLIENTS).await.expect(StatusCode::OK);
    shop.act(&id, "start").await.expect(StatusCode::OK);
    let sql = format!(
        "with message as (
            insert into messages (business_id, id, phone_number_id, campaign_id, template_id, category, lane, hash_version,
                recipient_hash, recipient_sealed)
            select '{}', first_uuid_at(now()), '{}', '{id}', '594425479261592', 3, 3, 1, '\\x01', '\\x01' returning *)
        insert into due_messages (business_id, message_id, phone_number_id, campaign_id, lane, kind)
        select business_id, id, phone_number_id, campaign_id, lane, 2 from message",
        shop.business.id,
        sample::PHONE_NUMBER_ID
    );
    shop.harness
        .db
        .admin()
        .await
        .batch_execute(&sql)
        .await
        .unwrap();
    let paused = shop.act(&id, "pause").await.expect(StatusCode::OK);
    assert_eq!(paused["by_state"][MessageState::Held.as_str()], 1);
    let resumed = shop.act(&id, "resume").await.expect(StatusCode::OK);
    assert_eq!(
        (&resumed["state"], &resumed["by_state"]["accepted"]),
        (&json!("running"), &json!(1))
    );
    assert_eq!(shop.published(Queue::SendCampaign).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_automatic_pause_has_a_reason_until_it_is_resumed() {
    let shop = Shop::open().await;
    let id = shop.draft().await;
    shop.import(&id, CLIENTS).await.expect(StatusCode::OK);
    let started = shop.act(&id, "start").await.expect(StatusCode::OK);
    assert!(started["paused"].is_null());
    let sql = format!(
        "update campaigns set state = {}, pause_reason = {}",
        CampaignState::Paused.code(),
        PauseReason::FailedShare.code()
    );
    let admin = shop.harness.db.admin().await;
    admin.batch_execute(&sql).await.unwrap();
    let shown = shop.act(&id, "pause").await.expect(StatusCode::OK);
    assert_eq!(shown["state"], "paused");
    assert_eq!(shown["paused"]["reason"], "failed_share");
    assert_eq!(
        shown["paused"]["explanation"],
        PauseReason::FailedShare.explanation()
    );
    let resumed = shop.act(&id, "resume").await.expect(StatusCode::OK);
    assert!(resumed["paused"].is_null());
    let paused = shop.act(&id, "pause").await.expect(StatusCode::OK);
    assert!(paused["paused"].is_null(), "paused by a request");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_campaign_of_another_business_is_not_found() {
    let shop = Shop::open().await;
    let id = shop.draft().await;
    let other = shop.harness.business("Other").await;
    for (method, path) in [
        (Method::GET, ""),
        (Method::GET, "/audience"),
        (Method::GET, "/skipped-recipients"),
        (Method::PUT, "/audience"),
        (Method::POST, "/start"),
        (Method::POST, "/cancel"),
    ] {
        let request =
            shop.harness
                .request(method, &format!("/v1/campaigns/{id}{path}"), &other.key);
        let answer = send(request.header(CONTENT_TYPE, "text/csv").body(CLIENTS)).await;
        assert_eq!(answer.problem(404), "not_found", "{path}");
    }
    let listed = shop
        .harness
        .get(&other.key, "/v1/campaigns")
        .await
        .expect(StatusCode::OK);
    assert_eq!(listed["items"], json!([]));
    let listed = shop.get("/v1/campaigns").await.expect(StatusCode::OK);
    assert_eq!(listed["items"][0]["id"], json!(id));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_another_media_type_is_refused() {
    let shop = Shop::open().await;
    let id = shop.draft().await;
    let path = format!("/v1/campaigns/{id}/audience");
    let request = shop.harness.request(Method::PUT, &path, &shop.business.key);
    let answer = send(request.header(CONTENT_TYPE, "application/json").body("{}")).await;
    assert_eq!(answer.problem(415), "media_type_unsupported");
}

fn skipped_recipients(report: &Value) -> Vec<(String, Value)> {
    let reasons = report["skipped_recipients"].as_array().unwrap();
    reasons
        .iter()
        .map(|reason| {
            (
                reason["reason"].as_str().unwrap().to_owned(),
                reason["rows"].clone(),
            )
        })
        .collect()
}

/// Excel's `sep=` line names the delimiter; a NUL there ended up in the report, which Postgres refuses.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_with_a_nul_is_refused_in_every_encoding() {
    let shop = Shop::open().await;
    let id = shop.draft().await;
    let utf16 = |text: &str| -> Vec<u8> {
        let units = std::iter::once(0xFEFF).chain(text.encode_utf16());
        units.flat_map(u16::to_le_bytes).collect()
    };
    let far = format!(
        "Prénom;Téléphone\n{}A\0wa;70112233\n",
        "Ali;70112234\n".repeat(1_000)
    );
    for file in [
        utf16("sep=\0\nPrénom\0Téléphone\nAwa\x0070112233\n"),
        utf16("Pré\0nom;Téléphone\nAwa;70112233\n"),
        utf16(&far),
        far.into_bytes(),
    ] {
        let refused = shop.import(&id, &file).await;
        assert_eq!(refused.problem(422), "audience_unreadable");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_on_a_campaign_that_is_locked_is_refused_and_others_are_served() {
    let shop = Shop::open().await;
    let id = shop.draft().await;
    shop.import(&id, CLIENTS).await.expect(StatusCode::OK);
    let mut other = shop.harness.db.admin().await;
    let held = other.transaction().await.unwrap();
    let lock = "select from campaigns where campaign_id = $1 for update";
    let campaign = id.parse::<Uuid>().unwrap();
    held.execute(lock, &[&campaign]).await.unwrap();
    // The number of connections for requests, minus one.
    let (pause, cancel, import) = tokio::join!(
        shop.act(&id, "pause"),
        shop.act(&id, "cancel"),
        shop.import(&id, CLIENTS)
    );
    for refused in [pause, cancel, import] {
        assert_eq!(refused.problem(409), "wrong_state");
        assert!(refused.headers.contains_key("Retry-After"));
        let body: Value = serde_json::from_slice(&refused.body).unwrap();
        assert!(body["detail"].as_str().unwrap().contains("Another call"));
    }
    shop.get("/v1/campaigns").await.expect(StatusCode::OK);
    held.rollback().await.unwrap();
    shop.act(&id, "start").await.expect(StatusCode::OK);
}
