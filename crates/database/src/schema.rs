//! The tables, as diesel knows them. @generated from the migrations; a test compares the two.
#![allow(
    missing_docs,
    unreachable_pub,
    reason = "the columns are documented in the migrations"
)]

diesel::table! {
    accepted_counts (slot) {
        slot -> Int2,
        accepted -> Int8,
    }
}

diesel::table! {
    access_tokens (business_id, waba_id) {
        business_id -> Uuid,
        waba_id -> Text,
        token_sealed -> Bytea,
        fingerprint -> Text,
        expires_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    api_keys (key_id) {
        key_id -> Uuid,
        business_id -> Nullable<Uuid>,
        name -> Text,
        secret_hash -> Bytea,
        created_at -> Timestamptz,
        revoked_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    attempts (business_id, message_id, attempt) {
        business_id -> Uuid,
        message_id -> Uuid,
        attempt -> Int2,
        outcome -> Int2,
        http_status -> Nullable<Int2>,
        error_code -> Nullable<Int4>,
        fbtrace_id -> Nullable<Text>,
        wamid_hash -> Nullable<Bytea>,
        ended_at -> Timestamptz,
    }
}

diesel::table! {
    audiences (business_id, audience_id) {
        business_id -> Uuid,
        audience_id -> Uuid,
        campaign_id -> Uuid,
        created_at -> Timestamptz,
        adopted_at -> Nullable<Timestamptz>,
        discarded_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    businesses (business_id) {
        business_id -> Uuid,
        name -> Text,
        country -> Text,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    campaign_recipients (business_id, audience_id, row_number) {
        business_id -> Uuid,
        audience_id -> Uuid,
        row_number -> Int4,
        state -> Int2,
        skip_reason -> Nullable<Int2>,
        noted -> Bool,
        message_id -> Nullable<Uuid>,
        hash_version -> Nullable<Int2>,
        recipient_hash -> Nullable<Bytea>,
        recipient_sealed -> Nullable<Bytea>,
        variables_sealed -> Nullable<Bytea>,
    }
}

diesel::table! {
    campaigns (business_id, campaign_id) {
        business_id -> Uuid,
        campaign_id -> Uuid,
        name -> Text,
        phone_number_id -> Text,
        template_id -> Text,
        state -> Int2,
        rows_read -> Int4,
        rows_planned -> Int4,
        rows_skipped -> Int4,
        rows_released -> Int4,
        audience -> Nullable<Jsonb>,
        created_at -> Timestamptz,
        started_at -> Nullable<Timestamptz>,
        ended_at -> Nullable<Timestamptz>,
        pause_reason -> Nullable<Int2>,
        evaluated_from -> Nullable<Timestamptz>,
        variables_sealed -> Nullable<Bytea>,
        audience_id -> Nullable<Uuid>,
    }
}

diesel::table! {
    contact_identifiers (business_id, hash, contact_id) {
        business_id -> Uuid,
        hash -> Bytea,
        hash_version -> Int2,
        kind -> Int2,
        contact_id -> Uuid,
        sealed -> Bytea,
        waba_id -> Nullable<Text>,
        source -> Int2,
        since -> Timestamptz,
        until -> Nullable<Timestamptz>,
        post_to_sealed -> Nullable<Bytea>,
        pair_hash -> Nullable<Bytea>,
    }
}

diesel::table! {
    contacts (business_id, contact_id) {
        business_id -> Uuid,
        contact_id -> Uuid,
        created_at -> Timestamptz,
        last_seen_at -> Timestamptz,
    }
}

diesel::table! {
    data_keys (business_id, purpose, key_id) {
        business_id -> Uuid,
        key_id -> Int4,
        purpose -> Int2,
        key_sealed -> Bytea,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    due_media_uploads (business_id, media_id, phone_number_id) {
        business_id -> Uuid,
        media_id -> Uuid,
        phone_number_id -> Text,
        attempt -> Int2,
        due_at -> Timestamptz,
    }
}

diesel::table! {
    due_messages (business_id, message_id) {
        business_id -> Uuid,
        message_id -> Uuid,
        phone_number_id -> Text,
        campaign_id -> Nullable<Uuid>,
        lane -> Int2,
        kind -> Int2,
        held_reason -> Nullable<Int2>,
        due_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    event_counters (business_id) {
        business_id -> Uuid,
        last_number -> Int8,
    }
}

diesel::table! {
    events (business_id, number, id) {
        business_id -> Uuid,
        id -> Uuid,
        number -> Int8,
        #[sql_name = "type"]
        type_ -> Text,
        message_id -> Nullable<Uuid>,
        campaign_id -> Nullable<Uuid>,
        inbound_id -> Nullable<Uuid>,
        data -> Jsonb,
        occurred_at -> Timestamptz,
    }
}

diesel::table! {
    idempotency_keys (business_id, key_hash) {
        business_id -> Uuid,
        key_hash -> Bytea,
        fingerprint -> Bytea,
        response_status -> Int2,
        response_body -> Bytea,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    inbound_messages (business_id, id) {
        business_id -> Uuid,
        id -> Uuid,
        phone_number_id -> Text,
        #[sql_name = "type"]
        type_ -> Text,
        hash_version -> Int2,
        sender_hash -> Bytea,
        content_sealed -> Nullable<Bytea>,
        keyword -> Nullable<Int2>,
        occurred_at -> Timestamptz,
        wamid_hash -> Nullable<Bytea>,
        revokes_hash -> Nullable<Bytea>,
        revoked_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    media (business_id, id) {
        business_id -> Uuid,
        id -> Uuid,
        mime_type -> Text,
        size_bytes -> Int4,
        chunks -> Int2,
        filename_sealed -> Nullable<Bytea>,
    }
}

diesel::table! {
    media_chunks (business_id, media_id, number) {
        business_id -> Uuid,
        media_id -> Uuid,
        number -> Int2,
        content_sealed -> Bytea,
    }
}

diesel::table! {
    media_uploads (business_id, media_id, phone_number_id) {
        business_id -> Uuid,
        media_id -> Uuid,
        phone_number_id -> Text,
        meta_media_id -> Nullable<Text>,
        error_code -> Nullable<Int4>,
        expires_at -> Timestamptz,
    }
}

diesel::table! {
    messages (business_id, id) {
        business_id -> Uuid,
        id -> Uuid,
        phone_number_id -> Text,
        campaign_id -> Nullable<Uuid>,
        template_id -> Nullable<Text>,
        category -> Int2,
        lane -> Int2,
        state -> Int2,
        held_reason -> Nullable<Int2>,
        attempt -> Int2,
        possible_duplicate -> Bool,
        hash_version -> Int2,
        recipient_hash -> Bytea,
        recipient_sealed -> Bytea,
        content_sealed -> Nullable<Bytea>,
        reference_hash -> Nullable<Bytea>,
        reference_sealed -> Nullable<Bytea>,
        expires_at -> Nullable<Timestamptz>,
        published_at -> Nullable<Timestamptz>,
        wamid_sealed -> Nullable<Bytea>,
        error_code -> Nullable<Int4>,
        error_sealed -> Nullable<Bytea>,
        pricing_category -> Nullable<Text>,
        pricing_type -> Nullable<Text>,
        billable -> Nullable<Bool>,
        submitted_at -> Nullable<Timestamptz>,
        sent_at -> Nullable<Timestamptz>,
        delivered_at -> Nullable<Timestamptz>,
        read_at -> Nullable<Timestamptz>,
        failed_at -> Nullable<Timestamptz>,
        settled_at -> Nullable<Timestamptz>,
        expired_reason -> Nullable<Int2>,
        media_id -> Nullable<Uuid>,
        more_media_ids -> Nullable<Array<Nullable<Uuid>>>,
    }
}

diesel::table! {
    messaging_limit_recipients (business_id, recipient_hash) {
        business_id -> Uuid,
        recipient_hash -> Bytea,
        message_id -> Uuid,
        by_code -> Bool,
        reached_at -> Timestamptz,
        is_counted -> Bool,
    }
}

diesel::table! {
    messaging_limit_usage (business_id) {
        business_id -> Uuid,
        taken -> Int4,
        by_codes -> Int4,
    }
}

diesel::table! {
    number_send_rates (business_id, phone_number_id) {
        business_id -> Uuid,
        phone_number_id -> Text,
        free_at -> Timestamptz,
        halvings -> Int2,
        slowed_at -> Timestamptz,
    }
}

diesel::table! {
    otp_secrets (business_id, message_id) {
        business_id -> Uuid,
        message_id -> Uuid,
        content_sealed -> Bytea,
        expires_at -> Timestamptz,
    }
}

diesel::table! {
    phone_numbers (business_id, phone_number_id) {
        business_id -> Uuid,
        phone_number_id -> Text,
        waba_id -> Text,
        display_phone_number -> Text,
        verified_name -> Text,
        quality_rating -> Text,
        throughput_level -> Text,
        messaging_limit -> Text,
        connection -> Int2,
        stopped_reason -> Nullable<Text>,
        connected_at -> Timestamptz,
        breaker_opened_at -> Nullable<Timestamptz>,
        breaker_reason -> Nullable<Text>,
        limits_reported_at -> Nullable<Timestamptz>,
        refresh_requested_at -> Nullable<Timestamptz>,
        refreshed_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    processed_updates (phone_number_id, update_hash) {
        phone_number_id -> Text,
        update_hash -> Bytea,
        seen_at -> Timestamptz,
    }
}

diesel::table! {
    service_windows (business_id, phone_number_id, contact_hash) {
        business_id -> Uuid,
        phone_number_id -> Text,
        contact_hash -> Bytea,
        hash_version -> Int2,
        last_inbound_at -> Timestamptz,
    }
}

diesel::table! {
    suppressions (business_id, recipient_hash, origin_hash) {
        business_id -> Uuid,
        recipient_hash -> Bytea,
        hash_version -> Int2,
        origin_hash -> Bytea,
        source -> Text,
        opted_out_at -> Nullable<Timestamptz>,
        opted_in_at -> Nullable<Timestamptz>,
        is_opted_out -> Bool,
    }
}

diesel::table! {
    template_drafts (business_id, draft_id) {
        business_id -> Uuid,
        draft_id -> Uuid,
        waba_id -> Text,
        name -> Text,
        language -> Text,
        version -> Int4,
        template_id -> Nullable<Text>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        discarded_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    template_publications (business_id, publication_id) {
        business_id -> Uuid,
        publication_id -> Uuid,
        waba_id -> Text,
        draft_id -> Nullable<Uuid>,
        version -> Nullable<Int4>,
        template_id -> Nullable<Text>,
        name -> Text,
        language -> Nullable<Text>,
        action -> Int2,
        state -> Int2,
        attempt -> Int2,
        due_at -> Nullable<Timestamptz>,
        leased_until -> Nullable<Timestamptz>,
        explanation -> Nullable<Jsonb>,
        meta_answer -> Nullable<Jsonb>,
        requested_key_id -> Uuid,
        requested_at -> Timestamptz,
        ended_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    template_versions (business_id, draft_id, version) {
        business_id -> Uuid,
        draft_id -> Uuid,
        version -> Int4,
        definition -> Jsonb,
        author_key_id -> Uuid,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    templates (business_id, template_id) {
        business_id -> Uuid,
        template_id -> Text,
        waba_id -> Text,
        name -> Text,
        language -> Text,
        category -> Text,
        status -> Text,
        parameter_format -> Text,
        components -> Jsonb,
        quality_score -> Nullable<Text>,
        rejected_reason -> Nullable<Text>,
        synced_at -> Timestamptz,
        status_reported_at -> Nullable<Timestamptz>,
        category_reported_at -> Nullable<Timestamptz>,
        quality_reported_at -> Nullable<Timestamptz>,
        components_reported_at -> Nullable<Timestamptz>,
        status_note -> Nullable<Text>,
        status_until -> Nullable<Timestamptz>,
        detected_category -> Nullable<Text>,
        category_detected_at -> Nullable<Timestamptz>,
        category_changes_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    unmatched_statuses (status_id) {
        status_id -> Uuid,
        business_id -> Uuid,
        phone_number_id -> Text,
        message_id -> Nullable<Uuid>,
        wamid_hash -> Bytea,
        status -> Int2,
        occurred_at -> Timestamptz,
        error_code -> Nullable<Int4>,
        error_sealed -> Nullable<Bytea>,
        pricing_category -> Nullable<Text>,
        pricing_type -> Nullable<Text>,
        billable -> Nullable<Bool>,
        stored_at -> Timestamptz,
    }
}

diesel::table! {
    wabas (business_id, waba_id) {
        business_id -> Uuid,
        waba_id -> Text,
        created_at -> Timestamptz,
        templates_synced_at -> Nullable<Timestamptz>,
        templates_sync_error -> Nullable<Text>,
        templates_sync_started_at -> Nullable<Timestamptz>,
        templates_sync_requested_at -> Nullable<Timestamptz>,
        management_calls_resume_at -> Nullable<Timestamptz>,
        disconnected_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    watermarks (name) {
        name -> Text,
        up_to_id -> Nullable<Uuid>,
        up_to_time -> Nullable<Timestamptz>,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    accepted_counts,
    access_tokens,
    api_keys,
    attempts,
    audiences,
    businesses,
    campaign_recipients,
    campaigns,
    contact_identifiers,
    contacts,
    data_keys,
    due_media_uploads,
    due_messages,
    event_counters,
    events,
    idempotency_keys,
    inbound_messages,
    media,
    media_chunks,
    media_uploads,
    messages,
    number_send_rates,
    otp_secrets,
    phone_numbers,
    processed_updates,
    service_windows,
    suppressions,
    template_drafts,
    template_publications,
    template_versions,
    templates,
    unmatched_statuses,
    wabas,
    watermarks,
);
