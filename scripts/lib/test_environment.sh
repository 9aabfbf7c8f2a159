# shellcheck shell=bash
# What the tests are told of Postgres and RabbitMQ; also kept in .local/test.env for cargo nextest by hand.

write_test_environment() {
  (umask 077 && printf 'export %s=%q\n' \
    DJIGBACHATS_TEST_DATABASE_URL "$MAINTENANCE_URL" \
    DJIGBACHATS_TEST_AMQP_URL "$AMQP_URL" \
    DJIGBACHATS_TEST_AMQP_MANAGEMENT_URL "${AMQP_MANAGEMENT_URL:-}" \
    DJIGBACHATS_TEST_AMQP_DATA_DIR "$(broker_data_dir)" >"$LOCAL/test.env")
}

# Where the private broker keeps its messages, to be searched for personal data; nothing when the broker is not ours.
broker_data_dir() {
  [[ $AMQP_URL != *":$(remembered_port AMQP_PORT)/"* ]] || printf '%s' "$RABBITMQ_DIR/mnesia"
}
