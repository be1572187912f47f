#include "network_fixture.h"

#include <stdarg.h>
#include <string.h>

int64_t network_us(const char *text)
{
	int64_t us = 0;

	ck_assert_int_eq(cstn_time_parse(text, strlen(text), NULL, 0, &us, NULL), CSTN_OK);
	return us;
}

static void set(cstn_record_builder *builder, const char *pair)
{
	const char *equals = strchr(pair, '=');
	cstn_error *error = NULL;
	char name[64];

	if (strcmp(pair, "+") == 0) {
		ck_assert_int_eq(cstn_record_builder_add_line(builder, NULL), CSTN_OK);
		return;
	}
	ck_assert_ptr_nonnull(equals);
	memcpy(name, pair, (size_t)(equals - pair));
	name[equals - pair] = 0;
	ck_assert_msg(cstn_record_builder_set_text(builder, name, equals + 1, strlen(equals + 1),
				      &error) == CSTN_OK,
			"%s", cstn_error_message(error));
}

cstn_record *network_record(const char *noun, ...)
{
	cstn_record_builder *builder = NULL;
	cstn_record *record = NULL;
	cstn_error *error = NULL;
	const char *pair;
	va_list pairs;

	ck_assert_int_eq(cstn_record_builder_new(noun, NULL, &builder, NULL), CSTN_OK);
	set(builder, strcmp(noun, "order") == 0 ? "order_recorded=2024-01-01"
						: "recorded=2024-01-01");
	va_start(pairs, noun);
	while ((pair = va_arg(pairs, const char *)) != NULL)
		set(builder, pair);
	va_end(pairs);
	ck_assert_msg(cstn_record_builder_build(builder, &record, &error) == CSTN_OK, "%s",
			cstn_error_message(error));
	cstn_record_builder_free(builder);
	return record;
}

cstn_status network_put(cstn_network *network, cstn_record *record, const char *part)
{
	cstn_error *error = NULL;
	cstn_status status = cstn_network_put(network, record, NULL, &error);

	if (part)
		ck_assert_msg(strstr(cstn_error_message(error), part) != NULL,
				"'%s' is not in '%s'", part, cstn_error_message(error));
	cstn_error_free(error);
	cstn_record_unref(record);
	return status;
}

void network_put_ok(cstn_network *network, cstn_record *record)
{
	cstn_error *error = NULL;

	ck_assert_msg(cstn_network_put(network, record, NULL, &error) == CSTN_OK, "%s",
			cstn_error_message(error));
	cstn_record_unref(record);
}

cstn_transaction *network_begin(cstn_network *network)
{
	cstn_transaction *out;

	ck_assert_int_eq(cstn_transaction_begin(network, &out, NULL), CSTN_OK);
	return out;
}

void network_commit(cstn_transaction *transaction)
{
	cstn_error *error = NULL;

	ck_assert_msg(cstn_transaction_commit(transaction, NULL, &error) == CSTN_OK, "%s",
			cstn_error_message(error));
	cstn_transaction_free(transaction);
}

cstn_record *network_order(const char *id, const char *qty, const char *state)
{
	char own[80] = "order_id=", own_qty[40] = "qty=", own_state[40] = "state=";

	strcat(own, id);
	strcat(own_qty, qty);
	strcat(own_state, state);
	return network_record("order", own, "seller=acme", "buyer=bolts", "ordered=2024-01-01",
			own_state, "+", "line_number=1", "item_id=nut", own_qty, NULL);
}

cstn_network *network_small(void)
{
	cstn_network *network = NULL;
	cstn_error *error = NULL;

	ck_assert_msg(cstn_network_open(NULL, NULL, NULL, &network, &error) == CSTN_OK, "%s",
			cstn_error_message(error));
	network_put_ok(network, network_record("partner", "partner_id=acme", NULL));
	network_put_ok(network, network_record("partner", "partner_id=bolts", NULL));
	network_put_ok(network, network_record("partner", "partner_id=carrier", NULL));
	network_put_ok(network, network_record("partner", "partner_id=rival", NULL));
	network_put_ok(network, network_record("constellation", "constellation_id=c1",
						"owner_id=acme", NULL));
	network_put_ok(network, network_record("constellation", "constellation_id=c2",
						"owner_id=bolts", NULL));
	network_put_ok(network, network_record("location", "location_id=dc", "type=dc",
						"country=DE", NULL));
	network_put_ok(network, network_record("location", "location_id=shop", "type=store",
						"country=FR", NULL));
	network_put_ok(network, network_record("item", "item_id=nut", NULL));
	network_put_ok(network, network_record("customer", "customer_id=jo", "kind=person", NULL));
	return network;
}

void network_csv(const char *schema, const char *csv, struct ArrowArrayStream *out)
{
	cstn_schema *columns = NULL;
	cstn_csv_reader *reader = NULL;
	cstn_error *error = NULL;

	ck_assert_msg(cstn_schema_parse(schema, strlen(schema), NULL, &columns, &error) == CSTN_OK,
			"%s", cstn_error_message(error));
	ck_assert_msg(cstn_csv_reader_open_bytes((const uint8_t *)csv, strlen(csv), columns, NULL,
				      NULL, &reader, &error) == CSTN_OK,
			"%s", cstn_error_message(error));
	ck_assert_int_eq(cstn_csv_reader_export(reader, out, NULL), CSTN_OK);
	cstn_csv_reader_unref(reader);
	cstn_schema_unref(columns);
}

cstn_status network_import_csv(cstn_network *network, const char *noun, const char *schema,
		const char *csv, uint32_t flags, cstn_row_errors **bad)
{
	cstn_import_options options = CSTN_IMPORT_OPTIONS_INIT;
	struct ArrowArrayStream rows;
	cstn_error *error = NULL;
	cstn_status status;

	options.flags = flags;
	options.recorded_us = network_us("2024-06-01");
	network_csv(schema, csv, &rows);
	status = cstn_network_import(network, noun, &rows, &options, bad, &error);
	ck_assert_ptr_null(rows.release);
	if (status != CSTN_OK && status != CSTN_E_ROWS)
		ck_assert_str_ne(cstn_error_message(error), "");
	cstn_error_free(error);
	return status;
}

cstn_buffer *network_to_csv(struct ArrowArrayStream *stream)
{
	cstn_buffer *csv = NULL;
	cstn_error *error = NULL;

	ck_assert_msg(cstn_csv_write_bytes(stream, NULL, NULL, &csv, &error) == CSTN_OK, "%s",
			cstn_error_message(error));
	return csv;
}

void network_scan_is(cstn_network *network, const char *noun, const cstn_scan_options *options,
		const char *expected)
{
	cstn_snapshot *snapshot = NULL;
	struct ArrowArrayStream rows;
	cstn_error *error = NULL;
	cstn_buffer *csv;

	ck_assert_int_eq(cstn_network_snapshot(network, &snapshot, NULL), CSTN_OK);
	ck_assert_msg(cstn_snapshot_scan(snapshot, noun, options, &rows, &error) == CSTN_OK, "%s",
			cstn_error_message(error));
	cstn_snapshot_unref(snapshot);
	csv = network_to_csv(&rows);
	ck_assert_str_eq((const char *)cstn_buffer_data(csv), expected);
	cstn_buffer_free(csv);
}

cstn_record *network_get(cstn_network *network, const char *noun, const char *id)
{
	cstn_snapshot *snapshot = NULL;
	cstn_record *record = NULL;
	const char *const key[1] = {id};
	cstn_status status;

	ck_assert_int_eq(cstn_network_snapshot(network, &snapshot, NULL), CSTN_OK);
	status = cstn_snapshot_get(snapshot, noun, key, 1, CSTN_AS_OF_NOW, &record, NULL);
	cstn_snapshot_unref(snapshot);
	ck_assert(status == CSTN_OK || status == CSTN_E_NOT_FOUND);
	return record;
}
